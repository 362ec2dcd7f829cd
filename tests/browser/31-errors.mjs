// SPDX-License-Identifier: GPL-3.0-or-later
// Generate when things go wrong: off, an alarm or the cable in mid-request, no daemon, no server, a
// wait that is too long. Each in clear words, and each mended without the page being loaded again.
import assert from "node:assert/strict";
import { choose, finish, metricIs, open, see, stage, stateIs, step, until } from "./lib.mjs";

const LONG = 200000; // bits that take minutes at this speed

await stage("source_at 10 -o silence_ms=600000");
const url = await stage("serve");
const page = await open(`${url}/`);
const go = page.getByRole("button", { name: "Generate", exact: true });
const message = page.locator("#generate-message");
const link = page.getByRole("alert").filter({ hasText: "Connection lost" });

async function fill(numBits, quantity) {
  await page.locator("#generate-bits").fill(String(numBits));
  await page.locator("#generate-count").fill(String(quantity));
}

async function failsWith(words) {
  await see(page.locator("#generate-message.bad"), words);
  assert.equal(await page.locator("#generate-wait").isVisible(), false);
  assert.equal(await go.isEnabled(), true);
}

/** Asks for what takes long, and waits until the server has it. */
async function wait() {
  await fill(LONG, 1);
  await go.click();
  await metricIs("trng_http_waiting_requests", 1);
  await page.locator("#generate-wait").waitFor();
}

async function works() {
  await stateIs(page, "running");
  await fill(8, 2);
  await go.click();
  await see(message, "Random numbers generated successfully");
}

await step("not initialised", async () => {
  await go.click();
  await failsWith(/^System not initialized\. .*initialise it under System/);
}, 432);

await step("initialised, it works", async () => {
  await choose(page, "System");
  await page.getByRole("button", { name: "Initialize System" }).click();
  await see(page.locator("#system-message"), "System initialised successfully");
  await choose(page, "Generate");
  await works();
});

await step("an alarm in mid-request", async () => {
  await wait();
  await stage("device_say stuck");
  await failsWith(/\S+ \S+/);
  await see(page.locator("#now"), /^Alarm/);
  await stage("device_say heal");
  await works();
}, 555);

await step("the cable in mid-request; none of it is there until it is back", async () => {
  await wait();
  await stage("device_say unplug");
  await failsWith(/\S+ \S+/);
  await stateIs(page, "absent");
  await see(page.locator("#now"), "The device is not connected");
  await fill(8, 1);
  await go.click();
  await failsWith(/^System not initialized\./);
  await stage("device_say replug");
  await works();
}, 555, 432);

await step("the daemon in mid-request", async () => {
  await wait();
  await stage('kill -KILL "$DAEMON"; wait_daemon');
  await failsWith(/\S+ \S+/);
  await stateIs(page, "unreachable");
  await stage("start_daemon -o rate_bit_s=600; control init");
  await works();
}, 555);

await step("too many bits for one request: told before and after", async () => {
  await stage("stop_httpd && serve_again -o httpd.request_timeout_s=10");
  await link.waitFor({ state: "hidden" });
  await works();
  await fill(LONG, 1);
  await see(page.locator("#generate-estimate"), /^200,000 bits: about .* Download/);
  await go.click();
  await failsWith(/Try again in .*Download/);
}, "net", 503);

await step("the server is gone in mid-request: connection lost, retrying; and recovery by itself", async () => {
  await stage("stop_httpd && serve_again");
  await link.waitFor({ state: "hidden" });
  await works();
  await wait();
  await stage("kill_httpd");
  await failsWith(/^The server does not answer/);
  await see(link, "Connection lost, retrying");
  await see(page.locator("#now"), "The server does not answer");
  assert.doesNotMatch(await page.locator("#state").textContent(), /Running/);
  await fill(8, 1);
  await go.click();
  await failsWith(/^The server does not answer/);
  await stage("serve_again");
  await link.waitFor({ state: "hidden" });
  await works();
  await until("Running under System", async () => (await page.locator("#state").textContent()) === "Running");
}, "net");

await step("a server that hangs is noticed, too", async () => {
  await stage('[ -n "$HTTPD" ] || serve_again; kill -STOP "$HTTPD"');
  await see(link, "Connection lost, retrying");
  await stage('kill -CONT "$HTTPD"');
  await link.waitFor({ state: "hidden" });
  await works();
}, "net");

await finish();
