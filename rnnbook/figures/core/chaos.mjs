/** Whether a network is chaotic, and what rounding does to the figure's numbers because of it. */
import { Draws } from "./draws.mjs";
import { measureFlow } from "./measure.mjs";
import { drawNetwork, drawTask } from "./network.mjs";
import { lengthOf } from "./norms.mjs";
import { cells, createRows } from "./unroll.mjs";

/** @typedef {import("./gradient-flow.mjs").State} State */

const STEPS = 1000;
const SKIPPED = 100; // until the way between the two runs has turned into the fastest direction
const APART = 1e-8;
const FAR = 1e6; // a state as long runs away: at 1e8 the distance would be lost in rounding
const WAYS = 3;

/**
 * The largest Lyapunov exponent, in nats a step, by Benettin's method: two runs on the same inputs,
 * a hair apart, brought back to that distance after every step (Benettin et al. 1980). The inputs
 * go on as the figure's begin.
 *
 * @param {State} state
 * @returns {number} infinite where the state runs away; minus infinite where the runs meet
 */
export function largestExponent(state) {
  const network = drawNetwork({ ...state, precision: "float64" });
  const { x } = drawTask({ ...state, precision: "float64", seq_len: SKIPPED + STEPS });
  const { states, kept, step } = cells[state.cell];
  const [first, second] = [0, 1].map(() => createRows(network, kept, "a", 1));
  const H = state.hidden_size;
  separate(first, second, states, H, new Draws(state.seed, 7).normals(2 * H), 0);
  let sum = 0;
  for (let t = 0; t < x.length; t++) {
    for (const run of [first, second]) {
      step(network, x[t], run, 1);
      for (const name of states) run[name].copyWithin(0, H);
    }
    const way = states.flatMap((name) =>
      Array.from({ length: H }, (_, k) => second[name][k] - first[name][k]),
    );
    const length = lengthOf(Float64Array.from(way), 0, way.length);
    if (!(lengthOf(first.h, 0, H) < FAR)) return Infinity;
    if (length === 0) return -Infinity;
    if (t >= SKIPPED) sum += Math.log(length / APART);
    separate(first, second, states, H, way, length);
  }
  return sum / STEPS;
}

/**
 * Put the second run's state at the distance APART from the first one's, along a way.
 *
 * @param {import("./unroll.mjs").Run} first
 * @param {import("./unroll.mjs").Run} second
 * @param {string[]} states
 * @param {number} H
 * @param {ArrayLike<number>} way
 * @param {number} length the way's, measured if it is 0
 */
function separate(first, second, states, H, way, length) {
  const by = APART / (length || lengthOf(Float64Array.from(way), 0, states.length * H));
  states.forEach((name, n) => {
    for (let k = 0; k < H; k++) second[name][k] = first[name][k] + by * way[n * H + k];
  });
}

/**
 * The largest relative change of the figure's numbers, over some ways of moving every activation by
 * two units in the last place: what two machines may differ by. With 32 bits every parameter moves
 * as well, for sums that nearly cancel.
 *
 * @param {State} state
 */
export function roundingSpread(state) {
  const exact = measureFlow(state).curves;
  const network = drawNetwork(state);
  let spread = 0;
  for (let way = 0; way < WAYS; way++) {
    const moved = measureFlow(state, moveNetwork(network, new Draws(way, 8))).curves;
    exact.forEach(({ values, kinds }, c) => {
      values.forEach((value, t) => {
        if (kinds[t] !== "number") return;
        spread = Math.max(spread, Math.abs(moved[c].values[t] / value - 1)); // NaN stays
      });
    });
  }
  return Number.isNaN(spread) ? Infinity : spread;
}

/**
 * @param {import("./unroll.mjs").Network} network
 * @param {Draws} draws
 * @returns {import("./unroll.mjs").Network}
 */
function moveNetwork(network, draws) {
  const by = network.W_hh instanceof Float32Array ? 2 ** -22 : 2 ** -51;
  const move = (/** @type {number} */ h) => h * (1 + (draws.integer() & 1 ? by : -by));
  const units = Object.entries(network.units).map(([name, activation]) => [
    name,
    { ...activation, value: (/** @type {number} */ a) => move(activation.value(a)) },
  ]);
  const moved = Object.entries(network).map(([name, part]) => [
    name,
    part instanceof Float32Array ? part.map(move) : part,
  ]);
  return { ...network, ...Object.fromEntries(moved), units: Object.fromEntries(units) };
}
