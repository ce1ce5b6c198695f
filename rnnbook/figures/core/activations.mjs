/**
 * The nonlinearities φ and, from h = φ(a) alone, their slopes φ'(a).
 *
 * @typedef {{ value: (a: number) => number, slope: (h: number) => number }} Activation
 * @type {Record<string, Activation>}
 */
export const activations = {
  tanh: { value: Math.tanh, slope: (h) => 1 - h * h },
  identity: { value: (a) => a, slope: () => 1 },
};
