/** What the figure gradient-flow shows, computed from its state. No DOM here. */
import { activations } from "./activations.mjs";
import { meanSquaredError } from "./loss.mjs";
import { drawNetwork, drawTask } from "./network.mjs";
import { classify, rowNorms } from "./norms.mjs";
import { backward, forward } from "./rnn.mjs";

/**
 * @typedef {object} State
 * @property {string} nonlinearity
 * @property {number} weight_scale
 * @property {number} bias_scale
 * @property {boolean} last_timestep_only
 * @property {number} hidden_size
 * @property {number} seq_len
 * @property {number} seed
 */

/** @typedef {{ values: Float64Array, kinds: ReturnType<typeof classify> }} Curve */

/**
 * @param {State} state
 * @param {import("./activations.mjs").Activation} activation
 * @returns {{ loss: number, hNorm: Curve, dhNorm: Curve }} norms per step, t = 1 … T
 */
export function gradientFlow(state, activation = activations[state.nonlinearity]) {
  const network = drawNetwork(state);
  const { x, y } = drawTask(state.seed, state.seq_len);
  const { h, prediction } = forward(network, activation, x);
  const { loss, dPrediction } = meanSquaredError(prediction, y, state.last_timestep_only);
  const dh = backward(network, activation, h, dPrediction);
  const hNorm = rowNorms(h, state.hidden_size);
  const dhNorm = rowNorms(dh, state.hidden_size);
  return {
    loss,
    hNorm: { values: hNorm, kinds: classify(hNorm) },
    dhNorm: { values: dhNorm, kinds: classify(dhNorm.slice().reverse()).reverse() },
  };
}
