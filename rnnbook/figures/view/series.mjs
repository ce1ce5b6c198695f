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
const looks = {
  h_norm: { color: "--rb-blue", shape: "circle" },
  c_norm: { color: "--rb-green", shape: "triangle" },
  dh_norm: { color: "--rb-orange", shape: "square" },
  dc_norm: { color: "--rb-purple", shape: "diamond" },
  power: { color: "--rb-ink", dash: "7 4", words: "chosen point" },
  bound: { color: "--rb-ink", dash: "1.5 3", words: "limit" },
  direct: { color: "--rb-ink", dash: "1.5 3", words: "gates alone" },
};

const COLORS = ["--rb-blue", "--rb-orange", "--rb-green", "--rb-purple"];
/** @type {NonNullable<Look["shape"]>[]} */
const SHAPES = ["circle", "square", "triangle", "diamond"];

/**
 * A curve's look. In a stack the layers differ by colour and shape (the fifth has the first's colour
 * and the second's shape), and a cell state's line is broken.
 *
 * @param {string} name h_norm, or h_norm_2 of the second layer of a stack
 * @returns {Look}
 */
export function lookOf(name) {
  const [, of, layer] = name.match(/^(\w+_norm)_(\d+)$/) ?? [];
  if (!of) return looks[name];
  const number = Number(layer) - 1;
  return {
    color: COLORS[number % 4],
    shape: SHAPES[(number + Math.floor(number / 4)) % 4],
    dash: of.includes("c_") ? "4 2" : undefined,
  };
}
