/**
 * The simple recurrent cell, h_t = φ(W_xh x_t + b + W_hh h_{t−1}), a step forwards and a step back.
 */
import { addTransposed, multiply } from "./algebra.mjs";

/** @type {import("./unroll.mjs").Cell} */
export const rnn = {
  gates: 1,
  states: ["h"],
  kept: ["h"],

  step({ hiddenSize: H, W_xh, W_hh, b, units: { phi } }, x, { h, a }, t) {
    const now = t * H;
    multiply(W_hh, h, now - H, H, a);
    for (let k = 0; k < H; k++) h[now + k] = phi.value(W_xh[k] * x + b[k] + a[k]);
  },

  back({ hiddenSize: H, W_hh, units: { phi } }, { h }, { dh, da }, t, before) {
    const now = t * H;
    for (let k = 0; k < H; k++) da[k] = phi.back(h[now + k], dh[now + k]);
    addTransposed(W_hh, da, before);
  },
};
