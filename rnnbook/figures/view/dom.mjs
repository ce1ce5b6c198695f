const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/**
 * @param {Element} element
 * @param {Attributes} attributes false, null and undefined are left out
 * @param {(Node | string)[]} children strings become text, never markup
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children);
}

/**
 * An HTML element.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 */
export function html(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/**
 * An SVG element.
 *
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  fill(element, attributes, children);
  return element;
}

/**
 * Let keys reach what they are pressed on: JupyterLab takes arrows and Enter for itself otherwise.
 *
 * @param {HTMLElement} root
 */
export function keepKeys(root) {
  for (const element of root.querySelectorAll("input, select, button, summary, [tabindex]")) {
    element.setAttribute("data-lm-suppress-shortcuts", "");
  }
}

let count = 0;

/** An id that no other element of the page has. */
export function uniqueId() {
  count += 1;
  return `rnnbook-${count}`;
}

/**
 * A formula's text with its subscripts and superscripts set as such: |h_t|, 10^-38, f^k.
 *
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function withScripts(text) {
  const parts = text.split(/([_^])(-?\w+)/); // text, sign, script, text, …
  return parts.flatMap((part, i) => {
    /** @type {(Node | string)[]} */
    const plain = i % 3 === 0 ? [part] : [];
    return i % 3 === 2 ? [html(parts[i - 1] === "_" ? "sub" : "sup", {}, part)] : plain;
  });
}
