/**
 * A cell over time, batch 1 and one input feature, with a linear read-out ŷ_t = V·h_t + d; and
 * backpropagation through time.
 *
 * Arrays of a run hold T + 1 rows of H numbers: row t is step t, row 0 the initial state, zero.
 * With 32 bits every number that is kept is rounded; a sum is made in 64 before.
 *
 * @typedef {Float64Array | Float32Array} Numbers
 *
 * @typedef {object} Network
 * @property {string} cell
 * @property {number} hiddenSize H
 * @property {Numbers} W_xh (gates·H)
 * @property {Numbers} W_hh (gates·H·H), row by row
 * @property {Numbers} b (gates·H)
 * @property {Numbers} b_hn (H), the GRU's alone
 * @property {Numbers} V (H)
 * @property {Numbers} d (1)
 * @property {import("./activations.mjs").Units} units
 *
 * @typedef {Record<string, any>} Run the numbers that a cell keeps, by name
 *
 * @typedef {object} Cell
 * @property {number} gates
 * @property {string[]} states what goes on to the next step
 * @property {string[]} kept what a run keeps, by name
 * @property {(network: Network, x: number, run: Run, t: number) => void} step row t from row t − 1
 * @property {(network: Network, run: Run, gradients: Run, t: number, before: Float64Array) => void}
 *   back completes the gradients of row t, and gives dh's way to row t − 1 into `before`
 */
import { multiply } from "./algebra.mjs";
import { gru } from "./gru.mjs";
import { lstm } from "./lstm.mjs";
import { rnn } from "./rnn.mjs";

/** @type {Record<string, Cell>} */
export const cells = { rnn, lstm, gru };

/**
 * Rows of the given names, and room for one step's sums: `a` or `da`, (gates·H).
 *
 * @param {Network} network
 * @param {string[]} names
 * @param {string} sums
 * @param {number} steps
 * @returns {Run}
 */
export function createRows({ cell, hiddenSize: H, W_hh }, names, sums, steps) {
  const Row = /** @type {Float64ArrayConstructor} */ (W_hh.constructor);
  const rows = names.map((name) => [name, new Row((steps + 1) * H)]);
  return Object.fromEntries([...rows, [sums, new Float64Array(cells[cell].gates * H)]]);
}

/**
 * @param {Network} network
 * @param {Numbers} x (T)
 * @returns {{ run: Run, prediction: Numbers }} prediction (T)
 */
export function forward(network, x) {
  const { hiddenSize: H, V, d } = network;
  const cell = cells[network.cell];
  const run = createRows(network, cell.kept, "a", x.length);
  const sum = new Float64Array(1);
  const prediction = x.map((value, t) => {
    cell.step(network, value, run, t + 1);
    multiply(V, run.h, (t + 1) * H, H, sum);
    return sum[0] + d[0];
  });
  return { run, prediction };
}

/**
 * The total derivatives dL/dh_t and, in an LSTM, dL/dc_t.
 *
 * @param {Network} network
 * @param {Run} run from `forward`
 * @param {Numbers} dPrediction (T), dL/dŷ_t
 * @returns {Run} dh and dc
 */
export function backward(network, run, dPrediction) {
  const { hiddenSize: H, V } = network;
  const cell = cells[network.cell];
  const names = cell.states.map((name) => `d${name}`);
  const gradients = createRows(network, names, "da", dPrediction.length);
  const before = new Float64Array(H);
  for (let t = dPrediction.length; t > 0; t--) {
    for (let k = 0; k < H; k++) gradients.dh[t * H + k] = before[k] + V[k] * dPrediction[t - 1];
    before.fill(0);
    cell.back(network, run, gradients, t, before);
  }
  return gradients;
}
