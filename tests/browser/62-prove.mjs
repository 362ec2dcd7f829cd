// SPDX-License-Identifier: GPL-3.0-or-later
// The causality test as the page shows it, a warning about the estimate, raw being read; and statuses of
// daemons that know less.
import assert from "node:assert/strict";
import { choose, finish, open, see, stage, stateIs, step, withEvents } from "./lib.mjs";

await stage("running_at 10 -o settle_ms=100");
const url = await stage("serve");
const factOf = (page, name) =>
  page.locator("#facts > div", { has: page.locator(`dt:text-is("${name}")`) }).locator("dd");

await step("the causality test while it goes on, and its verdict", async () => {
  const page = await open(`${url}/#system`);
  await see(factOf(page, "Causality test"), "not made yet");
  await stage('timeout "$BOUND_S" bash -c "echo prove >\'$MNT/control\'" & PROVES=$!');
  await stateIs(page, "starting");
  await see(page.locator("#state"), /^Causality test, then starting anew/);
  await see(page.locator("#now"), /^Causality test/);
  await see(page.locator("#start-text"), /^Causality test, about \d+ (s|min)/);
  // Before there is a rate, what comes with the first bytes can be foretold, and no more.
  await choose(page, "Generate");
  await see(page.locator("#generate-estimate"), /^1,280 bits: .*about \d+ (s|min)/);
  await page.locator("#generate-count").fill("200");
  await see(page.locator("#generate-estimate"), /cannot be told now/);
  await choose(page, "System");
  await stage('wait "$PROVES"');
  await stateIs(page, "running");
  await see(page.locator("#state"), "Running");
  await see(factOf(page, "Causality test"), /^proven: the readings move with light and fan \(.*\d\d.*\)$/);
  await page.context().close();
});

const STATUS = {
  state: "running", reason: "", rate_bit_s: 60, pool_bytes: 10, pool_capacity_bytes: 65536, alarms: 0,
  symbol_bits: 2, health_entropy: 1.9, entropy_symbols: 16384, symbol_shares: [0.26, 0.25, 0.25, 0.24],
  min_entropy: 1.91, min_entropy_upper: 1.97, entropy_next_symbols: 1000, entropy_warning: 0,
  causality: "", causality_reason: "", causality_time: null, causality_count: 0, diverted: 0, tests: {},
};
const POOR = { symbol_shares: [0.3, 0.24, 0.23, 0.23], min_entropy: 1.71, min_entropy_upper: 1.78 };

/** What Health says of such a status: its verdict, of a kind, and what it says of the estimate. */
async function health(status, kind, verdict, entropy) {
  const page = await open(`${url}/#health`, { prepare: withEvents([["status", { ...STATUS, ...status }]]) });
  await page.locator(`#health-verdict[data-state="${kind}"]`).waitFor();
  await see(page.locator("#health-verdict"), verdict);
  await see(page.locator("#entropy"), entropy);
  assert.doesNotMatch(await page.locator("main").innerText(), /undefined|NaN|\bnull\b/);
  await page.context().close();
}

await step("an estimate that supports the claim, does not decide, contradicts it; and of an older daemon", async () => {
  await health({}, "good", /^It runs, and/, /the estimate supports the claim\./);
  await health({ min_entropy: 1.85 }, "good", /^It runs, and/, /does not decide yet: 16,384 symbols/);
  await health({ ...POOR, entropy_warning: 1 }, "bad", /^It runs, but its symbols seem worth less/,
    /claimed 1\.9: the estimate contradicts the claim\./);
  await health({ entropy_warning: undefined, causality: undefined, diverted: undefined }, "good",
    /^It runs, and/, /the estimate supports the claim\./);
});

await step("a verdict that contradicts stays until the next", async () => {
  await health({ causality: "contradicted", causality_reason: "bytes came after off",
    causality_time: "2026-11-21T14:38:09.123Z" }, "bad",
  "It runs, but failed its causality test: bytes came after off.", /supports/);
  await health({ causality: "inconclusive", causality_reason: "nothing moves",
    causality_time: "2026-11-21T14:38:09.123Z" }, "good", /^It runs, and/, /supports/);
});

await step("raw is being read: no new numbers, and nobody can tell how long", async () => {
  const prepare = withEvents([["status", { ...STATUS, diverted: 1, release_eta_s: -1 }]]);
  const page = await open(`${url}/#system`, { prepare });
  await see(page.locator("#state"), "Running, but its raw symbols are being read: no new numbers meanwhile");
  await choose(page, "Generate");
  await see(page.locator("#generate-estimate"), /how long that takes cannot be told now/);
  await page.context().close();
});

await finish();
