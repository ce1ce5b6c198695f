import assert from "node:assert/strict";
import { test } from "node:test";
import { isGuess, judge, parseNumber, ruleOf } from "../../rnnbook/figures/core/judge.mjs";
import { createGuesses, scoreOf } from "../../rnnbook/figures/state/guesses.mjs";

const number = { name: "n", question: "?", explanation: "!", unit: "steps" };
const near = { ...number, answer: 4.2, shown: "4.2 steps", tolerance: 0.3 };
const ratio = { ...number, answer: 1e-12, shown: "10^{-12}", factor: 10 };
const choice = { ...number, answer: "b", shown: "b", choices: ["a", "b"] };

test("a number is right within its tolerance, both ends included", () => {
  for (const guess of [3.9, 4.2, 4.5]) assert.ok(judge(near, guess).right, String(guess));
  for (const guess of [3.89, 4.51, -4.2, 0]) assert.ok(!judge(near, guess).right, String(guess));
  assert.equal(judge(near, 40).words, "It is 4.2 steps; you said 40, off by 36.");
  assert.equal(judge(near, 1.2).words, "It is 4.2 steps; you said 1.2, off by 3.");
  assert.equal(judge(near, 4.2).words, "It is 4.2 steps.");
  const rounded = { ...near, answer: -11.683, shown: "−11.7" };
  assert.equal(judge(rounded, -11.7).words, "It is −11.7.");
  assert.equal(judge(rounded, -12).words, "It is −11.7; you said −12, off by 0.32.");
  assert.equal(judge(rounded, 12).words, "It is −11.7; you said 12: the sign differs.");
  const around = { ...near, answer: 0.1, shown: "0.1" };
  assert.deepEqual(judge(around, -0.1), {
    right: true,
    words: "It is 0.1; you said −0.1, off by 0.20.",
  });
});

test("a ratio counts alike in both directions, and never across the sign", () => {
  for (const guess of [1e-13, 1e-12, 1e-11]) assert.ok(judge(ratio, guess).right, String(guess));
  for (const guess of [9e-14, 1.1e-11, 0, -1e-12]) assert.ok(!judge(ratio, guess).right);
  assert.match(judge(ratio, 1e-6).words, /you said 0\.000001, 1\s×\s10⁶ times too large\.$/);
  assert.match(judge(ratio, 1e-14).words, /you said 1e−14, 100 times too small\.$/);
  assert.match(judge(ratio, -1).words, /you said −1: the sign differs\.$/);
  const forty = { ...number, answer: 40, shown: "40", factor: 2 };
  assert.equal(judge(forty, 41).words, "It is 40; you said 41.");
  assert.equal(judge(forty, 20).words, "It is 40; you said 20, 2 times too small.");
});

test("a choice is right or it is not", () => {
  assert.deepEqual(judge(choice, "b"), { right: true, words: "“b”." });
  assert.deepEqual(judge(choice, "a"), { right: false, words: "You said “a”. The answer: “b”." });
});

test("what can be a guess", () => {
  for (const bad of [undefined, null, NaN, Infinity, "4.2"]) assert.ok(!isGuess(near, bad));
  for (const bad of [undefined, "c", 0, "constructor"]) assert.ok(!isGuess(choice, bad));
  assert.ok(isGuess(near, 0) && isGuess(choice, "a"));
});

test("a number is read with a minus of any kind, and with nothing behind it", () => {
  for (const text of ["-12", "−12", "–12", " −12.0 ", "-1.2e1", "−120e−1"])
    assert.equal(parseNumber(text), -12, text);
  for (const text of ["12", "+12", "12.", "1.2E+1"]) assert.equal(parseNumber(text), 12, text);
  assert.equal(parseNumber(".5"), 0.5);
  for (const text of ["", " ", "5%", "5 %", "0,5", "1e", "1 2", "--1", "0x10", "Infinity", "."])
    assert.ok(Number.isNaN(parseNumber(text)), text);
  assert.ok(!isGuess(near, parseNumber("1e999")));
});

test("the rule is said beforehand", () => {
  assert.equal(ruleOf(near), "Right within 0.3\u00a0steps.");
  assert.equal(ruleOf(ratio), "Right within a factor of 10.");
  assert.equal(ruleOf({ ...near, tolerance: 0 }), "Right if exact.");
  const within = (unit, tolerance) => ruleOf({ ...near, unit, tolerance });
  assert.equal(within("per cent", 5), "Right within 5\u00a0percentage points.");
  assert.equal(within("powers of ten", 2), "Right within 2\u00a0powers of ten.");
  assert.equal(within("powers of ten", 1), "Right within 1\u00a0power of ten.");
  assert.equal(ruleOf(choice), "");
});

function storage(items = {}) {
  return {
    items,
    getItem: (key) => items[key] ?? null,
    setItem: (key, value) => {
      items[key] = value;
    },
    removeItem: (key) => delete items[key],
  };
}

test("guesses are kept under one key and forgotten one by one or all", () => {
  const kept = storage();
  const guesses = createGuesses(() => kept);
  guesses.put("a", { guess: 1, right: true });
  guesses.put("b", { guess: "x", right: false });
  assert.equal(
    kept.items["rnnbook-predict"],
    '{"a":{"guess":1,"right":true},"b":{"guess":"x","right":false}}',
  );
  assert.deepEqual(
    createGuesses(() => kept)
      .all()
      .get("b"),
    { guess: "x", right: false },
  );
  guesses.forget("a");
  assert.deepEqual([...guesses.all().keys()], ["b"]);
  guesses.forgetAll();
  assert.deepEqual(kept.items, {});
  assert.ok(guesses.keeps());
});

test("a storage that throws, is missing or is full leaves the guesses to the page", () => {
  const refuse = () => {
    throw new Error("not here");
  };
  const full = { ...storage(), setItem: refuse };
  for (const bad of [refuse, () => undefined, () => null, () => full]) {
    const guesses = createGuesses(/** @type {any} */ (bad));
    guesses.put("a", { guess: 1, right: true });
    assert.equal(guesses.all().get("a")?.guess, 1);
    assert.ok(!guesses.keeps());
    guesses.forget("a");
    assert.equal(guesses.all().size, 0);
  }
});

test("what is malformed is passed over", () => {
  for (const text of ["{", "null", "7", '"x"', '{"a":1,"b":{"guess":[],"right":true},"c":null}']) {
    assert.equal(createGuesses(() => storage({ "rnnbook-predict": text })).all().size, 0, text);
  }
  const mixed = '{"__proto__":{"guess":1,"right":true},"b":{"guess":1,"right":true}}';
  assert.equal(
    createGuesses(() => storage({ "rnnbook-predict": mixed }))
      .all()
      .get("b")?.guess,
    1,
  );
});

test("the score counts each question once", () => {
  const all = new Map([
    ["a", { guess: 1, right: true }],
    ["b", { guess: 1, right: false }],
    ["elsewhere", { guess: 1, right: true }],
  ]);
  assert.deepEqual(scoreOf(all, ["a", "a", "b", "c"]), { right: 1, answered: 2, asked: 3 });
});
