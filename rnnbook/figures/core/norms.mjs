/** Below this a norm is only called "underflow": further down digits get lost. */
export const UNDERFLOW = { float64: 1e-290, float32: 1e-35 };

/** @typedef {"number" | "zero" | "underflow" | "overflow"} Kind */

/**
 * The Euclidean length of a stretch. Squares overflow from 1e154 and underflow at 1e-162, where the
 * length itself does not: so the largest component is taken out first.
 *
 * @param {import("./unroll.mjs").Numbers} values
 * @param {number} from
 * @param {number} H
 */
export function lengthOf(values, from, H) {
  let largest = 0;
  for (let k = from; k < from + H; k++) largest = Math.max(largest, Math.abs(values[k])); // NaN stays
  if (!(largest > 0 && largest < Infinity)) return largest;
  let sum = 0;
  for (let k = from; k < from + H; k++) sum += (values[k] / largest) * (values[k] / largest);
  return largest * Math.sqrt(sum);
}

/**
 * The length of each step's row, of the steps 1 … T.
 *
 * @param {import("./unroll.mjs").Numbers} rows ((T + 1)·H), rows as `unroll` keeps them
 * @param {number} H
 */
export function rowNorms(rows, H) {
  return Float64Array.from({ length: rows.length / H - 1 }, (_, t) =>
    lengthOf(rows, (t + 1) * H, H),
  );
}

/**
 * What each norm is, in the order in which they were computed.
 *
 * A zero that follows an underflow is one; any other zero is exact (no path from the loss, or a
 * saturated unit).
 *
 * @param {Iterable<number>} norms
 * @param {number} underflow
 */
export function classify(norms, underflow = UNDERFLOW.float64) {
  /** @type {Kind[]} */
  const kinds = [];
  for (const value of norms) {
    if (!Number.isFinite(value)) kinds.push("overflow");
    else if (value >= underflow) kinds.push("number");
    else if (value > 0 || kinds.at(-1) === "underflow") kinds.push("underflow");
    else kinds.push("zero");
  }
  return kinds;
}
