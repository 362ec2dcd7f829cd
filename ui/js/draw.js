// SPDX-License-Identifier: GPL-3.0-or-later
// draw - forms that ask for bits: estimate before, progress meanwhile, Cancel, outcome.
//
// Works on the elements PREFIX-form, -estimate, -go, -wait and -message.

import { get, refreshSession, session } from "./api.js";
import { byId, make, say, setText } from "./dom.js";
import { count, duration, wait } from "./format.js";
import { on, waitS } from "./live.js";

/** Bits so far and time left; none for long, as bits come in groups. */
export function progressText({ bits, done_bits, eta_s }) {
  const left = eta_s === null ? "waiting for the source" : `about ${duration(eta_s)} left`;
  return `${count(done_bits)} of ${count(bits)} bits, ${left}`;
}

const bitsOf = ({ numBits, quantity = 1 }) => numBits * quantity;

function showEstimate(prefix, query, tooLong) {
  const bits = query && bitsOf(query);
  const seconds = waitS(bits);
  const isTooLong = seconds > session.limits.request_timeout_s;
  const words = `${count(bits)} bits: ${wait(seconds)}. ${isTooLong ? tooLong : ""}`;
  setText(byId(`${prefix}-estimate`), query ? words : "");
}

const waiting = new Map(); // tag: its progress element

function show({ tag, bits, done_bits, eta_s }) {
  const bar = waiting.get(tag);
  if (!bar) return;
  bar.value = done_bits / bits;
  setText(bar.nextSibling, progressText({ bits, done_bits, eta_s }));
}

on("progress", show);

function setBusy(prefix, isBusy) {
  const go = byId(`${prefix}-go`);
  const area = byId(`${prefix}-wait`);
  const hadFocus = document.activeElement === go || area.contains(document.activeElement);
  go.disabled = isBusy;
  area.hidden = !isBusy;
  if (hadFocus) (isBusy ? area.lastChild : go).focus();
}

/* {code, body}, or null after having said that it failed or was cancelled. */
async function draw(prefix, path, query, tooLong) {
  // By the tag the event stream tells of ours; nobody else may have the same.
  const tag = `page-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
  const bits = bitsOf(query);
  const controller = new AbortController();
  const message = byId(`${prefix}-message`);
  const bar = make("progress", { max: 1, "aria-label": "Bits so far" });
  const onclick = () => controller.abort();

  byId(`${prefix}-wait`).replaceChildren(bar, make("p"),
    make("button", { text: "Cancel", id: `${prefix}-cancel`, onclick }));
  waiting.set(tag, bar);
  show({ tag, bits, done_bits: 0, eta_s: waitS(bits) });
  say(message, "Waiting for random bits");
  setBusy(prefix, true);
  try {
    return await get(path, { ...query, tag }, controller.signal);
  } catch (error) {
    if (controller.signal.aborted) say(message, "Cancelled. The bits not used go to others.");
    else say(message, `${error.message} ${error.body?.eta_s ? tooLong : ""}`, "bad");
    return null;
  } finally {
    waiting.delete(tag);
    setBusy(prefix, false);
    refreshSession();
  }
}

/**
 * Makes a form work; one request at a time.
 * query(): {numBits, quantity...}, or null after having said what is wrong;
 * done({code, body}, query): shows what came; tooLong: said where the server would not wait.
 */
export function startForm(prefix, path, query, done, tooLong = "") {
  const form = byId(`${prefix}-form`);
  const update = () => showEstimate(prefix, query(), tooLong);
  form.addEventListener("input", update);
  on("status", update);
  form.addEventListener("submit", async (event) => {
    const asked = query();
    event.preventDefault();
    if (!asked) return form.querySelector("[aria-invalid]").focus();
    const result = await draw(prefix, path, asked, tooLong);
    if (result) done(result, asked);
  });
}
