// SPDX-License-Identifier: GPL-3.0-or-later
// Reports of trng-evaluate --html, opened as files: complete without a request to anywhere, nothing that
// axe-core finds wrong in light and dark, no sideways scrolling, pictures that are drawn, and on paper.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { axeFaults, build, finish, open, quote, stage, step, until, work } from "./lib.mjs";

const evaluate = join(build, "bin/trng-evaluate");
if (!existsSync(evaluate)) {
  console.log(`SKIP: no ${evaluate}: build first`);
  process.exit(77);
}

// Ideal bits, and symbols of which each is as likely as not the one before.
writeFileSync(join(work, "ideal.bin"), randomBytes(4_000_000));
const sticky = randomBytes(100_000);
sticky[0] &= 3;
for (let i = 1; i < sticky.length; i += 1) sticky[i] = sticky[i] & 4 ? sticky[i - 1] : sticky[i] & 3;
const odd = "<b>odd & \"named\".bin";
writeFileSync(join(work, odd), sticky);

/** Has a report written and returns the address of it. */
async function report(name, args, file) {
  const html = join(work, `${name}.html`);
  // 1 is what a test that failed says.
  await stage(`${quote(evaluate)} ${args} --quiet --html ${quote(html)} ${quote(join(work, file))} || [ $? = 1 ]`);
  return pathToFileURL(html).href;
}

const reports = {
  ais31: await report("ais31", "ais31 --width 8", "ideal.bin"),
  estimates: await report("estimates", "sp800-90b non-iid", odd),
  summary: await report("summary", "summary --width 2", odd),
};
const pages = {};

await step("each opens without a request to anywhere or a word on the console", async () => {
  for (const [name, url] of Object.entries(reports)) {
    pages[name] = await open(url);
    assert.equal(await pages[name].locator("h1").count(), 1, name);
    assert.deepEqual(await pages[name].evaluate(() => performance.getEntriesByType("resource")
      .map(({ name: address }) => address).filter((address) => !address.startsWith("data:"))), []);
  }
});

await step("a file's name is text", async () => {
  assert.match(await pages.estimates.locator("h1").innerText(), /<b>odd & "named"\.bin$/);
  assert.equal(await pages.estimates.locator("b").count(), 0);
});

await step("pictures: the bitmap has both colours, each drawing has a size and a name", async () => {
  for (const [name, page] of Object.entries(pages)) {
    const drawings = await page.locator("svg").evaluateAll((all) => all.map((svg) =>
      [svg.getBBox().width > 300, svg.querySelector("title").textContent.length > 1]));
    assert(drawings.length >= 2, `${name}: ${drawings.length} drawings`);
    assert(drawings.flat().every(Boolean), name);
    const bitmap = page.locator("img.bits");
    assert.deepEqual(await bitmap.evaluate((img) => [img.complete, img.naturalWidth]), [true, 256]);
  }
});

/** The bits of the picture as the browser decodes it. */
const decoded = (page) => page.locator("img.bits").evaluate((img) => {
  const context = Object.assign(document.createElement("canvas"), { width: 256, height: 256 }).getContext("2d");
  context.drawImage(img, 0, 0, 256, img.naturalHeight);
  return [...context.getImageData(0, 0, 256, 2).data].filter((_, i) => i % 4 === 0).map((level) => level >> 7);
});

await step("the bitmap shows the data's bits", async () => {
  const expected = [...sticky.subarray(0, 256)].flatMap((symbol) => [symbol >> 1 & 1, symbol & 1]);
  assert.deepEqual(await decoded(pages.summary), expected);
});

await step("axe-core: nothing wrong, in light and dark, folded and unfolded", async () => {
  for (const [name, page] of Object.entries(pages))
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await axeFaults(page), [], `${name} ${colorScheme}`);
    }
  await pages.estimates.locator("summary").first().click();
  await until("the details to open", () => pages.estimates.locator("details[open] table").first().isVisible());
  assert.deepEqual(await axeFaults(pages.estimates), []);
});

await step("no sideways scrolling at 320, 390, 768 and 1280 pixels", async () => {
  for (const [name, page] of Object.entries(pages))
    for (const width of [320, 390, 768, 1280]) {
      await page.setViewportSize({ width, height: 700 });
      await until(`${name} to fit ${width} pixels`, () =>
        page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth), 3000);
    }
});

await step("on paper", async () => {
  for (const page of Object.values(pages)) {
    await page.emulateMedia({ colorScheme: "dark", media: "print" });
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
    assert((await page.pdf({ format: "A4" })).length > 10_000);
  }
});

await finish();
