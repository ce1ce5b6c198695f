import assert from "node:assert/strict";
import { test } from "node:test";
import { activations, unitsOf } from "../../rnnbook/figures/core/activations.mjs";
import { Draws } from "../../rnnbook/figures/core/draws.mjs";
import { meanSquaredError } from "../../rnnbook/figures/core/loss.mjs";
import { drawNetwork, drawTask } from "../../rnnbook/figures/core/network.mjs";
import { backward, forward } from "../../rnnbook/figures/core/unroll.mjs";

const H = 5;
const T = 7;
const state = {
  cell: "rnn",
  nonlinearity: "tanh",
  weight_scale: 1.8,
  bias_scale: -0.7,
  forget_bias: 0,
  recurrent_only: false,
  hidden_size: H,
  seq_len: T,
  seed: 4,
  precision: "float64",
};
const network = drawNetwork(state);
const { x, y } = drawTask(state);

/** h_from … h_T, given h_from itself: the equation once more, written apart from the code. */
function continued(phi, from, h) {
  const states = [h];
  for (let t = from + 1; t < T; t++) {
    const before = states.at(-1);
    const a = before.map(
      (_, i) =>
        network.W_xh[i] * x[t] +
        network.b[i] +
        before.reduce((sum, v, j) => sum + network.W_hh[i * H + j] * v, 0),
    );
    states.push(a.map(phi));
  }
  return states;
}

function lossFrom(phi, from, h, lastOnly, head) {
  const states = [...head, ...continued(phi, from, h)];
  const errors = states.map(
    (state, t) => state.reduce((sum, v, i) => sum + network.V[i] * v, network.d[0]) - y[t],
  );
  const counted = lastOnly ? errors.slice(-1) : errors;
  return counted.reduce((sum, e) => sum + e * e, 0) / counted.length;
}

/** Rows 1 … T of what `unroll` keeps; row 0 is the initial state's. */
const rows = (values) =>
  Array.from({ length: T }, (_, t) => [...values.slice((t + 1) * H, (t + 2) * H)]);

for (const [name, phi] of [
  ["tanh", Math.tanh],
  ["identity", (a) => a],
  ["relu", (a) => Math.max(a, 0)],
  ["sigmoid", (a) => 1 / (1 + Math.exp(-a))],
]) {
  for (const lastOnly of [true, false]) {
    test(`${name}, loss on ${lastOnly ? "the last step" : "every step"}: states and dL/dh_t`, () => {
      const given = { ...network, units: unitsOf(name) };
      const { run, prediction } = forward(given, x);
      const h = rows(run.h);
      const first = network.W_xh.map((w, i) => w * x[0] + network.b[i]);
      const expected = continued(phi, 0, [...first].map(phi));
      expected.flat().forEach((v, i) => {
        assert.ok(Math.abs(h.flat()[i] - v) < 1e-13 * Math.max(1, Math.abs(v)));
      });

      const { loss, dPrediction } = meanSquaredError(prediction, y, lastOnly);
      assert.ok(Math.abs(loss - lossFrom(phi, 0, h[0], lastOnly, [])) < 1e-13 * loss);
      const dh = rows(backward(given, run, dPrediction).dh);
      const step = 1e-6; // central differences: error of order step² and 1e-16 / step
      for (let t = 0; t < T; t++) {
        for (let i = 0; i < H; i++) {
          const moved = (by) =>
            lossFrom(
              phi,
              t,
              h[t].map((v, j) => (j === i ? v + by : v)),
              lastOnly,
              h.slice(0, t),
            );
          const slope = (moved(step) - moved(-step)) / (2 * step);
          assert.ok(Math.abs(slope - dh[t][i]) < 1e-7 * Math.max(1, Math.abs(slope)));
        }
      }
    });
  }
}

test("one linear unit: dL/dh_t is a power of the weight", () => {
  const unit = drawNetwork({ ...state, nonlinearity: "identity", hidden_size: 1 });
  unit.W_hh[0] = -1.25;
  const { run } = forward(unit, x);
  const { dh } = backward(unit, run, Float64Array.of(0, 0, 0, 0, 0, 0, 8));
  for (let t = 1; t <= T; t++) {
    const exact = 8 * unit.V[0] * (-1.25) ** (T - t);
    assert.ok(Math.abs(dh[t] - exact) <= 1e-15 * Math.abs(exact));
  }
});

test("largest slopes: no slope of φ is larger than γ, and one is as large", () => {
  for (const { value, back, gamma } of Object.values(activations)) {
    const slopes = [-3, -1, 0, 0.5, 2].map((a) => back(value(a), 1));
    assert.equal(Math.max(...slopes), gamma);
  }
});

test("scales act on the recurrent layer alone; other sizes leave other tensors as they are", () => {
  const plain = drawNetwork({ ...state, weight_scale: 1, bias_scale: 1 });
  assert.deepEqual(
    [...network.W_hh],
    [...plain.W_hh].map((w) => 1.8 * w),
  );
  assert.deepEqual(
    [...network.W_xh],
    [...plain.W_xh].map((w) => 1.8 * w),
  );
  assert.deepEqual(
    [...network.b],
    [...plain.b].map((w) => -0.7 * w),
  );
  assert.deepEqual([network.V, network.d], [plain.V, plain.d]);
  assert.deepEqual([...drawTask({ ...state, seq_len: 50 }).x.slice(0, T)], [...x]);
  const bound = 1 / Math.sqrt(H);
  for (const w of plain.W_hh) assert.ok(Math.abs(w) <= bound);
  assert.ok(Math.max(...plain.W_hh) > 0.8 * bound);
});

test("recurrent weights alone are scaled where it is asked for", () => {
  const alone = drawNetwork({ ...state, recurrent_only: true });
  const plain = drawNetwork({ ...state, weight_scale: 1 });
  assert.deepEqual(alone.W_xh, plain.W_xh);
  assert.deepEqual(alone.W_hh, network.W_hh);
});

test("the forget bias is added to the second gate's bias, after its scale", () => {
  for (const cell of ["lstm", "gru"]) {
    const plain = drawNetwork({ ...state, cell });
    const open = drawNetwork({ ...state, cell, forget_bias: 2 });
    open.b.forEach((v, k) => {
      assert.equal(v, plain.b[k] + (k >= H && k < 2 * H ? 2 : 0));
    });
  }
  assert.deepEqual(drawNetwork({ ...state, forget_bias: 2 }).b, network.b);
});

test("the target is the mean so far", () => {
  const data = new Draws(4, 0).normals(T);
  for (let t = 1; t <= T; t++) {
    const mean = data.slice(0, t).reduce((sum, v) => sum + v, 0) / t;
    assert.ok(Math.abs(y[t - 1] - mean) < 1e-15);
  }
});
