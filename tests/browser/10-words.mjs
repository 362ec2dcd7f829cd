// SPDX-License-Identifier: GPL-3.0-or-later
// The documented words and defaults, each where a person or a screen reader looks for it; what is
// fetched for the first picture, and from where.
import assert from "node:assert/strict";
import { choose, figure, finish, open, openContext, see, stage, stateIs, step } from "./lib.mjs";

await stage("source_at 1000");
const url = await stage("serve");
const requested = [];
const context = await openContext();
context.on("request", (request) => requested.push(new URL(request.url()).pathname));
const page = await open(`${url}/`, { context });

const inPanel = (name) => page.getByRole("tabpanel", { name, exact: true });
const button = (panel, name) => inPanel(panel).getByRole("button", { name, exact: true });

await step("it opens on Generate", async () => {
  await inPanel("Generate").waitFor();
  assert.deepEqual(await page.getByRole("tab").allInnerTexts(), ["System", "Generate", "Download", "Health"]);
  assert.equal(await page.getByRole("tab", { selected: true }).innerText(), "Generate");
  assert.equal(await page.getByRole("tabpanel").count(), 1);
  await see(inPanel("Generate").getByRole("heading", { level: 2 }), "Generate Random Numbers");
});

await step("Generate: # bits: 128, # numbers 10", async () => {
  const panel = inPanel("Generate");
  assert.equal(await panel.getByRole("textbox", { name: "# bits:", exact: true }).inputValue(), "128");
  assert.equal(await panel.getByRole("textbox", { name: "# numbers", exact: true }).inputValue(), "10");
  await button("Generate", "Generate").waitFor();
});

await step("System: three buttons", async () => {
  await choose(page, "System");
  for (const name of ["Initialize System", "Shutdown System", "Restart System"])
    await button("System", name).waitFor();
  assert.equal(await page.getByRole("tabpanel").count(), 1);
});

await step("Generate is inactive before the source runs: words, not numbers", async () => {
  await choose(page, "Generate");
  await button("Generate", "Generate").click();
  await see(page.locator("#generate-message"), /^System not initialized\. .*System/);
}, 432);

await step("the confirmation texts", async () => {
  await choose(page, "System");
  await button("System", "Initialize System").click();
  await see(inPanel("System").getByRole("status"), "System initialised successfully");
  await stateIs(page, "running");
  await choose(page, "Generate");
  await button("Generate", "Generate").click();
  await see(page.locator("#generate-message"), "Random numbers generated successfully");
});

await step("Download: # bits 5000, .bin or .txt, Generate and then Download", async () => {
  const panel = await choose(page, "Download");
  assert.equal(await panel.getByRole("textbox", { name: "# bits:", exact: true }).inputValue(), "5000");
  assert.equal(await panel.getByRole("radio", { name: ".bin" }).isChecked(), true);
  assert.equal(await panel.getByRole("radio", { name: ".txt" }).isChecked(), false);
  assert.equal(await button("Download", "Download").count(), 0);
  await button("Download", "Generate").click();
  await see(page.locator("#download-message"), "File successfully generated");
  await button("Download", "Download").first().waitFor();
});

await step("nothing of the charts is fetched before Health is opened", async () => {
  assert.deepEqual(requested.filter((path) => path.startsWith("/dygraphs")), []);
  await choose(page, "Health");
  await figure(page, "Bits per second").locator("canvas").first().waitFor();
  assert(requested.some((path) => path.startsWith("/dygraphs")), "the charts are not from /dygraphs");
});

await step("the first picture does not wait for charts or live data", async () => {
  const early = await openContext();
  await early.route(/dygraphs|trng\//, () => {}); // never answered
  const first = await open(`${url}/#generate`, { context: early });
  await first.getByRole("tabpanel", { name: "Generate", exact: true }).waitFor();
  const paint = await first.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length);
  assert(await paint.jsonValue());
  await early.close();
});

await step("without JavaScript there is a way to numbers", async () => {
  const plain = await open(`${url}/`, { javaScriptEnabled: false });
  await see(plain.locator("noscript"), /JavaScript/);
  const link = await plain.locator("noscript a").first().getAttribute("href");
  assert.equal((await (await plain.request.get(new URL(link, url).href)).json()).length, 10);
  await plain.context().close();
});

await finish();
