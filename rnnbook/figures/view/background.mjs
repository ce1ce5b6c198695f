/** Work that takes longer than a frame: in a worker, once its state has stood still for a while. */

const PAUSE = 250; // ms

/**
 * @param {string} source of a worker that answers every message with one
 * @param {(answer: any) => void} onAnswer called with the answer to the latest question only
 */
export function createBackground(source, onAnswer) {
  /** @type {Worker | undefined} */
  let worker;
  let timer = 0;
  let asked = 0;
  let answered = 0;

  function start() {
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    worker = new Worker(address); // from a Blob: files and notebooks forbid workers with an address
    URL.revokeObjectURL(address);
    worker.addEventListener("message", ({ data }) => {
      answered += 1;
      if (answered === asked && timer === 0) onAnswer(data);
    });
    return worker;
  }

  return {
    /** @param {unknown} question */
    ask(question) {
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        timer = 0;
        asked += 1;
        worker ??= start();
        worker.postMessage(question);
      }, PAUSE);
    },
    remove() {
      clearTimeout(timer);
      worker?.terminate();
    },
  };
}
