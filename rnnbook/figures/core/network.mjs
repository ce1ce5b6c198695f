/**
 * The weights and data of a seed, each tensor from a stream of its own, so that another T or H
 * leaves the others as they are. rnnbook/gradient_flow.py is the twin.
 */
import { Draws } from "./draws.mjs";

/** Which stream of the seed each tensor is drawn from. */
export const STREAMS = { x: 0, W_xh: 1, W_hh: 2, b: 3, V: 4, d: 5 };

/**
 * PyTorch's default, U(−1/√H, 1/√H), the recurrent layer's own parameters then scaled.
 *
 * @param {{ seed: number, hidden_size: number, weight_scale: number, bias_scale: number }} state
 * @returns {import("./rnn.mjs").Network}
 */
export function drawNetwork({ seed, hidden_size: H, weight_scale, bias_scale }) {
  const bound = 1 / Math.sqrt(H);
  const draw = (/** @type {keyof typeof STREAMS} */ name, /** @type {number} */ count) =>
    new Draws(seed, STREAMS[name]).uniforms(count, bound);
  return {
    hiddenSize: H,
    W_xh: draw("W_xh", H).map((w) => weight_scale * w),
    W_hh: draw("W_hh", H * H).map((w) => weight_scale * w),
    b: draw("b", H).map((w) => bias_scale * w),
    V: draw("V", H),
    d: draw("d", 1)[0],
  };
}

/**
 * The running-mean task: x_t ~ N(0, 1), y_t the mean of x_1 … x_t.
 *
 * @param {number} seed
 * @param {number} seqLen
 */
export function drawTask(seed, seqLen) {
  const x = new Draws(seed, STREAMS.x).normals(seqLen);
  let sum = 0;
  const y = x.map((value, t) => {
    sum += value;
    return sum / (t + 1);
  });
  return { x, y };
}
