// SPDX-License-Identifier: GPL-3.0-or-later
// lib - what every browser test uses: the stage, a browser, pages that are watched, steps, a clean end.
//
// A test is a module that runs by itself: it makes a scene with stage(), opens pages with open(),
// calls step() for each claim and ends with finish(). TRNG_BUILD says where the programs and the npm
// modules are, TRNG_TMP where everything temporary goes. Waiting is polling with a generous bound.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const build = resolve(process.env.TRNG_BUILD ?? join(root, "build"));
export const BOUND_MS = Number(process.env.TRNG_BOUND_S ?? 60) * 1000;
const self = basename(process.argv[1], ".mjs");

function skip(why) {
  console.log(`SKIP ${self}: ${why}`);
  process.exit(77);
}

const modules = join(build, "node");
if (!existsSync(join(modules, "node_modules/playwright-core")))
  skip(`no playwright-core in ${modules}: npm ci was not run there`);
const executablePath = process.env.TRNG_CHROMIUM ??
  spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).stdout.trim();
if (!executablePath) skip("no chromium");

const require = createRequire(pathToFileURL(join(modules, "package.json")));
const { chromium } = require("playwright-core");

/** The test's own folder; playwright and Chromium put everything below it. */
export const work = mkdtempSync(join(process.env.TRNG_TMP ?? "/tmp", `trng-${self}.`));
process.env.TMPDIR = work;

// ---- waiting ----

/** Calls check() until it gives something true, and returns that. */
export async function until(what, check, boundMs = BOUND_MS) {
  const end = Date.now() + boundMs;
  let last;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error.message;
    }
    if (Date.now() > end) throw new Error(`waited in vain: ${what}${last === undefined ? "" : ` (${last})`}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

function fits(text, pattern) {
  return pattern instanceof RegExp ? pattern.test(text) : text === pattern;
}

/** Waits until the element is shown with a text that is or matches pattern, and returns the text. */
export async function see(locator, pattern) {
  let text;
  await until("", async () => {
    text = null;
    text = await locator.innerText({ timeout: 1000 });
    return (await locator.isVisible()) && fits(text.trim(), pattern);
  }).catch((error) => {
    throw new Error(`${locator}: shows '${text}', expected ${pattern} ${error.message}`);
  });
  return text.trim();
}

// ---- the stage ----

const stageProcess = spawn("bash", [join(root, "tests/browser/stage.sh")],
  { stdio: ["pipe", "pipe", "inherit"] });
const stageEnd = new Promise((done) => stageProcess.on("exit", (code, signal) => done(code ?? signal)));
const replies = createInterface({ input: stageProcess.stdout })[Symbol.asyncIterator]();
stageProcess.stdin.on("error", () => {}); // its end is told by the reply that is missing
let turn = Promise.resolve();

async function ask(line) {
  assert(!line.includes("\n"));
  stageProcess.stdin.write(`${line}\n`);
  const { value, done } = await replies.next();
  if (done) {
    const code = await stageEnd;
    if (code === 77) process.exit(await close(77));
    throw new Error(`the stage has ended with ${code} at: ${line}`);
  }
  const [status, said] = value.split(" ");
  const text = Buffer.from(said, "base64").toString().trimEnd();
  if (status !== "0") throw new Error(`${line}: ${text}`);
  return text;
}

/** Has the stage run a line of bash (see stage.sh) and returns what it printed. */
export function stage(line) {
  const reply = turn.then(() => ask(line));
  turn = reply.catch(() => {});
  return reply;
}

/** A word for the stage, whatever is in it. */
export const quote = (word) => `'${String(word).replaceAll("'", "'\\''")}'`;

/** Waits until a metric of the server has this value. */
export const metricIs = (name, value) => stage(`wait_for metric_is ${name} ${value}`);

// ---- the browser ----

const isRoot = process.getuid() === 0;
const home = join(work, "home");
mkdirSync(home);
const browser = await chromium.launch({
  executablePath,
  chromiumSandbox: !isRoot,
  args: ["--disable-gpu", "--disable-breakpad"],
  env: {
    ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, "config"), XDG_CACHE_HOME: join(home, "cache"),
    XDG_DATA_HOME: join(home, "data"), XDG_RUNTIME_DIR: home, DBUS_SESSION_BUS_ADDRESS: "disabled:",
  },
  handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false,
});

const ALWAYS_FINE = [/net::ERR_ABORTED/]; // who cancels or closes a stream aborts a request
let problems = [];
let allowed = [];

function report(text) {
  if (![...ALWAYS_FINE, ...allowed].some((pattern) => pattern.test(text))) problems.push(text);
}

function watchHost(request, origin) {
  const url = new URL(request.url());
  if (!["data:", "blob:"].includes(url.protocol) && url.origin !== origin)
    report(`a request to another host: ${request.url()}`);
}

/* Everything that a page should not do; `step` fails for it. */
function watch(page, origin) {
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()))
      report(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => report(`uncaught: ${error.name}: ${error.message} ${error.stack}`));
  page.on("requestfailed", (request) => report(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on("request", (request) => watchHost(request, origin));
  page.on("crash", () => report("the page has crashed"));
  page.on("dialog", (dialog) => {
    report(`a ${dialog.type()}: ${dialog.message()}`);
    dialog.dismiss();
  });
}

/** A new session of a browser: cookies and storage of its own. */
export async function openContext(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(BOUND_MS);
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      console.error(`CSP: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
  });
  return context;
}

/** A page that shows url, in a context of its own if none is given; prepare(page) comes before. */
export async function open(url, { context, prepare, ...options } = {}) {
  const page = await (context ?? (await openContext(options))).newPage();
  watch(page, new URL(url).origin);
  await prepare?.(page);
  await page.goto(url);
  return page;
}

/** For open(): instead of the server's events these, [type, data], and each second the first again. */
export const withEvents = (events) => (page) => page.addInitScript((all) => {
  window.EventSource = class extends EventTarget {
    constructor() {
      super();
      const say = ([type, data]) => this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data) }));
      setTimeout(() => all.forEach(say));
      this.timer = setInterval(say, 1000, all[0]);
    }

    close() {
      clearInterval(this.timer);
    }
  };
}, events);

function obeyTest() {
  let isHidden = sessionStorage.isHidden === "yes";
  Object.defineProperty(document, "hidden", { get: () => isHidden });
  Object.defineProperty(document, "visibilityState", { get: () => (isHidden ? "hidden" : "visible") });
  window.setHidden = (is) => {
    isHidden = is;
    sessionStorage.isHidden = is ? "yes" : "no";
    document.dispatchEvent(new Event("visibilitychange"));
  };
}

/** For open(): Playwright keeps every page visible; this one is as hidden as setHidden() says. */
export const withHiding = (page) => page.addInitScript(obeyTest);

export const setHidden = (page, is) => page.evaluate((hidden) => window.setHidden(hidden), is);

/** Waits until the page has shown so many statuses more: the duration of the state has changed. */
export async function seeStatuses(page, count) {
  const since = page.locator("#facts dd").first();
  for (let i = 0; i < count; i += 1) {
    const before = await since.textContent();
    await until("the next status", async () => (await since.textContent()) !== before);
  }
}

/** Waits until the page shows the source in this state. */
export const stateIs = (page, state) => page.locator(`#now-dot[data-state="${state}"]`).waitFor();

/** Chooses one of the four tabs as a person does. */
export async function choose(page, name) {
  await page.getByRole("tab", { name, exact: true }).click();
  return page.getByRole("tabpanel", { name, exact: true });
}

/** A picture, by its caption. */
export const figure = (page, caption) =>
  page.locator("figure", { has: page.locator("figcaption", { hasText: caption }) });

/** What axe-core finds wrong with the page as it is. */
export async function axeFaults(page) {
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map(({ id, nodes: [{ html, failureSummary }, ...more] }) =>
    `${id}: ${html.slice(0, 200)} and ${more.length} more: ${failureSummary}`);
}

// ---- steps and the end ----

let steps = 0;
let failures = 0;

/** What a step may provoke: an HTTP status that the console tells of, "net" (no answer), or a RegExp. */
function pattern(allowance) {
  if (allowance instanceof RegExp) return allowance;
  return allowance === "net" ? /net::ERR_/ : new RegExp(`the server responded with a status of ${allowance}\\b`);
}

/** Runs body; it fails if that throws, or if a page complains of anything but what is allowed. */
export async function step(text, body, ...allowances) {
  steps += 1;
  allowed = allowances.map(pattern);
  try {
    await body();
  } catch (error) {
    problems.push(error.stack ?? String(error));
  }
  if (problems.length > 0) failures += 1;
  console.log(`${problems.length > 0 ? "FAIL" : "ok  "} ${text}`);
  for (const problem of [...new Set(problems)].slice(0, 10)) console.log(problem.replaceAll(/^/gm, "     "));
  problems = [];
}

async function close(code) {
  await browser.close().catch(() => {});
  stageProcess.stdin.end(`exit ${code}\n`);
  const stageCode = await stageEnd;
  if (process.env.TRNG_KEEP !== "1") rmSync(work, { recursive: true, force: true });
  return code === 0 && stageCode !== 0 ? 1 : code;
}

export async function finish() {
  console.log(failures === 0 ? `${self}: ${steps} steps passed`
    : `${self}: ${failures} of ${steps} steps failed; repeat: node ${process.argv[1]}`);
  process.exit(await close(failures > 0 || steps === 0 ? 1 : 0));
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, async () => process.exit(await close(130)));
process.on("uncaughtException", async (error) => {
  console.log(`FAIL ${error.stack}`);
  process.exit(await close(1));
});
