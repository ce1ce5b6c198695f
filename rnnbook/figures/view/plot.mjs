/** Curves over time steps, redrawn at the size they are given. */
import { formatEntry } from "../core/numbers.mjs";
import { html, svg, withScripts } from "./dom.mjs";
import { layOut } from "./layout.mjs";
import {
  drawAxes,
  drawCrosses,
  drawCrossSample,
  drawLine,
  drawMarkers,
  drawPaths,
  drawSample,
  drawWords,
} from "./marks.mjs";
import { lookOf } from "./series.mjs";

/** @typedef {import("../core/gradient-flow.mjs").Curve} Curve */

/**
 * @param {object} options
 * @param {string} options.title
 * @param {"linear" | "log"} options.scale
 * @param {string} [options.note] after the name of the axis of time
 */
export function createPlot({ title, scale, note = "" }) {
  const picture = svg("svg", { class: "rb-plot", role: "img" });
  const legend = html("p", { class: "rb-legend", "aria-hidden": "true" });
  const heading = html("p", { class: "rb-title" }, title);
  const element = html("div", { class: "rb-panel" }, heading, legend, picture);
  /** @type {{ curves: Curve[], checked: Curve[] }} */
  let shown = { curves: [], checked: [] };
  let named = "";
  let [width, height] = [0, 0]; // from the observer: to ask for them would lay out the page at once

  function draw() {
    const { curves, checked } = shown;
    if (curves.length === 0 || width === 0) return; // not seen yet
    const layout = layOut(curves, scale, width, height);
    const measured = curves.filter((curve) => curve.role !== "path");
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.setAttribute("aria-label", describe(title, measured));
    picture.replaceChildren(
      ...drawAxes(layout, note),
      drawPaths(
        curves.filter((curve) => curve.role === "path"),
        layout,
      ),
      ...measured.map((curve) => drawLine(curve, layout)),
      ...measured.map((curve) => drawMarkers(curve, layout)),
      ...measured.flatMap((curve) => drawWords(curve, layout)),
      ...checked.flatMap((curve) => drawCrosses(curve, layout)),
    );
  }

  function name() {
    const { curves, checked } = shown;
    const labels = [...curves, ...checked].map((curve) => curve.label).join();
    if (labels === named) return;
    named = labels;
    legend.replaceChildren(
      ...curves.map((curve) =>
        html("span", {}, drawSample(curve.name), ...withScripts(legendOf(curve))),
      ),
      ...checked.slice(0, 1).map(() => html("span", {}, drawCrossSample(), "PyTorch")),
    );
  }

  const observer = new ResizeObserver(([{ contentRect }]) => {
    [width, height] = [contentRect.width, contentRect.height].map(Math.round);
    draw();
  });
  observer.observe(picture);
  return {
    element,
    /**
     * @param {Curve[]} curves
     * @param {Curve[]} checked PyTorch's, drawn over them as crosses
     */
    show(curves, checked = []) {
      shown = { curves, checked };
      name();
      draw();
    },
    remove: () => observer.disconnect(),
  };
}

/** @param {Curve} curve */
const legendOf = ({ name, label }) => [" ", lookOf(name).words, label].filter(Boolean).join(" ");

/**
 * @param {string} title
 * @param {Curve[]} curves
 */
function describe(title, curves) {
  const ends = curves.map((curve) => {
    const T = curve.values.length;
    return `${curve.label} is ${formatEntry(curve, 0)} at step 1 and ${formatEntry(curve, T - 1)} at step ${T}`;
  });
  return `${title}: ${ends.join("; ")}. Every value is in the table.`;
}
