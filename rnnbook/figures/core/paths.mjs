/**
 * What is drawn over the gradient: ways back that a formula knows, each begun at the last step with
 * the gradient's own length there.
 *
 * - In a simple network W_hh is a factor of every step back: the powers of its eigenvalues and of
 *   its largest singular value, times γ, the largest slope of φ. With the loss on the last step the
 *   second is a bound: |dL/dh_t| ≤ (γσ₁)^(T−t) |dL/dh_T| (Pascanu et al. 2013, section 2.1).
 * - In a gated one the direct path from step to step: the forget gates f (LSTM), the update gates z
 *   (GRU), unit by unit.
 */

import { rememberLast } from "./memory.mjs";
import { drawWeights } from "./network.mjs";
import { lengthOf } from "./norms.mjs";
import { eigenvalues, spectralNorm } from "./spectrum.mjs";

/** @typedef {import("./spectrum.mjs").Complex} Complex */

/** Which gate each gated cell's direct path goes through, and the state it leads along. */
export const DIRECT = { lstm: { gate: "f", along: "dc" }, gru: { gate: "z", along: "dh" } };

const spectrumOf = rememberLast((/** @type {number} */ H, /** @type {number} */ seed) => {
  const { W_hh } = drawWeights("rnn", H, seed);
  return { points: eigenvalues(W_hh, H), norm: spectralNorm(W_hh, H) };
});

/**
 * The eigenvalues of W_hh, the largest first, and σ₁.
 *
 * @param {import("./gradient-flow.mjs").State} state
 */
export function scaledSpectrum({ hidden_size, seed, weight_scale }) {
  const { points, norm } = spectrumOf(hidden_size, seed);
  return {
    points: points.map(({ re, im }) => ({ re: weight_scale * re, im: weight_scale * im })),
    norm: Math.abs(weight_scale) * norm,
  };
}

/**
 * factor^(T−t), t = 1 … T, times `end`.
 *
 * @param {number} factor
 * @param {number} end
 * @param {number} T
 */
export function powers(factor, end, T) {
  return Float64Array.from({ length: T }, (_, t) => end * factor ** (T - 1 - t));
}

/**
 * Each unit's mean factor a step on the direct path, geometric over the steps 2 … T; the largest
 * first.
 *
 * @param {import("./unroll.mjs").Numbers} gate ((T + 1)·H), rows as `unroll` keeps them
 * @param {number} H
 * @returns {Complex[]}
 */
export function meanGates(gate, H) {
  const T = gate.length / H - 1;
  const means = Array.from({ length: H }, (_, k) => {
    let sum = 0;
    for (let t = 2; t <= T; t++) sum += Math.log(gate[t * H + k]);
    return Math.exp(sum / (T - 1));
  });
  return means.sort((a, b) => b - a).map((re) => ({ re, im: 0 }));
}

/**
 * The length of (∏ gates of the steps t + 1 … T) ∘ (the gradient at T), t = 1 … T.
 *
 * @param {import("./unroll.mjs").Numbers} gate ((T + 1)·H)
 * @param {import("./unroll.mjs").Numbers} gradient ((T + 1)·H)
 * @param {number} H
 */
export function directPath(gate, gradient, H) {
  const T = gate.length / H - 1;
  const left = Float64Array.from(gradient.slice(T * H));
  const lengths = new Float64Array(T);
  for (let t = T; t > 0; t--) {
    lengths[t - 1] = lengthOf(left, 0, H);
    for (let k = 0; k < H; k++) left[k] *= gate[t * H + k];
  }
  return lengths;
}
