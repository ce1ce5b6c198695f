/** The script that asks a page's questions, for the loader. */
import { createQuestion } from "../view/question.mjs";

/** @param {HTMLElement} mount the element with data-predict and data-asked */
globalThis.rnnbookPredict = (mount) => {
  createQuestion(mount, JSON.parse(mount.dataset.asked ?? ""));
};
