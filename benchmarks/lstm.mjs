/** Forward and full BPTT of the figure's LSTM: so many times in ms, as JSON (benchmarks/figure.py). */
import { meanSquaredError } from "../rnnbook/figures/core/loss.mjs";
import { drawNetwork, drawTask } from "../rnnbook/figures/core/network.mjs";
import { backward, forward } from "../rnnbook/figures/core/unroll.mjs";

const { state, rounds } = JSON.parse(process.argv[2]);
const network = drawNetwork(state);
const { x, y } = drawTask(state);

function once() {
  const start = performance.now();
  const { run, prediction } = forward(network, x);
  backward(network, run, meanSquaredError(prediction, y, state.last_timestep_only).dPrediction);
  return performance.now() - start;
}

for (let i = 0; i < 100; i++) once(); // until the engine has compiled it
console.log(JSON.stringify(Array.from({ length: rounds }, once)));
