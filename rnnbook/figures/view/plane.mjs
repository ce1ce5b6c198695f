/** Points of the complex plane with the unit circle; one of them is chosen. */
import { scaleLinear } from "d3-scale";
import { magnitude } from "../core/spectrum.mjs";
import { html, svg, withScripts } from "./dom.mjs";

const SIZE = 240;
const EDGE = 14;

/** @typedef {import("../core/spectrum.mjs").Complex} Complex */

/** @param {(index: number) => void} onChoose called with the point that was clicked */
export function createPlane(onChoose) {
  const heading = html("p", { class: "rb-title" });
  const picture = svg("svg", {
    class: "rb-plane",
    role: "img",
    viewBox: `0 0 ${SIZE} ${SIZE}`,
  });
  const element = html("div", { class: "rb-panel" }, heading, picture);
  picture.addEventListener("click", ({ clientX, clientY }) => {
    const index = nearest([...picture.querySelectorAll(".rb-point")], clientX, clientY);
    if (index !== undefined) onChoose(Number(index));
  });
  return {
    element,
    /**
     * @param {Complex[]} points the largest first
     * @param {number} chosen
     * @param {string} name what a point is
     */
    show(points, chosen, name) {
      heading.replaceChildren(...withScripts(name));
      const widest = Math.max(1, ...points.map(magnitude).filter(Number.isFinite));
      const scale = scaleLinear([-1.1 * widest, 1.1 * widest], [EDGE, SIZE - EDGE]);
      const outside = points.filter((point) => magnitude(point) > 1).length;
      const largest = magnitude(points[0]);
      picture.setAttribute(
        "aria-label",
        `${name}: ${points.length} in the complex plane, the largest of magnitude ` +
          `${largest.toPrecision(3)}; ${outside} outside the unit circle.`,
      );
      picture.replaceChildren(...drawCircle(scale), ...drawPoints(points, chosen, scale));
    },
  };
}

const REACH = 24; // px: a finger is not a pixel

/**
 * The point nearest to a place on the screen, within reach.
 *
 * @param {Element[]} points
 * @param {number} x
 * @param {number} y
 */
function nearest(points, x, y) {
  const away = points.map((point) => {
    const { left, right, top, bottom } = point.getBoundingClientRect();
    return Math.hypot((left + right) / 2 - x, (top + bottom) / 2 - y);
  });
  const least = Math.min(...away);
  const found = /** @type {SVGElement | undefined} */ (points[away.indexOf(least)]);
  return least <= REACH ? found?.dataset.point : undefined;
}

/** @typedef {import("d3-scale").ScaleLinear<number, number>} Scale */

/** @param {Scale} scale */
function drawCircle(scale) {
  const [low, centre, high] = [EDGE / 2, scale(0), SIZE - EDGE / 2];
  const radius = scale(1) - centre;
  const slant = radius * Math.SQRT1_2; // the label stands at the circle's upper left
  return [
    svg("line", { class: "rb-grid", x1: low, x2: high, y1: centre, y2: centre }),
    svg("line", { class: "rb-grid", y1: low, y2: high, x1: centre, x2: centre }),
    svg("circle", { class: "rb-circle", cx: centre, cy: centre, r: radius }),
    svg("text", { x: centre - slant - 3, y: centre - slant - 3, "text-anchor": "end" }, "|λ| = 1"),
    svg("text", { x: high, y: centre - 5, "text-anchor": "end" }, "Re"),
    svg("text", { x: centre + 5, y: low + 7 }, "Im"),
  ];
}

/**
 * @param {Complex[]} points
 * @param {number} chosen
 * @param {Scale} scale
 */
function drawPoints(points, chosen, scale) {
  const all = points.map(({ re, im }, index) => {
    const isChosen = index === chosen;
    const where = { cx: scale(re), cy: scale(-im), r: isChosen ? 6 : 4 };
    const text = `${re.toPrecision(3)}${im ? ` ${im < 0 ? "−" : "+"} ${Math.abs(im).toPrecision(3)}i` : ""}`;
    const title = svg(
      "title",
      {},
      `${index + 1}: ${text}, magnitude ${magnitude({ re, im }).toPrecision(3)}`,
    );
    const name = isChosen ? "rb-point rb-chosen" : "rb-point";
    return svg("circle", { class: name, "data-point": index, ...where }, title);
  });
  return [...all.filter((_, i) => i !== chosen), all[chosen]]; // the chosen one above the others
}
