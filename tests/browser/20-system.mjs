// SPDX-License-Identifier: GPL-3.0-or-later
// System: each button in each state that matters, the progress of a start, the log, the facts; and
// that what comes from outside is text, whatever is in it.
import assert from "node:assert/strict";
import { choose, finish, open, quote, see, stage, stateIs, step, until, withEvents } from "./lib.mjs";

const MARKUP = "<img src=x onerror=console.error(1)><b>board";

// The port's name is of the kind that a page must not believe.
await stage(`PORT=$WORK/${quote(MARKUP)}`);
await stage("source_at 10 -o settle_ms=2500");
const url = await stage("serve");
const page = await open(`${url}/#system`);
const message = page.locator("#system-message");
const state = page.locator("#state");
const log = page.getByRole("log").getByRole("listitem");
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const fact = (name) =>
  page.locator("#facts > div", { has: page.locator(`dt:text-is("${name}")`) }).locator("dd");
const barValue = () => page.locator("#start-bar").evaluate((bar) => bar.position);

async function isOff() {
  await stateIs(page, "standby");
  await see(state, "Off");
  assert.equal(await state.getAttribute("data-state"), "standby");
  assert.equal(await page.locator("#start").isVisible(), false);
}

await step("off: shutdown and restart change nothing", async () => {
  await isOff();
  await press("Shutdown System");
  await see(message, /^System already shut down/);
  await press("Restart System");
  await see(message, "System already in standby");
  await isOff();
}, 409);

await step("init: settling, then start-up tests; bar and seconds left; the documented text", async () => {
  const texts = new Set();
  const bars = new Set();
  await press("Initialize System");
  await page.locator("#init[aria-disabled=true]").waitFor();
  await stateIs(page, "starting");
  await see(state, "Starting");
  await until("the end of the start", async () => {
    const shown = page.locator("#start-text");
    if (await shown.isVisible()) {
      texts.add(await shown.innerText());
      bars.add(await barValue());
    }
    return (await message.innerText()) === "System initialised successfully";
  });
  const all = [...texts].join("\n");
  assert.match(all, /^Waiting for the device to settle, about \d+ s left$/m);
  assert.match(all, /^Start-up tests: [\d,]+ of 1,024 symbols, about \d+ s left$/m);
  const values = [...bars].filter((value) => value >= 0);
  assert(values.length >= 3 && values.every((value, i) => i === 0 || value > values[i - 1]),
    `the bar stood at ${[...bars]}`);
  await stateIs(page, "running");
  await see(state, "Running");
  assert.match(await message.getAttribute("class"), /good/);
});

await step("running: init again says so", async () => {
  await press("Initialize System");
  await see(message, /^System already initialized/);
  await see(state, "Running");
}, 409);

await step("restart, shutdown, and shutdown again", async () => {
  await press("Restart System");
  await see(message, "System successfully restarted");
  await see(state, "Running");
  await press("Shutdown System");
  await see(message, "System successfully shutdown");
  await isOff();
  await press("Shutdown System");
  await see(message, /^System already shut down/);
}, 409);

await step("the facts: since when, device, port, rate", async () => {
  await see(fact("Since"), /\d.*\(\d+ (s|min)/);
  await see(fact("Device"), /\S/);
  assert.equal(await fact("Port").innerText(), await stage('echo "$PORT"'));
  await see(fact("Rate"), /^[\d,.]+ bits per second$/);
  await see(fact("In store"), /^[\d,]+ of 65,536 bytes$/);
  for (const row of await page.locator("#facts dd").all())
    assert.doesNotMatch(await row.innerText(), /undefined|NaN|null|unknown/);
});

await step("the log has each change of state, newest first", async () => {
  await see(log.first(), /running → standby/);
  const lines = await log.allInnerTexts();
  assert.equal(lines.filter((line) => /standby → starting/.test(line)).length, 1);
  assert(lines.some((line) => /starting → running/.test(line)), lines.join("\n"));
  const times = await page.locator("#log time").evaluateAll((all) => all.map((one) => one.dateTime));
  assert.deepEqual(times, [...times].sort().reverse());
});

await step("a page that is opened later shows the same log", async () => {
  const lines = await log.allInnerTexts();
  const later = await open(`${url}/#system`);
  await later.locator(`#log li >> nth=${lines.length - 1}`).waitFor();
  assert.deepEqual(await later.getByRole("log").getByRole("listitem").allInnerTexts(), lines);
  await later.context().close();
});

await step("a start that is overtaken by a shutdown", async () => {
  await press("Initialize System");
  await stateIs(page, "starting");
  await press("Shutdown System");
  await see(message, "System successfully shutdown");
  await page.locator("#init:not([aria-disabled])").waitFor();
  await see(message, "System successfully shutdown");
  await isOff();
}, 555);

await step("unplugged: not connected, its reason is text; init says why it fails", async () => {
  await stage("device_say unplug; wait_state absent");
  await stateIs(page, "absent");
  await see(state, "The device is not connected");
  await see(log.first(), /→ absent/);
  await press("Initialize System");
  await see(message, /\S/);
  await until("a failure", async () => /bad/.test(await message.getAttribute("class")));
  await stage("device_say replug; wait_state standby");
  await isOff();
}, 432, 555);

await step("a start that fails: failed, in words", async () => {
  await stage("device_say stuck");
  await press("Initialize System");
  await until("a failure", async () => /bad/.test(await message.getAttribute("class")));
  await stateIs(page, "failed");
  await see(state, /^Failed/);
  await see(fact("Why"), /\S{3}/);
  await stage("device_say heal");
  await press("Restart System");
  await see(message, /System (successfully restarted|initialised successfully)/);
}, 555);

await step("an alarm: in the line at the top, in the log, and it heals", async () => {
  await stage("device_say stuck; wait_state alarm");
  await see(page.locator("#now"), /^Alarm/);
  await page.locator("#log li.alarm").first().waitFor();
  assert.match(await page.title(), /alarm/);
  await stage("device_say heal; wait_state running");
  await stateIs(page, "running");
  await until("the title", async () => (await page.title()) === "TRNG");
});

await step("the daemon ends: does not answer; and is back", async () => {
  await stage("stop_daemon");
  await stateIs(page, "unreachable");
  await see(state, "The daemon of the source does not answer");
  await press("Initialize System");
  await until("a failure", async () => /bad/.test(await message.getAttribute("class")));
  await stage("start_daemon -o rate_bit_s=600");
  await isOff();
}, 555, 503);

await step("markup from outside is text everywhere", async () => {
  await withEvents([
    ["status", { state: "running", device: MARKUP, port: MARKUP, reason: MARKUP, profile: MARKUP,
      firmware: MARKUP, start_phase: "", tests: {} }],
    ["state", { time: "2026-11-21T10:00:00.000Z", state: "failed", from: MARKUP, reason: MARKUP }],
    ["alarm", { time: "2026-11-21T10:00:01.000Z", test: MARKUP, text: MARKUP }],
  ])(page);
  await page.reload();
  await see(fact("Device"), MARKUP);
  await see(fact("Port"), MARKUP);
  await see(fact("Why"), MARKUP);
  await page.locator("#log li >> nth=1").waitFor();
  for (const line of (await log.allInnerTexts()).slice(0, 2)) assert(line.includes(MARKUP), line);
  for (const tab of ["Generate", "Download", "Health", "System"]) await choose(page, tab);
  assert.equal(await page.locator("img, main b").count(), 0);
});

await finish();
