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
  const said = `It is ${shown}; you said ${plain(guess)}`;
  if (guess === answer) return { right: true, words: `${said}.` };
  return asked.factor
    ? byFactor(guess / answer, asked.factor, said)
    : byDistance(guess, asked, said);
}

/** @param {number} ratio @param {number} factor @param {string} said */
function byFactor(ratio, factor, said) {
  if (ratio <= 0) return { right: false, words: `${said}: the sign differs.` };
  const off = Math.max(ratio, 1 / ratio);
  const side = ratio > 1 ? "too large" : "too small";
  return { right: off <= factor, words: `${said}, ${roundNumber(off)} times ${side}.` };
}

/** @param {number} guess @param {Asked} asked @param {string} said */
function byDistance(guess, { answer, tolerance = 0 }, said) {
  const off = Math.abs(guess - Number(answer));
  return { right: off <= tolerance * (1 + 1e-9), words: `${said}, off by ${roundNumber(off)}.` };
}

/** @param {number} value @returns {string} */
const plain = (value) => String(value).replaceAll("-", "−");

/** @param {Asked} asked @returns {string} what counts as right, in a sentence; empty for a choice */
export function ruleOf({ choices, factor, tolerance = 0, unit }) {
  if (choices) return "";
  if (factor) return `Right within a factor of ${factor}.`;
  if (tolerance === 0) return "Right if exact.";
  return `Right within ${tolerance}${unit && `\u00a0${unit}`}.`;
}
