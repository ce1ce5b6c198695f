/** A QR code of an address, computed here. */
import { generate } from "lean-qr";
import { svg } from "../view/dom.mjs";

const QUIET = 4; // modules left free around the code, as its standard asks

/** @param {string} text @returns {boolean[][]} rows of modules, dark ones true */
export function modulesOf(text) {
  const code = generate(text);
  const range = Array.from({ length: code.size }, (_, i) => i);
  return range.map((y) => range.map((x) => code.get(x, y)));
}

/** @param {string} text */
export function drawCode(text) {
  const rows = modulesOf(text);
  const size = rows.length + 2 * QUIET;
  const dark = rows.flatMap((row, y) =>
    row.flatMap((on, x) => (on ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])),
  );
  return svg(
    "svg",
    { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": `QR code of ${text}` },
    svg("rect", { width: size, height: size, fill: "#fff" }),
    svg("path", { d: dark.join(""), fill: "#000", "shape-rendering": "crispEdges" }),
  );
}

/**
 * Where others find this page, or "" where that is not known: an address of this machine alone
 * leads nowhere from another one.
 *
 * @param {{ page: string, kernel: boolean }} stage
 * @param {{ protocol: string, hostname: string, href: string }} location
 */
export function addressForOthers({ page, kernel }, { protocol, hostname, href }) {
  if (page) return page;
  const here = /^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(hostname);
  const served = protocol === "http:" || protocol === "https:";
  return kernel || here || !served ? "" : href.replace(/#.*/, "");
}
