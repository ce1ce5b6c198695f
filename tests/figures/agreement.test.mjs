import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkedCurves,
  describeAgreement,
  largestDifference,
} from "../../rnnbook/figures/core/agreement.mjs";
import { gradientFlow } from "../../rnnbook/figures/core/gradient-flow.mjs";
import { createCurve } from "../../rnnbook/figures/core/measure.mjs";
import schema from "../../rnnbook/figures/state/gradient-flow.json" with { type: "json" };
import { complete } from "../../rnnbook/figures/state/schema.mjs";

const curve = (label, ...values) =>
  createCurve("dh_norm", label, "gradient", Float64Array.from(values));
const compare = (ours, theirs, precision = "float64") => largestDifference(ours, theirs, precision);

test("PyTorch's curves are read by label, paths left out, null as no number", () => {
  const { curves } = gradientFlow(complete(schema, { cell: "lstm", seq_len: 5 }));
  const columns = Object.fromEntries(curves.map(({ label, values }) => [label, [...values]]));
  const kinds = Object.fromEntries(curves.map(({ label, kinds }) => [label, [...kinds]]));
  columns["|c_t|"][2] = null;
  kinds["|c_t|"][2] = "overflow";
  const checked = checkedCurves(curves, { columns, kinds, torch: "1" });
  assert.deepEqual(
    checked.map(({ label }) => label),
    ["|h_t|", "|c_t|", "|dL/dh_t|", "|dL/dc_t|"],
  );
  assert.ok(Number.isNaN(checked[1].values[2]));
  const { size, theirs, t } = compare(curves, checked);
  assert.deepEqual([size, theirs.label, t], [Infinity, "|c_t|", 2]);
});

test("the largest relative difference is found, and where", () => {
  const [a, b] = [curve("|h_t|", 1, 2, 3), curve("|dL/dh_t|", 1e-80, 2e-90, 3)];
  const other = [curve("|h_t|", 1, 2, 3), curve("|dL/dh_t|", 1e-80, 2.5e-90, 3)];
  const { size, ours, t } = compare([a, b], other);
  assert.ok(Math.abs(size - 0.2) < 1e-12);
  assert.deepEqual([ours.label, t], ["|dL/dh_t|", 1]);
});

test("of underflow and overflow no digits are compared, but a number beside them is", () => {
  const both = [curve("a", 0, 1e-300, 1), curve("a", 1e-310, 2e-300, 1)];
  assert.equal(compare([both[0]], [both[1]]).size, 0);
  const one = [curve("a", 0, 1), curve("a", 1e-17, 1)];
  assert.equal(compare([one[0]], [one[1]]).size, 1);
  assert.equal(compare([one[1]], [one[0]]).size, Infinity);
  const text = describeAgreement(compare([one[1]], [one[0]]), "2", { exponent: 0, spread: 0.01 });
  assert.equal(
    text,
    "PyTorch 2 differs, more than by rounding: at a, t = 1, the figure has 1.00000e-17 and PyTorch 0.",
  );
});

test("an overflow is none where the other's number is about to be one", () => {
  const [large, over] = [curve("a", 5e38, 1), curve("a", Infinity, 1)];
  assert.equal(compare([large], [over], "float32").size, 0);
  assert.equal(compare([over], [large], "float32").size, 0);
  assert.equal(compare([large], [over]).size, Infinity);
});

test("what is said follows from the difference and from what rounding does", () => {
  const most = (size) => ({ ...compare([curve("a", 1, 1)], [curve("a", 1, 1)]), size });
  const say = (size, found) => describeAgreement(most(size), "2", found);
  assert.match(say(0), /agrees: every number is the same/);
  assert.match(
    say(3.2e-14),
    /agrees: largest relative difference 3\.2\u00a0×\u00a010⁻¹⁴, at a, t = 1/,
  );
  assert.match(say(2e-9), /Is that rounding/);
  assert.match(describeAgreement({ ...most(2e-7), precision: "float32" }, "2"), /agrees: /);
  assert.match(say(2e-9, { exponent: -1, spread: 1e-10 }), /differs, more than by rounding/);
  assert.match(say(2e-7, { exponent: -1, spread: 1e-7 }), /agrees within rounding: .*t = 1\.$/);
  assert.match(say(0.5, { exponent: 0.3, spread: 0.2 }), /only by rounding: .* is chaotic/);
  assert.match(say(Infinity, { exponent: 0.3, spread: Infinity }), /only by rounding/);
});
