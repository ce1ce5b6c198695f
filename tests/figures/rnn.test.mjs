import assert from "node:assert/strict";
import { test } from "node:test";
import { activations } from "../../rnnbook/figures/core/activations.mjs";
import { Draws } from "../../rnnbook/figures/core/draws.mjs";
import { meanSquaredError } from "../../rnnbook/figures/core/loss.mjs";
import { drawNetwork, drawTask } from "../../rnnbook/figures/core/network.mjs";
import { backward, forward } from "../../rnnbook/figures/core/rnn.mjs";

const H = 5;
const T = 7;
const network = drawNetwork({ seed: 4, hidden_size: H, weight_scale: 1.8, bias_scale: -0.7 });
const { x, y } = drawTask(4, T);

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
    (state, t) => state.reduce((sum, v, i) => sum + network.V[i] * v, network.d) - y[t],
  );
  const counted = lastOnly ? errors.slice(-1) : errors;
  return counted.reduce((sum, e) => sum + e * e, 0) / counted.length;
}

const rows = (values) => Array.from({ length: T }, (_, t) => [...values.slice(t * H, t * H + H)]);

for (const [name, phi] of [
  ["tanh", Math.tanh],
  ["identity", (a) => a],
]) {
  for (const lastOnly of [true, false]) {
    test(`${name}, loss on ${lastOnly ? "the last step" : "every step"}: states and dL/dh_t`, () => {
      const run = forward(network, activations[name], x);
      const h = rows(run.h);
      const zero = Array(H).fill(0);
      const first = network.W_xh.map((w, i) => w * x[0] + network.b[i]);
      const expected = continued(phi, 0, [...first].map(phi));
      assert.equal(zero.length, H);
      expected.flat().forEach((v, i) => {
        assert.ok(Math.abs(run.h[i] - v) < 1e-14 * Math.max(1, Math.abs(v)));
      });

      const { loss, dPrediction } = meanSquaredError(run.prediction, y, lastOnly);
      assert.ok(Math.abs(loss - lossFrom(phi, 0, h[0], lastOnly, [])) < 1e-13 * loss);
      const dh = rows(backward(network, activations[name], run.h, dPrediction));
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
  const unit = { ...network, hiddenSize: 1, W_hh: Float64Array.of(-1.25) };
  const dh = backward(
    unit,
    activations.identity,
    new Float64Array(T),
    Float64Array.of(0, 0, 0, 0, 0, 0, 8),
  );
  dh.forEach((v, t) => {
    const exact = 8 * unit.V[0] * (-1.25) ** (T - 1 - t);
    assert.ok(Math.abs(v - exact) <= 1e-15 * Math.abs(exact));
  });
});

test("scales act on the recurrent layer alone; other sizes leave other tensors as they are", () => {
  const plain = drawNetwork({ seed: 4, hidden_size: H, weight_scale: 1, bias_scale: 1 });
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
  assert.deepEqual([...drawTask(4, 50).x.slice(0, T)], [...x]);
  const bound = 1 / Math.sqrt(H);
  for (const w of plain.W_hh) assert.ok(Math.abs(w) <= bound);
  assert.ok(Math.max(...plain.W_hh) > 0.8 * bound);
});

test("the target is the mean so far", () => {
  const data = new Draws(4, 0).normals(T);
  for (let t = 1; t <= T; t++) {
    const mean = data.slice(0, t).reduce((sum, v) => sum + v, 0) / t;
    assert.ok(Math.abs(y[t - 1] - mean) < 1e-15);
  }
});
