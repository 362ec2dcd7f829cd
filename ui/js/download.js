// SPDX-License-Identifier: GPL-3.0-or-later
// download - files of bits: made, fetched, listed.

import { get, onSession, request, session } from "./api.js";
import { byId, download, make, onClick, readCount, say, setText } from "./dom.js";
import { progressText, startForm } from "./draw.js";
import { count, time, wait } from "./format.js";
import { on } from "./live.js";

const FILES = "trng/files";
const RELOAD_MS = 5000;

const panel = byId("download");
let ready = null; // the file of the card

/* If it is gone, the list says so. */
function fetchFile({ id, name }) {
  download(`trng/randomNum/downloadFile?id=${id}`, name);
  load();
}

const sizeText = ({ bits, size_bytes }) => `${count(bits)} bits in ${count(size_bytes)} bytes`;

function query() {
  const numBits = readCount(byId("download-bits"), session.limits.max_file_bits, "bits");
  const filetype = document.querySelector("[name=filetype]:checked").value;
  return numBits && { numBits, filetype };
}

function showReady(file) {
  ready = file;
  byId("ready").hidden = !file;
  if (!file) return;
  setText(byId("ready-name"), `${file.name}: ${sizeText(file)}`);
  setText(byId("ready-sha256"), file.sha256);
}

function take({ code, body }) {
  const message = byId("download-message");
  const isJob = code === 202;
  showReady(isJob ? null : body);
  if (isJob)
    say(message, `The server goes on with it, even if you close this page: ${wait(body.eta_s)}.`);
  else say(message, "File successfully generated", "good");
  load();
}

const rows = new Map(); // id: {file, and the elements that show it}
const filesMessage = byId("files-message");

const isGrowing = ({ file }) => file.state === "growing";

const TEXTS = {
  growing: (file) => progressText(file) + (file.eta_s === null ? `: ${file.reason}` : ""),
  whole: (file) => `${sizeText(file)}, finished ${time(new Date(file.finished))}`,
  failed: ({ reason }) => `Failed: ${reason}`,
};

function addRow(file) {
  const button = (text, action) => make("button",
    { text, "aria-label": `${text} ${file.name}`, onclick: () => action(file) });
  const row = {
    bar: make("progress", { max: 1, "aria-label": `Bits of ${file.name} so far` }),
    text: make("p"),
    sum: make("p", {}, "SHA-256: ", make("code")),
    get: button("Download", fetchFile),
    remove: button("Delete", remove),
  };
  row.item = make("li", {}, make("strong", { text: file.name }), row.bar, row.text, row.sum,
    make("p", { class: "buttons" }, row.get, row.remove));
  byId("files").prepend(row.item);
  rows.set(file.id, row);
  return row;
}

/* Rows are changed in place: focus and selection stay. */
function showRow(file) {
  const row = rows.get(file.id) ?? addRow(file);
  row.file = file;
  row.bar.value = file.done_bits / file.bits;
  row.bar.hidden = !isGrowing(row);
  setText(row.text, TEXTS[file.state](file));
  setText(row.sum.lastChild, file.sha256);
  row.sum.hidden = row.get.hidden = file.state !== "whole";
  row.remove.hidden = session.role !== "operator";
}

function dropRow(id) {
  rows.get(id)?.item.remove();
  rows.delete(id);
}

/* now: what the list says of a file that grew; undefined: it is no longer there. */
function tellEnd({ id, name }, now) {
  if (now && (id === ready?.id || now === "growing")) return;
  if (now === "whole") say(filesMessage, `${name} is whole and can be downloaded.`, "good");
  else say(filesMessage, `${name} ${now ?? "is no longer there"}.`, "bad");
}

function showFiles(files) {
  const states = new Map(files.map(({ id, state }) => [id, state]));
  for (const [id, row] of rows) {
    if (isGrowing(row) || !states.has(id)) tellEnd(row.file, states.get(id));
    if (!states.has(id)) dropRow(id);
  }
  if (!states.has(ready?.id)) showReady(null);
  files.reverse().forEach(showRow);
  byId("files-none").hidden = files.length > 0;
}

let loads = 0;

/* Of many answers the newest question's counts. */
async function load() {
  const turn = ++loads;
  if (panel.hidden || document.hidden || session.role === "none") return;
  try {
    const { files } = (await get(FILES)).body;
    if (turn === loads) showFiles(files);
  } catch (error) {
    if (error.code !== 0) say(filesMessage, error.message, "bad");
  }
}

async function remove({ id, name }) {
  try {
    await request("DELETE", FILES, { query: { id } });
    if (ready?.id === id) showReady(null);
    dropRow(id);
    (byId("files").querySelector("button:not([hidden])") ?? byId("download-bits")).focus();
    say(filesMessage, `${name} is deleted.`);
  } catch (error) {
    say(filesMessage, error.message, "bad");
  }
  load();
}

function showProgress({ id, done_bits, eta_s }) {
  const row = rows.get(id);
  if (row && isGrowing(row)) showRow({ ...row.file, done_bits, eta_s });
  else if (id) load();
}

/* The stream tells how a file grows, not that it has ended, nor what it waits for. */
function watch() {
  if ([...rows.values()].some(isGrowing)) load();
}

let who = "";

/* Another's files are not ours, and nothing is to be told of them. */
function showSession({ role, name }) {
  if (who === `${role} ${name}`) return;
  who = `${role} ${name}`;
  for (const id of [...rows.keys()]) dropRow(id);
  showReady(null);
  load();
}

export function startDownload() {
  startForm("download", "trng/randomNum/generateTestdata", query, take,
    "The server goes on with it by itself: this page need not stay open.");
  onClick("ready-go", () => fetchFile(ready));
  panel.addEventListener("shown", load);
  on("progress", showProgress);
  onSession(showSession);
  setInterval(watch, RELOAD_MS);
}
