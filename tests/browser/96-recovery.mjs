// SPDX-License-Identifier: GPL-3.0-or-later
// A stream that is refused, or held up on its way, is no lost server: the page polls, and says so of
// nothing but a server that does not answer. When streams come through again, it uses one.
import assert from "node:assert/strict";
import {
  choose, finish, metricIs, open, see, seeStatuses, setHidden, stage, stateIs, step, withHiding,
} from "./lib.mjs";

const EVENTS = /\/trng\/events/;

await stage("running_at 1000");
const url = await stage("serve");
const page = await open(`${url}/#system`, { prepare: withHiding });
const log = page.locator("#log li");
await stateIs(page, "running");

/** Has the page note each text of the line at the top, and whether the link is told lost. */
const notes = () => page.evaluate(() => {
  const [now, link] = ["now", "link"].map((id) => document.getElementById(id));
  const seen = new Set([now.textContent]);
  const note = () => seen.add(now.textContent).add(link.hidden ? now.textContent : "lost");
  const options = { subtree: true, childList: true, characterData: true, attributes: true };
  window.observer?.disconnect();
  window.observer = new MutationObserver(note);
  for (const element of [now, link]) window.observer.observe(element, options);
  window.seenTexts = seen;
});

const noted = () => page.evaluate(() => [...window.seenTexts]);

/** Makes the page open its stream anew, as it does when it is looked at again. */
const openAgain = () => setHidden(page, false);

/** Meanwhile handler answers who asks for a stream; true figures keep coming, and no complaint. */
async function without(handler) {
  let asked = 0;
  await page.route(EVENTS, (route) => {
    asked += 1;
    return handler(route);
  });
  await notes();
  await openAgain();
  await metricIs("trng_http_event_streams", 0);
  await seeStatuses(page, 2);
  assert(asked >= 2, `asked ${asked} times for a stream`);
  assert.deepEqual(await noted(), ["Running"]);
  assert.equal(await page.locator("#link").isVisible(), false);
}

/** A change of state is in the log, which only the stream brings. */
async function streams() {
  await page.unroute(EVENTS);
  await metricIs("trng_http_event_streams", 1);
  const [last] = await log.allInnerTexts();
  await stage("expect_control restart 0");
  await see(log.first(), /starting → running/);
  assert.notEqual((await log.allInnerTexts())[0], last);
  await stateIs(page, "running");
}

await step("streams refused: still Running, and the figures go on", () =>
  without((route) => route.fulfill({ status: 503, json: { error: "too many" } })), 503);

await step("the state is followed all the same", async () => {
  await stage("expect_control shutdown 0");
  await stateIs(page, "standby");
  await stage("expect_control init 0");
  await stateIs(page, "running");
  await choose(page, "Generate");
  await page.locator("#generate-go").click();
  await see(page.locator("#generate-message"), "Random numbers generated successfully");
  await choose(page, "System");
}, 503);

await step("streams again: the log catches up", streams, 503);

await step("streams never answered: still Running, and the figures go on", () => without(() => {}));

await step("streams again, by itself", streams);

await finish();
