import { scaleLinear, scaleLog } from "d3-scale";
import { powerOfTen } from "../core/numbers.mjs";

/**
 * @typedef {object} Axis
 * @property {(value: number) => number} position pixel of a value
 * @property {{ value: number, text: string }[]} ticks
 */

/** @param {number} value @returns {string} a short label: 0.5, 20, 3e40 */
function shortNumber(value) {
  const text = Math.abs(value) < 1e5 ? String(value) : value.toExponential().replace("e+", "e");
  return text.replace("-", "−");
}

/**
 * From zero to the data's largest value.
 *
 * @param {number[]} values
 * @param {[number, number]} range
 * @returns {Axis}
 */
export function linearAxis(values, range) {
  const scale = scaleLinear([0, Math.max(0, ...values) || 1], range).nice(4);
  const ticks = scale.ticks(4).map((value) => ({ value, text: shortNumber(value) }));
  return { position: scale, ticks };
}

/**
 * A logarithmic axis over whole decades that follows the data, wherever it is.
 *
 * @param {number[]} values above 0
 * @param {[number, number]} range
 * @returns {Axis}
 */
export function logAxis(values, range) {
  const powers = values.map(Math.log10);
  const low = powers.length > 0 ? Math.floor(Math.min(...powers)) : 0;
  const high = Math.max(low + 1, ...powers.map(Math.ceil));
  const every = Math.ceil((high - low) / 5);
  const ticks = [];
  for (let p = Math.ceil(low / every) * every; p <= high; p += every) {
    ticks.push({ value: 10 ** p, text: powerOfTen(p) });
  }
  return { position: scaleLog([10 ** low, 10 ** high], range), ticks };
}

/**
 * Time steps 1 … T.
 *
 * @param {number} T
 * @param {[number, number]} range
 * @returns {Axis}
 */
export function timeAxis(T, range) {
  const scale = scaleLinear([1, T], range);
  const whole = scale.ticks(T < 8 ? T : 5).filter((t) => Number.isInteger(t) && t > 1 && t < T);
  const apart = whole.filter((t) => scale(T) - scale(t) > 20 && scale(t) - scale(1) > 20);
  return { position: scale, ticks: [1, ...apart, T].map((t) => ({ value: t, text: String(t) })) };
}
