/**
 * The model of a figure that stands in a page: values by name, and who listens for changes.
 *
 * @param {Record<string, any>} values
 * @returns {import("../state/connect.mjs").Model}
 */
export function createModel(values) {
  /** @type {Map<string, Set<() => void>>} */
  const listeners = new Map();
  const listening = (/** @type {string} */ event) => {
    const callbacks = listeners.get(event) ?? new Set();
    listeners.set(event, callbacks);
    return callbacks;
  };
  return {
    get: (name) => values[name],
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      for (const callback of listening(`change:${name}`)) callback();
    },
    on: (event, callback) => void listening(event).add(callback),
    off: (event, callback) => void listening(event).delete(callback),
    save_changes: () => {},
  };
}
