/** What the class answers before it sees the curve: one field an answer, with its share. */
import { html } from "../view/dom.mjs";

/** @param {string[]} answers */
export function createVote(answers) {
  const rows = answers.map((answer) => {
    const count = html("input", { type: "number", min: 0, value: 0, inputmode: "numeric" });
    const share = html("meter", { min: 0, max: 1, value: 0, "aria-hidden": "true" });
    const row = html("label", {}, html("span", {}, answer), count, share);
    return { row, count, share };
  });
  const votes = () => rows.map(({ count }) => Math.max(0, count.valueAsNumber || 0));
  const show = () => {
    const total = votes().reduce((sum, n) => sum + n, 0);
    rows.forEach(({ share }, i) => {
      share.value = total > 0 ? votes()[i] / total : 0;
    });
  };
  for (const { count } of rows) count.addEventListener("input", show);
  return html(
    "fieldset",
    { class: "stage-vote" },
    html("legend", {}, "Votes"),
    ...rows.map(({ row }) => row),
  );
}
