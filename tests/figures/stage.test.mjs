import assert from "node:assert/strict";
import { test } from "node:test";
import jsqr from "jsqr";
import { addressForOthers, modulesOf } from "../../rnnbook/figures/stage/code.mjs";
import { createDrive, namesApart } from "../../rnnbook/figures/stage/drive.mjs";
import { sentenceFor } from "../../rnnbook/figures/stage/kernel.mjs";

const PIXELS = 4; // a module's side
const QUIET = 4;

/** The text of a code as a camera's software reads it. */
function readCode(rows) {
  const side = (rows.length + 2 * QUIET) * PIXELS;
  const image = new Uint8ClampedArray(side * side * 4).fill(255);
  rows.forEach((row, y) => {
    row.forEach((dark, x) => {
      if (!dark) return;
      for (let i = 0; i < PIXELS * PIXELS; i++) {
        const px = (x + QUIET) * PIXELS + (i % PIXELS);
        const py = (y + QUIET) * PIXELS + Math.floor(i / PIXELS);
        image.fill(0, 4 * (py * side + px), 4 * (py * side + px) + 3);
      }
    });
  });
  return jsqr(image, side, side)?.data;
}

test("a QR code says the address, state included", () => {
  for (const address of [
    "https://book.example/demos/gradient-flow.html",
    "https://book.example/demos/tanh-or-identity.html#tanh?weight_scale=-1.75&seed=4294967295;identity?weight_scale=-1.75&seed=4294967295",
  ]) {
    assert.equal(readCode(modulesOf(address)), address);
  }
});

globalThis.location = { hash: "" };
const at = (address) => new URL(address);

test("the address for others is the known one, else the page's own unless it is this machine's", () => {
  const known = { page: "https://book.example/demos/x.html", kernel: false };
  const unknown = { page: "", kernel: false };
  assert.equal(addressForOthers(known, at("http://localhost:80/x.html")), known.page);
  assert.equal(
    addressForOthers(unknown, at("https://a.example/demos/x.html#x?seed=2")),
    "https://a.example/demos/x.html",
  );
  for (const here of [
    "http://localhost:8866/x",
    "http://127.0.0.1/x",
    "http://[::1]/x",
    "file:///x",
  ]) {
    assert.equal(addressForOthers(unknown, at(here)), "");
  }
  assert.equal(addressForOthers({ page: "", kernel: true }, at("https://hub.example/x")), "");
});

const schema = {
  state: [
    { name: "cell", type: "choice", choices: { rnn: "RNN", lstm: "LSTM" }, default: "rnn" },
    { name: "scale", type: "number", min: -5, max: 5, step: 0.05, default: 1 },
    { name: "steps", type: "integer", min: 5, max: 200, step: 1, default: 10 },
  ],
};

/** A model as anywidget's: every set is heard of. */
function figure(id, initial) {
  const values = { ...initial };
  const heard = new Map();
  const model = {
    get: (name) => (name === "initial" ? initial : values[name]),
    set(name, value) {
      values[name] = value;
      heard.get(`change:${name}`)?.();
    },
    on: (event, callback) => heard.set(event, callback),
    off() {},
    save_changes() {
      throw new Error("the kernel is gone");
    },
  };
  return { id, schema, model, values };
}

test("figures side by side differ in what they open with apart", () => {
  const rnn = { cell: "rnn", scale: 1 };
  assert.deepEqual(namesApart([rnn]), new Set());
  assert.deepEqual(namesApart([rnn, { cell: "lstm", scale: 1 }]), new Set(["cell"]));
});

test("what they share moves in both, whichever is moved, with or without a kernel", () => {
  let heard = 0;
  const drive = createDrive(() => {
    heard += 1;
  });
  const a = figure("a", { cell: "rnn", scale: 1, steps: 10 });
  const b = figure("b", { cell: "lstm", scale: 1, steps: 10 });
  drive.add(a);
  drive.add(b);
  a.model.set("scale", 2);
  assert.equal(b.values.scale, 2);
  drive.set({ cell: "lstm", steps: 50 });
  assert.deepEqual([a.values.cell, b.values.cell], ["rnn", "lstm"]);
  assert.deepEqual([a.values.steps, b.values.steps], [50, 50]);
  drive.set({ steps: 1000 });
  assert.equal(a.values.steps, 50, "what is out of range is not taken");
  drive.step(3);
  assert.deepEqual([a.values.scale, b.values.scale], [2.15, 2.15]);
  drive.step(1000);
  assert.equal(b.values.scale, 5);
  drive.reset();
  assert.deepEqual(a.values, { cell: "rnn", scale: 1, steps: 10 });
  assert.deepEqual([drive.title(a), drive.title(b)], ["RNN", "LSTM"]);
  assert.ok(heard > 0);
});

test("a page says what is gone, and nothing while all is there", () => {
  assert.equal(sentenceFor(200, false), "");
  assert.match(sentenceFor(404, false), /kernel .* has ended\. The figure .* goes on/);
  assert.match(sentenceFor(undefined, false), /server does not answer\. The figure .* goes on/);
  assert.match(sentenceFor(404, true), /kernel .* has ended\. .* stays as it was/);
  assert.match(sentenceFor(undefined, true), /server does not answer\. .* stays as it was/);
});
