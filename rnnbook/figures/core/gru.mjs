/**
 * The GRU cell as PyTorch has it, gates in the order r, z, n, and q = W_hn h_{t−1} + b_hn:
 *
 *   n = tanh(W_xn x_t + b_n + r ∘ q),   h_t = (1 − z) ∘ n + z ∘ h_{t−1}
 */
import { addTransposed, multiply } from "./algebra.mjs";

/** @type {import("./unroll.mjs").Cell} */
export const gru = {
  gates: 3,
  states: ["h"],
  kept: ["h", "r", "z", "n", "q"],

  step({ hiddenSize: H, W_xh, W_hh, b, b_hn, units }, x, { h, r, z, n, q, a }, t) {
    const { sigma, tanh } = units;
    const now = t * H;
    multiply(W_hh, h, now - H, H, a);
    for (let k = 0; k < H; k++) {
      const at = now + k;
      const [kz, kn] = [k + H, k + 2 * H];
      r[at] = sigma.value(W_xh[k] * x + b[k] + a[k]);
      z[at] = sigma.value(W_xh[kz] * x + b[kz] + a[kz]);
      q[at] = a[kn] + b_hn[k];
      n[at] = tanh.value(W_xh[kn] * x + b[kn] + r[at] * q[at]);
      h[at] = (1 - z[at]) * n[at] + z[at] * h[at - H];
    }
  },

  back({ hiddenSize: H, W_hh, units }, { h, r, z, n, q }, { dh, da }, t, before) {
    const { sigma, tanh } = units;
    for (let k = 0; k < H; k++) {
      const at = t * H + k;
      const da_n = tanh.back(n[at], dh[at] * (1 - z[at]));
      before[k] += dh[at] * z[at];
      da[k] = sigma.back(r[at], da_n * q[at]);
      da[k + H] = sigma.back(z[at], dh[at] * (h[at - H] - n[at]));
      da[k + 2 * H] = da_n * r[at]; // dL/dq
    }
    addTransposed(W_hh, da, before);
  },
};
