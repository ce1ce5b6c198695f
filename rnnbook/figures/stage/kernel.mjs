/** Whether the page's kernel and its server are still there, and a sentence when one is gone. */

const PAUSE = 2000; // ms between two looks

const GONE = {
  kernel:
    "The kernel of this page has ended. The figure computes in the page and goes on; only Python no longer hears of it. Reload for a new kernel: the figure's state stands in the address.",
  server:
    "The server does not answer. The figure computes in the page and goes on, and nothing set is lost; what needs Python waits until the server is back.",
};

/**
 * What to say of an answer to the question whether the kernel runs.
 *
 * @param {number | undefined} status undefined if nobody answered
 */
export function sentenceFor(status) {
  if (status === undefined) return GONE.server;
  return status === 404 ? GONE.kernel : "";
}

/** @param {(sentence: string) => void} say */
export function watchKernel(say) {
  const data = document.getElementById("jupyter-config-data")?.textContent;
  if (!data) return;
  const { baseUrl, kernelId } = JSON.parse(data);
  const look = async () => {
    const answer = await fetch(`${baseUrl}api/kernels/${kernelId}`).catch(() => undefined);
    say(sentenceFor(answer?.status));
    setTimeout(look, PAUSE);
  };
  look();
}
