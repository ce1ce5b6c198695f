/** Keys for a lecturer, and the dialog that lists them. */
import { html } from "../view/dom.mjs";
import { createDialog } from "./dialog.mjs";

/**
 * @typedef {object} Binding
 * @property {string | string[]} keys
 * @property {string} [shown] if it is not the key itself
 * @property {string} does
 * @property {(event: KeyboardEvent) => void} act
 */

/**
 * Whether what has the focus takes the key for itself: a slider the arrows, a text field all.
 *
 * @param {KeyboardEvent} event
 */
function isTaken({ target, key }) {
  if (!(target instanceof Element)) return false;
  if (target.closest("dialog")) return true;
  if (target.matches("input:is([type=range], [type=checkbox])")) return key.startsWith("Arrow");
  return target.matches("input, select, textarea");
}

/**
 * Listen for keys. The dialog can turn them off, for those whose voice or hand presses others.
 *
 * @param {Binding[]} bindings
 */
export function createKeys(bindings) {
  const on = html("input", { type: "checkbox", checked: true });
  const rows = bindings.map(({ keys, shown, does }) =>
    html(
      "tr",
      {},
      html("th", { scope: "row" }, html("kbd", {}, shown ?? String(keys))),
      html("td", {}, does),
    ),
  );
  const table = html("table", {}, html("tbody", {}, ...rows));
  const choice = html("label", {}, on, " Single keys do this");
  const dialog = createDialog("Keys");
  document.addEventListener("keydown", (event) => {
    const alone = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!alone || !on.checked || isTaken(event)) return;
    const binding = bindings.find(({ keys }) => keys.includes(event.key));
    if (!binding) return;
    event.preventDefault();
    binding.act(event);
  });
  return { dialog: dialog.element, show: () => dialog.show(table, choice) };
}
