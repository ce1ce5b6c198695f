/** The SVG marks of a plot. */
import { line, symbol, symbolCircle, symbolSquare } from "d3-shape";
import { formatEntry } from "../core/numbers.mjs";
import { svg } from "./dom.mjs";
import { MARGIN } from "./layout.mjs";

/** @typedef {import("../core/gradient-flow.mjs").Curve} Curve */
/** @typedef {import("./layout.mjs").Layout} Layout */

const MOST_MARKERS = 30;
const SHAPES = { circle: symbolCircle, square: symbolSquare };

/** @param {Layout} layout */
export function drawAxes({ x, y, width, height }) {
  const right = width - MARGIN.right;
  const rows = y.ticks.flatMap(({ value, text }) => {
    const py = y.position(value);
    return [
      svg("line", { class: "rb-grid", x1: MARGIN.left, x2: right, y1: py, y2: py }),
      svg("text", { x: MARGIN.left - 8, y: py, dy: "0.32em", "text-anchor": "end" }, text),
    ];
  });
  const below = height - MARGIN.bottom + 17;
  const columns = x.ticks.map(({ value, text }) =>
    svg("text", { x: x.position(value), y: below, "text-anchor": "middle" }, text),
  );
  const place = { x: (MARGIN.left + right) / 2, y: height - 6, "text-anchor": "middle" };
  return [...rows, ...columns, svg("text", place, "time step t")];
}

/** @param {Layout} layout */
export function drawLine({ places, px, py }) {
  const path = line(px, py).defined((t) => places[t] === "axis");
  return svg("path", { class: "rb-line", d: path(/** @type {any} */ ([...places.keys()])) });
}

/**
 * @param {Curve} curve
 * @param {Layout} layout
 * @param {"circle" | "square"} shape
 */
export function drawMarkers(curve, { places, px, py }, shape) {
  const every = Math.ceil(places.length / MOST_MARKERS);
  const outline = symbol(SHAPES[shape], 40)();
  return places.flatMap((place, t) => {
    if (t % every > 0) return [];
    const transform = `translate(${px(t).toFixed(2)},${py(t).toFixed(2)})`;
    const name = place === "axis" ? "rb-marker" : "rb-marker rb-beyond";
    const title = svg("title", {}, `t = ${t + 1}: ${formatEntry(curve, t)}`);
    return [svg("path", { class: name, d: outline, transform }, title)];
  });
}

/**
 * The word for what lies beyond the axis, at the first of its points.
 *
 * @param {Curve} curve
 * @param {Layout} layout
 */
export function drawWords({ kinds }, { places, px, py }) {
  const firsts = [...kinds.keys()].filter(
    (t) => places[t] !== "axis" && kinds.indexOf(kinds[t]) === t,
  );
  return firsts.map((t) => {
    const anchor = t < kinds.length / 2 ? "start" : "end";
    const text = { class: "rb-word", x: px(t), y: py(t) - 8, "text-anchor": anchor };
    return svg("text", text, kinds[t]);
  });
}
