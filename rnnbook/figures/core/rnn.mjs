/**
 * The simple recurrent network with a linear read-out, batch 1, one input, float64:
 *
 *   h_t = φ(W_xh x_t + b + W_hh h_{t−1}),   ŷ_t = V·h_t + d
 *
 * @typedef {object} Network
 * @property {number} hiddenSize H
 * @property {Float64Array} W_xh (H)
 * @property {Float64Array} W_hh (H·H), row by row
 * @property {Float64Array} b (H)
 * @property {Float64Array} V (H)
 * @property {number} d
 *
 * @typedef {object} Run
 * @property {Float64Array} h (T·H), step by step
 * @property {Float64Array} prediction (T)
 */

/**
 * One step: h_t into its row of `h`, from the row before it (h_0 = 0 has none).
 *
 * @param {Network} network
 * @param {import("./activations.mjs").Activation} activation
 * @param {number} x x_t
 * @param {Float64Array} h (T·H)
 * @param {number} now where h_t begins
 */
export function step({ hiddenSize: H, W_xh, W_hh, b }, activation, x, h, now) {
  const before = now - H;
  for (let i = 0; i < H; i++) {
    let a = W_xh[i] * x + b[i];
    if (now > 0) for (let j = 0; j < H; j++) a += W_hh[i * H + j] * h[before + j];
    h[now + i] = activation.value(a);
  }
}

/**
 * @param {Network} network
 * @param {import("./activations.mjs").Activation} activation
 * @param {Float64Array} x (T)
 * @returns {Run}
 */
export function forward(network, activation, x) {
  const { hiddenSize: H, V, d } = network;
  const h = new Float64Array(x.length * H);
  const prediction = new Float64Array(x.length).fill(d);
  for (let t = 0; t < x.length; t++) {
    step(network, activation, x[t], h, t * H);
    for (let i = 0; i < H; i++) prediction[t] += V[i] * h[t * H + i];
  }
  return { h, prediction };
}

/**
 * Backpropagation through time: the total derivatives
 *
 *   dL/dh_t = V · dL/dŷ_t + W_hhᵀ (φ'(a_{t+1}) ∘ dL/dh_{t+1})
 *
 * @param {Network} network
 * @param {import("./activations.mjs").Activation} activation
 * @param {Float64Array} h (T·H), from `forward`
 * @param {Float64Array} dPrediction (T), dL/dŷ_t
 * @returns {Float64Array} dL/dh_t (T·H), step by step
 */
export function backward({ hiddenSize: H, W_hh, V }, activation, h, dPrediction) {
  const T = dPrediction.length;
  const dh = new Float64Array(T * H);
  for (let t = T - 1; t >= 0; t--) {
    const now = t * H;
    const next = now + H;
    for (let j = 0; j < H; j++) dh[now + j] = V[j] * dPrediction[t];
    if (t === T - 1) continue;
    for (let i = 0; i < H; i++) {
      const da = activation.slope(h[next + i]) * dh[next + i];
      for (let j = 0; j < H; j++) dh[now + j] += W_hh[i * H + j] * da;
    }
  }
  return dh;
}
