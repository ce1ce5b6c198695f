/** A figure in the book's page: its state from the mount and the address, its view in the mount. */
import { complete } from "../state/schema.mjs";
import { readHash, writeHash } from "../state/url.mjs";
import { announce } from "./live.mjs";
import { createModel } from "./model.mjs";

const PAUSE = 400; // ms without a change before the address follows: browsers limit how often it may

/**
 * @typedef {object} Figure
 * @property {import("../state/schema.mjs").Schema} schema
 * @property {(host: { model: import("../state/connect.mjs").Model, el: HTMLElement }) => () => void} render
 */

/** @param {HTMLElement} mount */
function givenState(mount) {
  try {
    return JSON.parse(mount.dataset.state ?? "{}");
  } catch {
    return {};
  }
}

/**
 * @param {HTMLElement} mount the element with data-figure and data-state
 * @param {Figure} figure
 */
export function mountFigure(mount, { schema, render }) {
  const initial = complete(schema, givenState(mount));
  const fromAddress = () => readHash(schema, location.hash, mount.id);
  const state = () => Object.fromEntries(schema.state.map(({ name }) => [name, model.get(name)]));
  const address = () => {
    const hash = writeHash(schema, "", mount.id, state(), initial);
    return new URL(hash === "#" ? `#${mount.id}` : hash, location.href).href;
  };
  /** @type {import("../state/connect.mjs").Model} */
  const model = createModel({ ...complete(schema, fromAddress(), initial), initial, address });
  const el = document.createElement("div");
  render({ model, el });
  mount.querySelector("[data-still]")?.replaceWith(el);
  announce({ id: mount.id, schema, model, el });

  let timer = 0;
  const follow = () => {
    const hash = writeHash(schema, location.hash, mount.id, state(), initial);
    if (hash !== location.hash) {
      history.replaceState(
        history.state,
        "",
        hash === "#" ? location.pathname + location.search : hash,
      );
    }
  };
  for (const { name } of schema.state) {
    model.on(`change:${name}`, () => {
      clearTimeout(timer);
      timer = window.setTimeout(follow, PAUSE);
    });
  }
  addEventListener("hashchange", () => {
    const named = fromAddress();
    if (!named) return;
    for (const [name, value] of Object.entries(complete(schema, named, initial)))
      model.set(name, value);
  });
}
