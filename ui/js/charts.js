// SPDX-License-Identifier: GPL-3.0-or-later
// charts - pictures by Dygraphs, from Debian's libjs-dygraphs. No other file knows of it.
//
// Loaded when the first picture is wanted; the page does without.

import { byId, make, setText } from "./dom.js";

const charts = {}; // by the figure's id: what is to be seen there
let Dygraph;
let loading;
let tries = 0; // browsers remember a failure

/* Dygraphs writes the labels of axes as markup, which the page's policy lets nobody do who is not
 * vouched for: what could be markup does not get through. */
const plainText = { createHTML: (text) => (/[<&]/.test(text) ? "" : text) };

window.trustedTypes?.createPolicy("default", plainText);

async function load() {
  document.head.append(make("link", { rel: "stylesheet", href: "dygraphs/dygraph.min.css" }));
  await import(`../dygraphs/dygraph.min.js?${tries++}`);
  Dygraph = window.Dygraph;
  // The legend sets style attributes.
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);
}

const KINDS = {
  time: { includeZero: true },
  steps: { stepPlot: true, fillGraph: true, includeZero: true },
  points: { strokeWidth: 0, drawPoints: true, pointSize: 2.5, xRangePad: 5 },
};

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);

function drawLines({ levels, marks }, context, { x, y, w, h }, dygraph) {
  context.fillStyle = colour("--bad");
  for (const level of levels) context.fillRect(x, dygraph.toDomYCoord(level), w, 1);
  for (const mark of marks) context.fillRect(dygraph.toDomXCoord(mark), y, 2, h);
}

/* All that there is, but at least a minute. */
const windowOf = (rows) => [Math.min(rows[0][0], rows.at(-1)[0] - 60000), rows.at(-1)[0]];

const optionsOf = (chart) => ({
  file: chart.rows,
  labels: ["x", "y"],
  colors: [colour("--accent")],
  axisLineColor: colour("--soft"),
  gridLineColor: colour("--line"),
  highlightCircleSize: 0,
  digitsAfterDecimal: 4,
  interactionModel: {}, // a finger on it scrolls the page
  valueRange: chart.range,
  dateWindow: chart.kind === "time" ? windowOf(chart.rows) : null,
  underlayCallback: (...where) => drawLines(chart, ...where),
  ...KINDS[chart.kind],
});

/* In a panel that is hidden nothing has a width. */
function paint(chart) {
  const { element, rows } = chart;
  element.hidden = !Dygraph || rows.length === 0;
  if (element.clientWidth === 0) return;
  if (chart.dygraph) {
    chart.dygraph.resize();
    chart.dygraph.updateOptions(optionsOf(chart));
  } else {
    chart.dygraph = new Dygraph(element, rows, optionsOf(chart));
  }
}

const paintAll = () => Object.values(charts).forEach(paint);

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paintAll);

/** Paints what was drawn meanwhile; false where the library is not to be had. */
export async function showCharts() {
  loading ??= load().then(() => true, () => (loading = null));
  const isLoaded = await loading;
  paintAll();
  return isLoaded;
}

function addChart(id) {
  const text = `${id}-text`;
  const words = make("p", { id: text, class: "hint" });
  const element = make("div", { id: `${id}-chart`, class: "chart", role: "img", "aria-labelledby": text });
  byId(id).append(element, words);
  return { element, words };
}

/**
 * Draws rows [x, y] in the figure #id as soon as it can be seen; no rows: nothing.
 *
 * kind:   "time" (x is a Date, y null in a gap), "steps" or "points"
 * text:   what is to be seen, for those who do not see it
 * levels: y of lines across; marks: x of upright lines that warn; range: of y, else what fits
 */
export function drawChart(id, kind, rows, text, { levels = [], marks = [], range = null } = {}) {
  const chart = (charts[id] ??= addChart(id));
  setText(chart.words, text);
  paint(Object.assign(chart, { kind, rows, levels, marks, range }));
}
