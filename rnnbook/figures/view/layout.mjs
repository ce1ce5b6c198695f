/** Where the points of a curve go: on the axis, or in a strip beyond what no axis can hold. */
import { linearAxis, logAxis, timeAxis } from "./axis.mjs";

export const MARGIN = { top: 12, right: 14, bottom: 40, left: 50 };
const STRIP = 24;

/**
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {import("./axis.mjs").Axis} x
 * @property {import("./axis.mjs").Axis} y
 * @property {("axis" | "above" | "below")[]} places
 * @property {(t: number) => number} px pixel of step t + 1
 * @property {(t: number) => number} py
 */

/** @param {"linear" | "log"} scale @returns {(kind: string) => "axis" | "above" | "below"} */
function placeOn(scale) {
  return (kind) => {
    if (kind === "overflow") return "above";
    return kind === "number" || scale === "linear" ? "axis" : "below";
  };
}

/**
 * @param {import("../core/gradient-flow.mjs").Curve} curve
 * @param {"linear" | "log"} scale
 * @param {number} width
 * @param {number} height
 * @returns {Layout}
 */
export function layOut({ values, kinds }, scale, width, height) {
  const places = kinds.map(placeOn(scale));
  const onAxis = Array.from(values).filter((_, t) => places[t] === "axis");
  const top = MARGIN.top + (places.includes("above") ? STRIP : 0);
  const floor = height - MARGIN.bottom;
  const bottom = floor - (places.includes("below") ? STRIP : 0);
  const y = (scale === "log" ? logAxis : linearAxis)(onAxis, [bottom, top]);
  const x = timeAxis(values.length, [MARGIN.left, width - MARGIN.right]);
  const heights = { above: MARGIN.top + 6, below: floor - 4 };
  return {
    width,
    height,
    x,
    y,
    places,
    px: (t) => x.position(t + 1),
    py: (t) => {
      const place = places[t];
      return place === "axis" ? y.position(values[t]) : heights[place];
    },
  };
}
