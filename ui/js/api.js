// SPDX-License-Identifier: GPL-3.0-or-later
// api - requests to the server. Paths are relative, so that the page works below any path.

import { duration } from "./format.js";

const SESSION = "trng/session";
const HINTS = {
  0: "The server does not answer. Is trng-httpd running, and this machine connected?",
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

/** {code, body} of an answer that is good; else throws ApiError, or AbortError. */
export async function request(method, path, { query, json, signal } = {}) {
  const url = query ? `${path}?${new URLSearchParams(query)}` : path;
  let response, body;
  try {
    response = await fetch(url, { method, signal, body: json && JSON.stringify(json) });
    body = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0);
  }
  if (response.status === 401 && path !== SESSION) await refreshSession();
  if (!response.ok)
    throw new ApiError(response.status, body, Number(response.headers.get("Retry-After")));
  return { code: response.status, body };
}

export const get = (path, query, signal) => request("GET", path, { query, signal });

const listeners = [];

/** role: "none", "reader" or "operator"; limits: what the server takes. */
export let session = {
  role: "",
  limits: { request_timeout_s: 900, max_request_bits: 8388608, max_file_bits: 8589934592 },
};

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

export async function logOut() {
  await request("DELETE", SESSION);
  await refreshSession();
}
