/** What is drawn, as a table and as CSV. */
import { formatEntry } from "../core/numbers.mjs";
import { html, withScripts } from "./dom.mjs";

/** @typedef {import("../core/gradient-flow.mjs").Curve} Curve */

/** @param {Curve[]} curves every digit, and 0, tiny and infinite values as they are */
export function toCsv(curves) {
  const head = ["t", ...curves.map((c) => c.name)];
  const rows = Array.from(curves[0].values, (_, t) =>
    [t + 1, ...curves.map((c) => c.values[t])].join(","),
  );
  return `${[head.join(","), ...rows].join("\n")}\n`;
}

/** @param {string} caption */
export function createTable(caption) {
  const head = html("tr");
  const body = html("tbody");
  const element = html(
    "table",
    { class: "rb-table" },
    html("caption", {}, ...withScripts(caption)),
    html("thead", {}, head),
    body,
  );
  let shape = "";
  /** @type {Text[][]} one a curve, one text a step */
  let texts = [];

  /** @param {Curve[]} curves */
  function build(curves) {
    texts = curves.map((curve) => curve.kinds.map(() => document.createTextNode("")));
    const heads = ["t", ...curves.map((curve) => curve.label)];
    head.replaceChildren(
      ...heads.map((text) => html("th", { scope: "col" }, ...withScripts(text))),
    );
    body.replaceChildren(
      ...curves[0].kinds.map((_, t) => {
        const cells = texts.map((column) => html("td", {}, column[t]));
        return html("tr", {}, html("th", { scope: "row" }, String(t + 1)), ...cells);
      }),
    );
  }

  /** @type {Curve[]} */
  let shown = [];
  let due = false;

  function fill() {
    due = false;
    const next = `${shown[0].kinds.length},${shown.map((curve) => curve.label)}`;
    if (next !== shape) build(shown);
    shape = next;
    shown.forEach((curve, c) => {
      curve.kinds.forEach((_, t) => {
        texts[c][t].data = formatEntry(curve, t);
      });
    });
  }

  return {
    element,
    /** @param {Curve[]} curves written down once the plots have been painted */
    show(curves) {
      shown = curves;
      if (!due) setTimeout(fill);
      due = true;
    },
  };
}
