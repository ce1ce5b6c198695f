/** What the figure shows, in sentences. */
import { activations } from "./activations.mjs";
import { roundNumber } from "./numbers.mjs";
import { magnitude } from "./spectrum.mjs";

/** @typedef {import("./gradient-flow.mjs").Curve} Curve */
/** @typedef {import("./gradient-flow.mjs").State} State */
/** @typedef {import("./gradient-flow.mjs").Flow} Flow */

/**
 * Over how many steps backwards the gradient falls by a factor of ten: the least-squares line
 * through log10 of those norms that are numbers (rnnbook.steps_per_tenfold). Negative where it
 * grows.
 *
 * @param {Pick<Curve, "values" | "kinds">} curve
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

/** What each gradient is called in a sentence. @type {Record<string, string>} */
const NAMES = { dh_norm: "the gradient", dc_norm: "the gradient of the cell state" };

/**
 * What the gradient curve does.
 *
 * @param {Curve} curve
 * @param {{ last_timestep_only: boolean, precision?: string }} state
 */
export function describeGradient(curve, { last_timestep_only, precision = "float64" }) {
  const { values, kinds } = curve;
  const T = values.length;
  const bits = precision.replace("float", "");
  if (kinds.includes("overflow"))
    return `The gradient overflows: no ${bits}-bit number is as large.`;
  if (kinds[T - 1] !== "number") return "The gradient at the last step is zero, or nearly.";
  if (kinds[T - 2] === "zero")
    return `The gradient reaches step ${T} alone: before, it is exactly 0.`;
  const name = NAMES[curve.name] ?? NAMES.dh_norm;
  if (last_timestep_only) return `Going back in time ${name} ${rateOf(curve)}${spanOf(curve)}`;
  return (
    `Going back in time ${name} goes${spanOf(curve)} Every step adds its own share of the loss, so ` +
    "the curve does not show how fast a gradient fades: take the loss on the last step only for that."
  );
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
  const [low, high] = [Math.min(...values.slice(start)), Math.max(...values.slice(start))];
  const within = [values[start], values[T - 1]];
  const wide = low < Math.min(...within) / 2 || high > Math.max(...within) * 2;
  const way = wide ? `, on the way between ${roundNumber(low)} and ${roundNumber(high)}` : "";
  if (start === 0) return `${span}${way}.`;
  return `${span}; at step ${start} it is ${kinds[start - 1] === "zero" ? "exactly 0" : "an underflow"}.`;
}

/** What a point of the plane is. @type {Record<string, string>} */
export const POINTS = {
  rnn: "Eigenvalues of W_hh",
  lstm: "Mean forget gates",
  gru: "Mean update gates",
};

/**
 * What the chosen point by itself does to a gradient.
 *
 * @param {Pick<State, "cell" | "nonlinearity">} state
 * @param {Pick<Flow, "points" | "chosen">} flow
 */
export function describePace({ cell, nonlinearity }, { points, chosen }) {
  const factor = magnitude(points[chosen]);
  const which = chosen === 0 ? "largest" : `${ordinal(chosen + 1)} largest`;
  if (cell !== "rnn") {
    const gate = cell === "lstm" ? "forget" : "update";
    return `The ${which} mean ${gate} gate is ${factor.toPrecision(3)}: ${paceOf(factor)}.`;
  }
  const { gamma } = activations[nonlinearity];
  const slope = gamma === 1 ? "" : `, and ${nonlinearity}'s slope is at most ${gamma}`;
  if (factor === 0)
    return `The ${which} eigenvalue of the recurrent matrix is 0: nothing passes it.`;
  const name = `The ${which} eigenvalue of the recurrent matrix has magnitude ${factor.toPrecision(3)}`;
  return `${name}${slope}: ${paceOf(gamma * factor)}.`;
}

/** @param {number} factor a step */
function paceOf(factor) {
  const tenfold = 1 / Math.log10(factor);
  if (factor === 0) return "nothing passes it";
  if (Math.abs(tenfold) > 1000) return "by itself it neither shrinks nor grows a gradient";
  const verb = factor < 1 ? "shrink" : "grow";
  return `by itself it would ${verb} a gradient tenfold every ${roundNumber(Math.abs(tenfold))} steps`;
}

/** @param {number} n 2 or more */
function ordinal(n) {
  const last = n % 100 > 10 && n % 100 < 14 ? 0 : n % 10;
  return `${n}${["th", "st", "nd", "rd"][last] ?? "th"}`;
}

const DIGITS = 6; // shown in the table

/** @typedef {{ exponent: number, spread: number }} Chaos what chaos.mjs finds */

/**
 * Whether the network is chaotic, and what that means for the numbers.
 *
 * @param {Chaos} found
 */
export function describeChaos({ exponent, spread }) {
  return `${describeDynamics(exponent)} ${describeDigits(spread)}`;
}

/** @param {number} exponent in nats a step */
function describeDynamics(exponent) {
  if (exponent === Infinity)
    return "The state itself runs away: a linear or ReLU unit has no bound.";
  if (exponent === -Infinity) return "Not chaotic: two states a hair apart meet.";
  const rate = `a factor 10 every ${roundNumber(Math.LN10 / Math.abs(exponent))} steps`;
  const measured = `(Lyapunov exponent ${exponent.toFixed(3).replace("-", "−")} nats a step)`;
  if (Math.abs(exponent) < 0.01)
    return `Between order and chaos: two states a hair apart hardly draw nearer or separate ${measured}.`;
  if (exponent < 0) return `Not chaotic: two states a hair apart draw nearer, ${rate} ${measured}.`;
  return `Chaotic: two states a hair apart separate, ${rate} ${measured}.`;
}

/**
 * How many digits of the table rounding leaves alone. A change of 1e-9 hardly ever turns the sixth.
 *
 * @param {number} spread the largest relative change by rounding
 */
export function digitsThatHold(spread) {
  const allowed = 10 * spread; // as the claim of equality has it
  return allowed < 1e-9
    ? DIGITS
    : Math.max(0, Math.min(DIGITS - 1, Math.floor(-Math.log10(allowed))));
}

/** @param {number} spread */
function describeDigits(spread) {
  const digits = digitsThatHold(spread);
  if (digits === DIGITS) return "All digits in the table hold on any machine.";
  const held =
    digits > 0 ? `about ${digits} digits of the table agree` : "not even the first digit agrees";
  return (
    "Rounding, which differs from machine to machine, changes these numbers: where it shows most, " +
    `${held} on another one.`
  );
}
