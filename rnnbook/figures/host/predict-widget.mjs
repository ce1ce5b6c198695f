/** A question in anywidget's front-end form. */
import { createQuestion } from "../view/question.mjs";

/**
 * @param {object} host
 * @param {import("../state/connect.mjs").Model} host.model
 * @param {HTMLElement} host.el
 */
const render = ({ model, el }) => createQuestion(el, model.get("asked"));

export default { render };
