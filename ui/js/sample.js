// SPDX-License-Identifier: GPL-3.0-or-later
// sample - bits drawn to be looked at: bitmap, byte histogram, autocorrelation.

import { session } from "./api.js";
import { drawChart } from "./charts.js";
import { byId, readCount, say, setText } from "./dom.js";
import { startForm } from "./draw.js";
import { count, figure } from "./format.js";
import { autocorrelation, bitsOf, chiSquare, histogram } from "./statistics.js";

const CHI_SQUARE = [190.87, 330.52]; // 0.1 % and 99.9 %, 255 degrees of freedom
const LEAST_EXPECTED = 5; // of each value, for that distribution to hold
const LAGS = 64;
const LAGS_Z = 3.7809; // 1 % / 64 lies outside: all lags are inside in 99 % (Bonferroni)

const mostBits = () => 8 * Math.floor(Math.min(session.limits.max_request_bits, 1048576) / 8);

function showBitmap(bits) {
  const canvas = byId("bitmap");
  const context = canvas.getContext("2d");
  const width = 2 ** Math.round(Math.log2(bits.length) / 2);
  const image = context.createImageData(width, Math.ceil(bits.length / width));
  const share = bits.reduce((sum, bit) => sum + bit, 0) / bits.length;

  new Uint32Array(image.data.buffer).set(Array.from(bits, (bit) => (bit ? 0xff000000 : -1)));
  canvas.width = width;
  canvas.height = image.height;
  context.putImageData(image, 0, 0);
  canvas.style.width = `${width * Math.max(1, Math.round(384 / width))}px`;
  setText(byId("bitmap-caption"), `${count(bits.length)} bits in rows of ${width}, ones black. ` +
    `Ones: ${(100 * share).toFixed(2)} %; even would be 50 %, give or take ` +
    `${figure(50 / Math.sqrt(bits.length), 2)} % (standard error).`);
}

function chiSquareText(counts, expected) {
  if (expected < LEAST_EXPECTED)
    return `Too few to judge: it takes ${count(LEAST_EXPECTED * 2048)} bits.`;
  const value = chiSquare(counts, expected);
  const where = value > CHI_SQUARE[0] && value < CHI_SQUARE[1] ? "inside" : "outside";
  return `Chi-square ${value.toFixed(1)}, 255 degrees of freedom: ${where} the central 99.8 %.`;
}

function showHistogram(hex) {
  const counts = histogram(hex);
  const expected = hex.length / 512;
  const rows = [...counts, counts[255]].map((times, value) => [value, times]);
  const text = `Least ${Math.min(...counts)}, most ${Math.max(...counts)}, ` +
    `expected ${figure(expected)} (the line). ${chiSquareText(counts, expected)}`;
  drawChart("histogram", "steps", rows, text, { levels: [expected] });
}

function showAutocorrelation(bits) {
  const isEnough = bits.length >= 4 * LAGS; // for a lag's mean to be normal
  const means = isEnough ? autocorrelation(bits, LAGS) : [];
  const bound = LAGS_Z / Math.sqrt(bits.length - LAGS);
  const outside = means.filter((mean) => Math.abs(mean) > bound).length;
  const edge = 1.2 * Math.max(bound, ...means.map(Math.abs));

  const text = `${outside} of ${LAGS} lags outside ±${figure(bound)} (the lines); ` +
    "of perfect samples 99 % have none.";
  drawChart("autocorrelation", "points", means.map((mean, i) => [i + 1, mean]),
    isEnough ? text : "Too few to judge.", { levels: [-bound, 0, bound], range: [-edge, edge] });
}

function query() {
  const wanted = readCount(byId("sample-bits"), mostBits(), "bits");
  return wanted && { numBits: 8 * Math.ceil(wanted / 8) };
}

function take({ body: [hex] }) {
  const bits = bitsOf(hex);
  say(byId("sample-message"), `${count(bits.length)} bits drawn`, "good");
  byId("sample").hidden = false;
  showBitmap(bits);
  showHistogram(hex);
  showAutocorrelation(bits);
}

export const startSample = () => startForm("sample", "trng/randomNum/getRandom",
  query, take, "That is longer than the server waits.");
