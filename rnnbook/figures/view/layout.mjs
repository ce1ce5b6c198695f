/** Where the points of curves go: on the axis, or in a strip beyond what no axis can hold. */
import { linearAxis, logAxis, timeAxis } from "./axis.mjs";

export const MARGIN = { top: 12, right: 14, bottom: 40, left: 50 };
const STRIP = 24;
const WIDEN = 0.5; // how much of the axis, at either end, curves drawn over the others may add

/** @typedef {import("../core/gradient-flow.mjs").Curve} Curve */
/** @typedef {"axis" | "above" | "below"} Place */

/**
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {number} top of the axis
 * @property {number} bottom
 * @property {import("./axis.mjs").Axis} x
 * @property {import("./axis.mjs").Axis} y
 * @property {(curve: Curve, t: number) => Place} place of step t + 1
 * @property {(t: number) => number} px pixel of step t + 1
 * @property {(curve: Curve, t: number) => number} py
 */

/** @param {"linear" | "log"} scale @returns {(curve: Curve, t: number) => Place} */
function placeOn(scale) {
  return ({ kinds }, t) => {
    if (kinds[t] === "overflow") return "above";
    return kinds[t] === "number" || scale === "linear" ? "axis" : "below";
  };
}

/**
 * The axis follows the measured curves; the paths over them may widen it a little.
 *
 * @param {Curve[]} curves
 * @param {"linear" | "log"} scale
 * @param {number} width
 * @param {number} height
 * @returns {Layout}
 */
export function layOut(curves, scale, width, height) {
  const place = placeOn(scale);
  const measured = curves.filter((curve) => curve.role !== "path");
  const beyond = measured.flatMap((curve) => curve.kinds.map((_, t) => place(curve, t)));
  const top = MARGIN.top + (beyond.includes("above") ? STRIP : 0);
  const floor = height - MARGIN.bottom;
  const bottom = floor - (beyond.includes("below") ? STRIP : 0);
  const values = scale === "log" ? widened(curves) : measured.flatMap(onAxis(place));
  const y = (scale === "log" ? logAxis : linearAxis)(values, [bottom, top]);
  const x = timeAxis(curves[0].values.length, [MARGIN.left, width - MARGIN.right]);
  const heights = { above: MARGIN.top + 6, below: floor - 4 };
  return {
    width,
    height,
    top,
    bottom,
    x,
    y,
    place,
    px: (t) => x.position(t + 1),
    py(curve, t) {
      const where = place(curve, t);
      return where === "axis" ? y.position(curve.values[t]) : heights[where];
    },
  };
}

/** @param {(curve: Curve, t: number) => Place} place */
function onAxis(place) {
  return (/** @type {Curve} */ curve) =>
    Array.from(curve.values).filter((_, t) => place(curve, t) === "axis");
}

/** @param {Curve[]} curves @returns {number[]} the ends of a logarithmic axis, or nothing */
function widened(curves) {
  const numbers = onAxis(placeOn("log"));
  const powers = curves
    .filter((curve) => curve.role !== "path")
    .flatMap(numbers)
    .map(Math.log10);
  if (powers.length === 0) return [];
  const [low, high] = [Math.min(...powers), Math.max(...powers)];
  const more = Math.max(1, WIDEN * (high - low));
  const over = curves
    .filter((curve) => curve.role === "path")
    .flatMap(numbers)
    .map((value) => Math.min(Math.max(Math.log10(value), low - more), high + more));
  return [Math.min(low, ...over), Math.max(high, ...over)].map((power) => 10 ** power);
}
