/**
 * Widgets that come late. Where a page is too slow for it, Voilà's widget manager gives a widget up
 * after two seconds and shows an error in its place, although the widget comes a moment later.
 */

const OUTPUT = 'script[type="application/vnd.voila.cell-output+json"]';
const VIEW = "application/vnd.jupyter.widget-view+json";
const GIVEN_UP = "Error displaying widget: model not found";
const PAUSE = 200; // ms between two looks

/** Show each widget of the page that was given up, as soon as it is there. */
export function rescueWidgets() {
  for (const script of document.querySelectorAll(OUTPUT)) {
    const id = JSON.parse(script.innerHTML).data?.[VIEW]?.model_id;
    const place = script.parentElement;
    if (!id || !place) continue;
    const observer = new MutationObserver(() => {
      if (!place.textContent?.includes(GIVEN_UP)) return;
      observer.disconnect();
      show(id, place);
    });
    observer.observe(place, { childList: true, subtree: true });
  }
}

/** @param {string} id @param {HTMLElement} place */
async function show(id, place) {
  for (;;) {
    const manager = await globalThis.jupyterapp?.widgetManagerPromise.promise;
    const model = await manager?.get_model(id).catch(() => undefined);
    if (manager && model) {
      const view = await manager.create_view(model);
      place.replaceChildren(view.el);
      return;
    }
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}
