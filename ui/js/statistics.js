// SPDX-License-Identifier: GPL-3.0-or-later
// statistics - figures about bits and counts, a history that stays small.

export function bitsOf(hex) {
  const bit = (_, i) => (parseInt(hex[i >> 2], 16) >> (3 - (i & 3))) & 1;
  return Uint8Array.from({ length: 4 * hex.length }, bit);
}

/** How often each byte value comes. */
export function histogram(hex) {
  const counts = new Array(256).fill(0);
  for (let i = 0; i < hex.length; i += 2) counts[parseInt(hex.slice(i, i + 2), 16)]++;
  return counts;
}

export const chiSquare = (counts, expected) =>
  counts.reduce((sum, one) => sum + (one - expected) ** 2, 0) / expected;

/**
 * For each lag k from 1: the mean of x[i] x[i + k] over the first n - lags bits, x being 1 or -1.
 * Of a perfect source each has expectation 0 and standard deviation 1 / sqrt(n - lags).
 */
export function autocorrelation(bits, lags) {
  const pairs = bits.length - lags;
  return Array.from({ length: lags }, (_, lag) => {
    let unlike = 0;
    for (let i = 0; i < pairs; i++) unlike += bits[i] ^ bits[i + lag + 1];
    return 1 - (2 * unlike) / pairs;
  });
}

/** P(X >= k), X Poisson, exact to 1e-9; takes k steps. */
export function poissonTail(k, mean) {
  let log = -mean;
  let below = 0;
  for (let i = 1; i <= k; i++) {
    below += Math.exp(log);
    log += Math.log(mean / i);
  }
  return Math.max(0, 1 - below);
}

/**
 * Adds [date, value] to a history; value null: not known. Of too many rows each four become their
 * least and most (null is least): so weeks take little room, and no gap or peak is lost.
 */
export function record(rows, date, value, mostRows = 7200) {
  rows.push([new Date(Math.max(date, rows.at(-1)?.[0] ?? 0)), value]);
  if (rows.length <= mostRows) return;
  const all = rows.splice(0);
  for (let i = 0; i < all.length; i += 4) {
    const four = all.slice(i, i + 4).sort((a, b) => a[1] - b[1]);
    rows.push(...[four[0], four.at(-1)].sort((a, b) => a[0] - b[0]));
  }
}
