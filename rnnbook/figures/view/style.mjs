/** The figures' look, put beside each figure so that it holds in a shadow root as well. */

import { html } from "./dom.mjs";
import css from "./style.css";

export const createStyle = () => html("style", {}, css);
