/** A button that has the kernel compute what the figure shows; nothing where there is no kernel. */
import { attempt } from "../state/connect.mjs";
import { createButton } from "./buttons.mjs";
import { html, withScripts } from "./dom.mjs";

const PATIENCE = 15_000; // ms: the first answer waits for PyTorch to be imported
const SILENCE = "The kernel does not answer; the figure goes on without it.";

/**
 * @param {import("../state/connect.mjs").Model} model
 * @param {() => import("../state/schema.mjs").State} read the state to check
 * @param {(answer: any) => void} onAnswer called with the answer to the latest question
 */
export function createCheck(model, read, onAnswer) {
  const note = html("p", { class: "rb-checked", role: "status" });
  let asked = 0;
  let waits = false;
  let timer = 0;

  /** @param {string} text */
  const say = (text) => {
    if (note.textContent !== text) note.replaceChildren(...withScripts(text));
  };
  const forget = () => {
    clearTimeout(timer);
    waits = false;
    say("");
  };
  const ask = () => {
    forget();
    waits = true;
    asked += 1;
    say("PyTorch computes …");
    timer = window.setTimeout(() => say(SILENCE), PATIENCE); // an answer after that is still heard
    attempt(
      () => model.send?.({ kind: "check", id: asked, state: read() }),
      () => say(SILENCE),
    );
  };
  /** @param {any} answer */
  const hear = (answer) => {
    if (!waits || answer?.kind !== "check" || answer.id !== asked) return;
    forget();
    if (answer.error) say(String(answer.error));
    else onAnswer(answer);
  };

  if (typeof model.send === "function") model.on("msg:custom", hear);
  return {
    buttons: typeof model.send === "function" ? [createButton("Check with PyTorch", ask)] : [],
    note,
    say,
    /** The state has changed: what was said of another is no longer true. */
    forget,
    remove() {
      forget();
      attempt(() => model.off("msg:custom", hear));
    },
  };
}
