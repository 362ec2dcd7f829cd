// SPDX-License-Identifier: GPL-3.0-or-later
// Without a mouse: tabs by arrows, fields by Tab, Enter, Escape; where the focus goes; what is announced.
import assert from "node:assert/strict";
import { finish, metricIs, open, see, stage, stateIs, step, until } from "./lib.mjs";

await stage("running_at 20 -o pool_capacity=256");
const otto = await stage("new_token otto operator");
const url = await stage("serve");
const page = await open(`${url}/`);

async function press(...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);
const chosen = () => page.getByRole("tab", { selected: true }).innerText();

async function focusIs(id) {
  await until(`the focus at ${id}`, async () => (await focused()) === id).catch(async (error) => {
    throw new Error(`${error.message}; it is at ${await focused()}`);
  });
}

/** Presses Tab until the element has the focus; fails if it never gets it. */
async function tabTo(id) {
  for (let i = 0; i < 40; i += 1) {
    if ((await focused()) === id) return;
    await press("Tab");
  }
  throw new Error(`Tab does not come to ${id}`);
}

await step("tabs: arrows, Home and End, around the ends; one stop for Tab", async () => {
  await stateIs(page, "running");
  await tabTo("tab-generate");
  for (const [key, tab] of [["ArrowRight", "Download"], ["ArrowRight", "Health"], ["ArrowRight", "System"],
    ["ArrowLeft", "Health"], ["Home", "System"], ["End", "Health"], ["ArrowRight", "System"],
    ["ArrowRight", "Generate"]]) {
    await press(key);
    assert.equal(await chosen(), tab, key);
    assert.equal(await focused(), `tab-${tab.toLowerCase()}`);
    assert.equal(await page.locator("[role=tab][tabindex='-1']").count(), 3);
  }
});

await step("Tab goes from the tab to its fields in the order seen", async () => {
  for (const id of ["generate-bits", "generate-count", "generate-go"]) {
    await press("Tab");
    assert.equal(await focused(), id);
  }
});

await step("each stop can be seen", async () => {
  await tabTo("generate-bits");
  const outline = await page.locator("#generate-bits").evaluate((one) => getComputedStyle(one).outlineStyle);
  assert.notEqual(outline, "none");
});

await step("a bad number and Enter: the focus is in the field, its words belong to it", async () => {
  await page.locator("#generate-count").focus();
  await page.keyboard.type("x");
  await press("Enter");
  await focusIs("generate-count");
  await see(page.locator("#generate-count-wrong"), /whole number/);
  await press("Control+a");
  await page.keyboard.type("1");
});

await step("Enter submits; the focus is on Cancel while it waits, and back afterwards", async () => {
  await page.locator("#generate-bits").fill("100000");
  await press("Enter");
  await metricIs("trng_http_waiting_requests", 1);
  await tabTo("generate-cancel");
  await press("Enter");
  await see(page.locator("#generate-message"), /^Cancelled/);
  await focusIs("generate-go");
  await page.locator("#generate-bits").fill("20000");
  await page.locator("#generate-go").focus();
  await press("Space");
  await focusIs("generate-cancel");
  await see(page.locator("#generate-message"), "Random numbers generated successfully");
  await focusIs("generate-go");
});

await step("a result is announced, and can be read and copied by keyboard", async () => {
  assert.equal(await page.locator("#generate-message").getAttribute("role"), "status");
  await page.locator("input[name=base][value=hex]").focus();
  await press("ArrowRight");
  assert.equal(await page.getByRole("radio", { name: "decimal", exact: true }).isChecked(), true);
  await tabTo("clear");
  await press("Enter");
  await focusIs("generate-bits");
});

await step("System by keyboard: the focus stays on the button", async () => {
  await page.locator("#tab-generate").focus();
  await press("Home");
  await tabTo("restart");
  await press("Enter");
  await see(page.locator("#system-message"), "System successfully restarted");
  await focusIs("restart");
  assert.equal(await page.locator("#system-message").getAttribute("role"), "status");
});

await step("the log can be scrolled by keyboard", async () => {
  await tabTo("restart");
  await press("Tab");
  assert.equal(await page.getByRole("log").evaluate((one) => one === document.activeElement), true);
});

await step("Download by keyboard", async () => {
  await page.locator("#tab-system").focus();
  await press("ArrowRight", "ArrowRight");
  await tabTo("download-bits");
  await press("Enter");
  await see(page.locator("#download-message"), "File successfully generated");
  await tabTo("ready-go");
  const [file] = await Promise.all([page.waitForEvent("download"), press("Enter")]);
  assert.match(file.suggestedFilename(), /5000bit\.bin$/);
});

await step("Health by keyboard: a sample", async () => {
  await page.locator("#tab-system").focus();
  await press("End");
  await tabTo("sample-bits");
  await press("Control+a");
  await page.keyboard.type("1024");
  await press("Enter");
  await see(page.locator("#sample-message"), /^1,024 bits drawn/);
});

await step("the prompt: focus inside, Escape closes it, focus back", async () => {
  await stage("stop_httpd && serve_again -o httpd.anonymous=reader");
  await page.reload();
  await stateIs(page, "running");
  await tabTo("log-in");
  await press("Enter");
  await focusIs("token");
  for (let i = 0; i < 6; i += 1) {
    await press("Tab");
    const isInside = await page.evaluate(() => document.activeElement.matches("body, dialog, dialog *"));
    assert(isInside, `the focus has left the prompt for ${await focused()}`);
  }
  await press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await focusIs("log-in");
  await press("Enter");
  await page.keyboard.type(otto);
  await press("Enter");
  await see(page.locator("#who"), /^otto: /);
}, "net");

await step("live regions: state, outcomes, lost connection, errors of the prompt", async () => {
  for (const [id, role] of [["now", "status"], ["generate-message", "status"], ["download-message", "status"],
    ["system-message", "status"], ["files-message", "status"], ["sample-message", "status"], ["link", "alert"],
    ["login-wrong", "alert"]])
    assert.equal(await page.locator(`#${id}`).getAttribute("role"), role, id);
});

await finish();
