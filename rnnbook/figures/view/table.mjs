/** What is drawn, as a table and as CSV. */
import { formatEntry } from "../core/numbers.mjs";
import { html, withSubscripts } from "./dom.mjs";

/** @typedef {{ name: string, label: string, curve: import("../core/gradient-flow.mjs").Curve }} Column */

/** @param {Column[]} columns every digit, and 0, tiny and infinite values as they are */
export function toCsv(columns) {
  const head = ["t", ...columns.map((c) => c.name)];
  const rows = Array.from(columns[0].curve.values, (_, t) =>
    [t + 1, ...columns.map((c) => c.curve.values[t])].join(","),
  );
  return `${[head.join(","), ...rows].join("\n")}\n`;
}

/** @param {string} caption */
export function createTable(caption) {
  const element = html("table", { class: "rb-table" });
  return {
    element,
    /** @param {Column[]} columns */
    show(columns) {
      const heads = ["t", ...columns.map((c) => c.label)];
      const rows = Array.from(columns[0].curve.values, (_, t) => {
        const cells = columns.map((c) => html("td", {}, formatEntry(c.curve, t)));
        return html("tr", {}, html("th", { scope: "row" }, String(t + 1)), ...cells);
      });
      const head = html(
        "tr",
        {},
        ...heads.map((text) => html("th", { scope: "col" }, ...withSubscripts(text))),
      );
      element.replaceChildren(
        html("caption", {}, caption),
        html("thead", {}, head),
        html("tbody", {}, ...rows),
      );
    },
  };
}
