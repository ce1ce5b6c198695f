/**
 * A figure in JupyterLab and Voilà. What the page's loader does with links there is done here: a
 * link to `#mount-id?weight_scale=1.6` in the text, or in a question, sets the figure of that id and
 * brings it into view.
 */
import { complete } from "../state/schema.mjs";
import { readHash } from "../state/url.mjs";
import { announce } from "./live.mjs";

/** @param {import("./page.mjs").Figure} figure @returns {{ render: import("./page.mjs").Figure["render"] }} */
export function asWidget({ schema, render }) {
  return {
    render({ model, el }) {
      const id = model.get("mount_id");
      if (!document.getElementById(id)) el.id = id;
      const follow = (/** @type {MouseEvent} */ event) => {
        const link = event.target instanceof Element && event.target.closest("a");
        const named = link && readHash(schema, link.hash, id);
        if (!named) return;
        event.preventDefault();
        const state = complete(schema, named, model.get("initial"));
        for (const [name, value] of Object.entries(state)) model.set(name, value);
        model.save_changes();
        el.scrollIntoView();
      };
      document.addEventListener("click", follow);
      const remove = render({ model, el });
      announce({ id, schema, model, el });
      return () => {
        document.removeEventListener("click", follow);
        remove();
      };
    },
  };
}
