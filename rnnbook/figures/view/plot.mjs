/** A curve over time steps, redrawn at the size it is given. */
import { formatEntry } from "../core/numbers.mjs";
import { html, svg, withSubscripts } from "./dom.mjs";
import { layOut } from "./layout.mjs";
import { drawAxes, drawLine, drawMarkers, drawWords } from "./marks.mjs";

/**
 * @param {object} options
 * @param {string} options.title
 * @param {"linear" | "log"} options.scale
 * @param {"circle" | "square"} options.shape
 */
export function createPlot({ title, scale, shape }) {
  const picture = svg("svg", { class: `rb-plot rb-${shape}`, role: "img" });
  const element = html(
    "div",
    { class: "rb-panel" },
    html("p", { class: "rb-title" }, ...withSubscripts(title)),
    picture,
  );
  /** @type {import("../core/gradient-flow.mjs").Curve | undefined} */
  let curve;

  function draw() {
    const { clientWidth: width, clientHeight: height } = picture;
    if (!curve || width === 0) return; // not shown yet: the observer calls when it is
    const layout = layOut(curve, scale, width, height);
    const T = curve.values.length;
    const ends = `${formatEntry(curve, 0)} at step 1, ${formatEntry(curve, T - 1)} at step ${T}`;
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.setAttribute("aria-label", `${title}: ${ends}; every value is in the table.`);
    picture.replaceChildren(
      ...drawAxes(layout),
      drawLine(layout),
      ...drawMarkers(curve, layout, shape),
      ...drawWords(curve, layout),
    );
  }

  const observer = new ResizeObserver(draw);
  observer.observe(picture);
  return {
    element,
    /** @param {import("../core/gradient-flow.mjs").Curve} next */
    show(next) {
      curve = next;
      draw();
    },
    remove: () => observer.disconnect(),
  };
}
