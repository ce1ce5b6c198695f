/** The figure of a reader's own module: PyTorch computes in the kernel, this draws. */
import { describeGradient, describePace } from "../core/words.mjs";
import {
  attempt,
  connect,
  createButton,
  createControls,
  createDownload,
  createFrame,
  createPlane,
  createPlot,
  createTable,
  html,
  toCsv,
} from "../shared.mjs";

const SEEDS = 2 ** 32;
const PAUSE = 600; // ms without a change before the words are read out
const SOON = 300; // ms that a module may compute before that is said
const PATIENCE = 15_000;
const SILENCE = "The kernel does not answer; the picture stays as it was.";
const CAPTION = "Lengths at each time step t";

/**
 * @typedef {import("../core/gradient-flow.mjs").Curve} Curve
 *
 * @typedef {object} Result what was computed for a state, from rnnbook/module_flow.py
 * @property {import("../state/schema.mjs").State} state
 * @property {string} error how the module failed; what else is here is then of an earlier state
 * @property {(Omit<Curve, "values"> & { values: (number | null)[] })[]} curves
 * @property {import("../core/spectrum.mjs").Complex[]} points
 * @property {number} matrices whose eigenvalues they are
 * @property {string} precision
 */

/** @param {Result["curves"][number]} sent @returns {Curve} */
const received = (sent) => ({
  ...sent,
  values: Float64Array.from(sent.values, (value) => value ?? Number.NaN),
});

/**
 * What the gradient of the uppermost layer does, and what the chosen eigenvalue would.
 *
 * @param {Result} result
 * @param {Curve[]} curves
 * @param {number} chosen
 */
function describe({ state, points, precision }, curves, chosen) {
  const told = /** @type {Curve} */ (curves.findLast(({ role }) => role === "gradient"));
  const [, name, layer] = /** @type {string[]} */ (told.name.match(/^(\w+_norm)(?:_(\d+))?$/));
  const words = describeGradient(
    { ...told, name },
    { last_timestep_only: state.last_timestep_only, precision },
  );
  const pace = { cell: "rnn", nonlinearity: "identity" }; // of the matrix alone, no slope in it
  const flow = { points, chosen };
  return [
    ...(layer ? [`Layer ${layer}.`] : []),
    words,
    ...(points.length > 0 ? [describePace(pace, flow)] : []),
  ].join(" ");
}

/**
 * @param {object} host
 * @param {import("../state/connect.mjs").Model} host.model
 * @param {HTMLElement} host.el
 * @returns {() => void} the clean-up
 */
export function render({ model, el }) {
  const schema = /** @type {import("../state/schema.mjs").Schema} */ (model.get("schema"));
  const modes = schema.state.some(({ name }) => name === "mode");
  const set = (/** @type {import("../state/schema.mjs").State} */ values) => link.set(values);
  /** @type {Curve[]} */
  let curves = [];
  let timer = 0;
  let reading = 0;

  const gradients = createPlot({ title: "Length of the gradient", scale: "log" });
  const states = createPlot({ title: "Length of the state", scale: "linear" });
  const plane = createPlane((index) => (modes ? set({ mode: index + 1 }) : undefined));
  const words = html("p", { class: "rb-words", "aria-hidden": "true" });
  const heard = html("output", { class: "rb-heard", "aria-live": "polite" }); // once, at rest
  const status = html("p", { class: "rb-checked", role: "status" });
  const controls = createControls(schema, (name, value) => set({ [name]: value }));
  const table = createTable(CAPTION);
  plane.element.append(...controls.one("mode"));

  const root = createFrame(schema.title, {
    main: [gradients.element, words, controls.element, states.element, plane.element],
    notes: [heard, status],
    actions: [
      createButton("Reset", () => link.reset()),
      createButton("New draw", () => set({ seed: (link.read().seed + 1) % SEEDS })),
      createDownload(`${schema.name}.csv`, () => toCsv(curves)),
    ],
    told: [controls.help],
    table: table.element,
    caption: model.get("caption"),
  });
  el.replaceChildren(root);

  /** @returns {Result} */
  const result = () => model.get("result");

  /** @param {string} text */
  const say = (text) => {
    clearTimeout(timer);
    if (status.textContent !== text) status.textContent = text;
  };

  /** Say what the picture is of, where that is not what the controls say. */
  function tell() {
    const { state, error } = result();
    const now = link.read();
    if (schema.state.every(({ name }) => state[name] === now[name])) return say(error);
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      say("PyTorch computes …");
      timer = window.setTimeout(() => say(SILENCE), PATIENCE);
    }, SOON);
  }

  function draw() {
    const given = result();
    const { points, matrices, state } = given;
    const chosen = (state.mode ?? 1) - 1;
    curves = given.curves.map(received);
    gradients.show(curves.filter(({ role }) => role !== "state"));
    states.show(curves.filter(({ role }) => role === "state"));
    plane.element.hidden = points.length === 0;
    if (points.length > 0) plane.show(points, chosen, nameOf(matrices));
    const said = describe(given, curves, chosen);
    words.textContent = said;
    clearTimeout(reading);
    reading = window.setTimeout(() => {
      heard.textContent = said;
    }, PAUSE);
    table.show(curves);
  }

  const link = connect(schema, model, (state) => {
    controls.show(state);
    if (curves.length === 0) draw();
    else tell();
  });
  const follow = () => {
    draw();
    tell();
  };
  model.on("change:result", follow);

  return () => {
    link.disconnect();
    attempt(() => model.off("change:result", follow));
    clearTimeout(timer);
    clearTimeout(reading);
    gradients.remove();
    states.remove();
    root.remove();
  };
}

/** @param {number} matrices */
const nameOf = (matrices) =>
  `Eigenvalues of the ${matrices === 1 ? "recurrent matrix" : `${matrices} recurrent matrices`}`;
