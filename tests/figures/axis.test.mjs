import assert from "node:assert/strict";
import { test } from "node:test";
import { linearAxis, logAxis, timeAxis } from "../../rnnbook/figures/view/axis.mjs";
import { layOut } from "../../rnnbook/figures/view/layout.mjs";

test("a logarithmic axis follows the data, wherever it is", () => {
  for (const values of [
    [3e-248, 0.2],
    [2e-9, 5e-9],
    [1, 1],
    [4e100, 1e-100],
    [1e-290, 1e-289],
  ]) {
    const { position, ticks } = logAxis(values, [200, 0]);
    for (const v of values) assert.ok(position(v) >= -1e-9 && position(v) <= 200 + 1e-9, String(v));
    assert.ok(ticks.length >= 2 && ticks.length <= 7, `${values}: ${ticks.length} ticks`);
    for (const { value } of ticks)
      assert.ok(position(value) >= -1e-9 && position(value) <= 200 + 1e-9);
  }
});

test("axes of no or constant data still have a length", () => {
  assert.deepEqual(
    logAxis([], [200, 0]).ticks.map((t) => t.text),
    ["10⁰", "10¹"],
  );
  assert.ok(linearAxis([0, 0], [200, 0]).ticks.length > 1);
  assert.equal(linearAxis([], [200, 0]).position(0), 200);
});

test("the time axis names the first and the last step, and steps apart from them", () => {
  assert.deepEqual(
    timeAxis(5, [0, 300]).ticks.map((t) => t.value),
    [1, 2, 3, 4, 5],
  );
  const { ticks, position } = timeAxis(199, [0, 200]);
  assert.deepEqual([ticks[0].text, ticks.at(-1).text], ["1", "199"]);
  for (let i = 1; i < ticks.length; i++) {
    assert.ok(position(ticks[i].value) - position(ticks[i - 1].value) > 20);
  }
});

test("what no axis holds is put beyond it, apart from what it holds", () => {
  const values = Float64Array.of(0, 1e-300, 1e-3, 1, Infinity);
  const kinds = ["zero", "underflow", "number", "number", "overflow"];
  const curve = { name: "dh_norm", label: "", role: "gradient", values, kinds };
  const places = ({ place }) => kinds.map((_, t) => place(curve, t));
  const log = layOut([curve], "log", 300, 200);
  assert.deepEqual(places(log), ["below", "below", "axis", "axis", "above"]);
  assert.ok(log.py(curve, 0) > log.py(curve, 2) + 10 && log.py(curve, 4) < log.py(curve, 3) - 10);
  const linear = layOut([curve], "linear", 300, 200);
  assert.deepEqual(places(linear), ["axis", "axis", "axis", "axis", "above"]);
  assert.ok(linear.py(curve, 0) > linear.py(curve, 3));
});

test("a path over the gradient widens the axis by no more than half", () => {
  const numbers = (...values) => ({
    values: Float64Array.from(values),
    kinds: values.map(() => "number"),
  });
  const gradient = { name: "dh_norm", role: "gradient", ...numbers(1e-4, 1e-2, 1) };
  const path = { name: "bound", role: "path", ...numbers(1e60, 1e30, 1) };
  const alone = layOut([gradient], "log", 300, 200);
  const both = layOut([gradient, path], "log", 300, 200);
  const span = ({ py }) => py(gradient, 0) - py(gradient, 2);
  assert.ok(span(both) < span(alone) && span(both) >= (2 / 3) * span(alone) - 1);
});
