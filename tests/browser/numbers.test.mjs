// SPDX-License-Identifier: GPL-3.0-or-later
// numbers.test - is every base exact? ui/js/numbers.js against Node's own conversions and by hand.
//
//   node tests/browser/numbers.test.mjs

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

// By its text: no package.json says that the page's .js files are modules.
const source = readFileSync(new URL("../../ui/js/numbers.js", import.meta.url), "utf8");
const { fileName, firstDigitMost, toText } = await import(
  `data:text/javascript,${encodeURIComponent(source)}`
);

const MOST_BITS = 8388608; // of one request, where nobody has configured more

// number, bits, decimal, binary, base64
const KNOWN = [
  ["0", 1, "0", "0", "AA=="],
  ["1", 1, "1", "1", "AQ=="],
  ["3", 2, "3", "11", "Aw=="],
  ["0", 3, "0", "000", "AA=="],
  ["F", 4, "15", "1111", "Dw=="],
  ["00", 5, "0", "00000", "AA=="],
  ["1F", 5, "31", "11111", "Hw=="],
  ["0A", 7, "10", "0001010", "Cg=="],
  ["00", 8, "0", "00000000", "AA=="],
  ["FF", 8, "255", "11111111", "/w=="],
  ["0FF", 9, "255", "011111111", "AP8="],
  ["1FF", 9, "511", "111111111", "Af8="],
  ["ABC", 12, "2748", "101010111100", "Crw="],
  ["FFFFFF", 24, "16777215", "1".repeat(24), "////"],
  ["FBEFBE", 24, "16510910", "111110111110111110111110", "++++"],
  ["20000000000001", 54, "9007199254740993", `1${"0".repeat(52)}1`, "IAAAAAAAAQ=="],
  ["00000000000000000000000000000000", 128, "0", "0".repeat(128), "AAAAAAAAAAAAAAAAAAAAAA=="],
  [
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    128,
    "340282366920938463463374607431768211455",
    "1".repeat(128),
    "/////////////////////w==",
  ],
];

/** Uppercase digits of a number of so many bits, the most of them random. */
function draw(bits) {
  const digits = randomBytes(Math.ceil(bits / 8)).toString("hex").toUpperCase();
  const first = (parseInt(digits[0], 16) & firstDigitMost(bits)).toString(16).toUpperCase();
  return first + digits.slice(1, Math.ceil(bits / 4));
}

const bytesOf = (hex, bits) => Buffer.from(hex.padStart(2 * Math.ceil(bits / 8), "0"), "hex");

function checkLinear(hex, bits) {
  const binary = toText(hex, bits, "binary");
  const padded = binary.padStart(4 * hex.length, "0");
  assert.equal(toText(hex, bits, "hex"), hex);
  assert.equal(binary.length, bits);
  assert.match(binary, /^[01]*$/);
  for (let i = 0; i < hex.length; i++)
    if (parseInt(padded.slice(4 * i, 4 * i + 4), 2) !== parseInt(hex[i], 16))
      assert.fail(`binary of ${bits} bits: digit ${i}`);
  assert.equal(toText(hex, bits, "base64"), bytesOf(hex, bits).toString("base64"));
}

/** The decimal digits brought back to the number, by steps that hold no big number but this. */
function checkDecimal(hex, bits) {
  const decimal = toText(hex, bits, "decimal");
  let value = 0n;
  assert.match(decimal, /^(0|[1-9][0-9]*)$/);
  for (let i = 0; i < decimal.length; i += 15) {
    const group = decimal.slice(i, i + 15);
    value = value * BigInt(10 ** group.length) + BigInt(group);
  }
  assert.equal(value.toString(16).toUpperCase().padStart(hex.length, "0"), hex);
}

for (const [hex, bits, decimal, binary, base64] of KNOWN) {
  assert.equal(toText(hex, bits, "hex"), hex);
  assert.equal(toText(hex, bits, "decimal"), decimal);
  assert.equal(toText(hex, bits, "binary"), binary);
  assert.equal(toText(hex, bits, "base64"), base64);
}

for (let bits = 1; bits <= 300; bits++) {
  const rest = "F".repeat(Math.ceil(bits / 4) - 1);
  const widest = firstDigitMost(bits).toString(16).toUpperCase() + rest;
  for (const hex of [draw(bits), draw(bits), "0".repeat(widest.length), widest]) {
    checkLinear(hex, bits);
    checkDecimal(hex, bits);
  }
  assert.equal(toText(widest, bits, "binary"), "1".repeat(bits));
  assert.equal(toText(widest, bits, "decimal"), (2n ** BigInt(bits) - 1n).toString());
}

for (const bits of [131071, 131072]) checkDecimal(draw(bits), bits);
for (const bits of [131073, MOST_BITS - 3, MOST_BITS]) checkLinear(draw(bits), bits);

assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 8, 127, 128, 129].map(firstDigitMost),
  [1, 3, 7, 15, 1, 3, 7, 15, 7, 15, 1]);
assert.equal(fileName(10, 128, "hex"), "trng-10x128bit-hex.txt");
console.log("numbers: exact");
