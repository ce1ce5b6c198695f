/**
 * The figures of a demo, driven as one: what they open with alike changes in all of them, and what
 * they open with apart (the cell, the nonlinearity) stays each one's own.
 */
import { accept, complete } from "../state/schema.mjs";
import { readHash, writeHash } from "../state/url.mjs";

/** @typedef {import("../host/live.mjs").Live} Live */
/** @typedef {import("../state/schema.mjs").State} State */

/** @param {Live} figure @returns {State} */
export const opensWith = ({ schema, model }) => complete(schema, model.get("initial"));

/** @param {Live} figure @returns {State} */
export const stateOf = ({ schema, model }) =>
  Object.fromEntries(schema.state.map(({ name }) => [name, model.get(name)]));

/**
 * The names in which figures do not open alike.
 *
 * @param {State[]} states
 * @returns {Set<string>}
 */
export function namesApart([first, ...others]) {
  const names = others.flatMap((state) => [...Object.keys(first), ...Object.keys(state)]);
  return new Set(names.filter((name) => others.some((state) => state[name] !== first[name])));
}

/** @param {() => void} changed called when a figure comes or its state changes */
export function createDrive(changed) {
  /** @type {Live[]} */
  const figures = [];
  let apart = new Set();

  /** @param {Live} figure @param {State} values */
  function put({ schema, model }, values) {
    const fields = schema.state.filter(({ name }) => name in values && !apart.has(name));
    for (const field of fields) {
      const value = accept(field, values[field.name]);
      if (value !== undefined && model.get(field.name) !== value) model.set(field.name, value);
    }
    try {
      model.save_changes();
    } catch {
      // the kernel is gone: the page goes on without it
    }
  }

  /** @param {State} values */
  const set = (values) => {
    for (const figure of figures) put(figure, values);
  };

  return {
    figures,
    set,
    /**
     * A figure that the page's address names opens as it says; another joins those that are there.
     *
     * @param {Live} figure
     */
    add(figure) {
      const named = readHash(figure.schema, location.hash, figure.id);
      figures.push(figure);
      apart = namesApart(figures.map(opensWith));
      for (const { name } of figure.schema.state) {
        figure.model.on(`change:${name}`, () => {
          const value = figure.model.get(name);
          for (const other of figures) if (other !== figure) put(other, { [name]: value });
          changed();
        });
      }
      if (named) put(figure, complete(figure.schema, named, opensWith(figure)));
      const first = stateOf(named ? figure : figures[0]);
      for (const other of figures) put(other, first);
      changed();
    },
    /** What tells a figure from those beside it, in words. @param {Live} figure */
    title(figure) {
      const fields = figure.schema.state.filter(({ name }) => apart.has(name));
      return fields.map((f) => f.choices?.[figure.model.get(f.name)] ?? f.label).join(", ");
    },
    /** The field that the arrow keys step: the first with a slider. */
    main: () => figures[0]?.schema.state.find(({ type }) => type === "number"),
    /** @param {number} steps */
    step(steps) {
      const field = figures[0]?.schema.state.find(({ type }) => type === "number");
      if (!field) return;
      const { name, min = 0, max = 0, step = 1 } = field;
      const next = figures[0].model.get(name) + steps * step;
      set({ [name]: Math.min(max, Math.max(min, next)) });
    },
    reset() {
      for (const figure of figures) put(figure, opensWith(figure));
    },
    /** The page's fragment that opens it in the state that is shown. */
    hash: () =>
      figures.reduce(
        (hash, f) => writeHash(f.schema, hash, f.id, stateOf(f), opensWith(f)),
        location.hash,
      ),
  };
}
