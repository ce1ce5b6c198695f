import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { pythonOf } from "../../rnnbook/figures/core/python.mjs";
import { createModel } from "../../rnnbook/figures/host/model.mjs";
import { connect } from "../../rnnbook/figures/state/connect.mjs";

const schema = {
  state: [
    { name: "seed", type: "integer", min: 0, max: 9, step: 1, default: 0 },
    { name: "on", type: "boolean", default: true },
  ],
};
let frames = [];

beforeEach(() => {
  frames = [];
  globalThis.requestAnimationFrame = (callback) => frames.push(callback);
  globalThis.cancelAnimationFrame = (id) => frames.splice(id - 1, 1);
});

afterEach(() => {
  delete globalThis.requestAnimationFrame;
  delete globalThis.cancelAnimationFrame;
});

function connected(model) {
  const drawn = [];
  return { drawn, link: connect(schema, model, (state) => drawn.push({ ...state })) };
}

test("many changes are drawn once a frame", () => {
  const { drawn, link } = connected(createModel({ seed: 1, on: true, initial: { seed: 1 } }));
  link.set({ seed: 2, on: false });
  link.set({ seed: 3 });
  assert.equal(frames.length, 1);
  frames[0]();
  assert.deepEqual(drawn, [
    { seed: 1, on: true },
    { seed: 3, on: false },
  ]);
});

test("reset goes back to what the figure opened with", () => {
  const { link } = connected(createModel({ seed: 5, on: true, initial: { seed: 5 } }));
  link.set({ seed: 7, on: false });
  link.reset();
  assert.deepEqual(link.read(), { seed: 5, on: true });
});

test("a model's bad value is not drawn", () => {
  const { drawn } = connected(createModel({ seed: "<b>", on: 1, initial: { seed: 5 } }));
  assert.deepEqual(drawn, [{ seed: 5, on: true }]);
});

test("nothing is drawn after the clean-up", () => {
  const model = createModel({ seed: 1, on: true });
  const { drawn, link } = connected(model);
  model.set("seed", 2);
  link.disconnect();
  assert.equal(frames.length, 0);
  model.set("seed", 3);
  assert.equal(frames.length, 0);
  assert.equal(drawn.length, 1);
});

test("a host whose off and save_changes throw is no obstacle", () => {
  const refuse = () => {
    throw new Error("not in this host");
  };
  const model = { ...createModel({ seed: 1, on: true }), off: refuse, save_changes: refuse };
  const { link } = connected(model);
  link.set({ seed: 4 });
  assert.equal(link.read().seed, 4);
  link.disconnect();
});

test("setting a value to what it is tells no one", () => {
  const model = createModel({ seed: 1 });
  let told = 0;
  model.on("change:seed", () => (told += 1));
  model.set("seed", 1);
  assert.equal(told, 0);
  model.set("seed", 2);
  assert.equal(told, 1);
});

test("the Python has Python's literals", () => {
  const text = pythonOf({ weight_scale: 1.6, nonlinearity: "tanh", last_timestep_only: true });
  assert.match(
    text,
    / {4}weight_scale=1\.6,\n {4}nonlinearity="tanh",\n {4}last_timestep_only=True,\n/,
  );
});
