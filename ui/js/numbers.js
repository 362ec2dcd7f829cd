// SPDX-License-Identifier: GPL-3.0-or-later
// numbers - one number in another base, exact for any width.
//
// A number is ceil(bits / 4) uppercase hexadecimal digits, as getRandom gives it.

const NIBBLES = Object.fromEntries(
  [..."0123456789ABCDEF"].map((digit, i) => [digit, i.toString(2).padStart(4, "0")]));

const byteOf = (pair) => String.fromCharCode(parseInt(pair, 16));

const FORMS = {
  hex: (hex) => hex,
  decimal: (hex) => BigInt(`0x${hex}`).toString(),
  binary: (hex, bits) => hex.replace(/./g, (digit) => NIBBLES[digit]).slice(-bits),
  base64: (hex) => btoa((hex.length % 2 ? `0${hex}` : hex).replace(/../g, byteOf)),
};

/** base: hex, decimal, binary (bits digits), base64 (of ceil(bits / 8) bytes, big-endian). */
export const toText = (hex, bits, base) => FORMS[base](hex, bits);

export const fileName = (quantity, bits, base) => `trng-${quantity}x${bits}bit-${base}.txt`;

/** The largest first hexadecimal digit that numbers of so many bits can have: 1, 3, 7 or 15. */
export const firstDigitMost = (bits) => 2 ** (bits % 4 || 4) - 1;
