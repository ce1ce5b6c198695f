/**
 * The weights and data of a seed, each tensor from a stream of its own, so that another T or H
 * leaves the others as they are. rnnbook/gradient_flow.py is the twin.
 */
import { unitsOf } from "./activations.mjs";
import { Draws } from "./draws.mjs";
import { rememberLast } from "./memory.mjs";
import { cells } from "./unroll.mjs";

/** Which stream of the seed each tensor is drawn from. */
export const STREAMS = { x: 0, W_xh: 1, W_hh: 2, b: 3, V: 4, d: 5, b_hn: 6 };

/** PyTorch's default, U(−1/√H, 1/√H), before anything is scaled. */
export const drawWeights = rememberLast(
  (/** @type {string} */ cell, /** @type {number} */ H, /** @type {number} */ seed) => {
    const rows = cells[cell].gates * H;
    const draw = (/** @type {keyof typeof STREAMS} */ name, /** @type {number} */ count) =>
      new Draws(seed, STREAMS[name]).uniforms(count, 1 / Math.sqrt(H));
    return {
      W_xh: draw("W_xh", rows),
      W_hh: draw("W_hh", rows * H),
      b: draw("b", rows),
      b_hn: draw("b_hn", H),
      V: draw("V", H),
      d: draw("d", 1),
    };
  },
);

/** @param {import("./gradient-flow.mjs").State} state */
const numbersOf = ({ precision }) => (precision === "float32" ? Float32Array : Float64Array);

/**
 * The network of a state: the recurrent layer's own parameters scaled, then `forget_bias` added to
 * the second gate's, an LSTM's forget gate and a GRU's update gate.
 *
 * @param {import("./gradient-flow.mjs").State} state
 * @returns {import("./unroll.mjs").Network}
 */
export function drawNetwork(state) {
  const { cell, hidden_size: H, weight_scale, bias_scale, recurrent_only } = state;
  const drawn = drawWeights(cell, H, state.seed);
  const Row = numbersOf(state);
  const input_scale = recurrent_only ? 1 : weight_scale;
  const scaled = (/** @type {Float64Array} */ values, /** @type {number} */ scale) =>
    Row.from(values.map((w) => scale * w));
  const b = drawn.b.map((w) => bias_scale * w);
  if (cell !== "rnn") for (let k = H; k < 2 * H; k++) b[k] += state.forget_bias;
  return {
    cell,
    hiddenSize: H,
    W_xh: scaled(drawn.W_xh, input_scale),
    W_hh: scaled(drawn.W_hh, weight_scale),
    b: Row.from(b),
    b_hn: scaled(drawn.b_hn, bias_scale),
    V: Row.from(drawn.V),
    d: Row.from(drawn.d),
    units: unitsOf(state.nonlinearity),
  };
}

/** The running-mean task: x_t ~ N(0, 1), y_t the mean of x_1 … x_t. */
const drawSequence = rememberLast((/** @type {number} */ seed, /** @type {number} */ T) => {
  const x = new Draws(seed, STREAMS.x).normals(T);
  let sum = 0;
  const y = x.map((value, t) => {
    sum += value;
    return sum / (t + 1);
  });
  return { x, y };
});

/** @param {import("./gradient-flow.mjs").State} state */
export function drawTask(state) {
  const { x, y } = drawSequence(state.seed, state.seq_len);
  const Row = numbersOf(state);
  return { x: Row.from(x), y: Row.from(y) };
}
