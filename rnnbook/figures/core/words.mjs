import { roundNumber } from "./numbers.mjs";

/** @typedef {import("./gradient-flow.mjs").Curve} Curve */

/**
 * Over how many steps backwards the gradient falls by a factor of ten: the least-squares line
 * through log10 of those norms that are numbers (rnnbook.steps_per_tenfold). Negative where it
 * grows.
 *
 * @param {Curve} curve
 */
export function stepsPerTenfold({ values, kinds }) {
  const steps = kinds.flatMap((kind, t) => (kind === "number" ? [t] : []));
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
 * What the gradient curve does, in a sentence.
 *
 * @param {Curve} curve
 * @param {boolean} lastOnly whether the loss is on the last step alone
 */
export function describeGradient(curve, lastOnly) {
  const { values, kinds } = curve;
  const T = values.length;
  if (kinds.includes("overflow")) return "The gradient overflows: no 64-bit number is as large.";
  if (kinds[T - 1] !== "number") return "The gradient at the last step is zero, or nearly.";
  if (kinds[T - 2] === "zero")
    return `The gradient reaches step ${T} alone: before, it is exactly 0.`;
  const share = lastOnly ? "" : " Every step has its own share of the loss as well.";
  return `Going back in time the gradient ${rateOf(curve)}${spanOf(curve)}${share}`;
}

/** @param {Curve} curve at least the last two steps of it numbers */
function rateOf(curve) {
  const tenfold = stepsPerTenfold(curve);
  const lost = curve.kinds[0] !== "number";
  if (!lost && Math.abs((curve.values.length - 1) / tenfold) < 1) {
    return "neither vanishes nor explodes: it goes";
  }
  const verb = tenfold > 0 ? "vanishes" : "explodes";
  return `${verb}: a factor 10 every ${roundNumber(Math.abs(tenfold))} steps,`;
}

/** @param {Curve} curve */
function spanOf({ values, kinds }) {
  const T = values.length;
  const first = T - [...kinds].reverse().findIndex((kind) => kind !== "number");
  const start = first > T ? 0 : first; // of the unbroken stretch of numbers that ends at T
  const span = ` from ${roundNumber(values[T - 1])} at step ${T} to ${roundNumber(values[start])} at step ${start + 1}`;
  if (start === 0) return `${span}.`;
  return `${span}; at step ${start} it is ${kinds[start - 1] === "zero" ? "exactly 0" : "an underflow"}.`;
}
