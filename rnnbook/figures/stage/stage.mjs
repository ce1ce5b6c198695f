/**
 * A demo before a class: the figures of the page under one bar, large and by keys. The page's main
 * element says in data-stage what is staged; its figures come alive as they do anywhere.
 */
import { onLive } from "../host/live.mjs";
import { complete, decimals } from "../state/schema.mjs";
import { createButton } from "../view/buttons.mjs";
import { html } from "../view/dom.mjs";
import { addressForOthers, drawCode } from "./code.mjs";
import { createDialog } from "./dialog.mjs";
import { createDrive, opensWith } from "./drive.mjs";
import { watchKernel } from "./kernel.mjs";
import { createKeys } from "./keys.mjs";
import { rescueWidgets } from "./rescue.mjs";
import { createVote } from "./vote.mjs";

const root = document.documentElement;
const PAUSE = 400; // ms without a change before the address follows

/**
 * @typedef {object} Stage
 * @property {string} page the address of the static page, "" if it is not known
 * @property {boolean} kernel whether Voilà serves this page
 * @property {boolean} needed whether the figure computes in the kernel
 * @property {string[]} answers
 * @property {{ label: string, state: Record<string, any> }[]} presets
 */

/** @param {string} label @param {string} key @param {() => void} act */
function createKeyButton(label, key, act) {
  const element = createButton(label, act);
  element.append(" ", html("kbd", {}, key));
  return element;
}

/** A large slider for the state that matters most. @param {(value: number) => void} set */
function createMain(set) {
  const name = html("span");
  const value = html("output", { class: "stage-value" });
  const input = html("input", { type: "range" });
  const element = html("label", { class: "stage-main", hidden: true }, name, input, value);
  input.addEventListener("input", () => set(input.valueAsNumber));
  /** @param {import("../state/schema.mjs").Field} field @param {number} now */
  const show = ({ label, min, max, step = 1 }, now) => {
    name.textContent = label;
    Object.assign(input, { min: String(min), max: String(max), step: String(step) });
    input.value = String(now);
    value.textContent = now.toFixed(decimals(step)).replace("-", "−");
    element.hidden = false;
  };
  return { element, show };
}

/** Light or dark, as the system is until somebody chooses. */
function createPaint() {
  const paint = (/** @type {string} */ theme) => {
    root.dataset.theme = theme;
    document.body.dataset.jpThemeLight = String(theme === "light"); // as JupyterLab's themes say it
  };
  paint(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  return () => paint(root.dataset.theme === "dark" ? "light" : "dark");
}

/** The page's address as a QR code. @param {string} page */
function createCode(page) {
  const dialog = createDialog("This page on a phone", "stage-code");
  return {
    dialog: dialog.element,
    /** @param {string} hash */
    show(hash) {
      const address = hash === "#" ? page : page + hash;
      dialog.show(drawCode(address), html("a", { href: address }, address));
    },
  };
}

/** @param {HTMLElement} main @param {() => void} paint */
function start(main, paint) {
  /** @type {Stage} */
  const stage = JSON.parse(main.dataset.stage ?? "");
  const page = addressForOthers(stage, location);
  const code = createCode(page);
  const vote = createVote(stage.answers);
  const notice = html("p", { role: "status", class: "stage-notice" });
  const presets = html("div", { role: "group", "aria-label": "Presets", class: "stage-buttons" });
  const slider = createMain((value) => drive.set({ [drive.main()?.name ?? ""]: value }));
  const drive = createDrive(() => {
    const field = drive.main();
    if (field) slider.show(field, drive.figures[0].model.get(field.name));
    if (stage.kernel) follow();
  });

  let timer = 0;
  /** In a page of the book the figures' mounts do this themselves. */
  function follow() {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      const hash = drive.hash();
      history.replaceState(null, "", hash === "#" ? location.pathname : hash);
    }, PAUSE);
  }

  /** @param {import("../state/schema.mjs").Schema} schema */
  function offerPresets(schema) {
    const staged = stage.presets.length > 0;
    const offered = staged ? stage.presets : (schema.presets ?? []);
    const buttons = offered.slice(0, 9).map(({ label, state }, i) =>
      createKeyButton(label, String(i + 1), () => {
        drive.set(staged ? opensWith(drive.figures[0]) : complete(schema, {}));
        drive.set(state);
      }),
    );
    presets.replaceChildren(...buttons);
  }

  /** Over figures side by side stands what tells them apart. */
  function nameFigures() {
    for (const figure of drive.figures) {
      figure.el.querySelector(".stage-name")?.remove();
      figure.el.prepend(html("h2", { class: "stage-name" }, drive.title(figure)));
    }
  }

  const say = (/** @type {string} */ sentence) => {
    if (notice.textContent !== sentence) notice.textContent = sentence;
  };

  /** Some twenty-five lines of type from top to bottom, whatever the screen. */
  function fit() {
    const room = Math.min(innerWidth / 900, innerHeight / 560);
    root.style.setProperty("--stage-zoom", Math.max(1, room).toFixed(3));
  }

  const predict = createKeyButton("Predict first", "p", () => {
    vote.hidden = false;
    predict.setAttribute("aria-pressed", String(root.toggleAttribute("data-hidden")));
  });
  const fill = () =>
    document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
  const choose = (/** @type {number} */ i) => presets.querySelectorAll("button")[i]?.click();
  const step = (/** @type {number} */ sign) => (/** @type {KeyboardEvent} */ event) =>
    drive.step(event.shiftKey ? 10 * sign : sign);
  const showCode = () => code.show(drive.hash());
  const keys = createKeys([
    {
      keys: "123456789",
      shown: "1 … 9",
      does: "a preset",
      act: ({ key }) => choose(Number(key) - 1),
    },
    { keys: "0", does: "back to where the page opened", act: drive.reset },
    {
      keys: ["ArrowLeft"],
      shown: "←",
      does: "a step of the slider; with Shift ten",
      act: step(-1),
    },
    {
      keys: ["ArrowRight"],
      shown: "→",
      does: "a step of the slider; with Shift ten",
      act: step(1),
    },
    {
      keys: "p",
      does: "predict first: hide the curves, and show them",
      act: () => predict.click(),
    },
    { keys: "f", does: "full screen, and back", act: fill },
    { keys: "d", does: "dark, and light", act: paint },
    ...(page ? [{ keys: "q", does: "a QR code of the page as it is", act: showCode }] : []),
    { keys: "?", does: "these keys", act: () => keys.show() },
  ]);

  vote.hidden = true;
  main
    .querySelector("header")
    ?.append(
      html(
        "div",
        { class: "stage-buttons" },
        predict,
        ...(page ? [createKeyButton("On your phone", "q", showCode)] : []),
        createKeyButton("Full screen", "f", fill),
        createKeyButton("Light or dark", "d", paint),
        createKeyButton("Keys", "?", keys.show),
      ),
    );
  main.querySelector("[data-stage-bar]")?.append(vote, presets, slider.element, notice);
  main.append(keys.dialog, code.dialog);
  onLive((figure) => {
    drive.add(figure);
    if (drive.figures.length > 1) return nameFigures();
    offerPresets(figure.schema);
    if (!stage.kernel) return;
    document.getElementById("main")?.setAttribute("role", "main"); // where Voilà puts the figures
    watchKernel(stage.needed, say);
  });
  if (stage.kernel) addEventListener("DOMContentLoaded", rescueWidgets);
  addEventListener("resize", fit);
  fit();
}

const paint = createPaint();
const main = /** @type {HTMLElement | null} */ (document.querySelector("[data-stage]"));
if (main) start(main, paint);
