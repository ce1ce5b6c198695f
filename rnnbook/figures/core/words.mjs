import { formatNumber } from "./numbers.mjs";

/**
 * Over how many steps backwards the gradient falls by a factor of ten: the least-squares line
 * through log10 of those norms that are numbers (rnnbook.steps_per_tenfold). Negative where it grows.
 *
 * @param {import("./gradient-flow.mjs").Curve} curve
 */
export function stepsPerTenfold({ values, kinds }) {
  const steps = kinds.flatMap((kind, t) => (kind === "number" ? [t] : []));
  if (steps.length < 2) return NaN;
  const mean = steps.reduce((sum, t) => sum + t, 0) / steps.length;
  let covariance = 0;
  let variance = 0;
  for (const t of steps) {
    covariance += (t - mean) * Math.log10(values[t]);
    variance += (t - mean) ** 2;
  }
  return variance / covariance;
}

/**
 * What the gradient curve does, in one sentence.
 *
 * @param {import("./gradient-flow.mjs").Curve} curve
 */
export function describeGradient(curve) {
  const { values, kinds } = curve;
  const T = values.length;
  if (kinds.includes("overflow")) return "The numbers overflow: too large for 64 bits.";
  if (kinds[T - 1] !== "number") return "The gradient is zero at the last step, and before it.";
  if (kinds[T - 2] === "zero") {
    return `The gradient reaches step ${T} alone: before it, it is exactly zero.`;
  }
  const tenfold = stepsPerTenfold(curve);
  const decades = (T - 1) / tenfold;
  const first = kinds.indexOf("number");
  const change = ` from ${formatNumber(values[T - 1], 2)} at step ${T} to ${formatNumber(values[first], 2)} at step ${first + 1}`;
  const end =
    first > 0
      ? `${change}; before that it is ${kinds[0] === "zero" ? "zero" : "an underflow"}.`
      : `${change}.`;
  if (Math.abs(decades) < 1)
    return `Going back in time the gradient neither vanishes nor explodes:${end}`;
  const rate = `a factor 10 every ${formatNumber(Math.abs(tenfold), 2)} steps,`;
  return `Going back in time the gradient ${decades > 0 ? "vanishes" : "explodes"}: ${rate}${end}`;
}
