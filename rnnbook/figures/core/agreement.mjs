/** Whether the figure's numbers and PyTorch's agree, and in words where they differ most. */
import { formatEntry, roundNumber } from "./numbers.mjs";

/**
 * @typedef {import("./measure.mjs").Curve} Curve
 *
 * @typedef {object} Answer what PyTorch computed, from rnnbook/kernel.py
 * @property {Record<string, (number | null)[]>} columns by label; null where it is not finite
 * @property {Record<string, import("./norms.mjs").Kind[]>} kinds
 * @property {string} torch its version
 *
 * @typedef {object} Difference where two curves differ most
 * @property {number} size relative; infinite where one of the two is no number
 * @property {Curve} ours
 * @property {Curve} theirs
 * @property {number} t counted from 0
 * @property {"float64" | "float32"} precision
 */

const SAME = { float64: 1e-9, float32: 1e-6 }; // up to here a difference is rounding's everywhere
const EDGE = { float64: 1e305, float32: 1e36 }; // from here on a sum may overflow on its way
const CHAOTIC = 0.01; // nats a step

/**
 * PyTorch's curves, one for each that the figure measures.
 *
 * @param {Curve[]} curves
 * @param {Answer} answer
 * @returns {Curve[]}
 */
export function checkedCurves(curves, { columns, kinds }) {
  return curves
    .filter(({ role }) => role !== "path")
    .map((curve) => {
      const values = Float64Array.from(columns[curve.label], (value) => value ?? Number.NaN);
      return { ...curve, values, kinds: kinds[curve.label] };
    });
}

/**
 * Where the figure's curves and PyTorch's differ most.
 *
 * @param {Curve[]} curves
 * @param {Curve[]} checked from `checkedCurves`
 * @param {Difference["precision"]} precision
 * @returns {Difference}
 */
export function largestDifference(curves, checked, precision) {
  const pairs = checked.flatMap((theirs) => {
    const ours = /** @type {Curve} */ (curves.find(({ label }) => label === theirs.label));
    return theirs.kinds.map((_, t) => {
      const size = differenceAt(ours, theirs, t, EDGE[precision]);
      return { size, ours, theirs, t, precision };
    });
  });
  return pairs.reduce((most, pair) => (pair.size > most.size ? pair : most));
}

/** @param {Curve} ours @param {Curve} theirs @param {number} t @param {number} edge */
function differenceAt(ours, theirs, t, edge) {
  const pair = [ours, theirs];
  const numbers = pair.filter(({ kinds }) => kinds[t] === "number");
  if (numbers.length === 0) return 0; // of an underflow or an overflow no digits are compared
  const overflows = pair.some(({ kinds }) => kinds[t] === "overflow");
  if (overflows && numbers[0].values[t] > edge) return 0; // the other is about to as well
  const size = Math.abs(ours.values[t] - theirs.values[t]) / theirs.values[t];
  return Number.isNaN(size) ? Infinity : size;
}

/**
 * @param {Difference} most
 * @param {string} torch the version
 * @param {import("./words.mjs").Chaos | undefined} found once it is
 */
export function describeAgreement(most, torch, found) {
  const name = `PyTorch ${torch}`;
  if (most.size === 0) return `${name} agrees: every number is the same to the last bit.`;
  const where = whereOf(most);
  if (most.size <= SAME[most.precision]) return `${name} agrees: ${where}.`;
  if (!found) return `${name} is compared: ${where}. Is that rounding? Being computed …`;
  if (!(most.size <= 10 * found.spread)) return `${name} differs, more than by rounding: ${where}.`;
  const verb = most.size < 1e-3 ? "agrees within rounding" : "differs, but only by rounding";
  return `${name} ${verb}: ${where}.${found.exponent > CHAOTIC ? " The network is chaotic: rounding errors grow in it, here as in PyTorch." : ""}`;
}

/** @param {Difference} most */
function whereOf({ size, ours, theirs, t }) {
  const place = `at ${ours.label}, t = ${t + 1}`;
  if (size < Infinity) return `largest relative difference ${roundNumber(size)}, ${place}`;
  return `${place}, the figure has ${formatEntry(ours, t)} and PyTorch ${formatEntry(theirs, t)}`;
}
