/**
 * A figure's model, whichever host gives it: anywidget's in JupyterLab and Voilà, our own in the
 * page. Only `get`, `set` and `on` are counted on; the rest may throw in other hosts.
 */
import { complete } from "./schema.mjs";

/**
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {(event: string, callback: (...told: any[]) => void) => void} on
 * @property {(event: string, callback: (...told: any[]) => void) => void} off
 * @property {() => void} save_changes
 * @property {(content: unknown) => void} [send] to the kernel, where there is one
 */

/**
 * @param {() => void} action
 * @param {() => void} instead where this host does not do it
 */
export function attempt(action, instead = () => {}) {
  try {
    action();
  } catch {
    instead();
  }
}

/**
 * Draw from a model now and, once a frame, after each change.
 *
 * @param {import("./schema.mjs").Schema} schema
 * @param {Model} model
 * @param {(state: import("./schema.mjs").State) => void} draw
 */
export function connect(schema, model, draw) {
  const names = schema.state.map((field) => field.name);
  const initial = complete(schema, model.get("initial"));
  const read = () =>
    complete(schema, Object.fromEntries(names.map((name) => [name, model.get(name)])), initial);
  let frame = 0;
  const schedule = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw(read());
    });
  };
  for (const name of names) model.on(`change:${name}`, schedule);
  draw(read());

  /** @param {import("./schema.mjs").State} values */
  const set = (values) => {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    attempt(() => model.save_changes());
  };
  return {
    read,
    set,
    reset: () => set(initial),
    disconnect() {
      cancelAnimationFrame(frame);
      for (const name of names) attempt(() => model.off(`change:${name}`, schedule));
    },
  };
}
