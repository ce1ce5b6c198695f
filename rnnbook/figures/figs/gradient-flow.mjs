/** The figure gradient-flow, in anywidget's front-end form. */
import { gradientFlow } from "../core/gradient-flow.mjs";
import { pythonOf } from "../core/python.mjs";
import { describeGradient } from "../core/words.mjs";
import {
  connect,
  createButton,
  createControls,
  createCopy,
  createDownload,
  createPlot,
  createStyle,
  createTable,
  html,
  keepKeys,
  toCsv,
} from "../shared.mjs";
import schema from "../state/gradient-flow.json";

/** @param {ReturnType<typeof gradientFlow>} flow */
function columnsOf({ hNorm, dhNorm }) {
  return [
    { name: "h_norm", label: "|h_t|", curve: hNorm },
    { name: "dh_norm", label: "|dL/dh_t|", curve: dhNorm },
  ];
}

/**
 * @param {object} host
 * @param {import("../state/connect.mjs").Model} host.model
 * @param {HTMLElement} host.el
 * @returns {() => void} the clean-up
 */
function render({ model, el }) {
  const hPlot = createPlot({
    title: "Length of the state |h_t|",
    scale: "linear",
    shape: "circle",
  });
  const dhPlot = createPlot({
    title: "Length of its gradient |dL/dh_t|",
    scale: "log",
    shape: "square",
  });
  const words = html("output", { "aria-live": "polite" });
  const table = createTable("Norms at each time step t");
  const controls = createControls(schema, (name, value) => link.set({ [name]: value }));
  const copy = createCopy("Copy as Python", () => pythonOf(link.read()));
  const csv = () => toCsv(columnsOf(flow));
  /** @type {ReturnType<typeof gradientFlow>} */
  let flow;

  const root = html(
    "div",
    { class: "rb", role: "group", "aria-label": schema.title },
    createStyle(),
    html("div", { class: "rb-panels" }, hPlot.element, dhPlot.element),
    words,
    controls.element,
    html(
      "div",
      { class: "rb-actions" },
      createButton("Reset", () => link.reset()),
      copy.button,
      createDownload("gradient-flow.csv", csv),
      copy.note,
    ),
    copy.field,
    controls.help,
    html(
      "details",
      {},
      html("summary", {}, "Table"),
      html(
        "div",
        { class: "rb-scroll", tabindex: 0, role: "group", "aria-label": "Table" },
        table.element,
      ),
    ),
  );
  const caption = model.get("caption"); // in the page it stands outside, for readers without us
  if (caption) root.append(html("p", {}, caption));
  keepKeys(root);
  el.replaceChildren(root);

  const link = connect(schema, model, (state) => {
    flow = gradientFlow(/** @type {any} */ (state));
    controls.show(state);
    hPlot.show(flow.hNorm);
    dhPlot.show(flow.dhNorm);
    table.show(columnsOf(flow));
    words.textContent = describeGradient(flow.dhNorm, state.last_timestep_only);
  });

  return () => {
    link.disconnect();
    hPlot.remove();
    dhPlot.remove();
    root.remove();
  };
}

export default { schema, render };
