import assert from "node:assert/strict";
import { test } from "node:test";
import { Draws } from "../../rnnbook/figures/core/draws.mjs";

test("integers are xoshiro128**'s, as its authors' program prints them from the state 1 2 3 4", () => {
  const draws = new Draws(0);
  draws.state.set([1, 2, 3, 4]);
  const expected = [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
    4258142804,
  ];
  assert.deepEqual(
    expected.map(() => draws.integer()),
    expected,
  );
});

test("uniforms are multiples of 2^-53 and use all their bits", () => {
  const draws = new Draws(1);
  let bits = 0n;
  for (let i = 0; i < 200; i++) {
    const u = draws.uniform();
    assert.ok(u >= 0 && u < 1);
    assert.ok(Number.isInteger(u * 2 ** 53));
    bits |= BigInt(u * 2 ** 53);
  }
  assert.equal(bits, 2n ** 53n - 1n);
});

test("an event of probability e^-p happens that often", () => {
  const draws = new Draws(2);
  const trials = 40000;
  for (const p of [0.05, 0.5, 1]) {
    let hits = 0;
    for (let i = 0; i < trials; i++) hits += draws.survives(p) ? 1 : 0;
    const chance = Math.exp(-p);
    const spread = Math.sqrt((chance * (1 - chance)) / trials);
    assert.ok(Math.abs(hits / trials - chance) < 4.5 * spread, `e^-${p}: ${hits / trials}`);
  }
});

test("streams and seeds differ, and more draws do not change the first ones", () => {
  const first = (seed, stream, count) => [...new Draws(seed, stream).normals(count)];
  assert.deepEqual(first(3, 1, 50).slice(0, 10), first(3, 1, 10));
  const seen = new Set();
  for (const seed of [0, 1, 2, 2 ** 32 - 1]) {
    for (const stream of [0, 1, 2, 3, 4, 5]) seen.add(first(seed, stream, 1)[0]);
  }
  assert.equal(seen.size, 24);
});
