// SPDX-License-Identifier: GPL-3.0-or-later
// health - whether the source is well: flow over time, its tests, what its symbols are worth.

import { drawChart, showCharts } from "./charts.js";
import { byId, make, setText } from "./dom.js";
import { count, duration, figure, time } from "./format.js";
import { live, on } from "./live.js";
import { startSample } from "./sample.js";
import { poissonTail, record } from "./statistics.js";
import { stateText } from "./system.js";

const RARE = 0.001; // a perfect source gives as many alarms so seldom: that is no chance

const panel = byId("health");

// ---- flow ----

const rate = [];
const pool = [];
let marks = []; // when we heard of alarms, by our clock
let lastAlarms = Infinity; // of the status before

function remember({ rate_bit_s = null, pool_bytes = null, alarms = lastAlarms }) {
  const now = new Date();
  record(rate, now, rate_bit_s);
  record(pool, now, pool_bytes);
  if (alarms > lastAlarms) marks = [...marks, now].slice(-100);
  lastAlarms = alarms;
}

function flowText(rows, unit) {
  const known = rows.map(([, value]) => value).filter((value) => value !== null);
  if (known.length === 0) return "Nothing is known yet.";
  const [least, most] = [Math.min, Math.max].map((pick) => count(pick(...known)));
  const now = rows.at(-1)[1] === null ? "Not known now" : `Now ${count(rows.at(-1)[1])} ${unit}`;
  return `${now}. Since ${time(rows[0][0])} least ${least}, most ${most}.`;
}

function showFlow(capacity) {
  const told = marks.length > 0 ? " Upright lines are alarms." : "";
  const ofAll = `of ${count(capacity)} bytes`;
  drawChart("rate", "time", rate, flowText(rate, "bits per second") + told, { marks });
  drawChart("pool", "time", pool, flowText(pool, ofAll), { levels: [capacity] });
}

// ---- tests ----

const TESTS = {
  total_failure: ["Total failure", "One value too often among 100 bytes"],
  repetition: ["Repetition count", "One symbol too often in a row"],
  proportion: ["Adaptive proportion", "One symbol too often in a window"],
  lag: ["Lag", "Symbols that repeat one of the 32 before"],
  online: ["Online", "Symbols and their pairs in the long run"],
  startup: ["Start-up", "The first 1,024 symbols after each start"],
};

const titleOf = (name) => TESTS[name]?.[0] ?? name;
const tiles = new Map(); // a test's name: its elements

function addTile(name) {
  const box = make("div", { class: "tile" }, make("h4", { text: titleOf(name) }));
  const line = (text, kind) => box.appendChild(make("p", { class: kind, text }));
  line(TESTS[name]?.[1] ?? "", "hint");
  tiles.set(name, { box, state: line(""), figures: line("", "hint") });
  byId("tiles").append(box);
}

const isSuspect = ({ alarms, expected_alarms }) => poissonTail(alarms, expected_alarms) < RARE;

function showTest([name, test]) {
  if (!tiles.has(name)) addTile(name);
  const { box, state, figures } = tiles.get(name);
  const isBad = isSuspect(test);
  const chance = isBad ? "more than a perfect source would give" : "which chance may give";
  box.dataset.state = isBad ? "bad" : test.alarms > 0 ? "" : "good";
  setText(state, test.alarms > 0 ? `Alarms: ${count(test.alarms)}, ${chance}` : "No alarms");
  setText(figures, `Trials: ${count(test.trials)}. Fires at ${count(test.cutoff)}. ` +
    `Alarms of a perfect source by now: ${figure(test.expected_alarms)}.`);
}

// ---- entropy ----

function claimText({ min_entropy, health_entropy, entropy_symbols, entropy_warning }) {
  if (entropy_warning) return "contradicts the claim";
  return min_entropy >= health_entropy ? "supports the claim"
    : `does not decide yet: ${count(entropy_symbols)} symbols are too few`;
}

function entropyText(s) {
  const { state, rate_bit_s, entropy_symbols, entropy_next_symbols: next, symbol_bits } = s;
  if (!(next >= 0)) return "";
  const isFlowing = state === "running" && rate_bit_s > 0;
  const wait = isFlowing ? `, about ${duration((next * symbol_bits) / rate_bit_s)}` : "";
  if (entropy_symbols === 0) return `First figures in ${count(next)} symbols${wait}.`;
  return `Estimated ${s.min_entropy} bits per symbol, claimed ${s.health_entropy}: the estimate ` +
    `${claimText(s)}. By SP 800-90B, 6.3.1 (most common value), from ${count(entropy_symbols)} ` +
    `symbols: ${s.min_entropy} to ${s.min_entropy_upper} bits with 99 % confidence, if no symbol ` +
    `depends on others. This is no evaluation. New figures in ${count(next)} symbols${wait}.`;
}

const percent = (share) => `${(100 * share).toFixed(2)} %`;

function showShares({ symbol_shares: shares, symbol_bits, entropy_symbols }) {
  const table = byId("shares");
  table.hidden = !(entropy_symbols > 0);
  const key = `${shares} ${entropy_symbols}`;
  if (table.hidden || table.dataset.key === key) return; // rows stay
  table.dataset.key = key;
  const even = 1 / shares.length;
  const error = Math.sqrt((even * (1 - even)) / entropy_symbols);
  const row = (share, value) => make("tr", {},
    make("th", { scope: "row", text: value.toString(2).padStart(symbol_bits, "0") }),
    make("td", { text: percent(share) }),
    make("td", { text: ((share - even) / error).toFixed(1) }));

  table.caption.textContent = `Even would be ${percent(even)}; a standard error is ${percent(error)}.`;
  table.tBodies[0].replaceChildren(...shares.map(row));
}

// ---- verdict ----

function verdict(status, tests) {
  const suspects = tests.filter(([, test]) => isSuspect(test)).map(([name]) => titleOf(name));
  if (status.state !== "running") return [status.state, `No numbers now. ${stateText(status)}.`];
  if (suspects.length > 0)
    return ["bad", `It runs, but gave more alarms than chance would: ${suspects.join(", ")}.`];
  if (status.causality === "contradicted")
    return ["bad", `It runs, but failed its causality test: ${status.causality_reason}.`];
  if (status.entropy_warning)
    return ["bad", "It runs, but its symbols seem worth less than is claimed: see below."];
  return ["good", "It runs, and its tests gave no more alarms than chance may give."];
}

function show(status) {
  if (panel.hidden || document.hidden) return;
  const tests = Object.entries(status.tests ?? {});
  const [state, text] = verdict(status, tests);
  byId("health-verdict").dataset.state = state;
  setText(byId("health-verdict"), text);
  showFlow(status.pool_capacity_bytes ?? 0);
  tests.forEach(showTest);
  setText(byId("entropy"), entropyText(status));
  showShares(status);
}

async function showPanel() {
  show(live.status);
  byId("charts-wrong").hidden = await showCharts();
}

export function startHealth() {
  on("status", (status) => {
    remember(status);
    show(status);
  });
  panel.addEventListener("shown", showPanel);
  startSample();
}
