// SPDX-License-Identifier: GPL-3.0-or-later
// Download: the file that arrives is the file that the server holds, and its SHA-256 the one shown;
// jobs that one can come back to.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { finish, metricIs, open, see, stage, step, until } from "./lib.mjs";

await stage("running_at 20 -o silence_ms=600000 -o pool_capacity=256");
let url = await stage("serve");
const page = await open(`${url}/#download`);
const bits = page.locator("#download-bits");
const message = page.locator("#download-message");
const go = page.locator("#download-go");
const files = page.locator("#files > li");
const growing = page.locator("#files > li:has(progress:not([hidden]))");

const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const heldByServer = () => stage('find "$STATE" -type f -exec sha256sum {} +');

async function make(numBits, type) {
  await bits.fill(String(numBits));
  await page.getByRole("radio", { name: `.${type}` }).check();
  await go.click();
}

/** Presses a Download button and gives the file's name and bytes. */
async function fetchBy(button) {
  const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return { name: file.suggestedFilename(), data: readFileSync(await file.path()) };
}

async function deleteByApi(name) {
  const { files: known } = await (await fetch(`${url}/trng/files`)).json();
  const { id } = known.find((one) => one.name === name);
  const { status } = await fetch(`${url}/trng/files?id=${id}`, { method: "DELETE" });
  assert.equal(status, 200);
}

async function makeWhole(numBits, type) {
  await make(numBits, type);
  await see(message, "File successfully generated");
  const { name, data } = await fetchBy(page.locator("#ready-go"));
  const shown = await page.locator("#ready-sha256").innerText();
  assert.equal(shown, sha256(data));
  assert((await heldByServer()).includes(shown), "the server holds another file");
  assert((await page.locator("#ready-name").innerText()).startsWith(`${name}: `));
  assert.match(name, new RegExp(`^trng-.*-${numBits}bit\\.${type}$`));
  return data;
}

await step("5000 bits as .bin: 625 bytes", async () => {
  await see(page.locator("#files-none"), "None yet.");
  assert.equal((await makeWhole(5000, "bin")).length, 625);
});

await step("13 bits as .bin: two bytes, three zero bits in front", async () => {
  const data = await makeWhole(13, "bin");
  assert.equal(data.length, 2);
  assert.equal(data[0] >> 5, 0);
});

await step("1001 bits as .txt: so many digits 0 and 1", async () => {
  const text = (await makeWhole(1001, "txt")).toString("latin1");
  assert.match(text, /^[01]{1001}$/);
});

await step("the list has them, newest first, with their SHA-256; Download there gives the same", async () => {
  await page.locator("#files > li >> nth=2").waitFor();
  const names = await page.locator("#files strong").allInnerTexts();
  assert.deepEqual(names.map((name) => name.replace(/.*-/, "")), ["1001bit.txt", "13bit.bin", "5000bit.bin"]);
  for (const row of await files.all()) {
    const name = await row.locator("strong").innerText();
    const file = await fetchBy(row.getByRole("button", { name: `Download ${name}` }));
    assert.equal(file.name, name);
    assert.equal(await row.locator("code").innerText(), sha256(file.data));
  }
});

await step("what is no number of bits: words, focus, and no request", async () => {
  const asked = [];
  const listen = (request) => asked.push(request.url());
  page.on("request", listen);
  for (const value of ["", "0", "-1", "1.5", "abc", "1e3", "99999999999"]) {
    await bits.fill(value);
    await go.click();
    await see(page.locator("#download-bits-wrong"),
      /^(Enter how many bits\b.*whole number|At most 8,589,934,592 bits)/);
    assert.equal(await bits.getAttribute("aria-invalid"), "true");
    assert.equal(await bits.evaluate((one) => one === document.activeElement), true);
  }
  page.off("request", listen);
  assert.deepEqual(asked.filter((one) => one.includes("generateTestdata")), []);
});

await step("progress, and Cancel: the server drops it and keeps no file", async () => {
  await bits.fill("100000");
  await see(page.locator("#download-estimate"), /^100,000 bits: about \d+ (s|min)/);
  await make(100000, "bin");
  await metricIs("trng_http_waiting_requests", 1);
  await until("bits so far", () =>
    page.locator("#download-wait progress").evaluate((bar) => bar.position > 0));
  await see(page.locator("#download-wait p"), /^[\d,]+ of 100,000 bits, .*about \d+ (s|min)/);
  await page.getByRole("button", { name: "Cancel" }).click();
  await see(message, /^Cancelled/);
  await metricIs("trng_http_waiting_requests", 0);
  await stage("wait_for status_is queue_bytes 0");
  await until("the list without it", async () => (await files.count()) === 3);
});

await step("delete: it is gone, here and there", async () => {
  const row = files.first();
  const name = await row.locator("strong").innerText();
  const sum = await row.locator("code").innerText();
  await row.getByRole("button", { name: `Delete ${name}` }).click();
  await see(page.locator("#files-message"), `${name} is deleted.`);
  assert.equal(await files.count(), 2);
  assert.equal((await heldByServer()).includes(sum), false);
});

await step("deleted behind the page's back: Download says so; its row and its card go", async () => {
  for (const pressed of ["#ready-go", "#files > li:first-child button:text-is('Download')"]) {
    await makeWhole(64, "bin");
    const [name] = (await page.locator("#ready-name").innerText()).split(": ");
    await see(files.first().locator("strong"), name);
    const rows = await files.count();
    await deleteByApi(name);
    await page.locator(pressed).click();
    await see(page.locator("#files-message.bad"), `${name} is no longer there.`);
    await page.locator("#ready").waitFor({ state: "hidden" });
    assert.equal(await files.count(), rows - 1);
    assert.equal(await files.filter({ hasText: name }).count(), 0);
    assert.equal(page.url(), `${url}/#download`);
  }
}, 404);

await step("a long one becomes a job: the page may be left, and the list shows it grow", async () => {
  await stage("stop_httpd && serve_again -o httpd.request_timeout_s=5");
  await page.reload();
  await bits.fill("24000");
  await see(page.locator("#download-estimate"), /^24,000 bits: about .*need not stay open/);
  await make(24000, "bin");
  await see(message, /server .*even if you close this page/);
  await page.goto("about:blank");
  await page.goto(`${url}/#download`);
  await growing.waitFor();
  const readings = new Set();
  await until("two readings", async () => {
    readings.add(await growing.locator("progress").evaluate((bar) => bar.position));
    return readings.size >= 2;
  });
  await see(growing.locator("p").first(), /^[\d,]+ of 24,000 bits, /);
}, "net");

await step("unplugged, the job says what it waits for, and goes on", async () => {
  await stage("device_say unplug");
  await see(growing.locator("p").first(), /^[\d,]+ of 24,000 bits, waiting for the source: \S+/);
  await stage("device_say replug");
  await see(page.locator("#files-message"), /-24000bit\.bin is whole and can be downloaded\.$/);
});

await step("whole, it can be downloaded", async () => {
  const row = files.filter({ hasText: "24000bit" });
  const { data } = await fetchBy(row.getByRole("button", { name: /^Download/ }));
  assert.equal(data.length, 3000);
  assert.equal(await row.locator("code").innerText(), sha256(data));
  assert((await heldByServer()).includes(sha256(data)));
});

await step("no source: words", async () => {
  await stage("control shutdown; wait_health standby");
  await make(80, "bin");
  await see(page.locator("#download-message.bad"), /^System not initialized\./);
}, 432);

await finish();
