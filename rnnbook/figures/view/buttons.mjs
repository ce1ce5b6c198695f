import { complete } from "../state/schema.mjs";
import { html } from "./dom.mjs";

/** @param {string} label @param {() => void} onClick */
export function createButton(label, onClick) {
  const button = html("button", { type: "button", class: "rb-button" }, label);
  button.addEventListener("click", onClick);
  return button;
}

/** @param {string} filename @param {() => string} text */
export function createDownload(filename, text) {
  return createButton("Download CSV", () => {
    const address = URL.createObjectURL(new Blob([text()], { type: "text/csv" }));
    html("a", { href: address, download: filename }).click();
    URL.revokeObjectURL(address);
  });
}

/**
 * A button that copies a text; where there is no clipboard (plain http), the text is shown selected.
 *
 * @param {string} label
 * @param {() => string} text
 */
export function createCopy(label, text) {
  const note = html("span", { role: "status", class: "rb-note" });
  const name = `${label}: the text to copy`;
  const field = html("textarea", { readonly: true, hidden: true, rows: 6, "aria-label": name });
  const button = createButton(label, async () => {
    field.value = text();
    field.hidden = true;
    try {
      await navigator.clipboard.writeText(field.value);
      note.textContent = "Copied.";
      setTimeout(() => note.replaceChildren(), 3000);
    } catch {
      field.hidden = false;
      field.rows = field.value.split("\n").length;
      field.select();
      note.textContent = "Selected below: copy it with the keyboard.";
    }
  });
  return { button, note, field };
}

/**
 * A button a preset; the one whose state is shown is marked, and what to look at is said.
 *
 * @param {import("../state/schema.mjs").Schema} schema
 * @param {(state: import("../state/schema.mjs").State) => void} onChoose called with a whole state
 */
export function createPresets(schema, onChoose) {
  const presets = (schema.presets ?? []).map((preset) => {
    const state = complete(schema, preset.state);
    const button = createButton(preset.label, () => onChoose(state));
    return { ...preset, state, button };
  });
  const help = html("p", { class: "rb-help" });
  const element = html(
    "div",
    { role: "group", "aria-label": "Presets" },
    html("div", { class: "rb-presets" }, ...presets.map(({ button }) => button)),
    help,
  );
  return {
    element,
    /** @param {import("../state/schema.mjs").State} shown */
    show(shown) {
      const isShown = (/** @type {{ state: Record<string, any> }} */ { state }) =>
        schema.state.every(({ name }) => state[name] === shown[name]);
      for (const preset of presets) {
        preset.button.setAttribute("aria-pressed", String(isShown(preset)));
      }
      help.textContent =
        presets.find(isShown)?.help ?? "Choose one of these, or move the controls.";
    },
  };
}
