// SPDX-License-Identifier: GPL-3.0-or-later
// live - what the server tells by itself: status each second, states, alarms, progress.
//
// Browsers hold six connections to an HTTP/1.1 server, so a page that nobody sees keeps none: it
// asks for the status now and then, as it does while a stream is refused or held up on its way.

import { get, refreshSession, session } from "./api.js";

const HIDDEN_POLL_MS = 10000;
const RETRY_MS = 2000;
const SILENCE_MS = 6000; // a status comes each second
const CHUNK_BYTES = 100;

const listeners = { status: [], state: [], alarm: [], progress: [], link: [] };
let source = null;
let timer = 0;
let turn = 0; // of many polls the newest counts
let since = "0"; // the time of the newest event that we know

/** The newest status; isOn: the server answers. */
export const live = { status: { state: "connecting" }, isOn: false };

/** type: of an event, or "link" (true: the server answers). */
export const on = (type, listener) => listeners[type].push(listener);

const tell = (type, detail) => listeners[type].forEach((listener) => listener(detail));

function setLink(isOn) {
  if (live.isOn && isOn) return;
  live.isOn = isOn;
  tell("link", isOn);
  if (!isOn) take("status", { state: "lost" });
}

function take(type, data) {
  if (type === "status") live.status = data;
  if (data.time) since = data.time;
  tell(type, data);
}

function later(milliseconds, action) {
  clearTimeout(timer);
  timer = setTimeout(action, milliseconds);
}

/* A stream that is lost does not say why: the status tells whether the server is. */
function lose() {
  source.close();
  later(RETRY_MS, poll);
}

function open() {
  source = new EventSource(`trng/events?since=${encodeURIComponent(since)}`);
  later(SILENCE_MS, lose);
  source.onerror = lose;
  for (const type of Object.keys(listeners))
    source.addEventListener(type, (event) => {
      later(SILENCE_MS, lose);
      setLink(true);
      take(type, JSON.parse(event.data));
    });
}

async function poll() {
  const mine = ++turn;
  const controller = new AbortController();
  later(SILENCE_MS, () => controller.abort());
  const { body } = await get("trng/status", null, controller.signal).catch((error) => error);
  if (mine !== turn) return;
  setLink(Boolean(body));
  if (body?.state) take("status", body);
  if (body && !document.hidden) refreshSession(); // perhaps as another one
  later(document.hidden ? HIDDEN_POLL_MS : 0, start);
}

/** Begins, or begins anew, as who we now are. */
export function start() {
  turn++;
  source?.close();
  clearTimeout(timer);
  if (session.role === "none") {
    setLink(true);
    take("status", { state: "locked" });
  } else if (document.hidden) poll();
  else open();
}

/* Another tab may log in or out. */
document.addEventListener("visibilitychange", () => refreshSession().then(start));

/** Seconds until so many bits can be here, after what others ask for; null: nobody can tell. */
export function waitS(bits) {
  const s = live.status;
  const missing = Math.ceil(bits / 8) + s.queue_bytes - s.pool_bytes;
  if (s.state === "running" && missing <= 0) return 0;
  if (!(s.release_eta_s >= 0)) return null;
  // The tests let go whole chunks, of whole windows, of a whole start.
  const needed = (bytes) => Math.max(s.start_needed_symbols * s.symbol_bits / 8, s.window_bytes *
    Math.ceil(CHUNK_BYTES * Math.ceil((s.passed_bytes + s.conditioning_in_bytes *
      Math.ceil(bytes / s.conditioning_out_bytes)) / CHUNK_BYTES) / s.window_bytes));
  const more = needed(missing) - needed(1);
  if (more && !(s.rate_bit_s > 0)) return null;
  return s.release_eta_s + (more && more * 8 / s.rate_bit_s);
}
