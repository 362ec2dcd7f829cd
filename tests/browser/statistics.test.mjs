// SPDX-License-Identifier: GPL-3.0-or-later
// statistics.test - ui/js/statistics.js against figures got in other ways. `node` runs it alone.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

// By its text: no package.json says that the page's .js files are modules.
const source = readFileSync(new URL("../../ui/js/statistics.js", import.meta.url), "utf8");
const { autocorrelation, bitsOf, chiSquare, histogram, poissonTail, record } = await import(
  `data:text/javascript,${encodeURIComponent(source)}`
);

const tests = [];
const test = (name, body) => tests.push([name, body]);
const near = (value, expected, relative = 1e-9) =>
  assert.ok(Math.abs(value / expected - 1) <= relative, `${value}, not ${expected}`);

/** Numbers 0 <= x < 2^32 that are the same in every run (xorshift32). */
function generator(seed) {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

const hexOf = (bytes) => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");

// ---- bits ----

test("bits come in the order of the digits, the most significant first", () => {
  assert.deepEqual([...bitsOf("8C4F")], [1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1]);
  assert.deepEqual([...bitsOf("0a")], [0, 0, 0, 0, 1, 0, 1, 0]);
  assert.equal(bitsOf("").length, 0);
});

test("bits of random bytes make the same number", () => {
  const next = generator(1);
  const hex = hexOf(Array.from({ length: 64 }, () => next() & 255));
  assert.equal(BigInt(`0b${bitsOf(hex).join("")}`), BigInt(`0x${hex}`));
});

test("a histogram has 256 cells and counts each byte once", () => {
  const counts = histogram("00FFff7F00");
  assert.equal(counts.length, 256);
  assert.deepEqual([counts[0], counts[127], counts[255]], [2, 1, 2]);
  assert.equal(counts.reduce((sum, one) => sum + one), 5);
});

test("chi-square of known tables", () => {
  near(chiSquare([20, 30], 25), 2);
  assert.equal(chiSquare([7, 7, 7, 7], 7), 0);
  near(chiSquare([5, 8, 9, 8, 10, 20], 10), 13.4); // a die of 60 throws, from textbooks
});

/* Directly, with x = 1 or -1 and every pair written out. */
function autocorrelationSlowly(bits, lags) {
  const x = Array.from(bits, (bit) => (bit ? 1 : -1));
  const pairs = x.length - lags;
  const means = [];
  for (let lag = 1; lag <= lags; lag++)
    means.push(x.slice(0, pairs).reduce((sum, one, i) => sum + one * x[i + lag], 0) / pairs);
  return means;
}

test("autocorrelation equals its definition", () => {
  const next = generator(7);
  const bits = Uint8Array.from({ length: 1000 }, () => next() >>> 31);
  autocorrelation(bits, 64).forEach((mean, i) =>
    assert.ok(Math.abs(mean - autocorrelationSlowly(bits, 64)[i]) < 1e-12));
});

test("autocorrelation of a period is 1 at the period and its multiples", () => {
  const bits = Uint8Array.from({ length: 500 }, (_, i) => Number(i % 5 < 2));
  const means = autocorrelation(bits, 20);
  assert.deepEqual([5, 10, 15, 20].map((lag) => means[lag - 1]), [1, 1, 1, 1]);
  assert.ok(means[0] < 0.3);
});

// ---- tails ----

test("Poisson tails", () => {
  assert.equal(poissonTail(0, 3), 1);
  assert.equal(poissonTail(0, 0), 1);
  assert.equal(poissonTail(1, 0), 0);
  near(poissonTail(1, 0.5), 1 - Math.exp(-0.5));
  near(poissonTail(3, 2), 1 - Math.exp(-2) * (1 + 2 + 2));
  near(poissonTail(2, 1e-4), 5e-9 - 1e-12 / 3, 1e-6); // m^2/2 - m^3/3
});

test("Poisson tails of a mean whose exp(-mean) is 0: nearly normal", () => {
  const mean = 10000;
  assert.equal(Math.exp(-mean), 0);
  near(poissonTail(mean, mean), 0.5, 0.01);
  near(poissonTail(mean + 200, mean), 0.02275, 0.05); // two standard deviations
  assert.ok(poissonTail(mean + 1000, mean) < 1e-9);
  assert.ok(poissonTail(mean - 1000, mean) > 1 - 1e-9);
});

// ---- constants that sample.js takes from distributions ----

const sample = readFileSync(new URL("../../ui/js/sample.js", import.meta.url), "utf8");
const constant = (pattern) => sample.match(pattern).slice(1).map(Number);

/* Simpson's rule. */
function integral(f, from, to, steps = 20000) {
  const width = (to - from) / steps;
  let sum = f(from) + f(to);
  for (let i = 1; i < steps; i++) sum += f(from + i * width) * (i % 2 ? 4 : 2);
  return (sum * width) / 3;
}

test("CHI_SQUARE: 0.1 % and 99.9 % with 255 degrees of freedom", () => {
  const logGamma = Array.from({ length: 127 }, (_, i) => Math.log(i + 0.5))
    .reduce((sum, log) => sum + log, Math.log(Math.PI) / 2); // of 127.5
  const density = (x) => Math.exp(126.5 * Math.log(x) - x / 2 - 127.5 * Math.LN2 - logGamma);
  const [low, high] = constant(/CHI_SQUARE = \[([0-9.]+), ([0-9.]+)\]/);
  near(integral(density, 1e-9, low), 0.001, 0.002);
  near(integral(density, high, 1000), 0.001, 0.002);
});

test("LAGS_Z: a 128th of 1 % on each side", () => {
  const [z] = constant(/LAGS_Z = ([0-9.]+)/);
  const [lags] = constant(/LAGS = ([0-9]+)/);
  const density = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  near(integral(density, z, 20), 0.01 / (2 * lags), 0.001);
});

// ---- history ----

const GAP = null;
const times = (rows) => rows.map(([date]) => Number(date));
const values = (rows) => rows.map(([, value]) => value);

function historyOf(mostRows, figures) {
  const rows = [];
  for (const [ms, value] of figures) record(rows, new Date(ms), value, mostRows);
  return rows;
}

test("a history has a row for each figure, and gaps", () => {
  const rows = historyOf(10, [[1000, 5], [2000, 7], [3000, GAP], [9000, 6]]);
  assert.deepEqual(times(rows), [1000, 2000, 3000, 9000]);
  assert.deepEqual(values(rows), [5, 7, null, 6]);
  assert.ok(rows.every(([date]) => date instanceof Date));
});

test("a full history is thinned; extremes, gaps, span and order stay", () => {
  const odd = { 37: 1000, 61: GAP, 83: 1 };
  const rows = historyOf(16, Array.from({ length: 100 }, (_, i) => [1000 * i, odd[i] ?? 10]));
  assert.ok(rows.length <= 16 && rows.length >= 8);
  assert.equal(Math.max(...values(rows)), 1000);
  assert.ok(values(rows).includes(1));
  assert.ok(times(rows)[0] <= 99000 / 8 && times(rows).at(-1) >= 99000 * 7 / 8);
});

test("a gap stays a gap however often it is thinned", () => {
  const rows = historyOf(16, Array.from({ length: 100 }, (_, i) => [1000 * i, i === 50 ? GAP : 10]));
  assert.ok(values(rows).includes(GAP));
});

test("a clock that is set back gives no row before the newest", () => {
  assert.deepEqual(times(historyOf(10, [[10000, 5], [4000, 7], [11000, 6]])), [10000, 10000, 11000]);
});

test("a history stays small and in order whatever comes", () => {
  const next = generator(3);
  const rows = [];
  let ms = 1.7e12;
  let most = 0;
  for (let i = 0; i < 50000; i++) {
    const value = next() % 3 === 0 ? GAP : next() % 1000;
    ms += next() % 3000;
    most = Math.max(most, value ?? 0);
    record(rows, new Date(ms), value, 100);
    assert.ok(rows.length <= 100);
  }
  assert.ok(times(rows).every((one, i, all) => i === 0 || one >= all[i - 1]));
  assert.equal(Math.max(...values(rows)), most);
});

test("four weeks of a figure a second take 7200 rows at most", () => {
  const rows = [];
  for (let s = 0; s < 28 * 86400; s++) record(rows, new Date(1000 * s), s % 61);
  assert.ok(rows.length <= 7200 && rows.length > 3600);
});

let failures = 0;
for (const [name, body] of tests) {
  try {
    body();
    console.log(`ok   ${name}`);
  } catch (error) {
    failures++;
    console.log(`FAIL ${name}\n     ${error.message}`);
  }
}
console.log(`${tests.length - failures} of ${tests.length} passed`);
process.exitCode = failures > 0 ? 1 : 0;
