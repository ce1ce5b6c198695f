/** Whether the page's kernel and its server are still there, and a sentence when one is gone. */

const PAUSE = 2000; // ms between two looks

const GOES_ON = "The figure computes in the page and goes on, and nothing set is lost;";
const STAYS = "The module computed there: the picture stays as it was.";
const RELOAD = "Reload for a new kernel: the figure's state stands in the address.";

/**
 * What to say of an answer to the question whether the kernel runs.
 *
 * @param {number | undefined} status undefined if nobody answered
 * @param {boolean} needed whether the figure computes in the kernel
 */
export function sentenceFor(status, needed) {
  if (status === undefined) {
    const rest = needed ? STAYS : `${GOES_ON} what needs Python waits until the server is back.`;
    return `The server does not answer. ${rest}`;
  }
  if (status !== 404) return "";
  const rest = needed ? STAYS : `${GOES_ON} only Python no longer hears of it.`;
  return `The kernel of this page has ended. ${rest} ${RELOAD}`;
}

/** @param {boolean} needed @param {(sentence: string) => void} say */
export function watchKernel(needed, say) {
  const data = document.getElementById("jupyter-config-data")?.textContent;
  if (!data) return;
  const { baseUrl, kernelId } = JSON.parse(data);
  const look = async () => {
    const answer = await fetch(`${baseUrl}api/kernels/${kernelId}`).catch(() => undefined);
    say(sentenceFor(answer?.status, needed));
    setTimeout(look, PAUSE);
  };
  look();
}
