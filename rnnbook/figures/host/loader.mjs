/**
 * The one script that a page with figures or questions starts with. It loads what they need when
 * their mount comes near, from the folder that it came from itself; file:// included, which
 * forbids modules. Without it, or without JavaScript, the mount's still picture stays.
 */
import { splitHash } from "../state/url.mjs";

const folder = new URL(".", /** @type {HTMLScriptElement} */ (document.currentScript).src).href;
/** @type {Map<string, Promise<void>>} */
const scripts = new Map();

/** @param {string} name @returns {Promise<void>} */
function load(name) {
  const known = scripts.get(name);
  if (known) return known;
  const loading = new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = folder + name;
    script.onload = () => resolve(undefined);
    script.onerror = reject;
    document.head.append(script);
  });
  scripts.set(name, /** @type {Promise<void>} */ (loading));
  return /** @type {Promise<void>} */ (loading);
}

/** @param {HTMLElement} mount */
async function draw(mount) {
  const name = mount.dataset.figure ?? "";
  await load("page-shared.js");
  await load(`${name}.js`);
  const shared = /** @type {any} */ (globalThis).rnnbook;
  shared.mountFigure(mount, shared.figures[name]);
}

/** @param {HTMLElement} mount */
async function ask(mount) {
  await load("predict.js");
  globalThis.rnnbookPredict(mount);
}

/** @param {HTMLElement} mount */
async function enliven(mount) {
  if (mount.dataset.live) return;
  mount.dataset.live = "loading";
  await (mount.dataset.predict ? ask(mount) : draw(mount));
  mount.dataset.live = "yes";
}

/**
 * A page's author may use a name twice, or a heading may have it: each mount gets an id of its own.
 *
 * @param {HTMLElement} mount
 */
function makeIdUnique(mount) {
  const id = mount.id || mount.dataset.figure || "";
  let unique = id;
  for (let n = 2; (document.getElementById(unique) ?? mount) !== mount; n++) unique = `${id}-${n}`;
  mount.id = unique;
}

const SETTLING = 3000; // ms in which a page that has just loaded, or was jumped in, may still grow
let letGo = () => {};

/**
 * Bring a figure into view, and keep it there while figures, questions and formulas above it take
 * their room; until the reader does something.
 *
 * @param {HTMLElement} mount
 */
function bringIntoView(mount) {
  letGo();
  mount.scrollIntoView();
  const growth = new ResizeObserver(() => mount.scrollIntoView());
  growth.observe(document.body);
  const reader = new AbortController();
  const stop = () => {
    growth.disconnect();
    reader.abort();
  };
  for (const act of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    addEventListener(act, stop, { signal: reader.signal, passive: true });
  }
  const soon = () => setTimeout(stop, SETTLING);
  if (document.readyState === "complete") soon();
  else addEventListener("load", soon, { signal: reader.signal });
  letGo = stop;
}

function start() {
  const mounts = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-figure]")]);
  mounts.forEach(makeIdUnique);
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting) {
          near.unobserve(target);
          enliven(/** @type {HTMLElement} */ (target));
        }
      }
    },
    { rootMargin: "600px" },
  );
  for (const mount of [...mounts, ...document.querySelectorAll("[data-predict]")]) {
    near.observe(mount);
  }
  addEventListener("beforeprint", () => mounts.forEach(enliven));

  const showNamed = () => {
    const names = [...splitHash(location.hash)].filter(([, query]) => query !== "");
    const named = names.flatMap(([id]) => mounts.filter((mount) => mount.id === id));
    named.forEach(enliven);
    if (named[0]) bringIntoView(named[0]);
  };
  addEventListener("hashchange", showNamed);
  showNamed();
}

if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
else start();
