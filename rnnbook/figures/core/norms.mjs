/** Below this a norm is only called "underflow": digits get lost from 2.2e-308 on. */
export const UNDERFLOW = 1e-290;

/**
 * The Euclidean norm of each step's row. Squares overflow from 1e154 and underflow at 1e-162, where
 * the norm itself does not: so the largest component is taken out first.
 *
 * @param {Float64Array} values (T·H), step by step
 * @param {number} H
 */
export function rowNorms(values, H) {
  return Float64Array.from({ length: values.length / H }, (_, t) => {
    const row = values.subarray(t * H, (t + 1) * H);
    let largest = 0;
    for (const v of row) largest = Math.max(largest, Math.abs(v)); // NaN stays
    if (!(largest > 0 && largest < Infinity)) return largest;
    let sum = 0;
    for (const v of row) sum += (v / largest) * (v / largest);
    return largest * Math.sqrt(sum);
  });
}

/**
 * What each norm is, in the order in which they were computed.
 *
 * A zero that follows an underflow is one; any other zero is exact (no path from the loss, or a
 * saturated unit).
 *
 * @param {Iterable<number>} norms
 * @returns {("number" | "zero" | "underflow" | "overflow")[]}
 */
export function classify(norms) {
  /** @type {ReturnType<typeof classify>} */
  const kinds = [];
  for (const value of norms) {
    if (!Number.isFinite(value)) kinds.push("overflow");
    else if (value >= UNDERFLOW) kinds.push("number");
    else if (value > 0 || kinds.at(-1) === "underflow") kinds.push("underflow");
    else kinds.push("zero");
  }
  return kinds;
}
