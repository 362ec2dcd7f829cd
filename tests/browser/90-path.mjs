// SPDX-License-Identifier: GPL-3.0-or-later
// The page below a path behind a reverse proxy, nginx where there is one: everything works there, too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { choose, figure, finish, open, see, stage, stateIs, step } from "./lib.mjs";

const PATH = "/box/trng/";

await stage("source_at 1000");
const otto = await stage("new_token otto operator");
const server = await stage("serve -o httpd.anonymous=none -o httpd.trusted_proxies=127.0.0.1");

/* What docs/API.md has nginx do. */
function forward(asked, reply) {
  if (!asked.url.startsWith(PATH)) return reply.writeHead(404).end();
  const headers = { ...asked.headers, "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" };
  const target = `${server}/${asked.url.slice(PATH.length)}`;
  const onward = request(target, { method: asked.method, headers }, (answer) => {
    reply.writeHead(answer.statusCode, answer.headers);
    answer.pipe(reply);
  });
  onward.on("error", () => reply.destroy());
  reply.on("close", () => onward.destroy());
  return asked.pipe(onward);
}

const proxy = createServer(forward);
await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
const { port } = proxy.address();
const hasNginx = (await stage("command -v nginx || true")) !== "";
if (hasNginx) {
  await new Promise((done) => proxy.close(done));
  await stage(`start_nginx ${port} ${PATH}`);
}
const url = `http://127.0.0.1:${port}${PATH}`;
const page = await open(url);
const paths = [];
page.on("request", (one) => paths.push(new URL(one.url()).pathname));

await step(`${hasNginx ? "nginx" : "node"} serves it, and nothing above the path`, async () => {
  assert.equal((await fetch(new URL("/", url))).status, 404);
  await page.getByRole("dialog").waitFor();
});

await step("a token opens it", async () => {
  await page.getByLabel("Token:").fill(otto);
  await page.keyboard.press("Enter");
  await see(page.locator("#who"), /^otto: /);
});

await step("events arrive: state and log", async () => {
  await stateIs(page, "standby");
  await choose(page, "System");
  await page.getByRole("button", { name: "Initialize System" }).click();
  await see(page.locator("#system-message"), "System initialised successfully");
  await stateIs(page, "running");
  await see(page.getByRole("listitem").filter({ hasText: "starting → running" }).first(), /running/);
});

await step("numbers", async () => {
  await choose(page, "Generate");
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await see(page.locator("#generate-message"), "Random numbers generated successfully");
});

await step("files", async () => {
  await choose(page, "Download");
  await page.locator("#download-go").click();
  await see(page.locator("#download-message"), "File successfully generated");
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator("#ready-go").click()]);
  assert.equal(readFileSync(await file.path()).length, 625);
});

await step("charts", async () => {
  await choose(page, "Health");
  await figure(page, "Bits per second").locator("canvas").first().waitFor();
});

await step("the links of the last line", async () => {
  for (const link of await page.locator("footer a").all()) {
    const target = new URL(await link.getAttribute("href"), page.url());
    assert(target.pathname.startsWith(PATH), target.href);
    assert.equal((await page.request.get(target.href)).status(), 200, target.href);
  }
});

await step("log out, and in again", async () => {
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("dialog").waitFor();
  await page.getByLabel("Token:").fill(otto);
  await page.keyboard.press("Enter");
  await see(page.locator("#who"), /^otto: /);
  await stateIs(page, "running");
}, 401);

await step("every request was below the path", async () => {
  assert(paths.length > 5);
  assert.deepEqual(paths.filter((path) => !path.startsWith(PATH)), []);
});

proxy.close();
await finish();
