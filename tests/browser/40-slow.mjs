// SPDX-License-Identifier: GPL-3.0-or-later
// At the speed of a real board, 60 bits a second: how a start and a request go on, and Cancel.
import assert from "node:assert/strict";
import { finish, metricIs, open, see, stage, stateIs, step, until } from "./lib.mjs";

await stage("source_at 1 -o settle_ms=2000");
const url = await stage("serve");
const page = await open(`${url}/#system`);
const message = page.locator("#generate-message");

/** What an element showed while it was visible, until isEnd(). */
async function watch(selector, isEnd) {
  const texts = [];
  await until(`the end of ${selector}`, async () => {
    const text = await page.locator(selector).evaluate((one) => (one.checkVisibility() ? one.textContent : ""));
    if (text && text !== texts.at(-1)) texts.push(text);
    return isEnd(texts);
  });
  return texts;
}

const figures = (texts, pattern) => texts.map((text) => pattern.exec(text)).filter(Boolean)
  .map(([, figure]) => Number(figure.replaceAll(",", "")));

await step("a start takes about 36 s: settling, the tests' symbols, and seconds left that become fewer", async () => {
  await page.getByRole("button", { name: "Initialize System" }).click();
  await stateIs(page, "starting");
  const texts = await watch("#start-text", () => page.locator("#system-message").innerText()
    .then((text) => text === "System initialised successfully"));
  assert.match(texts.join("\n"), /^Waiting for the device to settle, about \d+ s left/m);
  const symbols = figures(texts, /^Start-up tests: ([\d,]+) of 1,024 symbols/);
  assert(symbols.length > 10, `symbols ${symbols}`);
  assert(symbols.every((value, i) => i === 0 || value >= symbols[i - 1]), `symbols ${symbols}`);
  const left = figures(texts, /about (\d+) s left/);
  assert(left[0] >= 25 && left.at(-1) <= 8, `seconds left: ${left}`);
});

await step("Generate tells of the wait before", async () => {
  await page.getByRole("tab", { name: "Generate" }).click();
  await page.locator("#generate-bits").fill("3200");
  await page.locator("#generate-count").fill("2");
  await see(page.locator("#generate-estimate"), /^6,400 bits: about (\d+ min|\d+ s)/);
});

await step("progress moves, and says how long it still takes", async () => {
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  assert.equal(await page.locator("#generate-go").isDisabled(), true);
  await see(message, /^Waiting for random bits/);
  const texts = await watch("#generate-wait p", (all) => all.length > 3 &&
    new Set(figures(all, /^([\d,]+) of 6,400 bits/)).size >= 2);
  const done = figures(texts, /^([\d,]+) of 6,400 bits/);
  assert(done.every((value, i) => i === 0 || value >= done[i - 1]), `bits so far: ${done}`);
  for (const text of texts) assert.match(text, / bits, about \d+ (s|min)/);
  const bar = await page.locator("#generate-wait progress").evaluate((one) => one.position);
  assert(bar > 0 && bar < 1, `the bar at ${bar}`);
});

await step("Cancel: the server drops the request at once", async () => {
  await metricIs("trng_http_waiting_requests", 1);
  await page.getByRole("button", { name: "Cancel" }).click();
  await see(message, /^Cancelled/);
  await metricIs("trng_http_waiting_requests", 0);
  await stage("wait_for status_is queue_bytes 0");
  assert.equal(await page.locator("#generate-wait").isVisible(), false);
  assert.equal(await page.locator("#result").isVisible(), false);
});

await step("who asks then is served next", async () => {
  await page.locator("#generate-bits").fill("64");
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await see(message, "Random numbers generated successfully");
  const numbers = await page.locator("#numbers code").allInnerTexts();
  assert.equal(numbers.length, 2);
  for (const number of numbers) assert.match(number, /^[0-9A-F]{16}$/);
  assert.notEqual(numbers[0], numbers[1]);
});

await step("a page that is left drops its request, too", async () => {
  await page.locator("#generate-bits").fill("3200");
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await metricIs("trng_http_waiting_requests", 1);
  await page.goto("about:blank");
  await metricIs("trng_http_waiting_requests", 0);
});

await finish();
