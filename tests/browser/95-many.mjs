// SPDX-License-Identifier: GPL-3.0-or-later
// Many pages at once, many events, a status of an older daemon, a page nobody looks at.
import assert from "node:assert/strict";
import {
  choose, finish, metricIs, open, openContext, see, setHidden, stage, stateIs, step, until,
  withEvents, withHiding,
} from "./lib.mjs";

const TABS = ["System", "Generate", "Download", "Health"];

await stage("running_at 1000");
const url = await stage("serve");

const context = await openContext();
const openObedient = () => open(`${url}/`, { context, prepare: withHiding });

async function draws(page) {
  await choose(page, "Generate");
  await page.locator("#generate-go").click();
  await see(page.locator("#generate-message"), "Random numbers generated successfully");
}

const pages = [];

await step("six tabs of one browser: those that nobody sees hold no stream", async () => {
  for (let i = 0; i < 6; i += 1) {
    const page = await openObedient();
    await stateIs(page, "running");
    for (const other of pages) await setHidden(other, true);
    pages.push(page);
    await metricIs("trng_http_event_streams", 1);
  }
});

await step("each of them works when it is looked at", async () => {
  for (const page of pages) {
    for (const other of pages) await setHidden(other, other !== page);
    await draws(page);
    await metricIs("trng_http_event_streams", 1);
  }
});

await step("a hidden page catches up when it is shown: state and log", async () => {
  const [page] = pages;
  for (const other of pages) await setHidden(other, true);
  await metricIs("trng_http_event_streams", 0);
  await stage("expect_control shutdown 0; expect_control init 0; expect_control shutdown 0");
  await setHidden(page, false);
  await stateIs(page, "standby");
  await choose(page, "System");
  await see(page.locator("#log li").first(), /running → standby/);
  const lines = await page.locator("#log li").evaluateAll((all) =>
    all.map((line) => `${line.querySelector("time").dateTime} ${line.textContent}`));
  assert.equal(lines.filter((line) => /running → standby/.test(line)).length, 2);
  assert.equal(new Set(lines).size, lines.length, `a line is there twice: ${lines.join("\n")}`);
});

await step("a page that is loaded hidden shows the state, without a stream", async () => {
  const [page, other] = pages;
  await stage("expect_control init 0");
  await setHidden(page, true);
  await other.reload();
  await stateIs(other, "running");
  await metricIs("trng_http_event_streams", 0);
  await context.close();
});

/** The daemon's file `events`, in the page's words, oldest first. */
async function happened() {
  const line = /^(\S+) state=(\S+) from=(\S+)(?: .*?)? reason="(.*)"$/;
  const text = await stage('cat "$MNT/events"');
  return text.split("\n").map((one) => line.exec(one)).filter(Boolean).map(([, at, state, from, reason]) =>
    `${at} ${from} → ${state}${reason ? `: ${reason}` : ""}`);
}

/** The page's log in the same form. */
const logged = (page) => page.locator("#log li").evaluateAll((all) => all.reverse().map((row) =>
  `${row.firstChild.dateTime}${row.lastChild.textContent}`));

const haste = (rounds) => stage(
  `for ((i = 0; i < ${rounds}; i++)); do expect_control init 0; expect_control shutdown 0; done`);

/**
 * Much happens while pages load, and one is hidden and shown: each shows each event once, in order.
 * Three times it begins to happen, and pages to load; they load until it is over, however long one of
 * them takes.
 */
async function hurry() {
  const all = await Promise.all([1, 2, 3].map(() => open(`${url}/#system`, { prepare: withHiding })));
  const [fickle, ...fresh] = all;
  for (let i = 0; i < 3; i += 1) {
    let isOver = false;
    const hasted = haste(9).finally(() => {
      isOver = true;
    });
    do {
      await Promise.all(fresh.map((page) => page.reload()));
      for (const is of [true, false]) await setHidden(fickle, is);
    } while (!isOver);
    await hasted;
  }

  const past = await happened();
  for (const page of all) {
    await until("the last event", async () => (await logged(page)).at(-1) === past.at(-1));
    const lines = await logged(page);
    assert(lines.length >= 50, `${lines.length} lines`);
    assert.deepEqual(lines, past.slice(-lines.length));
    await page.context().close();
  }
  return past;
}

await step("events while pages load, or come and go: each line once, in order, none lost", async () => {
  await stage("expect_control shutdown 0");
  const past = await hurry();
  assert(past.length < 200, "the log's bound would hide what is there twice");
});

await step("the same with a past that is longer than what is told of it", async () => {
  await haste(50);
  await hurry();
  assert((await stage('stat -c %s "$MNT/events"')) > 16384, "too little has happened");
});

const openWith = (events) => open(`${url}/#system`, { prepare: withEvents(events) });

await step("a thousand events: the log is bounded, newest first, and the page works", async () => {
  const events = Array.from({ length: 1000 }, (_, i) => ["state", {
    time: new Date(Date.UTC(2026, 10, 21) + i).toISOString(), state: "failed", from: "alarm",
    reason: `event ${i}` }]);
  const page = await openWith([["status", { state: "failed", reason: "many" }], ...events]);
  await see(page.locator("#log li").first(), /event 999$/);
  const rows = await page.locator("#log li").count();
  assert(rows >= 100 && rows <= 500, `${rows} rows`);
  for (const tab of TABS) await choose(page, tab);
  await page.context().close();
});

const OLD = {
  state: "running", reason: "", device: "", firmware: "", port: "/dev/ttyUSB0", baud_rate: 9600,
  profile: "nodemcu", symbol_bits: 2, health_entropy: 1.9, assessed_entropy: 1,
  false_alarms_per_year: 0.1, uptime_s: 10, rate_bit_s: 60, pool_bytes: 0, pool_capacity_bytes: 65536,
  waiting_readers: 0, queue_bytes: 0, eta_s: 1, raw_bits: 0, random_bytes: 0, last_command: "",
  last_result: "", alarms: 0,
  tests: { repetition: { trials: 1, alarms: 0, expected_alarms: 1e-9, cutoff: 20, alpha: 1e-12 } },
};

await step("a status without the newer keys, or with hardly any, breaks nothing", async () => {
  for (const status of [OLD, { state: "running" }, { state: "unreachable" },
    { ...OLD, state: "starting", state_s: 0, start_phase: "testing", start_symbols: 0,
      start_needed_symbols: 1024, start_eta_s: 0 },
    { state: "absent", reason: "there is no port" },
    { state: "something new" }]) {
    const page = await openWith([["status", status]]);
    await page.locator(`#now-dot[data-state="${status.state}"]`).waitFor();
    for (const tab of TABS) {
      const panel = await choose(page, tab);
      assert.doesNotMatch(await panel.innerText(), /undefined|NaN|\bnull\b|\[object/, `${tab} at ${status.state}`);
    }
    await page.context().close();
  }
});

await finish();
