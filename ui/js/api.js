// SPDX-License-Identifier: GPL-3.0-or-later
// api - requests to the server. Paths are relative, so that the page works below any path.

import { duration } from "./format.js";

const SESSION = "trng/session";
const HINTS = {
  0: "The server does not answer. Is it running, and this machine connected?",
  401: "You are not logged in, or the login has ended.",
  432: "The source is off, or not connected: initialise it under System.",
};

function sentence(code, body, retryAfterS) {
  const told = body?.error ?? body?.message ?? "";
  const words = [told && `${told[0].toUpperCase()}${told.slice(1)}.`, HINTS[code]];
  if (retryAfterS > 0) words.push(`Try again in ${duration(retryAfterS)}.`);
  return words.filter(Boolean).join(" ") || `The server says ${code}.`;
}

/** What went wrong, in a sentence; code is 0 where there was no answer. */
export class ApiError extends Error {
  constructor(code, body, retryAfterS) {
    super(sentence(code, body, retryAfterS));
    this.code = code;
    this.body = body;
  }
}

/* No fetch(): Firefox gives it up after 300 s without an answer, Safari after 60 s. */
function send(method, url, json, signal) {
  const xhr = new XMLHttpRequest();
  xhr.open(method, url);
  xhr.responseType = "json";
  xhr.timeout = 2e9; // in place of Safari's
  signal?.addEventListener("abort", () => xhr.abort());
  xhr.send(json && JSON.stringify(json));
  return new Promise((resolve) => xhr.addEventListener("loadend", () => resolve(xhr)));
}

/** {code, body} of an answer that is good; else throws ApiError. */
export async function request(method, path, { query, json, signal } = {}) {
  const url = query ? `${path}?${new URLSearchParams(query)}` : path;
  const xhr = await send(method, url, json, signal);
  const { status: code, response: body } = xhr;
  if (code === 401 && path !== SESSION) await refreshSession();
  if (!body || code >= 300)
    throw new ApiError(body ? code : 0, body, Number(xhr.getResponseHeader("Retry-After")));
  return { code, body };
}

export const get = (path, query, signal) => request("GET", path, { query, signal });

const listeners = [];

/** role: "none", "reader" or "operator"; limits: what the server takes, as far as known. */
export let session = { role: "", limits: {} };

/** Calls listener(session) at each answer about it. */
export const onSession = (listener) => listeners.push(listener);

async function ask(method, json) {
  const { body } = await request(method, SESSION, { json });
  session = { ...session, ...body };
  for (const listener of listeners) listener(session);
}

/** Asks anew; without an answer all stays as it is: the stream tells of a lost server. */
export const refreshSession = () => ask("GET").catch(() => {});

export const logIn = (token) => ask("POST", { token });

export const logOut = () => request("DELETE", SESSION);
