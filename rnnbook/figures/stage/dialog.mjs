import { html } from "../view/dom.mjs";

/** A dialog with a button that closes it. @param {string} name @param {string} [kind] */
export function createDialog(name, kind = "") {
  const body = html("div");
  const close = html("button", { class: "rb-button" }, "Close");
  const element = html(
    "dialog",
    { class: `stage-dialog ${kind}`, "aria-label": name },
    body,
    html("form", { method: "dialog" }, close),
  );
  return {
    element,
    /** @param {...Node} content */
    show(...content) {
      body.replaceChildren(...content);
      element.showModal();
    },
  };
}
