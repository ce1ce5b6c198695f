"""Networks compared on the running mean as the course does it: one seed, one stream of batches."""

import json
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from rnnbook.layers import LSTMLayer, RecurrentLayer
from rnnbook.networks import RecurrentRegressionModel
from rnnbook.tasks import generate_batch
from rnnbook.training import NETWORKS, train
from rnnbook.validation import require_module, require_size

KEPT_RUNS = Path(__file__).parent / "data" / "course-experiment.json"
TARGETS = {"every step": False, "last step": True}
Runs = dict[tuple[str, str], list[float]]
COURSE: dict[str, Callable[[], nn.Module]] = {
    name: partial(make, 32) for name, make in NETWORKS.items()
}


def compare_networks(
    networks: Mapping[str, Callable[[], nn.Module]] = COURSE,
    seed: int = 0,
    *,
    lr: float = 1e-4,
    num_batches: int = 5000,
    skip: Collection[str] = (),
) -> tuple[dict[tuple[str, str], RecurrentRegressionModel], Runs]:
    """Train each network on the running mean at every step, then afresh on the last step alone.

    Everything random comes from one stream, in the course's order: the weights of all networks,
    then the batches of each; then the other target. So a run depends on those before it, but only
    through how much of the stream they used.

    Parameters
    ----------
    networks : mapping of a name to a function
        Each call makes a fresh recurrent network. The course's four by default: RNN and LSTM, one
        layer and two, 32 units.
    seed : int, default 0
    lr : float, default 1e-4
        Adam's step size.
    num_batches : int, default 5000
        Of 32 sequences of 10 steps.
    skip : collection of str
        Names that are not trained. Their batches are drawn all the same, so that the others see
        theirs.

    Returns
    -------
    models, losses : dict
        By (target, name), the targets being "every step" and "last step".

    Raises
    ------
    TypeError, ValueError
        If num_batches is not a whole number of at least 1, lr is not above 0, or a name to skip is
        not one of the networks.

    Notes
    -----
    Chapter: *Depth*. Layers of ours run without keeping their states, which is faster.
    """
    require_size("num_batches", num_batches)
    if not lr > 0:
        raise ValueError(f"lr is {lr}; expected a step size above 0, for example 1e-4.")
    unknown = set(skip) - set(networks)
    if unknown:
        raise ValueError(f"skip names {sorted(unknown)}; expected some of {list(networks)}.")
    torch.manual_seed(seed)
    models, losses = {}, {}
    for target, last_timestep_only in TARGETS.items():
        fresh = {name: RecurrentRegressionModel(make()) for name, make in networks.items()}
        for name, model in fresh.items():
            if name in skip:
                for _ in range(num_batches):
                    generate_batch(10, 32)
                continue
            _forget_states(model)
            optimizer = torch.optim.Adam(model.parameters(), lr=lr)
            models[target, name] = model
            losses[target, name] = train(model, optimizer, num_batches, last_timestep_only)
        generate_batch(10, 4)  # the course draws four sequences for its plots here
    return models, losses


def course_runs() -> dict[str, Any]:
    """Read the runs of five seeds that ``python -m tools.course_experiment`` made and kept.

    Returns
    -------
    dict
        Command, versions and seeds; and by group of networks, target and name the scores of the
        seeds and their losses as means over blocks of batches.
    """
    return json.loads(KEPT_RUNS.read_text(encoding="utf-8"))


def course_score(losses: list[float]) -> float:
    """Mean loss of the ten batches 4891 … 4900, counted from 0: the number the course prints.

    Raises
    ------
    ValueError
        If there are fewer than 4901 losses.
    """
    if len(losses) < 4901:
        raise ValueError(f"losses has {len(losses)} entries; expected at least 4901, one a batch.")
    return sum(losses[4891:4901]) / 10


@torch.no_grad()
def course_gates_(module: nn.Module) -> nn.Module:
    """Give freshly drawn LSTM layers the weights that the course's would have drawn.

    The course stacks its gates i, f, o, g where PyTorch and this package stack i, f, g, o. With
    the same random stream the third and the fourth block of rows are therefore exchanged.

    Raises
    ------
    TypeError
        If the module holds no LSTM layer of ours.
    """
    require_module("module", module)
    layers = [layer for layer in module.modules() if isinstance(layer, LSTMLayer)]
    if not layers:
        raise TypeError(f"this {type(module).__name__} holds no LSTMLayer; expected one.")
    for layer in layers:
        for parameter in layer.parameters():
            i, f, o, g = parameter.chunk(4)
            parameter.copy_(torch.cat([i, f, g, o]))
    return module


def _forget_states(module: nn.Module) -> None:
    for layer in module.modules():
        if isinstance(layer, RecurrentLayer):
            layer.keep_states = False
