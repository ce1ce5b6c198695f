/**
 * What a figure says when it is alive, so that the page around it can set it and follow it.
 *
 * @typedef {object} Live
 * @property {string} id the mount's, which names the figure in the page's address
 * @property {import("../state/schema.mjs").Schema} schema
 * @property {import("../state/connect.mjs").Model} model
 * @property {HTMLElement} el
 */

const EVENT = "rnnbook:live";

/** @param {Live} figure */
export function announce(figure) {
  document.dispatchEvent(new CustomEvent(EVENT, { detail: figure }));
}

/** @param {(figure: Live) => void} callback called with each figure of the page that becomes alive */
export function onLive(callback) {
  document.addEventListener(EVENT, (event) => {
    callback(/** @type {CustomEvent} */ (event).detail);
  });
}
