/**
 * The nonlinearities φ and, from h = φ(a) alone, the way back through them, dL/da = φ'(a) dL/dh;
 * γ is the largest slope.
 *
 * @typedef {object} Activation
 * @property {(a: number) => number} value
 * @property {(h: number, dh: number) => number} back
 * @property {number} gamma
 */

/** @type {Record<string, Activation>} */
export const activations = {
  tanh: { value: Math.tanh, back: (h, dh) => (1 - h * h) * dh, gamma: 1 },
  identity: { value: (a) => a, back: (_, dh) => dh, gamma: 1 },
  relu: { value: (a) => Math.max(a, 0), back: (h, dh) => (h <= 0 ? 0 : dh), gamma: 1 },
  sigmoid: {
    value: (a) => 1 / (1 + Math.exp(-a)),
    back: (h, dh) => h * (1 - h) * dh,
    gamma: 0.25,
  },
};

/**
 * What a cell applies: φ in a simple network, σ and tanh in the gated ones.
 *
 * @typedef {{ phi: Activation, sigma: Activation, tanh: Activation }} Units
 * @param {string} nonlinearity
 * @returns {Units}
 */
export function unitsOf(nonlinearity) {
  return {
    phi: activations[nonlinearity],
    sigma: activations.sigmoid,
    tanh: activations.tanh,
  };
}
