/**
 * Mean squared error of a prediction per step, on every step or on the last alone.
 *
 * @param {import("./unroll.mjs").Numbers} prediction (T)
 * @param {import("./unroll.mjs").Numbers} y (T)
 * @param {boolean} lastOnly
 * @returns {{ loss: number, dPrediction: import("./unroll.mjs").Numbers }} and dL/dŷ_t (T)
 */
export function meanSquaredError(prediction, y, lastOnly) {
  const T = y.length;
  const first = lastOnly ? T - 1 : 0;
  const dPrediction = y.slice().fill(0);
  let loss = 0;
  for (let t = first; t < T; t++) {
    const error = prediction[t] - y[t];
    loss += (error * error) / (T - first);
    dPrediction[t] = (2 * error) / (T - first);
  }
  return { loss, dPrediction };
}
