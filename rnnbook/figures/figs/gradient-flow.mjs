/** The figure gradient-flow, in anywidget's front-end form. */

import { checkedCurves, describeAgreement, largestDifference } from "../core/agreement.mjs";
import worker from "../core/chaos-worker.mjs?bundle";
import { gradientFlow } from "../core/gradient-flow.mjs";
import { pythonOf } from "../core/python.mjs";
import { describeChaos, describeGradient, describePace, POINTS } from "../core/words.mjs";
import {
  connect,
  createBackground,
  createButton,
  createCheck,
  createControls,
  createCopy,
  createDownload,
  createFrame,
  createPlane,
  createPlot,
  createPresets,
  createTable,
  html,
  toCsv,
} from "../shared.mjs";
import schema from "../state/gradient-flow.json";

const SEEDS = 2 ** 32;
const CAPTION =
  "Lengths at each time step t. Powers, and gates alone: times the gradient's own length at the last step, k steps after step t.";
const PAUSE = 600; // ms without a change before the words are read out

/** @typedef {import("../core/gradient-flow.mjs").Curve} Curve */
/** @typedef {import("../core/gradient-flow.mjs").Flow} Flow */

/**
 * @param {Curve[][]} parts
 * @param {(curve: Curve) => boolean} wanted
 * @returns {[Curve[], Curve[]]}
 */
const pick = ([curves, theirs], wanted) => [curves.filter(wanted), theirs.filter(wanted)];

/**
 * @param {object} host
 * @param {import("../state/connect.mjs").Model} host.model
 * @param {HTMLElement} host.el
 * @returns {() => void} the clean-up
 */
function render({ model, el }) {
  /** @type {Flow} */
  let flow;
  /** @type {import("../core/words.mjs").Chaos | undefined} */
  let found;
  /** @type {{ curves: Curve[], most: import("../core/agreement.mjs").Difference, torch: string } | undefined} */
  let checked; // PyTorch's numbers, until the state changes
  const set = (/** @type {import("../state/schema.mjs").State} */ values) => link.set(values);

  const gradients = createPlot({
    title: "Length of the gradient",
    scale: "log",
    note: "; going back ←, k = T − t",
  });
  const states = createPlot({ title: "Length of the state", scale: "linear" });
  const plane = createPlane((index) => set({ mode: index + 1 }));
  const words = html("p", { class: "rb-words", "aria-hidden": "true" });
  const chaos = html("p", { class: "rb-chaos", "aria-hidden": "true" });
  const heard = html("output", { class: "rb-heard", "aria-live": "polite" }); // once, at rest
  const printed = html("p", { class: "rb-printed" });
  let timer = 0;
  const background = createBackground(worker, (answer) => {
    found = answer;
    chaos.textContent = describeChaos(answer);
    readOut();
    tellAgreement();
  });
  const check = createCheck(
    model,
    () => link.read(),
    (answer) => {
      const theirs = checkedCurves(flow.curves, answer);
      const most = largestDifference(flow.curves, theirs, link.read().precision);
      checked = { curves: theirs, most, torch: answer.torch };
      showCurves();
      tellAgreement();
    },
  );
  const presets = createPresets(schema, set);
  const controls = createControls(schema, (name, value) => set({ [name]: value }));
  const table = createTable(CAPTION);
  const address = model.get("address"); // where there is a page that a link can lead to
  const copies = [
    createCopy("Copy as Python", () => pythonOf(link.read())),
    ...(address ? [createCopy("Copy link", () => address())] : []),
  ];
  plane.element.append(...controls.one("mode"));

  function showCurves() {
    const parts = [flow.curves, checked?.curves ?? []];
    gradients.show(...pick(parts, (curve) => curve.role !== "state"));
    states.show(...pick(parts, (curve) => curve.role === "state"));
  }

  function readOut() {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      heard.textContent = `${words.textContent} ${chaos.textContent}`;
    }, PAUSE);
  }

  function tellAgreement() {
    if (checked) check.say(describeAgreement(checked.most, checked.torch, found));
  }

  const root = createFrame(schema.title, {
    presets: [presets.element],
    main: [gradients.element, words, controls.element, states.element, plane.element],
    notes: [chaos, heard, printed],
    actions: [
      createButton("Reset", () => link.reset()),
      createButton("New draw", () => set({ seed: (link.read().seed + 1) % SEEDS })),
      ...copies.map((copy) => copy.button),
      createDownload("gradient-flow.csv", () => toCsv(flow.curves)),
      ...check.buttons,
      ...copies.map((copy) => copy.note),
    ],
    told: [check.note, ...copies.map((copy) => copy.field), controls.help],
    table: table.element,
    caption: model.get("caption"), // in the page it stands outside, for readers without us
  });
  el.replaceChildren(root);

  const link = connect(schema, model, (given) => {
    const state = /** @type {import("../core/gradient-flow.mjs").State} */ (given);
    flow = gradientFlow(state);
    const { curves, points, chosen } = flow;
    const told = /** @type {import("../core/gradient-flow.mjs").Curve} */ (
      curves.findLast((curve) => curve.role === "gradient")
    );
    controls.show(state);
    presets.show(state);
    checked = found = undefined;
    check.forget();
    showCurves();
    plane.show(points, chosen, POINTS[state.cell]);
    words.textContent = `${describeGradient(told, state)} ${describePace(state, flow)}`;
    table.show(curves);
    chaos.textContent = "";
    printed.textContent = schema.state
      .map(({ label, name }) => `${label}: ${given[name]}`)
      .join("; ");
    readOut();
    background.ask(state);
  });

  return () => {
    link.disconnect();
    clearTimeout(timer);
    background.remove();
    check.remove();
    gradients.remove();
    states.remove();
    root.remove();
  };
}

export default { schema, render };
