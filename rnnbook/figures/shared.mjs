/**
 * What every figure may use. In the page this is one script (dist/page-shared.js) for all figures;
 * a widget bundles of it what it needs.
 */

export { eigenvalues, magnitude, spectralNorm } from "./core/spectrum.mjs";
export { attempt, connect } from "./state/connect.mjs";
export { createBackground } from "./view/background.mjs";
export { createButton, createCopy, createDownload, createPresets } from "./view/buttons.mjs";
export { createCheck } from "./view/check.mjs";
export { createControls } from "./view/controls.mjs";
export { html } from "./view/dom.mjs";
export { createFrame } from "./view/frame.mjs";
export { createPlane } from "./view/plane.mjs";
export { createPlot } from "./view/plot.mjs";
export { createTable, toCsv } from "./view/table.mjs";
