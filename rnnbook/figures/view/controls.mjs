/** Native inputs made from a figure's schema; each one's name is the state's. */
import { accept } from "../state/schema.mjs";
import { html, uniqueId, withScripts } from "./dom.mjs";

/** @typedef {import("../state/schema.mjs").Field} Field */

/** @param {Field} field @param {string} help id of the field's help */
function createInput(field, help) {
  const shared = { name: field.name, "aria-describedby": help };
  if (field.type === "choice") {
    const options = Object.entries(field.choices ?? {});
    const items = options.map(([value, label]) => html("option", { value }, label ?? value));
    return html("select", shared, ...items);
  }
  if (field.type === "boolean") return html("input", { ...shared, type: "checkbox" });
  const { min, max, step } = field;
  const type = field.max !== undefined && field.max > 1e6 ? "number" : "range"; // a seed is typed in
  return html("input", { ...shared, type, min, max, step, autocomplete: "off" });
}

/** @param {Field} field @param {HTMLInputElement | HTMLSelectElement} input */
function readInput(field, input) {
  if (field.type === "choice") return accept(field, input.value);
  if (field.type === "boolean") return /** @type {HTMLInputElement} */ (input).checked;
  return input.value === "" ? undefined : accept(field, Number(input.value));
}

/**
 * Whether a field counts in a state: an LSTM has no nonlinearity to choose.
 *
 * @param {Field} field
 * @param {import("../state/schema.mjs").State} state
 */
function counts({ only = {} }, state) {
  return Object.entries(only).every(([name, values]) => values.includes(state[name]));
}

/**
 * One labelled input for a field.
 *
 * @param {Field} field
 * @param {string} help id of the field's help
 * @param {(name: string, value: any) => void} onChange called with a valid value
 */
function createControl(field, help, onChange) {
  const input = createInput(field, help);
  const label = html("span", { class: "rb-label" }, field.label);
  const shown = html("span", { class: "rb-value", "aria-hidden": "true" });
  const error = html("span", { class: "rb-error", role: "alert" });
  const slider = input.type === "range";
  /** @type {unknown} */
  let last;
  if (slider) label.append(" ", shown);
  input.addEventListener("input", () => {
    const value = readInput(field, input);
    mark(value === undefined);
    if (value !== undefined) onChange(field.name, value);
  });
  const mark = (/** @type {boolean} */ wrong) => {
    if (wrong) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    error.textContent = wrong
      ? `Expected a whole number from ${field.min} to ${field.max}; the figure still shows ${last}.`
      : "";
  };
  const show = (/** @type {import("../state/schema.mjs").State} */ state) => {
    const value = field.most ? Math.min(state[field.name], state[field.most]) : state[field.name];
    last = value;
    mark(false);
    input.disabled = !counts(field, state);
    if (field.most) /** @type {HTMLInputElement} */ (input).max = state[field.most];
    if (field.type === "boolean") /** @type {HTMLInputElement} */ (input).checked = value;
    else if (input.value !== String(value)) input.value = String(value);
    if (slider) shown.textContent = String(value).replace("-", "−");
  };
  const kind = field.type === "boolean" ? "rb-control rb-check" : "rb-control";
  return { name: field.name, element: html("label", { class: kind }, label, input, error), show };
}

/**
 * The controls of a figure, and beneath them what each one does.
 *
 * @param {import("../state/schema.mjs").Schema} schema
 * @param {(name: string, value: any) => void} onChange
 */
export function createControls(schema, onChange) {
  const helps = schema.state.map((field) => ({ field, id: uniqueId() }));
  const controls = helps.map(({ field, id }) => createControl(field, id, onChange));
  const explained = helps.flatMap(({ field, id }) => [
    html("dt", {}, field.label),
    html("dd", { id }, ...withScripts(field.help)),
  ]);
  return {
    element: html("div", { class: "rb-controls" }, ...controls.map((c) => c.element)),
    /** @param {string} name */
    one: (name) => controls.filter((c) => c.name === name).map((c) => c.element),
    help: html(
      "details",
      {},
      html("summary", {}, "What the controls do"),
      html("dl", {}, ...explained),
    ),
    /** @param {import("../state/schema.mjs").State} state */
    show(state) {
      for (const control of controls) control.show(state);
    },
  };
}
