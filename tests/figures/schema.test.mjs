import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gradientFlow } from "../../rnnbook/figures/core/gradient-flow.mjs";
import { describePace } from "../../rnnbook/figures/core/words.mjs";
import { accept, complete, parse } from "../../rnnbook/figures/state/schema.mjs";
import { readHash, splitHash, writeHash } from "../../rnnbook/figures/state/url.mjs";

const file = new URL("../../rnnbook/figures/state/gradient-flow.json", import.meta.url);
const schema = JSON.parse(readFileSync(file, "utf8"));
const field = (name) => schema.state.find((f) => f.name === name);
const defaults = complete(schema, {});

test("a number is accepted on its step and in its range, as the decimal it is", () => {
  const scale = field("weight_scale");
  assert.equal(accept(scale, 33 * 0.05), 1.65);
  assert.ok(Object.is(accept(scale, -0), 0));
  for (const bad of [5.05, -5.05, 1.63, Number.NaN, Infinity, "1", null, true, [1]]) {
    assert.equal(accept(scale, bad), undefined, String(bad));
  }
  assert.equal(accept(field("hidden_size"), 1.5), undefined);
  assert.equal(accept(field("seed"), 4294967295), 4294967295);
});

test("choices and truth values are accepted by name only", () => {
  assert.equal(accept(field("nonlinearity"), "identity"), "identity");
  for (const bad of ["constructor", "__proto__", "elu", "", 0, {}]) {
    assert.equal(accept(field("nonlinearity"), bad), undefined);
  }
  assert.equal(parse(field("last_timestep_only"), "false"), false);
  assert.equal(parse(field("last_timestep_only"), "toString"), undefined);
  assert.equal(parse(field("seed"), "1e3"), undefined);
  assert.equal(parse(field("seed"), ""), undefined);
});

test("what is missing or bad falls back to what the page gave, then to the default", () => {
  const state = complete(schema, { weight_scale: 99, seed: 3 }, { weight_scale: 1.6, seed: 4 });
  assert.deepEqual([state.weight_scale, state.seed, state.bias_scale], [1.6, 3, 1]);
  for (const nothing of [null, undefined, 7, "state", []]) {
    assert.deepEqual(complete(schema, nothing), defaults);
  }
});

test("the address keeps what differs, for each mount by its id, and gives it back", () => {
  const initial = { ...defaults, weight_scale: 1.6 };
  const state = { ...initial, nonlinearity: "identity", weight_scale: -0.05 };
  const hash = writeHash(schema, "#other?seed=3;a-section", "mine", state, initial);
  assert.equal(hash, "#other?seed=3;mine?weight_scale=-0.05&nonlinearity=identity");
  assert.deepEqual(complete(schema, readHash(schema, hash, "mine"), initial), state);
  assert.deepEqual(readHash(schema, hash, "other"), { seed: 3 });
  assert.equal(readHash(schema, hash, "third"), undefined);
  assert.equal(writeHash(schema, hash, "mine", initial, initial), "#other?seed=3");
  assert.deepEqual([...splitHash("#")], []);
});

/** Texts that a field takes: its ends, its default, a step from its end. */
function goodTexts({ type, choices, min, max, step, default: given }) {
  if (type === "choice") return Object.keys(choices);
  if (type === "boolean") return ["true", "false"];
  return [min, max, given, min + step].map(String);
}

test("ten thousand random and hostile addresses: always a valid state that can be computed", () => {
  const names = [...schema.state.map((f) => f.name), "__proto__", "constructor", "<b>"];
  const hostile = ["1", "-5", "9e99", "1.6", "NaN", "%E0%A4%A", "<img src=x onerror=alert(1)>"];
  hostile.push("true", "false", "tanh", "identity", "0x10", "١", "", "1;2", "?", "&", "null");
  hostile.push("-0", "Infinity", "1e-400", "%00", "\u202e", "a".repeat(5000), "lstm", "float32");
  const good = new Map(schema.state.map((f) => [f.name, goodTexts(f)]));
  let random = 1;
  const pick = (list) => {
    random = (random * 48271) % 2147483647; // Park & Miller's generator
    return list[random % list.length];
  };
  const seen = new Set();
  for (let i = 0; i < 10000; i++) {
    const count = 1 + (i % 24);
    const pairs = Array.from({ length: count }, () => {
      const name = pick(names);
      return `${name}=${pick([pick(hostile), ...pick([[], good.get(name) ?? []])])}`;
    });
    const hash = `#${pick(["gradient-flow?", "gradient-flow", "x;gradient-flow?"])}${pairs.join("&")}`;
    const state = complete(schema, readHash(schema, hash, "gradient-flow"));
    assert.deepEqual(Object.keys(state), Object.keys(defaults));
    for (const f of schema.state) assert.equal(accept(f, state[f.name]), state[f.name]);
    assertComputed(state);
    seen.add(JSON.stringify(state));
  }
  assert.ok(seen.size > 1000, `${seen.size} states`);
});

function assertComputed(state) {
  const flow = gradientFlow(state);
  assert.equal(flow.points.length, state.hidden_size);
  assert.ok(flow.points[flow.chosen]);
  for (const { values, kinds } of flow.curves) {
    assert.equal(values.length, state.seq_len);
    values.forEach((v, t) => {
      assert.equal(kinds[t] === "overflow", !Number.isFinite(v));
    });
  }
  assert.match(describePace(state, flow), /\.$/);
}
