/** The SVG marks of a plot. */
import {
  line,
  symbol,
  symbolCircle,
  symbolDiamond2,
  symbolSquare,
  symbolTimes,
  symbolTriangle,
} from "d3-shape";
import { formatEntry } from "../core/numbers.mjs";
import { svg } from "./dom.mjs";
import { MARGIN } from "./layout.mjs";
import { lookOf } from "./series.mjs";

/** @typedef {import("../core/gradient-flow.mjs").Curve} Curve */
/** @typedef {import("./layout.mjs").Layout} Layout */

const MOST_MARKERS = 30;
const SIZE = 40;
const SHAPES = {
  circle: symbolCircle,
  square: symbolSquare,
  triangle: symbolTriangle,
  diamond: symbolDiamond2,
};

const cross = symbol(symbolTimes, 2 * SIZE)();

/**
 * @param {Layout} layout
 * @param {string} note after the name of the axis of time
 */
export function drawAxes({ x, y, width, height }, note) {
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
  return [...rows, ...columns, svg("text", place, `time step t${note}`)];
}

/** @param {string} name of a curve */
export function styleOf(name) {
  const { color, dash } = lookOf(name);
  return { style: `--rb-series: var(${color})`, "stroke-dasharray": dash };
}

/**
 * A curve's line where it is on the axis.
 *
 * @param {Curve} curve
 * @param {Layout} layout
 */
export function drawLine(curve, { place, px, py }) {
  const path = line(px, (t) => py(curve, t)).defined((t) => place(curve, t) === "axis");
  const d = path(/** @type {any} */ ([...curve.kinds.keys()]));
  return svg("path", { class: "rb-line", ...styleOf(curve.name), d });
}

/**
 * Lines that may leave the plot, cut off where it ends.
 *
 * @param {Curve[]} curves
 * @param {Layout} layout
 */
export function drawPaths(curves, layout) {
  const box = {
    x: MARGIN.left,
    y: layout.top,
    width: layout.width - MARGIN.left - MARGIN.right,
    height: layout.bottom - layout.top,
  };
  const view = { ...box, viewBox: Object.values(box).join(" "), class: "rb-paths" };
  return svg("svg", view, ...curves.map((curve) => drawLine(curve, layout)));
}

/**
 * @param {Curve} curve
 * @param {Layout} layout
 */
export function drawMarkers(curve, { place, px, py }) {
  const { shape } = lookOf(curve.name);
  const every = Math.ceil(curve.kinds.length / MOST_MARKERS);
  const outline = symbol(SHAPES[shape ?? "circle"], SIZE)();
  const markers = curve.kinds.flatMap((_, t) => {
    if (t % every > 0) return [];
    const transform = `translate(${px(t).toFixed(2)},${py(curve, t).toFixed(2)})`;
    const name = place(curve, t) === "axis" ? "rb-marker" : "rb-marker rb-beyond";
    const title = svg("title", {}, `t = ${t + 1}: ${formatEntry(curve, t)}`);
    return [svg("path", { class: name, d: outline, transform }, title)];
  });
  return svg("g", styleOf(curve.name), ...markers);
}

/**
 * Crosses where PyTorch's numbers lie.
 *
 * @param {Curve} curve
 * @param {Layout} layout
 */
export function drawCrosses(curve, layout) {
  const every = Math.ceil(curve.kinds.length / MOST_MARKERS);
  return curve.kinds.flatMap((_, t) => {
    if (t % every > 0) return [];
    const transform = `translate(${layout.px(t).toFixed(2)},${layout.py(curve, t).toFixed(2)})`;
    return [svg("path", { class: "rb-cross", d: cross, transform })];
  });
}

/** @returns a cross, for the legend */
export function drawCrossSample() {
  const mark = svg("path", { class: "rb-cross", d: cross, transform: "translate(10,7)" });
  return svg("svg", { width: 20, height: 14, "aria-hidden": "true" }, mark);
}

/**
 * The word for what lies beyond the axis, at the first of its points.
 *
 * @param {Curve} curve
 * @param {Layout} layout
 */
export function drawWords(curve, { place, px, py }) {
  const { kinds } = curve;
  const firsts = [...kinds.keys()].filter(
    (t) => place(curve, t) !== "axis" && kinds.indexOf(kinds[t]) === t,
  );
  return firsts.map((t) => {
    const anchor = t < kinds.length / 2 ? "start" : "end";
    const text = { class: "rb-word", x: px(t), y: py(curve, t) - 8, "text-anchor": anchor };
    return svg("text", text, kinds[t]);
  });
}

/** @param {string} name of a curve @returns a sample of its line, for the legend */
export function drawSample(name) {
  const { shape } = lookOf(name);
  const look = styleOf(name);
  const stroke = svg("path", { class: "rb-line", ...look, d: "M0,7H30" });
  const picture = svg("svg", { width: 30, height: 14, "aria-hidden": "true" }, stroke);
  if (shape) {
    const d = symbol(SHAPES[shape], SIZE)();
    picture.append(svg("path", { class: "rb-marker", ...look, d, transform: "translate(15,7)" }));
  }
  return picture;
}
