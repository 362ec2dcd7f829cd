// SPDX-License-Identifier: GPL-3.0-or-later
// Each tab in light and dark: no violation that axe-core knows of; no sideways scrolling from phone to
// desktop; and a picture of each for the manual, in TRNG_SCREENSHOTS or the build folder.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { axeFaults, build, choose, finish, open, see, stage, step, until } from "./lib.mjs";

const TABS = ["System", "Generate", "Download", "Health"];
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };
const pictures = process.env.TRNG_SCREENSHOTS ?? join(build, "screenshots");
mkdirSync(pictures, { recursive: true });

await stage("running_at 100 -o max_alarms=100");
await stage("new_token otto operator");
const url = await stage("serve");
const page = await open(`${url}/`);

/** Each tab shows something: an alarm in the log, numbers, files, a sample. */
async function fill() {
  await choose(page, "Generate");
  await page.locator("#generate-go").click();
  await see(page.locator("#generate-message"), "Random numbers generated successfully");
  await choose(page, "Download");
  await page.getByRole("radio", { name: ".txt" }).check();
  for (const bits of ["1000", "5000"]) {
    await page.locator("#download-bits").fill(bits);
    await page.locator("#download-go").click();
    await page.locator("#ready-name", { hasText: `${bits}bit` }).waitFor();
  }
  await choose(page, "System");
  await page.locator("#restart").click();
  await see(page.locator("#system-message"), "System successfully restarted");
  await choose(page, "Health");
  await page.locator("#sample-bits").fill("16384");
  await page.locator("#sample-go").click();
  await see(page.locator("#sample-message"), /^16,384 bits drawn/);
  await page.locator("#shares:not([hidden])").waitFor();
}

async function each(schemes, body) {
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const tab of TABS) {
      await choose(page, tab);
      await body(tab, colorScheme);
    }
  }
}

/** axe-core finds nothing on any tab in these schemes; prepare(tab) comes before. */
async function expectNoFaults(schemes = ["light", "dark"], prepare = () => {}) {
  const faults = new Map();
  await each(schemes, async (tab, scheme) => {
    await prepare(tab);
    for (const fault of await axeFaults(page)) faults.set(fault, `${faults.get(fault) ?? ""}${tab} ${scheme}, `);
  });
  assert(faults.size === 0, [...faults].map(([fault, where]) => `${where}${fault}`).join("\n"));
}

/** How many colours a picture has, by letting the browser decode it. */
const coloursOf = (png) => page.evaluate(async (base64) => {
  const image = new Image();
  image.src = `data:image/png;base64,${base64}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  return new Set(new Uint32Array(canvas.getImageData(0, 0, image.width, image.height).data.buffer)).size;
}, png.toString("base64"));

async function keepPicture(name) {
  await page.locator("h1").click(); // no field keeps its focus ring
  const png = await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  const colours = await coloursOf(png);
  assert(colours > 20, `${name}.png has ${colours} colours`);
}

await step("axe-core: as it opens, in light and dark", async () => {
  await expectNoFaults();
});

await step("axe-core: with words under each field", async () => {
  await expectNoFaults(["light", "dark"], async () => {
    const panel = page.locator("[role=tabpanel]:not([hidden])");
    for (const field of await panel.locator("input[inputmode=numeric]").all()) {
      await field.fill("x");
      await field.press("Enter");
      await see(page.locator(`#${await field.getAttribute("id")}-wrong`), /whole number/);
    }
  });
});

await step("axe-core: with numbers, files, charts and a sample", async () => {
  await page.reload();
  await fill();
  await expectNoFaults();
});

await step("pictures of each tab: light, dark, phone", async () => {
  await each(["light"], (tab) => keepPicture(tab.toLowerCase()));
  await each(["dark"], (tab) => keepPicture(`${tab.toLowerCase()}-dark`));
  await page.setViewportSize(PHONE);
  await each(["light"], (tab) => keepPicture(`${tab.toLowerCase()}-phone`));
  await page.setViewportSize(DESK);
});

await step("no sideways scrolling at 320, 390, 768 and 1280 pixels", async () => {
  for (const width of [320, 390, 768, 1280]) {
    await page.setViewportSize({ width, height: 700 });
    await each(["light"], async (tab) => {
      await until(`${tab} to fit ${width} pixels`, () =>
        page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth), 3000);
    });
  }
});

await step("axe-core: phone width", async () => {
  await page.setViewportSize(PHONE);
  await expectNoFaults(["light"]);
  await page.setViewportSize(DESK);
});

await step("axe-core: an alarm, and a failed source", async () => {
  await stage("device_say stuck; wait_state alarm");
  await page.locator('#now-dot[data-state="alarm"]').waitFor();
  await choose(page, "System");
  await page.locator("#init").click();
  await page.locator("#system-message:not(.good)").waitFor();
  await expectNoFaults();
  await stage("device_say heal");
}, 409, 555);

await step("axe-core: the prompt, and a wrong token", async () => {
  await stage("stop_httpd && serve_again -o httpd.anonymous=none");
  const guest = await open(`${url}/`);
  await guest.getByRole("dialog").waitFor();
  await guest.keyboard.type("wrong");
  await guest.keyboard.press("Enter");
  await see(guest.locator("#login-wrong"), /\S/);
  for (const colorScheme of ["light", "dark"]) {
    await guest.emulateMedia({ colorScheme });
    assert.deepEqual(await axeFaults(guest), [], colorScheme);
  }
  await guest.context().close();
}, "net", 401);

await step("axe-core: the connection is lost", async () => {
  await stage("stop_httpd && serve_again");
  await page.reload();
  await page.locator('#now-dot[data-state="running"]').waitFor();
  await stage("kill_httpd");
  await see(page.locator("#link"), "Connection lost, retrying");
  await expectNoFaults();
}, "net", 401);

await finish();
