// SPDX-License-Identifier: GPL-3.0-or-later
// generate - numbers: drawn, shown in four bases, copied, saved, cleared.

import { session } from "./api.js";
import { byId, copy, download, make, onClick, readCount, say, setText } from "./dom.js";
import { startForm } from "./draw.js";
import { count } from "./format.js";
import { fileName, firstDigitMost, toText } from "./numbers.js";

const SHOWN_ROWS = 500;
const SHOWN_CHARACTERS = 4096; // of one number
const REVOKE_MS = 10000;
const NOTHING = { numBits: 0, numbers: [] };

let drawn = NOTHING;

const message = byId("generate-message");
const bases = [...document.querySelectorAll("[name=base]")];
const base = () => bases.find(({ checked }) => checked).value;

function showSkew(numBits) {
  const hint = byId("generate-bits-hint");
  const most = firstDigitMost(numBits);
  hint.hidden = most === 15;
  setText(hint, `With ${count(numBits)} bits the first hexadecimal digit is only 0 to ${most}: ` +
    "zeros are put in front. For digits that are all random ask for a multiple of 4.");
}

function readFields() {
  const most = session.limits.max_request_bits;
  const numBits = readCount(byId("generate-bits"), most, "bits");
  const mostNumbers = Math.floor(most / (numBits ?? 1));
  const quantity = readCount(byId("generate-count"), mostNumbers, "numbers of this size");
  showSkew(numBits ?? 4);
  return numBits && quantity && { numBits, quantity };
}

function take({ body: numbers }, { numBits }) {
  drawn = { numBits, numbers };
  show();
  say(message, "Random numbers generated successfully", "good");
}

function row(hex, index) {
  const text = toText(hex, drawn.numBits, base());
  const isCut = text.length > SHOWN_CHARACTERS;
  const name = `number ${index + 1}`;
  const onclick = () => copyNumbers([hex], `Copied ${name}`);
  return make("li", {},
    make("code", { text: text.slice(0, SHOWN_CHARACTERS) }),
    isCut ? `… ${count(text.length)} characters in all: save or copy. ` : " ",
    make("button", { text: "Copy", "aria-label": `Copy ${name}`, onclick }));
}

function show() {
  const more = drawn.numbers.length - SHOWN_ROWS;
  byId("numbers").replaceChildren(...drawn.numbers.slice(0, SHOWN_ROWS).map(row));
  byId("numbers-more").hidden = more <= 0;
  setText(byId("numbers-more"), `${count(more)} more: to copy or save gives them all.`);
  byId("result").hidden = drawn === NOTHING;
}

/* One number a line. In one turn: only who was just clicked may copy. */
function lines(numbers) {
  const chosen = base();
  return numbers.map((hex) => `${toText(hex, drawn.numBits, chosen)}\n`).join("");
}

async function copyNumbers(numbers, done) {
  if (await copy(lines(numbers).trimEnd())) say(message, done, "good");
  else say(message, "The browser does not let this page copy. Save as file instead.", "bad");
}

function save() {
  const name = fileName(drawn.numbers.length, drawn.numBits, base());
  const url = URL.createObjectURL(new Blob([lines(drawn.numbers)], { type: "text/plain" }));
  download(url, name);
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
  say(message, `Saved as ${name}`, "good");
}

function clear() {
  drawn = NOTHING;
  show();
  say(message, "Cleared: this page has no numbers any more.");
  byId("generate-bits").focus();
}

export function startGenerate() {
  startForm("generate", "trng/randomNum/getRandom", readFields, take,
    "That is longer than the server waits: generate a file under Download instead.");
  for (const choice of bases) choice.addEventListener("change", show);
  onClick("copy-all", () =>
    copyNumbers(drawn.numbers, `Copied all ${count(drawn.numbers.length)}`));
  onClick("save", save);
  onClick("clear", clear);
}
