/** What the figure gradient-flow shows, computed from its state. No DOM here. */
import { activations } from "./activations.mjs";
import { createCurve, measureFlow } from "./measure.mjs";
import { drawNetwork } from "./network.mjs";
import { DIRECT, directPath, meanGates, powers, scaledSpectrum } from "./paths.mjs";
import { magnitude } from "./spectrum.mjs";

/**
 * @typedef {import("./measure.mjs").Curve} Curve
 *
 * @typedef {object} State
 * @property {string} cell
 * @property {string} nonlinearity
 * @property {number} weight_scale
 * @property {number} bias_scale
 * @property {boolean} recurrent_only
 * @property {number} forget_bias
 * @property {boolean} last_timestep_only
 * @property {number} hidden_size
 * @property {number} seq_len
 * @property {number} seed
 * @property {"float64" | "float32"} precision
 * @property {number} mode
 *
 * @typedef {object} Flow
 * @property {number} loss
 * @property {Curve[]} curves
 * @property {import("./spectrum.mjs").Complex[]} points a factor a step each: eigenvalues, or gates
 * @property {number} chosen which point's powers are drawn
 */

/**
 * @param {State} state
 * @param {import("./unroll.mjs").Network} network
 * @returns {Flow}
 */
export function gradientFlow(state, network = drawNetwork(state)) {
  const { loss, run, gradients, curves: measured } = measureFlow(state, network);
  const chosen = Math.min(state.mode, state.hidden_size) - 1;
  const { points, curves } = (state.cell === "rnn" ? simpleWays : gatedWays)(
    state,
    chosen,
    measured,
    run,
    gradients,
  );
  const ways = state.last_timestep_only ? curves : []; // with a loss on every step they say nothing
  return { loss, curves: [...measured, ...ways], points, chosen };
}

/**
 * Over a simple network's gradient: the powers of W_hh.
 *
 * @param {State} state
 * @param {number} chosen
 * @param {Curve[]} measured
 */
function simpleWays(state, chosen, measured) {
  const T = state.seq_len;
  const { points, norm } = scaledSpectrum(state);
  const { gamma } = activations[state.nonlinearity];
  const end = lastOf(measured, "dh_norm");
  const by = gamma === 1 ? "" : `/${1 / gamma}`;
  const curves = [
    createCurve("power", `|λ${by}|^k`, "path", powers(gamma * magnitude(points[chosen]), end, T)),
    createCurve("bound", by ? `(σ₁${by})^k` : "σ₁^k", "path", powers(gamma * norm, end, T)),
  ];
  return { points, curves };
}

/**
 * Over a gated one's: the direct path, of all units and of one.
 *
 * @param {State} state
 * @param {number} chosen
 * @param {Curve[]} measured
 * @param {import("./unroll.mjs").Run} run
 * @param {import("./unroll.mjs").Run} gradients
 */
function gatedWays({ cell, hidden_size: H, seq_len: T }, chosen, measured, run, gradients) {
  const { gate, along } = DIRECT[/** @type {"lstm" | "gru"} */ (cell)];
  const points = meanGates(run[gate], H);
  const end = lastOf(measured, `${along}_norm`);
  const curves = [
    createCurve("power", `${gate}^k`, "path", powers(points[chosen].re, end, T)),
    createCurve("direct", `∏${gate}`, "path", directPath(run[gate], gradients[along], H)),
  ];
  return { points, curves };
}

/** @param {Curve[]} curves @param {string} name */
function lastOf(curves, name) {
  return /** @type {number} */ (curves.find((c) => c.name === name)?.values.at(-1));
}
