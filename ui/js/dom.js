// SPDX-License-Identifier: GPL-3.0-or-later
// dom - what all tabs do with elements. Text from outside goes in as text, never as markup.

export const byId = (id) => document.getElementById(id);

export const onClick = (id, action) => byId(id).addEventListener("click", action);

/** Makes <tag> with attributes (text and onclick are what they say) and children. */
export function make(tag, { text, onclick, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  if (onclick) element.addEventListener("click", onclick);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Changes text only where it differs: nothing is announced, no selection lost for nothing. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Tells an outcome; kind is "good", "bad" or "". The same text again is told again. */
export function say(element, text, kind = "") {
  element.className = `message ${kind}`;
  element.textContent = "";
  element.textContent = text;
}

/* Text under a field that says what is wrong with it; "" takes it away. */
function setWrong(input, text) {
  const id = `${input.id}-wrong`;
  if (!byId(id)) {
    input.closest("p").after(make("p", { id, class: "wrong" }));
    input.setAttribute("aria-describedby", `${id} ${input.getAttribute("aria-describedby") ?? ""}`);
  }
  setText(byId(id), text);
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

/** The whole number in a field, 1 to most, or null after having said under it what is wrong. */
export function readCount(input, most, what) {
  const text = input.value.trim();
  const value = Number(text);
  let wrong = "";
  if (!/^[0-9]+$/.test(text) || value < 1) wrong = `Enter how many ${what}: a whole number.`;
  else if (value > most) wrong = `At most ${most.toLocaleString("en")} ${what} are possible here.`;
  setWrong(input, wrong);
  return wrong ? null : value;
}

/** Hands over a file, of this server or a blob. */
export function download(href, name) {
  make("a", { href, download: name }).click();
}

/** Copies text; false where the browser does not let us. Without TLS there is only the old way. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make("textarea", { class: "aside" });
    const active = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const isDone = document.execCommand("copy");
    area.remove();
    active.focus();
    return isDone;
  }
}
