/** A network run forwards and back: the lengths of its states and of their gradients. */
import { meanSquaredError } from "./loss.mjs";
import { drawNetwork, drawTask } from "./network.mjs";
import { classify, rowNorms, UNDERFLOW } from "./norms.mjs";
import { backward, cells, forward } from "./unroll.mjs";

/**
 * @typedef {import("./gradient-flow.mjs").State} State
 *
 * @typedef {object} Curve one number for each step t = 1 … T
 * @property {string} name
 * @property {string} label as the table has it
 * @property {"state" | "gradient" | "path"} role a path is drawn over the gradients
 * @property {Float64Array} values
 * @property {import("./norms.mjs").Kind[]} kinds
 */

/**
 * @param {State} state
 * @param {import("./unroll.mjs").Network} network
 */
export function measureFlow(state, network = drawNetwork(state)) {
  const { x, y } = drawTask(state);
  const { run, prediction } = forward(network, x);
  const { loss, dPrediction } = meanSquaredError(prediction, y, state.last_timestep_only);
  const gradients = backward(network, run, dPrediction);
  return { loss, run, gradients, curves: measure(state, run, gradients) };
}

/**
 * @param {string} name
 * @param {string} label
 * @param {Curve["role"]} role
 * @param {Float64Array} values
 * @param {number} [underflow]
 * @returns {Curve}
 */
export function createCurve(name, label, role, values, underflow) {
  const forwards = role === "state";
  const kinds = forwards
    ? classify(values, underflow)
    : classify(values.slice().reverse(), underflow).reverse();
  return { name, label, role, values, kinds };
}

/**
 * The lengths of the states and of their gradients.
 *
 * @param {State} state
 * @param {import("./unroll.mjs").Run} run
 * @param {import("./unroll.mjs").Run} gradients
 */
function measure({ cell, hidden_size: H, precision }, run, gradients) {
  const least = UNDERFLOW[precision];
  const { states } = cells[cell];
  return [
    ...states.map((s) => createCurve(`${s}_norm`, `|${s}_t|`, "state", rowNorms(run[s], H), least)),
    ...states.map((s) =>
      createCurve(`d${s}_norm`, `|dL/d${s}_t|`, "gradient", rowNorms(gradients[`d${s}`], H), least),
    ),
  ];
}
