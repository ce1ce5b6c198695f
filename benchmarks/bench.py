"""Time the package and the live figure beside PyTorch, all in one run (``make bench``).

One thread; the candidates of a table take turns, so that what disturbs the machine disturbs all of
them. Nothing is asserted: a shared machine proves nothing about a limit.
"""

import argparse
import functools
import os
import statistics
import time
from collections.abc import Callable

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import torch
from torch import nn
from torch.func import jacrev

import rnnbook
from benchmarks import figure

BATCH, STEPS, HIDDEN = 32, 10, 32
LONG, WIDE = 200, 64
FUSED = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
OURS = {"RNN": rnnbook.RNN, "LSTM": rnnbook.LSTM, "GRU": rnnbook.GRU}


def training_step(net: nn.Module) -> Callable[[], None]:
    """Forward, loss, backward and one step of Adam on the running mean."""
    model = rnnbook.RecurrentRegressionModel(net)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    x, y = rnnbook.generate_batch(STEPS, BATCH, generator=0)

    def step() -> None:
        loss = rnnbook.loss_fn(model(x)[0], y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def our_net(name: str, keep_states: bool) -> nn.Module:
    """One of ours, its layers keeping their states or not."""
    net = OURS[name](1, HIDDEN, 1)
    for layer in net.layers:
        layer.keep_states = keep_states
    return net


def timed(function: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def medians(candidates: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each, measured in turn, after a warm-up."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(rounds + rounds // 10 + 1):
        for name, function in candidates.items():
            seconds = timed(function)
            if turn > rounds // 10:
                times[name].append(seconds)
    return {name: statistics.median(column) for name, column in times.items()}


def training_table(rounds: int) -> None:
    """Ours, states kept and not, beside the fused layers of torch.nn."""
    print(f"A training step, batch {BATCH}, T={STEPS}, hidden {HIDDEN}; median of {rounds}, ms")
    print(f"{'':6}{'torch.nn':>10}{'kept':>10}{'ratio':>8}{'not kept':>10}{'ratio':>8}")
    for name, fused in FUSED.items():
        found = medians(
            {
                "torch": training_step(fused(1, HIDDEN, batch_first=True)),
                "kept": training_step(our_net(name, True)),
                "not kept": training_step(our_net(name, False)),
            },
            rounds,
        )
        theirs, kept, fast = (1e3 * found[key] for key in ("torch", "kept", "not kept"))
        ratios = f"{kept:10.3f}{kept / theirs:8.2f}{fast:10.3f}{fast / theirs:8.2f}"
        print(f"{name:6}{theirs:10.3f}{ratios}")


def from_the_first_state(layer: nn.Module, x: torch.Tensor) -> Callable[[], torch.Tensor]:
    """``jacrev`` from h_1 to every later state, as it is asked of each of the T starting steps."""
    with torch.no_grad():
        first = layer(x[:, :1])[1]
    return lambda: jacrev(lambda h: layer(x[:, 1:], h)[0])(first)


def jacobian_table(rounds: int) -> None:
    """Batched products of one-step Jacobians beside an autograd call for each start."""
    layer, x = rnnbook.RNNLayer(1, WIDE), torch.randn(1, LONG, 1)
    layer.keep_states = False
    start = timed(from_the_first_state(layer, x))
    orders = ("fro", "spectral")
    found = medians(
        {order: functools.partial(rnnbook.jacobian_norms, layer, x, order) for order in orders},
        rounds,
    )
    print(f"\nNorms of all pairs of Jacobians, T={LONG}, hidden {WIDE}; median of {rounds}, s")
    print(f"jacrev: {start:.2f} from the first state, so {LONG * start:.0f} for {LONG} such starts")
    print("(later states have fewer after them: a third of that, if it goes with their square)")
    for order, seconds in found.items():
        print(f"{order:9}{seconds:8.2f}   1/{LONG * start / seconds:.0f}")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"PyTorch {torch.__version__}, one thread\n")
    training_table(rounds)
    jacobian_table(max(1, rounds // 100))
    figure.tables(rounds)


if __name__ == "__main__":
    main()
