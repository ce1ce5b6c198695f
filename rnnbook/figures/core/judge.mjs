/** A guess beside the answer: is it right, and in words by how much it is off. */
import { roundNumber } from "./numbers.mjs";

/**
 * @typedef {object} Asked a question of the book, as rnnbook/questions.py hands it over
 * @property {string} name
 * @property {string} question
 * @property {string[]} [choices] absent where a number is asked for
 * @property {number | string} answer
 * @property {string} shown the answer as text
 * @property {string} unit
 * @property {number} [tolerance] how far a right number may be off
 * @property {number} [factor] or by which factor
 * @property {string} explanation
 * @property {string} [figure] the mount that shows the answer
 * @property {Record<string, string | number | boolean>} [state]
 */

/**
 * @param {Asked} asked
 * @param {unknown} guess
 * @returns {guess is number | string} whether the question can be answered so
 */
export function isGuess({ choices }, guess) {
  if (choices) return choices.includes(/** @type {string} */ (guess));
  return typeof guess === "number" && Number.isFinite(guess);
}

/**
 * @param {Asked} asked
 * @param {number | string} guess
 * @returns {{ right: boolean, words: string }} the words without the verdict's first word
 */
export function judge(asked, guess) {
  const { answer, shown } = asked;
  if (typeof answer === "string" || typeof guess === "string") {
    const right = guess === answer;
    return { right, words: right ? `“${shown}”.` : `You said “${guess}”. The answer: “${shown}”.` };
  }
  const right = isRight(asked, guess, answer);
  const alike = guess === answer || `${shown}\u00a0`.startsWith(`${plain(guess)}\u00a0`);
  if (right && alike) return { right, words: `It is ${shown}.` };
  const said = `It is ${shown}; you said ${plain(guess)}`;
  if (!right && (guess * answer < 0 || (asked.factor && guess === 0)))
    return { right, words: `${said}: the sign differs.` };
  const off = asked.factor ? ratioWords(guess / answer) : `off by ${short(guess - answer)}`;
  return { right, words: `${said}${off && `, ${off}`}.` };
}

/** @param {Asked} asked @param {number} guess @param {number} answer */
function isRight({ factor, tolerance = 0 }, guess, answer) {
  if (!factor) return Math.abs(guess - answer) <= tolerance * (1 + 1e-9);
  const ratio = guess / answer;
  return ratio > 0 && Math.max(ratio, 1 / ratio) <= factor;
}

/** @param {number} ratio @returns {string} empty where it rounds to 1 */
function ratioWords(ratio) {
  const off = short(Math.max(ratio, 1 / ratio));
  return off === "1" ? "" : `${off} times too ${ratio > 1 ? "large" : "small"}`;
}

/** @param {number} value @returns {string} its size to two digits, a whole number without ".0" */
const short = (value) => roundNumber(Math.abs(value)).replace(/\.0(?!\d)/, "");

/** @param {number} value @returns {string} as the page prints it, with a minus */
export const plain = (value) => String(value).replaceAll("-", "−");

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** @param {string} text @returns {number} NaN unless it is a number and nothing else */
export function parseNumber(text) {
  const typed = text.trim().replaceAll(/[−–]/g, "-"); // a minus as the page prints it, or a dash
  return NUMBER.test(typed) ? Number(typed) : NaN;
}

/** @param {Asked} asked @returns {string} what counts as right, in a sentence; empty for a choice */
export function ruleOf({ choices, factor, tolerance = 0, unit }) {
  if (choices) return "";
  if (factor) return `Right within a factor of ${factor}.`;
  if (tolerance === 0) return "Right if exact.";
  return `Right within ${tolerance}${unit && `\u00a0${unitOfDistance(unit, tolerance)}`}.`;
}

/** @param {string} unit @param {number} distance */
function unitOfDistance(unit, distance) {
  if (unit === "per cent") return "percentage points";
  return distance === 1 ? unit.replace(/^powers\b/, "power") : unit;
}
