/**
 * The two products that recurrence needs, a matrix kept row by row. Four rows go at a time: a
 * processor adds them side by side, and reads the vector once.
 */

/** @typedef {import("./unroll.mjs").Numbers} Numbers */

/**
 * out = W v.
 *
 * @param {Numbers} W (rows·H)
 * @param {Numbers} v
 * @param {number} from where the vector begins
 * @param {number} H
 * @param {Float64Array} out (rows)
 */
export function multiply(W, v, from, H, out) {
  const rows = out.length;
  let k = 0;
  for (; k + 3 < rows; k += 4) {
    const at = k * H;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let j = 0; j < H; j++) {
      const value = v[from + j];
      a += W[at + j] * value;
      b += W[at + H + j] * value;
      c += W[at + 2 * H + j] * value;
      d += W[at + 3 * H + j] * value;
    }
    out[k] = a;
    out[k + 1] = b;
    out[k + 2] = c;
    out[k + 3] = d;
  }
  for (; k < rows; k++) {
    out[k] = 0;
    for (let j = 0; j < H; j++) out[k] += W[k * H + j] * v[from + j];
  }
}

/**
 * target += Wᵀ v.
 *
 * @param {Numbers} W (rows·H)
 * @param {Float64Array} v (rows)
 * @param {Float64Array} target (H)
 */
export function addTransposed(W, v, target) {
  const rows = v.length;
  const H = target.length;
  let k = 0;
  for (; k + 3 < rows; k += 4) {
    const at = k * H;
    const a = v[k];
    const b = v[k + 1];
    const c = v[k + 2];
    const d = v[k + 3];
    for (let j = 0; j < H; j++) {
      target[j] +=
        W[at + j] * a + W[at + H + j] * b + (W[at + 2 * H + j] * c + W[at + 3 * H + j] * d);
    }
  }
  for (; k < rows; k++) for (let j = 0; j < H; j++) target[j] += W[k * H + j] * v[k];
}
