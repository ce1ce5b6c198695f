"""Repeat the course's experiment from five seeds and keep what the chapter *Depth* reads.

``python -m tools.course_experiment`` writes ``rnnbook/data/course-experiment.json``. Beside the
course's four networks stands one layer of 55 units, about as many parameters as two layers of 32;
these two once more with weights drawn by PyTorch's rule, and once as PyTorch's own ``torch.nn.RNN``
with its two biases; and one layer of 64 units, as many parameters as an LSTM layer of 32 has within
three per cent. It takes about ten minutes of one core. Groups named after the command, such
as ``wide``, are run alone and the others kept.
"""

import json
import os
import platform
import sys
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}  # before torch and tqdm are imported

import torch

import rnnbook
from rnnbook.comparison import COURSE, KEPT_RUNS, TARGETS, Runs

SEEDS = range(5)
BLOCK = 50
WIDE = {"rnn_1_layer_55_units": lambda: rnnbook.RNN(1, 55, 1)}
AS_LSTM = {"rnn_1_layer_64_units": lambda: rnnbook.RNN(1, 64, 1)}
PYTORCH_START = {
    "rnn_1_layer_55_units": lambda: rnnbook.pytorch_default_(rnnbook.RNN(1, 55, 1)),
    "rnn_2_layer": lambda: rnnbook.pytorch_default_(rnnbook.RNN(1, 32, 2)),
}
TORCH = {
    "rnn_1_layer_55_units": lambda: torch.nn.RNN(1, 55, batch_first=True),
    "rnn_2_layer": lambda: torch.nn.RNN(1, 32, 2, batch_first=True),
}
GROUPS: dict[str, Mapping[str, Callable[[], torch.nn.Module]]] = {
    "course": COURSE,
    "wide": WIDE,
    "as_lstm": AS_LSTM,
    "pytorch_start": PYTORCH_START,
    "torch": TORCH,
}


def run(group: str, seed: int) -> Runs:
    """Return the losses of a group of networks from one seed."""
    torch.set_num_threads(1)
    return rnnbook.compare_networks(GROUPS[group], seed)[1]


def summary(runs: list[Runs]) -> dict[str, dict[str, Any]]:
    """Return by target and network every seed's score, and its losses as means over blocks."""
    found: dict[str, dict[str, Any]] = {target: {} for target in TARGETS}
    for target, name in runs[0]:
        losses = [of_seed[target, name] for of_seed in runs]
        found[target][name] = {
            "scores": [rounded(rnnbook.course_score(each)) for each in losses],
            "means": [block_means(each) for each in losses],
        }
    return found


def block_means(losses: list[float]) -> list[float]:
    """Return the mean loss of each whole block of batches."""
    blocks = torch.tensor(losses, dtype=torch.float64).unfold(0, BLOCK, BLOCK)
    return [rounded(mean) for mean in blocks.mean(dim=1).tolist()]


def rounded(value: float) -> float:
    """Return five significant digits of a number."""
    return float(f"{value:.4e}")


def main(groups: list[str]) -> int:
    """Run every seed of the groups, two at a time, and write the result."""
    unknown = set(groups) - set(GROUPS)
    if unknown:
        print(f"There is no group {sorted(unknown)}; expected some of {list(GROUPS)}.")
        return 2
    with get_context("spawn").Pool(2) as pool:
        pairs = [(group, seed) for group in groups for seed in SEEDS]
        losses = dict(zip(pairs, pool.starmap(run, pairs, chunksize=1)))
    result = {
        "command": "python -m tools.course_experiment",
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": f"{platform.system()} {platform.machine()}, one thread a run",
        "seeds": list(SEEDS),
        "batches_in_a_mean": BLOCK,
    }
    if set(groups) < set(GROUPS):
        result = rnnbook.course_runs() | result
    for group in groups:
        result[group] = summary([losses[group, seed] for seed in SEEDS])
    KEPT_RUNS.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{KEPT_RUNS}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(GROUPS)))
