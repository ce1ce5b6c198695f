/**
 * State in the fragment of the page's address, keyed by the mount's id:
 *
 *   page.html#gradient-flow?weight_scale=1.6&seed=2;another?seed=3
 *
 * A fragment works on file:// as well, and following a link to one loads nothing.
 */
import { accept, parse } from "./schema.mjs";

/** @param {string} hash @returns {Map<string, string>} mount id to its query */
export function splitHash(hash) {
  const parts = hash.replace(/^#/, "").split(";").filter(Boolean);
  return new Map(
    parts.map((part) => {
      const mark = part.indexOf("?");
      return mark < 0 ? [part, ""] : [part.slice(0, mark), part.slice(mark + 1)];
    }),
  );
}

/**
 * The valid values that a fragment gives to a mount; undefined if it does not name the mount.
 *
 * @param {import("./schema.mjs").Schema} schema
 * @param {string} hash
 * @param {string} id
 * @returns {import("./schema.mjs").State | undefined}
 */
export function readHash(schema, hash, id) {
  const query = splitHash(hash).get(id);
  if (query === undefined) return undefined;
  const texts = new URLSearchParams(query);
  const entries = schema.state.map((f) => [f.name, parse(f, texts.get(f.name) ?? "")]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/**
 * The fragment with this mount's part replaced by where its state differs from `initial`.
 *
 * @param {import("./schema.mjs").Schema} schema
 * @param {string} hash
 * @param {string} id
 * @param {import("./schema.mjs").State} state
 * @param {import("./schema.mjs").State} initial
 */
export function writeHash(schema, hash, id, state, initial) {
  const changed = schema.state
    .map((field) => [field.name, accept(field, state[field.name])])
    .filter(([name, value]) => value !== undefined && value !== initial[String(name)]);
  const parts = new Map([...splitHash(hash)].filter(([, query]) => query !== ""));
  parts.delete(id);
  if (changed.length > 0) {
    const query = new URLSearchParams(changed.map(([name, value]) => [`${name}`, `${value}`]));
    parts.set(id, query.toString());
  }
  return `#${[...parts].map(([key, query]) => `${key}?${query}`).join(";")}`;
}
