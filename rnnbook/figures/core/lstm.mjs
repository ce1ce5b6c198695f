/**
 * The LSTM cell, gates in PyTorch's order i, f, g, o:
 *
 *   c_t = f ∘ c_{t−1} + i ∘ g,   h_t = o ∘ tanh(c_t)
 */
import { addTransposed, multiply } from "./algebra.mjs";

/** @type {import("./unroll.mjs").Cell} */
export const lstm = {
  gates: 4,
  states: ["h", "c"],
  kept: ["h", "c", "i", "f", "g", "o", "s"], // s = tanh(c)

  step({ hiddenSize: H, W_xh, W_hh, b, units }, x, { h, c, i, f, g, o, s, a }, t) {
    const { sigma, tanh } = units;
    const now = t * H;
    multiply(W_hh, h, now - H, H, a);
    for (let row = 0; row < 4 * H; row++) a[row] += W_xh[row] * x + b[row];
    for (let k = 0; k < H; k++) {
      const at = now + k;
      i[at] = sigma.value(a[k]);
      f[at] = sigma.value(a[k + H]);
      g[at] = tanh.value(a[k + 2 * H]);
      o[at] = sigma.value(a[k + 3 * H]);
      c[at] = f[at] * c[at - H] + i[at] * g[at];
      s[at] = tanh.value(c[at]);
      h[at] = o[at] * s[at];
    }
  },

  back({ hiddenSize: H, W_hh, units }, { c, i, f, g, o, s }, { dh, dc, da }, t, before) {
    const { sigma, tanh } = units;
    for (let k = 0; k < H; k++) {
      const at = t * H + k;
      dc[at] += tanh.back(s[at], dh[at] * o[at]); // total: h_t follows c_t
      dc[at - H] = dc[at] * f[at];
      da[k] = sigma.back(i[at], dc[at] * g[at]);
      da[k + H] = sigma.back(f[at], dc[at] * c[at - H]);
      da[k + 2 * H] = tanh.back(g[at], dc[at] * i[at]);
      da[k + 3 * H] = sigma.back(o[at], dh[at] * s[at]);
    }
    addTransposed(W_hh, da, before);
  },
};
