/**
 * @typedef {object} Field one entry of a figure's schema
 * @property {string} name
 * @property {string} type number, integer, boolean or choice
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [step]
 * @property {Record<string, string | undefined>} [choices] value to label
 * @property {Record<string, string[]>} [only] counts only where these names have one of the values
 * @property {string} [most] the name of the field that this one's control is at most
 * @property {number | boolean | string} default
 * @property {string} label
 * @property {string} help
 *
 * @typedef {object} Preset a state worth seeing: the schema's defaults but for what it names
 * @property {string} name
 * @property {string} label
 * @property {string} help what to look at
 * @property {State} state
 *
 * @typedef {object} Schema
 * @property {string} name
 * @property {string} title
 * @property {string} caption
 * @property {string} alt
 * @property {Field[]} state
 * @property {Preset[]} [presets]
 *
 * @typedef {Record<string, any>} State
 */

/**
 * The value as the field has it, or undefined if it is none of the field's values.
 *
 * @param {Field} field
 * @param {unknown} value
 */
export function accept(field, value) {
  if (field.type === "boolean") return typeof value === "boolean" ? value : undefined;
  if (field.type === "choice") {
    const known = typeof value === "string" && Object.hasOwn(field.choices ?? {}, value);
    return known ? value : undefined;
  }
  const { min = -Infinity, max = Infinity, step = 1 } = field;
  if (typeof value !== "number" || !(value >= min && value <= max)) return undefined;
  const steps = Math.round(value / step);
  if (Math.abs(value / step - steps) > 1e-6) return undefined;
  return Number((steps * step).toFixed(decimals(step))) + 0; // + 0: no negative zero
}

/** @param {number} step @returns {number} how many digits after the point a step needs */
export function decimals(step) {
  return (String(step).split(".")[1] ?? "").length;
}

/**
 * A whole state: what is valid of `given`, the fallback for the rest, the schema's defaults last.
 *
 * @param {Schema} schema
 * @param {unknown} given
 * @param {State} fallback
 * @returns {State}
 */
export function complete(schema, given, fallback = {}) {
  const values = /** @type {State} */ (typeof given === "object" && given !== null ? given : {});
  const pick = (/** @type {Field} */ field) =>
    accept(field, values[field.name]) ?? accept(field, fallback[field.name]) ?? field.default;
  return Object.fromEntries(schema.state.map((field) => [field.name, pick(field)]));
}

/**
 * A field's value from its text in a URL, undefined if it is malformed.
 *
 * @param {Field} field
 * @param {string} text
 */
export function parse(field, text) {
  if (field.type === "boolean") return text === "true" || (text === "false" ? false : undefined);
  if (field.type === "choice") return accept(field, text);
  return /^-?\d+(\.\d+)?$/.test(text) ? accept(field, Number(text)) : undefined;
}
