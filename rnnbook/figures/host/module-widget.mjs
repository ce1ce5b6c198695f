/** A reader's own module in anywidget's front-end form; its controls are what applies to it. */
import { render } from "../view/module.mjs";
import { asWidget } from "./widget.mjs";

/** @param {Parameters<typeof render>[0]} host */
const show = (host) => asWidget({ schema: host.model.get("schema"), render }).render(host);

export default { render: show };
