/** The script that the figures of a page share: `globalThis.rnnbook`. */
export * from "../shared.mjs";
export { mountFigure } from "./page.mjs";

/** Figures by name, each added by its own script. @type {Record<string, import("./page.mjs").Figure>} */
export const figures = {};
