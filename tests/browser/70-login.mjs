// SPDX-License-Identifier: GPL-3.0-or-later
// A server that wants a token: the prompt, what each role may, the end of a session.
import assert from "node:assert/strict";
import { choose, finish, open, see, setHidden, stage, stateIs, step, until, withHiding } from "./lib.mjs";

await stage("running_at 1000");
const rita = await stage("new_token rita reader");
const otto = await stage("new_token otto operator");
const bert = await stage("new_token bert reader 2000");
const url = await stage("serve -o httpd.anonymous=none");
const page = await open(`${url}/`, { prepare: withHiding });
const dialog = page.getByRole("dialog", { name: "Log in" });
const who = page.locator("#who");
const message = page.locator("#generate-message");
const now = page.locator("#now");
const LOCKED = "To be seen after logging in";

async function logIn(token) {
  await dialog.getByLabel("Token:").fill(token);
  await dialog.getByRole("button", { name: "Log in" }).click();
}

async function draws() {
  await choose(page, "Generate");
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await see(message, "Random numbers generated successfully");
}

await step("the prompt opens, and says why", async () => {
  await dialog.waitFor();
  await see(dialog.getByRole("paragraph").first(), /token/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "token");
  assert.equal(await dialog.getByLabel("Token:").getAttribute("type"), "password");
});

await step("put off: what is tried says that one must log in", async () => {
  await dialog.getByRole("button", { name: "Not now" }).click();
  await dialog.waitFor({ state: "hidden" });
  await see(who, "not logged in");
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await see(page.locator("#generate-message.bad"), /log(ged)? in/);
}, 401);

await step("a wrong token, and none: words", async () => {
  if (!(await dialog.isVisible())) await page.getByRole("button", { name: "Log in" }).click();
  for (const token of ["wrong", "", "<b>x</b>"]) {
    await Promise.all([page.waitForResponse(/session$/), logIn(token)]);
    await see(dialog.getByRole("alert"), /\S+ \S+/);
    assert.equal(await dialog.isVisible(), true);
  }
}, 401, 400);

await step("a reader draws numbers, and sees the state", async () => {
  await logIn(` ${rita} `);
  await dialog.waitFor({ state: "hidden" });
  await see(who, /^rita: /);
  await stateIs(page, "running");
  await draws();
  await choose(page, "Health");
  await page.locator(".tile").first().waitFor();
});

await step("the session is a cookie that no script sees; the token is nowhere in the page", async () => {
  assert.equal(await page.evaluate(() => document.cookie), "");
  const [cookie] = await page.context().cookies();
  assert.equal(`${cookie.name} ${cookie.httpOnly} ${cookie.sameSite}`, "trng_session true Strict");
  assert.equal((await page.content()).includes(rita), false);
  assert.equal(await page.locator("#token").inputValue(), "");
  assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
});

await step("a reader is told who may switch the source and make files", async () => {
  await choose(page, "System");
  await see(page.locator("#system .operators"), /operator/);
  await page.getByRole("button", { name: "Shutdown System" }).click();
  await see(page.locator("#system-message.bad"), /operator|not allowed|role/i);
  await choose(page, "Download");
  await see(page.locator("#download .operators"), /operator/);
  await page.locator("#download-go").click();
  await see(page.locator("#download-message.bad"), /operator|not allowed|role/i);
  assert.equal(await stage("status_get state"), "running");
}, 403);

await step("reloaded, one is still logged in", async () => {
  await page.reload();
  await see(who, /^rita: /);
  await stateIs(page, "running");
  assert.equal(await dialog.isVisible(), false);
});

await step("log out: the prompt comes again, and nothing of the session stays in the page", async () => {
  await draws();
  const numbers = await page.locator("#numbers code").allInnerTexts();
  assert.equal(numbers.length, 10);
  await choose(page, "System");
  await page.locator("#log li").first().waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Log out" }).click();
  await dialog.waitFor();
  await see(who, "not logged in");
  await see(now, LOCKED);
  assert.deepEqual(await page.context().cookies(), []);
  const content = await page.content();
  for (const number of numbers) assert.equal(content.includes(number), false, number);
  for (const rest of ["rita", "Running"]) assert.equal(content.includes(rest), false, rest);
  assert.equal(await page.locator("#log li").count(), 0);
}, 401);

await step("logged in and out in another tab: this one follows when it is looked at", async () => {
  await setHidden(page, true);
  const other = await open(`${url}/`, { context: page.context() });
  await other.getByLabel("Token:").fill(rita);
  await other.keyboard.press("Enter");
  await see(other.locator("#who"), /^rita: /);
  assert.equal(await dialog.isVisible(), true);
  await setHidden(page, false);
  await dialog.waitFor({ state: "hidden" });
  await see(who, /^rita: /);
  await stateIs(page, "running");
  await draws();
  await setHidden(page, true);
  await other.getByRole("button", { name: "Log out" }).click();
  await other.getByRole("dialog", { name: "Log in" }).waitFor();
  await setHidden(page, false);
  await dialog.waitFor();
  await see(who, "not logged in");
  await see(now, LOCKED);
  await other.close();
}, 401);

await step("a reader with a budget sees what is left, and is told when it does not suffice", async () => {
  await logIn(bert);
  await see(who, /^bert: .*2,000 bits left today/);
  await draws();
  await see(who, /^bert: .*720 bits left today/);
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await see(page.locator("#generate-message.bad"), /bits.*Try again in /);
}, 429);

await step("an operator does everything", async () => {
  await page.getByRole("button", { name: "Log in" }).click();
  await logIn(otto);
  await see(who, /^otto: /);
  await choose(page, "System");
  assert.equal(await page.locator("#system .operators").isVisible(), false);
  await page.getByRole("button", { name: "Restart System" }).click();
  await see(page.locator("#system-message"), "System successfully restarted");
  await choose(page, "Download");
  assert.equal(await page.locator("#download .operators").isVisible(), false);
  await page.locator("#download-go").click();
  await see(page.locator("#download-message"), "File successfully generated");
});

await step("the session ends with the server: the prompt comes, and all goes on after it", async () => {
  await stage("stop_httpd && serve_again -o httpd.anonymous=none");
  await dialog.waitFor();
  await see(now, LOCKED);
  await page.locator("#link").waitFor({ state: "hidden" });
  await logIn(otto);
  await see(who, /^otto: /);
  await page.locator("#link").waitFor({ state: "hidden" });
  await stateIs(page, "running");
  await draws();
}, "net", 401);

await step("log out without a server: words", async () => {
  await stage("kill_httpd");
  await page.getByRole("button", { name: "Log out" }).click();
  await see(who, /^The server does not answer/);
  await stage("serve_again -o httpd.anonymous=none");
  await dialog.waitFor();
  await see(who, "not logged in");
  await see(now, LOCKED);
}, "net", 401);

await step("whoever logs in then does not see the numbers of the one before", async () => {
  const [number] = await page.locator("#numbers code").allInnerTexts();
  assert.match(number, /^[0-9A-F]{32}$/); // his session ended, but they are still his
  await logIn(rita);
  await until("a page without them", async () => !(await page.content()).includes(number));
  await see(who, /^rita: /);
});

await step("anonymous readers are told, too, and may log in", async () => {
  await stage("stop_httpd && serve_again -o httpd.anonymous=reader");
  const guest = await open(`${url}/#system`);
  await stateIs(guest, "running");
  await see(guest.locator("#system .operators"), /operator/);
  assert.equal(await guest.getByRole("dialog").count(), 0);
  await guest.getByRole("button", { name: "Log in" }).click();
  await guest.getByLabel("Token:").fill(otto);
  await guest.keyboard.press("Enter");
  await see(guest.locator("#who"), /^otto: /);
  await guest.locator("#system .operators").waitFor({ state: "hidden" });
  await guest.context().close();
}, "net", 401);

await finish();
