// SPDX-License-Identifier: GPL-3.0-or-later
// main - tabs, who we are, and the line at the top that tells of the source.

import { logIn, logOut, onSession, refreshSession } from "./api.js";
import { byId, onClick, setText } from "./dom.js";
import { count } from "./format.js";
import { startDownload } from "./download.js";
import { startGenerate } from "./generate.js";
import { startHealth } from "./health.js";
import { on, start } from "./live.js";
import { startSystem, stateText } from "./system.js";

const tabs = [...document.querySelectorAll("[role=tab]")];

const panelOf = (tab) => byId(tab.getAttribute("aria-controls"));

function select(tab) {
  for (const other of tabs) {
    const isChosen = other === tab;
    other.setAttribute("aria-selected", String(isChosen));
    other.tabIndex = isChosen ? 0 : -1;
    panelOf(other).hidden = !isChosen;
  }
  panelOf(tab).dispatchEvent(new Event("shown"));
}

const KEYS = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => (at + 1) % tabs.length,
  Home: () => 0,
  End: () => -1,
};

function moveBy(event) {
  const next = KEYS[event.key]?.(tabs.indexOf(event.target));
  if (next === undefined) return;
  event.preventDefault();
  tabs.at(next).focus();
  tabs.at(next).click();
}

function selectByAddress() {
  select(tabs.find((tab) => panelOf(tab).id === location.hash.slice(1)) ?? byId("tab-generate"));
}

function startTabs() {
  for (const tab of tabs) {
    tab.addEventListener("click", () => {
      history.replaceState(null, "", `#${panelOf(tab).id}`);
      selectByAddress();
    });
    tab.addEventListener("keydown", moveBy);
  }
  addEventListener("hashchange", selectByAddress);
  selectByAddress();
}

const dialog = byId("login");

function askToken() {
  setText(byId("login-wrong"), "");
  if (!dialog.open) dialog.showModal();
}

async function tryToken(event) {
  event.preventDefault();
  const field = byId("token");
  try {
    await logIn(field.value.trim());
    dialog.close();
    tabs.find((tab) => tab.tabIndex === 0).focus();
    start();
  } catch (error) {
    setText(byId("login-wrong"), error.code === 401 ? "Nobody has this token." : error.message);
    field.select();
  }
  field.value = "";
}

const MAY = {
  none: "not logged in",
  reader: "you may draw numbers and look",
  operator: "you may do everything",
};
let last = ""; // role
let user;

function showWho({ role, name, bits_left }) {
  const left = bits_left === null ? "" : `, ${count(bits_left)} bits left today`;
  setText(byId("who"), `${name ? `${name}: ` : ""}${MAY[role]}${left}`);
  byId("log-in").hidden = role === "operator";
  byId("log-out").hidden = !name;
  for (const hint of document.querySelectorAll(".operators")) hint.hidden = role === "operator";
  if (user && name && user !== name) location.reload(); // what is here is another's
  user = name ?? user;
  if (role === "none" && last !== role) askToken();
  if (role !== "none" && last === "none") dialog.close();
  last = role;
}

function startWho() {
  onSession(showWho);
  onClick("log-in", askToken);
  onClick("log-out", () => logOut().then(() => location.reload(),
    ({ message }) => setText(byId("who"), message)));
  onClick("login-close", () => dialog.close());
  byId("login-form").addEventListener("submit", tryToken);
}

function showNow(status) {
  byId("now-dot").dataset.state = status.state;
  setText(byId("now"), stateText(status));
  document.title = status.state === "running" ? "TRNG" : `TRNG: ${status.state}`;
}

startWho();
startSystem();
startGenerate();
startDownload();
startHealth();
startTabs();
on("status", showNow);
on("link", (isOn) => {
  byId("link").hidden = isOn;
});
await refreshSession();
start();
