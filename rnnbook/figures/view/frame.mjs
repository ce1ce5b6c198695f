/** What a figure is made of, from top to bottom. */
import { html, keepKeys } from "./dom.mjs";
import { createStyle } from "./style.mjs";

/**
 * @param {string} title
 * @param {object} parts
 * @param {Element[]} [parts.presets]
 * @param {Element[]} parts.main plots, words and controls, in the order of style.css
 * @param {Element[]} [parts.notes]
 * @param {Element[]} parts.actions buttons, and what they say beside them
 * @param {Element[]} parts.told what they say below
 * @param {Element} parts.table
 * @param {string} [parts.caption]
 */
export function createFrame(
  title,
  { presets = [], main, notes = [], actions, told, table, caption },
) {
  const scroll = { class: "rb-scroll", tabindex: 0, role: "group", "aria-label": "Table" };
  const root = html(
    "div",
    { class: "rb", role: "group", "aria-label": title },
    createStyle(),
    ...presets,
    html("div", { class: "rb-main" }, ...main),
    ...notes,
    html("div", { class: "rb-actions" }, ...actions),
    ...told,
    html("details", {}, html("summary", {}, "Table"), html("div", scroll, table)),
    ...(caption ? [html("p", {}, caption)] : []),
  );
  keepKeys(root);
  return root;
}
