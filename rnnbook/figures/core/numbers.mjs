const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * A number to so many significant digits, written the same in Python (`format_number` in
 * rnnbook/gradient_flow.py): 0.0123400, 123.400, 1.23400e-7.
 *
 * @param {number} value
 * @param {number} digits
 */
export function formatNumber(value, digits = 6) {
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  if (power < -4 || power >= digits) return `${mantissa}e${power}`;
  return value.toFixed(digits - 1 - power);
}

/**
 * One entry of the table: the number, or the word for what it is.
 *
 * @param {import("./gradient-flow.mjs").Curve} curve
 * @param {number} t
 */
export function formatEntry({ values, kinds }, t) {
  if (kinds[t] === "number") return formatNumber(values[t]);
  return kinds[t] === "zero" ? "0" : kinds[t];
}

/** @param {number} power @returns {string} 10⁻³ and the like */
export function powerOfTen(power) {
  const digits = Array.from(String(Math.abs(power)), (c) => SUPERSCRIPTS[Number(c)]).join("");
  return `10${power < 0 ? "⁻" : ""}${digits}`;
}

/**
 * A number above 0 to two digits or the next whole one, for a sentence: 0.21, 123, 1.9 × 10⁻²⁴⁸.
 *
 * @param {number} value
 */
export function roundNumber(value) {
  if (value >= 10 && value < 99999.5) return String(Math.round(value));
  const [mantissa, power] = formatNumber(value, 2).split("e");
  return power ? `${mantissa}\u00a0×\u00a0${powerOfTen(Number(power))}` : mantissa;
}
