import assert from "node:assert/strict";
import { test } from "node:test";
import { classify, rowNorms } from "../../rnnbook/figures/core/norms.mjs";
import {
  formatEntry,
  formatNumber,
  powerOfTen,
  roundNumber,
} from "../../rnnbook/figures/core/numbers.mjs";
import { describeGradient, stepsPerTenfold } from "../../rnnbook/figures/core/words.mjs";

const curve = (...values) => ({ values, kinds: classify([...values].reverse()).reverse() });

test("norms of tiny and huge rows neither underflow nor overflow", () => {
  const values = Float64Array.of(
    0,
    0,
    3,
    4,
    3e-200,
    4e-200,
    3e200,
    -4e200,
    0,
    0,
    Infinity,
    1,
    NaN,
    1,
  );
  const norms = rowNorms(values, 2); // of the steps 1 …: row 0 is the initial state's
  [5, 5e-200, 5e200, 0, Infinity, Number.NaN].forEach((expected, t) => {
    if (Number.isFinite(expected)) assert.ok(Math.abs(norms[t] - expected) <= 1e-15 * expected);
    else assert.ok(Object.is(norms[t], expected));
  });
});

test("a zero is an underflow after one, and exact otherwise", () => {
  assert.deepEqual(classify([1, 1e-289, 1e-291, 0, 0]), [
    "number",
    "number",
    "underflow",
    "underflow",
    "underflow",
  ]);
  assert.deepEqual(classify([1, 0, 0]), ["number", "zero", "zero"]);
  assert.deepEqual(classify([Infinity, Number.NaN]), ["overflow", "overflow"]);
});

test("numbers are written to six digits", () => {
  const written = {
    0.01234: "0.0123400",
    123.4: "123.400",
    999999.7: "1.00000e6",
    1e-5: "1.00000e-5",
  };
  for (const [value, text] of Object.entries(written))
    assert.equal(formatNumber(Number(value)), text);
  assert.equal(formatNumber(0.0001), "0.000100000");
  assert.equal(formatEntry(curve(0, 1e-300, 2), 1), "underflow");
  assert.equal(formatEntry(curve(0, 2), 0), "0");
  assert.equal(powerOfTen(-120), "10⁻¹²⁰");
  assert.equal(roundNumber(123.4), "123");
  assert.equal(roundNumber(1.94e-8), "1.9\u00a0×\u00a010⁻⁸");
});

test("steps per factor ten: exact for a power, blind to what is no number", () => {
  const power = Array.from({ length: 9 }, (_, t) => 3 * 10 ** (t / 4.2));
  assert.ok(Math.abs(stepsPerTenfold(curve(...power)) - 4.2) < 1e-12);
  assert.ok(Math.abs(stepsPerTenfold(curve(0, 0, ...power)) - 4.2) < 1e-12);
  assert.ok(Math.abs(stepsPerTenfold(curve(...power.reverse())) + 4.2) < 1e-12);
});

test("the sentence says what the curve does", () => {
  const falling = [1e-4, 1e-3, 1e-2, 1e-1, 1];
  const says = (values, expected, lastOnly = true) =>
    assert.match(describeGradient(curve(...values), { last_timestep_only: lastOnly }), expected);
  says(
    falling,
    /vanishes: a factor 10 every 1.0 steps, from 1.0 at step 5 to 0.00010 at step 1\.$/,
  );
  says([...falling].reverse(), /explodes: a factor 10 every 1.0 steps/);
  says([1, 2, 1, 2, 1], /neither vanishes nor explodes: it goes from 1.0 at step 5 to 1.0 at/);
  says(
    falling,
    /goes from 1.0 at step 5 to 0.00010 at step 1. Every step adds its own share/,
    false,
  );
  says([1, 9, 0.1, 2, 1], /to 1.0 at step 1, on the way between 0.10 and 9.0\.$/);
  says([0, 0, 0, 0, 1], /reaches step 5 alone/);
  says(
    [0, 1e-300, 1e-200, 1e-100, 1],
    /to 1.0.×.10⁻²⁰⁰ at step 3; at step 2 it is an underflow\.$/,
  );
  says([0, 0, 1e-200, 1e-100, 1], /at step 2 it is exactly 0\.$/);
  says([Infinity, 1, 1, 1, 1], /overflows/);
});
