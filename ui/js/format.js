// SPDX-License-Identifier: GPL-3.0-or-later
// format - figures in words: durations, counts, times.

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

/** "45 s", "4 min 10 s": two units are exact enough for a wait. */
export function duration(seconds) {
  const whole = Math.max(1, Math.ceil(seconds));
  const at = UNITS.findIndex(([size]) => whole >= size);
  const [size, name] = UNITS[at];
  const [smaller, its] = UNITS[at + 1] ?? [1];
  const rest = Math.floor((whole % size) / smaller);
  return `${Math.floor(whole / size)} ${name}${rest > 0 ? ` ${rest} ${its}` : ""}`;
}

export const count = (value) => Number(value).toLocaleString("en");

/** Few digits, yet never 0 for what is not 0. */
export function figure(value, digits = 3) {
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(1);
  return value.toLocaleString("en", { maximumSignificantDigits: digits });
}

/** Local date and time: a page may stay open for days. */
export const time = (date) => date.toLocaleString();

/** "about 2 min", "at once", or that nobody can tell. */
export function wait(seconds) {
  if (seconds === null) return "how long that takes cannot be told now";
  return seconds < 1 ? "at once" : `about ${duration(seconds)}`;
}
