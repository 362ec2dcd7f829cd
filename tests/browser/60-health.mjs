// SPDX-License-Identifier: GPL-3.0-or-later
// Health: the figures are those of the status, the pictures those of the bits, and an alarm is seen.
import assert from "node:assert/strict";
import { choose, figure, finish, open, see, seeStatuses, stage, stateIs, step, until } from "./lib.mjs";

const TILES = {
  total_failure: "Total failure", repetition: "Repetition count", proportion: "Adaptive proportion",
  lag: "Lag", online: "Online", startup: "Start-up",
};

await stage("source_at 1000 -o silence_ms=600000");
const url = await stage("serve");
const page = await open(`${url}/`);
const verdict = page.locator("#health-verdict");
const tile = (name) => page.locator(".tile", { has: page.getByRole("heading", { name, exact: true }) });
const status = async () => (await fetch(`${url}/trng/status`)).json();
const RATE = "Bits per second";
const POOL = "Tested bytes";
const HISTOGRAM = "each byte value";
const AUTOCORRELATION = "Autocorrelation";
const verdictIs = (state) => page.locator(`#health-verdict[data-state="${state}"]`).waitFor();

/** How many pixels of a canvas are not transparent. */
const inked = (canvas) => canvas.evaluate((one) => {
  const { data } = one.getContext("2d").getImageData(0, 0, one.width, one.height);
  return data.filter((value, i) => i % 4 === 3 && value > 0).length;
});

async function expectChart(caption, on = page) {
  const canvases = figure(on, caption).locator("canvas");
  await canvases.first().waitFor();
  await until(`a picture: ${caption}`, async () => {
    for (const canvas of await canvases.all())
      if ((await inked(canvas)) > 50) return true;
    return false;
  });
}

await step("off: no numbers, and says so", async () => {
  await choose(page, "Health");
  await see(verdict, /^No numbers now\. Off/);
  await verdictIs("standby");
});

await step("running: it is well", async () => {
  await stage("expect_control init 0");
  await verdictIs("good");
  await see(verdict, /^It runs/);
});

await step("bits per second and pool over time are drawn", async () => {
  await expectChart(RATE);
  await expectChart(POOL);
  assert.equal(await page.locator("#charts-wrong").isVisible(), false);
  await see(figure(page, RATE), /\bNow [\d,.]+ bits per second/);
  await see(figure(page, POOL), /\bNow [\d,]+ of 65,536 bytes/);
});

await step("the running estimate stands beside the claim, once a window is full", async () => {
  await until("figures of the status", async () => {
    const { min_entropy, min_entropy_upper, health_entropy, entropy_symbols } = await status();
    const text = await page.locator("#entropy").innerText();
    return entropy_symbols > 0 && [`Estimated ${min_entropy} bits per symbol, claimed ${health_entropy}`,
      String(min_entropy_upper), `${entropy_symbols.toLocaleString("en")} symbols`]
      .every((part) => text.includes(part));
  });
});

await step("the shares are those of the status", async () => {
  await until("shares of the status", async () => {
    const { symbol_shares } = await status();
    const rows = await page.locator("#shares tbody tr").evaluateAll((all) =>
      all.map((row) => [...row.cells].map((cell) => cell.textContent)));
    return rows.length === 4 && rows.every(([symbol, share], i) =>
      symbol === i.toString(2).padStart(2, "0") && share === `${(100 * symbol_shares[i]).toFixed(2)} %`);
  });
  assert.equal(await page.getByRole("columnheader").count(), 3);
});

await step("the rows stay where they are while the figures do: a selection is not lost", async () => {
  await stage('kill -STOP "$DEVICE"');
  try {
    await seeStatuses(page, 2); // the last window may still close
    const row = await page.locator("#shares tbody tr").first().elementHandle();
    await seeStatuses(page, 2);
    assert(await row.evaluate((one) => one === document.querySelector("#shares tbody tr")));
  } finally {
    await stage('kill -CONT "$DEVICE"');
  }
});

async function expectTiles() {
  const { tests } = await status();
  assert.deepEqual(Object.keys(tests).sort(), Object.keys(TILES).sort());
  for (const [name, test] of Object.entries(tests)) {
    const text = await tile(TILES[name]).innerText();
    for (const figure of [test.trials, test.cutoff])
      assert.match(text, new RegExp(`\\s${figure.toLocaleString("en")}\\b`), name);
    assert(text.includes(test.alarms === 0 ? "No alarms" : `Alarms: ${test.alarms}`), `${name}: ${text}`);
    const [, expected] = /Alarms of a perfect source by now: (\S+)\.$/m.exec(text);
    const is = test.expected_alarms;
    const told = Number(expected.replaceAll(",", ""));
    assert(Math.abs(told - is) <= 0.06 * is, `${name}: expects ${expected}, is ${is}`);
  }
}

await step("a tile for each test, with the figures of the status", async () => {
  await stage("expect_control shutdown 0"); // figures stand still
  await verdictIs("standby");
  await until("the same figures", () => expectTiles().then(() => true));
  assert.equal(await page.locator(".tile").count(), 6);
  await stage("expect_control init 0");
});

await step("draw me a sample: the bitmap is the bits", async () => {
  const [response] = await Promise.all([page.waitForResponse(/getRandom\?/),
    page.getByRole("button", { name: "Draw sample" }).click()]);
  const [hex] = await response.json();
  await see(page.locator("#sample-message"), /^4,096 bits drawn/);
  const pixels = await page.locator("#bitmap").evaluate((one) => {
    const { data } = one.getContext("2d").getImageData(0, 0, one.width, one.height);
    const pixels = Array.from(new Uint32Array(data.buffer));
    return pixels.map((pixel) => ({ 0xff000000: "1", 0xffffffff: "0" })[pixel] ?? "?").join("");
  });
  const bits = [...hex].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0")).join("");
  assert.equal(pixels, bits);
  const ones = [...bits].filter((bit) => bit === "1").length;
  await see(page.locator("#bitmap-caption"),
    new RegExp(`^4,096 bits in rows of 64, ones black\\. Ones: ${(100 * ones / 4096).toFixed(2)} %`));
});

await step("histogram and autocorrelation of these bits, in words and pictures", async () => {
  await see(figure(page, HISTOGRAM), /\bLeast \d+, most \d+, expected 2\b/);
  await see(figure(page, AUTOCORRELATION), /\b\d+ of 64 lags outside/);
  await expectChart(HISTOGRAM);
  await expectChart(AUTOCORRELATION);
});

await step("a larger sample: chi-square of its bytes", async () => {
  await page.locator("#sample-bits").fill("65536");
  const [response] = await Promise.all([page.waitForResponse(/getRandom\?/),
    page.getByRole("button", { name: "Draw sample" }).click()]);
  const counts = new Array(256).fill(0);
  for (const byte of Buffer.from((await response.json())[0], "hex")) counts[byte] += 1;
  const chiSquare = counts.reduce((sum, one) => sum + (one - 32) ** 2 / 32, 0);
  await see(figure(page, HISTOGRAM), new RegExp(`\\bLeast ${Math.min(...counts)}, most ${Math.max(...counts)}, ` +
    `expected 32 .*Chi-square ${chiSquare.toFixed(1).replace(".", "\\.")},`));
});

await step("a sample of no number: words, focus, no request", async () => {
  const asked = [];
  const listen = (request) => asked.push(request.url());
  page.on("request", listen);
  for (const value of ["", "0", "-1", "1.5", "abc", "99999999"]) {
    await page.locator("#sample-bits").fill(value);
    await page.getByRole("button", { name: "Draw sample" }).click();
    await see(page.locator("#sample-bits-wrong"), /^(Enter how many bits\b.*whole number|At most [\d,]+ bits)/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "sample-bits", `with '${value}'`);
  }
  page.off("request", listen);
  assert.deepEqual(asked.filter((one) => one.includes("getRandom")), []);
});

await step("an alarm is seen: verdict, tile, history; and it passes", async () => {
  await stage("device_say stuck; wait_state alarm");
  await verdictIs("alarm");
  await see(verdict, /^No numbers now\. Alarm/);
  const { tests } = await status();
  const [name] = Object.entries(tests).find(([, test]) => test.alarms > 0);
  await see(tile(TILES[name]), /Alarms: [1-9]/);
  assert.equal(await tile(TILES[name]).getAttribute("data-state"), "bad");
  await see(figure(page, RATE), /alarm/i);
  await stage("device_say heal; wait_state running");
  await stateIs(page, "running");
  await see(verdict, /^It runs, but .*more alarms than chance would: /);
});

await step("opened on Health at once, it is all there", async () => {
  const fresh = await open(`${url}/#health`);
  await figure(fresh, RATE).locator("canvas").first().waitFor();
  await fresh.locator(".tile >> nth=5").waitFor();
  await see(fresh.locator("#health-verdict"), /^It runs/);
  await fresh.context().close();
});

await step("Dygraphs refused once: words; the charts come when Health is chosen again", async () => {
  const unlucky = await open(`${url}/`);
  let refused = 0;
  await unlucky.route(/dygraphs\/.*\.js/, (route) => {
    refused += 1;
    return route.abort("connectionrefused");
  }, { times: 1 });
  await stateIs(unlucky, "running");
  await choose(unlucky, "Health");
  await see(unlucky.locator("#charts-wrong"), /libjs-dygraphs/);
  assert.equal(refused, 1);
  await choose(unlucky, "System");
  await choose(unlucky, "Health");
  await expectChart(RATE, unlucky);
  await expectChart(POOL, unlucky);
  await unlucky.locator("#charts-wrong").waitFor({ state: "hidden" });
  await unlucky.context().close();
}, "net");

await step("without Dygraphs: words instead of charts, all else works", async () => {
  await stage("stop_httpd && serve_again -o httpd.dygraphs_dir=/nonexistent");
  const bare = await open(`${url}/#health`);
  await see(bare.locator("#charts-wrong"), /libjs-dygraphs/);
  await bare.locator(".tile >> nth=5").waitFor();
  await bare.getByRole("button", { name: "Draw sample" }).click();
  await see(bare.locator("#sample-message"), /^4,096 bits drawn/);
  await see(figure(bare, HISTOGRAM), /\bLeast \d+, most \d+/);
  assert.equal(await bare.locator("figure canvas:not(#bitmap)").count(), 0);
  await bare.context().close();
  await stage("stop_httpd && serve_again");
}, "net", 404, /dygraph/);

await finish();
