// SPDX-License-Identifier: GPL-3.0-or-later
// system - the source's state, its switch, and what happened to it.

import { get } from "./api.js";
import { byId, make, onClick, say, setText } from "./dom.js";
import { count, duration, time } from "./format.js";
import { live, on } from "./live.js";

const LOG_ROWS = 200;

const STATES = {
  standby: "Off",
  starting: "Starting",
  running: "Running",
  alarm: "Alarm: a health test has fired, the start-up tests run again",
  failed: "Failed: nothing is delivered until somebody initialises or restarts it",
  absent: "The device is not connected",
  unreachable: "The daemon of the source does not answer",
  lost: "The server does not answer",
  connecting: "Connecting to the server",
  locked: "To be seen after logging in",
};

const PHASES = {
  settling: () => "Waiting for the device to settle",
  testing: ({ start_symbols: done, start_needed_symbols: all }) =>
    `Start-up tests: ${count(done)} of ${count(all)} symbols`,
  pausing: () => "Pause before the next try",
  proving: () => "Causality test",
};

const known = (value, unit = "") => value >= 0 && `${count(value)} ${unit}`;

const FACTS = [
  ["Since", (s) => s.state_since && `${time(new Date(s.state_since))} (${duration(s.state_s)})`],
  ["Why", (s) => s.reason],
  ["Device", (s) => s.device || s.profile],
  ["Port", (s) => s.port],
  ["Rate", (s) => known(s.rate_bit_s, "bits per second")],
  ["In store", (s) => known(s.pool_bytes, `of ${count(s.pool_capacity_bytes)} bytes`)],
  ["Delivered", (s) => known(s.random_bytes, "bytes")],
  ["Waiting readers", (s) => known(s.waiting_readers)],
  ["Alarms", (s) => known(s.alarms)],
  ["Causality test", ({ causality: is, causality_reason: why, causality_time: at }) =>
    (is === "" ? "not made yet" : is && `${is}: ${why} (${time(new Date(at))})`)],
];

function showStart(status) {
  const phase = PHASES[status.start_phase];
  byId("start").hidden = !phase;
  if (!phase) return;
  const { state_s, start_eta_s } = status;
  byId("start-bar").value = state_s / (state_s + start_eta_s) || 0;
  setText(byId("start-text"), `${phase(status)}, about ${duration(start_eta_s)} left`);
}

const rows = FACTS.map(([text]) => make("div", {}, make("dt", { text }), make("dd")));

function showFacts(status) {
  FACTS.forEach(([, value], i) => setText(rows[i].lastChild, value(status) || "unknown"));
}

export function stateText({ state, start_phase, diverted }) {
  if (start_phase === "proving") return "Causality test, then starting anew: who reads waits";
  if (state === "running" && diverted)
    return "Running, but its raw symbols are being read: no new numbers meanwhile";
  return STATES[state] ?? state;
}

function showStatus(status) {
  const state = byId("state");
  state.dataset.state = status.state;
  setText(state, stateText(status));
  showStart(status);
  showFacts(status);
}

function addRow(at, text, kind) {
  const log = byId("log");
  const when = make("time", { datetime: at, text: time(new Date(at)) });
  log.prepend(make("li", { class: kind }, when, ` ${text}`));
  while (log.children.length > LOG_ROWS) log.lastChild.remove();
}

async function run({ currentTarget: button }) {
  const message = byId("system-message");
  if (button.hasAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  say(message, button.id === "shutdown" ? "Shutting down" : "Starting: this takes a while");
  try {
    say(message, (await get(`trng/randomNum/${button.id}`)).body.message, "good");
  } catch (error) {
    say(message, error.message, error.code === 409 ? "" : "bad");
  }
  button.removeAttribute("aria-disabled");
}

export function startSystem() {
  byId("facts").append(...rows);
  for (const command of ["init", "shutdown", "restart"]) onClick(command, run);
  on("status", showStatus);
  on("state", ({ time: at, state, from, reason }) =>
    addRow(at, `${from} → ${state}${reason ? `: ${reason}` : ""}`, state));
  on("alarm", ({ time: at, text }) => addRow(at, text, "alarm"));
  showStatus(live.status);
}
