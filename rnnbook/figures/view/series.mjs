/**
 * How each curve looks: shape, dash and colour differ, so that none of them alone carries meaning.
 *
 * @typedef {object} Look
 * @property {string} color a variable of style.css
 * @property {"circle" | "square" | "triangle" | "diamond" | undefined} [shape] a path has none
 * @property {string} [dash]
 * @property {string} [words] before the label, in the legend
 */

/** @type {Record<string, Look>} */
export const looks = {
  h_norm: { color: "--rb-blue", shape: "circle" },
  c_norm: { color: "--rb-green", shape: "triangle" },
  dh_norm: { color: "--rb-orange", shape: "square" },
  dc_norm: { color: "--rb-purple", shape: "diamond" },
  power: { color: "--rb-ink", dash: "7 4", words: "chosen point" },
  bound: { color: "--rb-ink", dash: "1.5 3", words: "norm" },
  direct: { color: "--rb-ink", dash: "1.5 3", words: "gates" },
};
