/** A question that the reader answers before the page does. */
import { isGuess, judge, parseNumber, plain, ruleOf } from "../core/judge.mjs";
import { createGuesses, scoreOf } from "../state/guesses.mjs";
import { createButton } from "./buttons.mjs";
import { html, keepKeys } from "./dom.mjs";
import css from "./question.css";
import { createStyle } from "./style.mjs";

/** @typedef {import("../core/judge.mjs").Asked} Asked */

const CHANGED = "rnnbook-predict"; // an event of the document: some question was answered or forgotten
const guesses = createGuesses(() => localStorage);
const tell = () => document.dispatchEvent(new Event(CHANGED));

/**
 * Plain text with its subscripts and superscripts set as such: h_t, 10^{-3}.
 *
 * @param {string} text
 * @returns {(Node | string)[]}
 */
function formula(text) {
  const parts = text.split(/([_^])(?:\{([^{}]+)\}|(\w+))/);
  const nodes = [];
  for (let i = 0; i < parts.length; i += 4) {
    nodes.push(parts[i]);
    const script = parts[i + 2] ?? parts[i + 3];
    const tag = parts[i + 1] === "_" ? "sub" : "sup";
    if (script) nodes.push(html(tag, {}, script.replace("-", "−")));
  }
  return nodes;
}

/** @param {Asked} asked the controls, and what the reader has put into them */
function createInput({ name, question, choices, unit }) {
  if (!choices) {
    // Not type=number: that drops what it does not know (a typographic minus, "%") without a word.
    const input = html("input", { type: "text", name, autocomplete: "off" });
    const field = html("span", { class: "rb-entry" }, input, ...formula(unit));
    const element = html("label", {}, html("span", {}, ...formula(question)), field);
    return {
      element,
      inputs: [input],
      read: () => parseNumber(input.value),
    };
  }
  const inputs = choices.map((value) => html("input", { type: "radio", name, value }));
  const labels = inputs.map((input) =>
    html("label", {}, input, html("span", {}, ...formula(input.value))),
  );
  const legend = html("legend", {}, ...formula(question));
  const element = html("fieldset", {}, legend, ...labels);
  return { element, inputs, read: () => inputs.find((input) => input.checked)?.value };
}

/** What is said where a guess is none. @param {Asked} asked @param {HTMLInputElement[]} inputs */
function complaint({ choices }, inputs) {
  if (choices) return "Nothing is chosen yet; choose one, then commit.";
  const typed = inputs[0].value.trim();
  if (!typed) return "Nothing is written yet; write a number, then commit.";
  return `“${typed}” is not a number; write one such as 0.5, −2 or 1e−6, without a unit.`;
}

/** @param {Asked} asked @returns {HTMLAnchorElement} a link that sets the figure */
function createFigureLink({ figure, state }) {
  const query = new URLSearchParams(Object.entries(state ?? {}).map(([name, v]) => [name, `${v}`]));
  return html("a", { href: `#${figure}?${query}` }, "Show it in the figure");
}

/**
 * Say above the figure why it moved, and lead back.
 *
 * @param {Element} figure
 * @param {HTMLElement} question
 * @param {(Node | string)[]} answer
 */
function leaveNote(figure, question, answer) {
  const back = html("a", { href: `#${question.id}` }, "Back to the question");
  back.addEventListener("click", (event) => {
    event.preventDefault();
    question.scrollIntoView({ block: "center" });
    question.focus({ preventScroll: true });
  });
  const attributes = { class: "rb rb-answer", tabindex: -1, "data-lm-suppress-shortcuts": true };
  const note = html("p", attributes, ...answer, back);
  figure.querySelector(":scope > .rb-answer")?.remove();
  figure.prepend(note);
  note.focus({ preventScroll: true }); // not the link: a second Enter would lead back at once
}

/** The score of this page's questions, and the book's; how to forget it. */
function createScore() {
  const summary = html("summary");
  const book = html("p");
  const forget = createButton("Forget every answer in this book", () => {
    guesses.forgetAll();
    tell();
  });
  const element = html("details", { class: "rb-score" }, summary, book, forget);
  return {
    element,
    show() {
      const all = guesses.all();
      const mounts = /** @type {HTMLElement[]} */ ([
        ...document.querySelectorAll("[data-predict]"),
      ]);
      const names = mounts.map((mount) => mount.dataset.predict ?? "");
      const here = scoreOf(all, names);
      const everywhere = scoreOf(all, all.keys());
      const open = here.asked - here.answered;
      summary.textContent = `This chapter: ${here.right} of ${here.answered} right, ${open} to answer`;
      const where = guesses.keeps()
        ? "Kept in this browser alone."
        : "This browser keeps nothing for this page: the score lasts until you leave it.";
      book.textContent = `The whole book: ${everywhere.right} of ${everywhere.answered} right. ${where}`;
      element.hidden = everywhere.answered === 0;
    },
  };
}

/**
 * Ask.
 *
 * @param {HTMLElement} mount what it replaces the content of
 * @param {Asked} asked
 * @returns {() => void} the clean-up
 */
export function createQuestion(mount, asked) {
  const input = createInput(asked);
  const faultId = `predict-${asked.name}-fault`;
  const fault = html("p", { class: "rb-fault", id: faultId, role: "alert" });
  const moves = asked.figure ? " The answer moves a figure on this page and takes you there." : "";
  const rule = html("p", { class: "rb-rule" }, ruleOf(asked) + moves);
  const commit = html("button", { type: "submit", class: "rb-button" }, "Commit, then look");
  const form = html("form", { novalidate: true }, input.element, rule, fault, commit);

  const verdict = html("p", { class: "rb-verdict", role: "status", tabindex: -1 });
  const link = asked.figure ? createFigureLink(asked) : undefined;
  const again = createButton("Forget this answer", () => {
    guesses.forget(asked.name);
    tell();
    input.inputs[0].focus();
  });
  const actions = html("div", { class: "rb-actions" }, ...(link ? [link] : []), again);
  const outcome = html(
    "div",
    { hidden: true },
    html("p", {}, ...formula(asked.explanation)),
    actions,
  );
  const score = createScore();

  const root = html(
    "div",
    {
      class: "rb rb-question",
      id: `predict-${asked.name}`,
      role: "group",
      "aria-label": "Predict, then look",
      tabindex: -1,
    },
    createStyle(),
    html("style", {}, css),
    html("p", { class: "rb-title", "aria-hidden": "true" }, "Predict, then look"),
    form,
    verdict,
    outcome,
    score.element,
  );
  keepKeys(root);
  mount.dataset.predict = asked.name;
  mount.removeAttribute("id"); // it is the root's now
  mount.replaceChildren(root);

  /** @param {string} text */
  const complain = (text) => {
    fault.textContent = text;
    for (const each of input.inputs) {
      if (text) each.setAttribute("aria-invalid", "true");
      else each.removeAttribute("aria-invalid");
      each.setAttribute("aria-describedby", faultId);
    }
  };

  /** @type {unknown} the guess that is shown; null before the first time */
  let shown = null;
  const show = () => {
    score.show();
    const kept = guesses.all().get(asked.name);
    const guess = kept && isGuess(asked, kept.guess) ? kept.guess : undefined;
    if (guess === shown) return;
    shown = guess;
    const open = guess === undefined;
    for (const each of input.inputs) {
      each.disabled = !open;
      if (asked.choices) each.checked = each.value === guess;
      else each.value = open ? "" : plain(Number(guess));
    }
    complain("");
    commit.hidden = rule.hidden = !open;
    outcome.hidden = open;
    const { right, words } = open ? { right: false, words: "" } : judge(asked, guess);
    root.classList.toggle("rb-right", right);
    const said = open ? "" : `${right ? "Right." : "Not this time."} ${words}`;
    verdict.replaceChildren(...formula(said));
    if (!open && kept?.right !== right) guesses.put(asked.name, { guess, right }); // a new edition
  };

  const showFigure = () => {
    const figure = asked.figure ? document.getElementById(asked.figure) : null;
    // Not the button below it: a second Enter would forget the answer at once.
    if (!figure || !link) return verdict.focus({ preventScroll: true });
    link.click();
    const said = [...verdict.cloneNode(true).childNodes];
    leaveNote(figure, root, [...said, " ", ...formula(asked.explanation), " "]);
  };

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault(); // JupyterLab does as well, and then nothing is submitted
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const guess = input.read();
    if (!isGuess(asked, guess)) {
      complain(complaint(asked, input.inputs));
      input.inputs[0].focus();
      return;
    }
    guesses.put(asked.name, { guess, right: judge(asked, guess).right });
    tell();
    showFigure();
  });
  document.addEventListener(CHANGED, show);
  addEventListener("storage", show);
  show();
  return () => {
    document.removeEventListener(CHANGED, show);
    removeEventListener("storage", show);
    root.remove();
  };
}
