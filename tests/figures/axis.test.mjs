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
  const log = layOut({ values, kinds }, "log", 300, 200);
  assert.deepEqual(log.places, ["below", "below", "axis", "axis", "above"]);
  assert.ok(log.py(0) > log.py(2) + 10 && log.py(4) < log.py(3) - 10);
  const linear = layOut({ values, kinds }, "linear", 300, 200);
  assert.deepEqual(linear.places, ["axis", "axis", "axis", "axis", "above"]);
  assert.ok(linear.py(0) > linear.py(3));
});
