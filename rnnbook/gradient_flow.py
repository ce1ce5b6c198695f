"""The network of the figure *gradient-flow*, in PyTorch.

The figure computes in the browser; this is the same network, drawn from the same numbers, with
autograd for the gradients. The chapter *Gradients through time* uses it.
"""

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from rnnbook.draws import Draws
from rnnbook.figures.schema import complete_state

if TYPE_CHECKING:
    from torch import Tensor

    from rnnbook.networks import RecurrentRegressionModel

# Which stream of the seed each tensor is drawn from (figures/core/network.mjs).
STREAMS = {"x": 0, "W_xh": 1, "W_hh": 2, "b": 3, "V": 4, "d": 5}

# Below this a norm is only called "underflow": digits get lost from 2.2e-308 on.
UNDERFLOW = 1e-290


@dataclass(frozen=True)
class GradientFlowTable:
    """What the figure shows: norms per time step t = 1 … T, and the loss.

    Attributes
    ----------
    loss : float
    h_norms, dh_norms : tuple of float
        |h_t| and |dL/dh_t|, Euclidean.
    """

    loss: float
    h_norms: tuple[float, ...]
    dh_norms: tuple[float, ...]

    def __str__(self) -> str:
        """Return the figure's table, to the digits it shows."""
        h = _column(self.h_norms, classify(self.h_norms))
        dh = _column(self.dh_norms, classify(self.dh_norms[::-1])[::-1])
        lines = [("t", "|h_t|", "|dL/dh_t|"), *zip(range(1, len(h) + 1), h, dh)]
        return "\n".join(f"{t:>3} {a:>12} {b:>12}" for t, a, b in lines)


def gradient_flow_network(**state: Any) -> "tuple[RecurrentRegressionModel, Tensor, Tensor]":
    """Build the figure's network and its data in float64.

    The network is an :class:`rnnbook.RNNLayer` with a linear read-out, drawn from U(−1/√H, 1/√H)
    as PyTorch does, the layer's matrices then scaled by ``weight_scale`` and its bias by
    ``bias_scale``. The data are one sequence of the running-mean task.

    Parameters
    ----------
    **state
        As :func:`rnnbook.figure` takes it: ``weight_scale``, ``bias_scale``, ``nonlinearity``,
        ``last_timestep_only``, ``hidden_size``, ``seq_len``, ``seed``.

    Returns
    -------
    model : RecurrentRegressionModel
    x, y : Tensor, (1, time, 1)

    Raises
    ------
    TypeError, ValueError
        If a name or a value is not of the figure's state.
    """
    import torch

    from rnnbook.layers import RNNLayer
    from rnnbook.networks import RecurrentRegressionModel

    full = complete_state("gradient-flow", state)
    seed, H = full["seed"], full["hidden_size"]
    nonlinearity = {"tanh": torch.tanh, "identity": lambda a: a}[full["nonlinearity"]]
    with torch.random.fork_rng(devices=[]):  # what the constructors draw is not used
        model = RecurrentRegressionModel(RNNLayer(1, H, nonlinearity)).double()
    shapes = {"W_xh": (H, 1), "W_hh": (H, H), "b": (H,), "V": (1, H), "d": (1,)}
    drawn = {
        name: torch.tensor(
            Draws(seed, STREAMS[name]).uniforms(math.prod(shape), 1 / math.sqrt(H)),
            dtype=torch.float64,
        ).reshape(shape)
        for name, shape in shapes.items()
    }
    model.load_state_dict(
        {
            "recurrent_net.input_linear.weight": full["weight_scale"] * drawn["W_xh"],
            "recurrent_net.hidden_linear.weight": full["weight_scale"] * drawn["W_hh"],
            "recurrent_net.input_linear.bias": full["bias_scale"] * drawn["b"],
            "output_linear.weight": drawn["V"],
            "output_linear.bias": drawn["d"],
        }
    )
    x = Draws(seed, STREAMS["x"]).normals(full["seq_len"])
    y = [total / (t + 1) for t, total in enumerate(accumulate(x))]
    as_batch = [torch.tensor(v, dtype=torch.float64).reshape(1, -1, 1) for v in (x, y)]
    return model, as_batch[0], as_batch[1]


def gradient_flow_table(**state: Any) -> GradientFlowTable:
    """Compute with autograd what the figure shows for a state.

    Parameters
    ----------
    **state
        As :func:`rnnbook.gradient_flow_network` takes it.

    Returns
    -------
    GradientFlowTable
        Printing it gives the figure's table.

    Raises
    ------
    TypeError, ValueError
        If a name or a value is not of the figure's state.
    """
    from rnnbook.gradients import state_gradients
    from rnnbook.tasks import loss_fn

    model, x, y = gradient_flow_network(**state)
    last_only = complete_state("gradient-flow", state)["last_timestep_only"]
    flow = state_gradients(model, x, lambda prediction: loss_fn(prediction, y, last_only))
    return GradientFlowTable(flow.loss.item(), row_norms(flow.h[0]), row_norms(flow.dh[0]))


def row_norms(rows: "Tensor") -> tuple[float, ...]:
    """Return the Euclidean norm of each step of (1, time, hidden).

    Squares overflow from 1e154 on and underflow from 1e-162, where the norm itself does not: so
    the largest component is taken out first.
    """
    largest = rows.abs().amax(dim=-1, keepdim=True)
    usable = (largest > 0) & largest.isfinite()
    scaled = (rows / largest.where(usable, 1.0)).square().sum(dim=-1, keepdim=True).sqrt()
    return tuple((largest * scaled).where(usable, largest).flatten().tolist())


def classify(norms: tuple[float, ...]) -> list[str]:
    """Say of each norm, in the order in which they were computed, what it is.

    A zero that follows an underflow is one; any other zero is exact (no path from the loss, or a
    saturated unit).
    """
    kinds: list[str] = []
    for value in norms:
        if not math.isfinite(value):
            kinds.append("overflow")
        elif value >= UNDERFLOW:
            kinds.append("number")
        elif value > 0 or kinds[-1:] == ["underflow"]:
            kinds.append("underflow")
        else:
            kinds.append("zero")
    return kinds


def _column(norms: tuple[float, ...], kinds: list[str]) -> list[str]:
    words = {"zero": "0", "underflow": "underflow", "overflow": "overflow"}
    return [words.get(kind) or format_number(value) for value, kind in zip(norms, kinds)]


def format_number(value: float, digits: int = 6) -> str:
    """Write a number to so many digits, as the figure does: 0.0123400, 123.400, 1.23400e-7."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if power < -4 or power >= digits:
        return f"{mantissa}e{power}"
    return f"{value:.{digits - 1 - power}f}"
