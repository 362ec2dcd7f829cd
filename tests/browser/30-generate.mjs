// SPDX-License-Identifier: GPL-3.0-or-later
// Generate: what is shown is what the server sent, in each base; copied, saved, cleared; and fields
// that hold no number send nothing.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { finish, open, openContext, see, stage, step, until } from "./lib.mjs";

await stage("running_at 1000");
const url = await stage("serve");
const context = await openContext({ permissions: ["clipboard-read", "clipboard-write"] });
const page = await open(`${url}/`, { context });
const go = page.getByRole("button", { name: "Generate", exact: true });
const message = page.locator("#generate-message");
const hint = page.locator("#generate-bits-hint");
const shown = page.locator("#numbers code");
const bits = page.getByRole("textbox", { name: "# bits:", exact: true });
const count = page.getByRole("textbox", { name: "# numbers", exact: true });

/** Presses Generate and gives what the server sent. */
async function draw(numBits, quantity) {
  await bits.fill(String(numBits));
  await count.fill(String(quantity));
  const [response] = await Promise.all([page.waitForResponse(/getRandom\?/), go.click()]);
  const query = new URL(response.url()).searchParams;
  // Firefox cuts a fetch() after 5 min, Safari after 1 min; a request may take longer.
  assert.equal(response.request().resourceType(), "xhr");
  assert.equal(`${query.get("numBits")}x${query.get("quantity")}`, `${numBits}x${quantity}`);
  const numbers = await response.json();
  await see(message, "Random numbers generated successfully");
  await page.locator(`#numbers li >> nth=${Math.min(quantity, 500) - 1}`).waitFor();
  return numbers;
}

const show = (base) => page.getByRole("radio", { name: base, exact: true }).check();
const clipboard = (from = page) => from.evaluate(() => navigator.clipboard.readText());

/** What a number of so many bits is in each base. */
const FORMS = {
  hexadecimal: (hex) => hex,
  decimal: (hex) => BigInt(`0x${hex}`).toString(10),
  binary: (hex, width) => BigInt(`0x${hex}`).toString(2).padStart(width, "0"),
  base64: (hex) => Buffer.from(hex.padStart(Math.ceil(hex.length / 2) * 2, "0"), "hex").toString("base64"),
};

const expected = (numbers, base, width) => numbers.map((hex) => FORMS[base](hex, width));

async function expectBases(numbers, width) {
  for (const base of ["decimal", "binary", "base64", "hexadecimal"]) {
    await show(base);
    assert.deepEqual(await shown.allInnerTexts(), expected(numbers, base, width), base);
  }
}

await step("10 numbers of 128 bits: what the server sent, uppercase, all digits, in four bases", async () => {
  const numbers = await draw(128, 10);
  assert.equal(numbers.length, 10);
  for (const number of numbers) assert.match(number, /^[0-9A-F]{32}$/);
  assert.deepEqual(await shown.allInnerTexts(), numbers);
  await expectBases(numbers, 128);
  assert.equal(await page.locator("#generate-bits-hint").isVisible(), false);
});

await step("5 bits: the hint, leading zeros, and nothing above 31", async () => {
  const numbers = await draw(5, 200);
  await see(hint, /^With 5 bits the first hexadecimal digit .*only .*0 (to|or) 1\b.*multiple of 4/);
  for (const number of numbers) assert.match(number, /^[01][0-9A-F]$/);
  for (const digit of ["0", "1"]) assert(numbers.some((number) => number.startsWith(digit)), digit);
  assert.deepEqual(await shown.allInnerTexts(), numbers);
  await expectBases(numbers, 5);
});

await step("other widths: the hint where it belongs, exact in four bases", async () => {
  for (const [width, most] of [[1, 1], [2, 3], [7, 7], [4, null], [12, null], [53, 1], [521, 1]]) {
    const numbers = await draw(width, 3);
    await expectBases(numbers, width);
    if (most) await see(hint, new RegExp(`first hexadecimal digit .*only .*0 (to|or) ${most}\\b`));
    else assert.equal(await hint.isVisible(), false);
  }
});

await step("copy one, copy all: in the base that is shown", async () => {
  const numbers = await draw(128, 10);
  await page.getByRole("button", { name: "Copy number 3", exact: true }).click();
  await see(message, "Copied number 3");
  assert.equal(await clipboard(), numbers[2]);
  for (const base of ["decimal", "hexadecimal"]) {
    await show(base);
    await page.getByRole("button", { name: "Copy all" }).click();
    await see(message, "Copied all 10");
    const text = expected(numbers, base, 128).join("\n");
    await until("the copy", async () => (await clipboard()) === text);
  }
});

await step("save as file: one number a line", async () => {
  const numbers = await draw(96, 20);
  for (const base of ["base64", "hexadecimal"]) {
    await show(base);
    const [file] = await Promise.all([page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as file" }).click()]);
    assert.match(file.suggestedFilename(), /^trng-20x96bit-.*\.txt$/);
    await see(message, `Saved as ${file.suggestedFilename()}`);
    assert.equal(readFileSync(await file.path(), "utf8"), `${expected(numbers, base, 96).join("\n")}\n`);
  }
});

await step("clear: no number is left in the page", async () => {
  const [number] = await draw(128, 1);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.locator("#result").waitFor({ state: "hidden" });
  assert.equal((await page.content()).includes(number), false);
  assert.equal(await shown.count(), 0);
});

await step("more than are shown: all are copied", async () => {
  const numbers = await draw(16, 1200);
  assert.equal(await shown.count(), 500);
  await see(page.locator("#numbers-more"), /\b700 more/);
  await page.getByRole("button", { name: "Copy all" }).click();
  await see(message, "Copied all 1,200");
  assert.equal(await clipboard(), numbers.join("\n"));
});

await step("a wide number: cut on the page, whole in the copy; decimal, too", async () => {
  const [number] = await draw(100000, 1);
  for (const base of ["decimal", "binary", "base64", "hexadecimal"]) {
    const [text] = expected([number], base, 100000);
    await show(base);
    assert.equal(await shown.innerText(), text.slice(0, 4096), base);
    await page.getByRole("button", { name: "Copy number 1", exact: true }).click();
    await until(`the copy, ${base}`, async () => (await clipboard()) === text);
  }
});

await step("fields that hold no number: words under the field, focus there, and no request", async () => {
  const asked = [];
  const listen = (request) => asked.push(request.url());
  page.on("request", listen);
  for (const [field, good] of [[bits, "128"], [count, "10"]]) {
    const wrong = page.locator(`#${await field.getAttribute("id")}-wrong`);
    for (const value of ["", "0", "-1", "+1", "1.5", "abc", "1e3", "0x10", "1 2", "99999999999",
      "9".repeat(400)]) {
      await field.fill(value);
      await go.click();
      await see(wrong, value.startsWith("9") ? /^At most [\d,]+ / : /whole number/);
      assert.equal(await field.getAttribute("aria-invalid"), "true", value);
      const described = (await field.getAttribute("aria-describedby")).split(" ");
      assert(described.includes(await wrong.getAttribute("id")), `described by ${described}`);
      assert(await field.evaluate((one) => one === document.activeElement), `focus with '${value}'`);
    }
    await field.fill(good);
    await wrong.waitFor({ state: "hidden" });
    assert.equal(await field.getAttribute("aria-invalid"), null);
  }
  page.off("request", listen);
  assert.deepEqual(asked.filter((one) => one.includes("getRandom")), []);
});

await step("blanks around a number do not matter, nor do zeros in front", async () => {
  await bits.fill(" 012 ");
  await count.fill("\t2 ");
  const [response] = await Promise.all([page.waitForResponse(/getRandom\?/), go.click()]);
  assert.match(response.url(), /numBits=12&quantity=2&/);
  assert.equal((await response.json()).length, 2);
});

await step("a limit of both fields together: told under # numbers", async () => {
  await bits.fill("8388608");
  await count.fill("2");
  await see(page.locator("#generate-count-wrong"), /^At most 1 /);
  await bits.fill("128");
  await count.fill("10");
});

await step("the estimate is there before pressing, and follows the fields", async () => {
  await bits.fill("128");
  await count.fill("10");
  await see(page.locator("#generate-estimate"), /^1,280 bits: (at once|about 1 s)\./);
  await count.fill("60000");
  await see(page.locator("#generate-estimate"), /^7,680,000 bits: about \d+ (s|min)/);
});

/** A page that has no clipboard of the modern kind; allowed: whether the old one works. */
const openOld = (isAllowed) => open(`${url}/`, { context, prepare: (old) => old.addInitScript((allows) => {
  Object.defineProperty(navigator, "clipboard", { value: undefined });
  if (!allows) document.execCommand = () => false;
}, isAllowed) });

async function drawOld(old) {
  await old.getByRole("textbox", { name: "# numbers" }).fill("3");
  await old.getByRole("button", { name: "Generate", exact: true }).click();
  await see(old.locator("#generate-message"), "Random numbers generated successfully");
  const numbers = await old.locator("#numbers code").allInnerTexts();
  await old.getByRole("button", { name: "Copy all" }).click();
  return numbers;
}

await step("without navigator.clipboard (no TLS) copying works the old way", async () => {
  const old = await openOld(true);
  const numbers = await drawOld(old);
  await see(old.locator("#generate-message"), "Copied all 3");
  assert.equal(await old.evaluate(() => document.activeElement.id), "copy-all");
  assert.equal(await old.locator("textarea").count(), 0);
  await old.close();
  await page.bringToFront();
  assert.equal(await clipboard(), numbers.join("\n"));
});

await step("where no way works: words", async () => {
  const old = await openOld(false);
  await drawOld(old);
  await see(old.locator("#generate-message"), /does not let this page copy/);
  await old.close();
});

await finish();
