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

    from rnnbook.layers import RecurrentLayer
    from rnnbook.networks import RecurrentRegressionModel

# Which stream of the seed each tensor is drawn from (figures/core/network.mjs).
STREAMS = {"x": 0, "W_xh": 1, "W_hh": 2, "b": 3, "V": 4, "d": 5, "b_hn": 6}

# Below this a norm is only called "underflow": further down digits get lost.
UNDERFLOW = {"float64": 1e-290, "float32": 1e-35}

# The largest slope of each nonlinearity.
GAMMA = {"tanh": 1.0, "identity": 1.0, "relu": 1.0, "sigmoid": 0.25}

# Which gate a gated cell's direct path goes through, and along which state.
DIRECT = {"lstm": ("f", "c"), "gru": ("z", "h")}


@dataclass(frozen=True)
class GradientFlowTable:
    """What the figure shows: one number for each time step t = 1 … T in every column.

    Attributes
    ----------
    loss : float
    columns : dict of str to tuple of float
        Euclidean lengths of the states, ``|h_t|`` and an LSTM's ``|c_t|``, and of the gradients,
        ``|dL/dh_t|`` and ``|dL/dc_t|``. If the loss is on the last step alone, then also, times the
        gradient's own length there and with k = T − t: for a simple network the powers ``|λ|^k``
        of one eigenvalue of W_hh and ``σ₁^k`` of its largest singular value, both times φ's
        largest slope; for a gated one the power of one unit's mean gate, ``f^k`` or ``z^k``, and
        the length of the direct path, ``∏f`` or ``∏z``.
    kinds : dict of str to list of str
        What each number is: ``"number"``, ``"zero"``, ``"underflow"`` or ``"overflow"``.
    """

    loss: float
    columns: dict[str, tuple[float, ...]]
    kinds: dict[str, list[str]]

    @property
    def h_norms(self) -> tuple[float, ...]:
        """|h_t|, t = 1 … T."""
        return self.columns["|h_t|"]

    @property
    def dh_norms(self) -> tuple[float, ...]:
        """|dL/dh_t|, t = 1 … T."""
        return self.columns["|dL/dh_t|"]

    @property
    def dc_norms(self) -> tuple[float, ...]:
        """|dL/dc_t|, t = 1 … T, of an LSTM."""
        return self.columns["|dL/dc_t|"]

    def __str__(self) -> str:
        """Return the figure's table, to the digits it shows."""
        shown = [_column(v, self.kinds[label]) for label, v in self.columns.items()]
        times = map(str, range(1, len(self.h_norms) + 1))
        lines = [("t", *self.columns), *zip(times, *shown)]
        return "\n".join(f"{t:>3} " + " ".join(f"{v:>12}" for v in row) for t, *row in lines)


def gradient_flow_network(**state: Any) -> "tuple[RecurrentRegressionModel, Tensor, Tensor]":
    """Build the figure's network and its data, with numbers of 64 or 32 bits.

    The network is one recurrent layer with a linear read-out, drawn from U(−1/√H, 1/√H) as PyTorch
    does; the layer's matrices are then multiplied by ``weight_scale``, W_hh alone if
    ``recurrent_only``, its biases by ``bias_scale``, and ``forget_bias`` is added to the bias of an
    LSTM's forget gate or a GRU's update gate. The data are one sequence of the running-mean task.

    Parameters
    ----------
    **state
        As :func:`rnnbook.figure` takes it: ``cell``, ``nonlinearity``, ``weight_scale``,
        ``bias_scale``, ``forget_bias``, ``recurrent_only``, ``hidden_size``, ``seq_len``,
        ``last_timestep_only``, ``seed``, ``precision``, ``mode``.

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

    from rnnbook.networks import RecurrentRegressionModel

    full = complete_state("gradient-flow", state)
    dtype = getattr(torch, full["precision"])
    with torch.random.fork_rng(devices=[]):  # what the constructors draw is not used
        model = RecurrentRegressionModel(_layer(full)).double()
    model.load_state_dict(_parameters(full))
    x, y = draw_sequence(full["seed"], full["seq_len"])
    return model.to(dtype), x.to(dtype), y.to(dtype)


def draw_sequence(seed: int, seq_len: int) -> "tuple[Tensor, Tensor]":
    """Return a seed's sequence of the running-mean task, x_t and y_t of (1, time, 1)."""
    import torch

    x = Draws(seed, STREAMS["x"]).normals(seq_len)
    y = [total / (t + 1) for t, total in enumerate(accumulate(x))]
    made = [torch.tensor(v, dtype=torch.float64).reshape(1, -1, 1) for v in (x, y)]
    return made[0], made[1]


def _layer(full: dict[str, Any]) -> "RecurrentLayer":
    import torch

    from rnnbook.layers import GRULayer, LSTMLayer, RNNLayer

    H = full["hidden_size"]
    if full["cell"] == "rnn":
        phi = {
            "tanh": torch.tanh,
            "identity": lambda a: a,
            "relu": torch.relu,
            "sigmoid": torch.sigmoid,
        }
        return RNNLayer(1, H, phi[full["nonlinearity"]])
    return LSTMLayer(1, H) if full["cell"] == "lstm" else GRULayer(1, H)


def _parameters(full: dict[str, Any]) -> "dict[str, Tensor]":
    """Draw the parameters, scale the layer's, and add the forget gate's bias."""
    import torch

    H, seed = full["hidden_size"], full["seed"]
    rows = {"rnn": 1, "lstm": 4, "gru": 3}[full["cell"]] * H
    shapes = {"W_xh": (rows, 1), "W_hh": (rows, H), "b": (rows,), "V": (1, H), "d": (1,)}
    drawn = {
        name: torch.tensor(
            Draws(seed, STREAMS[name]).uniforms(math.prod(shape), 1 / math.sqrt(H)),
            dtype=torch.float64,
        ).reshape(shape)
        for name, shape in {**shapes, "b_hn": (H,)}.items()
    }
    b = full["bias_scale"] * drawn["b"]
    if full["cell"] != "rnn":
        b[H : 2 * H] += full["forget_bias"]  # the second gate: an LSTM's f, a GRU's z
    scale = full["weight_scale"]
    parameters = {
        "recurrent_net.input_linear.weight": (1 if full["recurrent_only"] else scale)
        * drawn["W_xh"],
        "recurrent_net.hidden_linear.weight": scale * drawn["W_hh"],
        "recurrent_net.input_linear.bias": b,
        "output_linear.weight": drawn["V"],
        "output_linear.bias": drawn["d"],
    }
    if full["cell"] == "gru":
        parameters["recurrent_net.b_hn"] = full["bias_scale"] * drawn["b_hn"]
    return parameters


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

    full = complete_state("gradient-flow", state)
    model, x, y = gradient_flow_network(**state)
    only = full["last_timestep_only"]
    flow = state_gradients(model, x, lambda prediction: loss_fn(prediction, y, only))
    states = {"h": flow.h, "c": flow.c} if flow.c else {"h": flow.h}
    gradients = {"h": flow.dh, "c": flow.dc} if flow.dc else {"h": flow.dh}
    columns = {
        **{f"|{name}_t|": row_norms(layers[0]) for name, layers in states.items()},
        **{f"|dL/d{name}_t|": row_norms(layers[0]) for name, layers in gradients.items()},
    }
    underflow = UNDERFLOW[full["precision"]]
    kinds = {label: _kinds(label, norms, underflow) for label, norms in columns.items()}
    if not only:
        ways = {}  # a loss on every step: the powers say nothing of this curve
    elif full["cell"] == "rnn":
        ways = _simple_ways(full, columns["|dL/dh_t|"][-1])
    else:
        along = DIRECT[full["cell"]][1]
        ways = _gated_ways(full, model, gradients[along][0], columns[f"|dL/d{along}_t|"][-1])
    kinds |= {label: _kinds(label, norms, UNDERFLOW["float64"]) for label, norms in ways.items()}
    return GradientFlowTable(flow.loss.item(), {**columns, **ways}, kinds)


def _kinds(label: str, norms: tuple[float, ...], underflow: float) -> list[str]:
    """Classify in the order of computation: states forwards, all else backwards."""
    if label in ("|h_t|", "|c_t|"):
        return classify(norms, underflow)
    return classify(norms[::-1], underflow)[::-1]


def _simple_ways(full: dict[str, Any], end: float) -> dict[str, tuple[float, ...]]:
    """Powers of W_hh's eigenvalue and of its norm, times the largest slope, from step T back."""
    import torch

    W = _parameters(full)["recurrent_net.hidden_linear.weight"]
    gamma = GAMMA[full["nonlinearity"]]
    radii = torch.linalg.eigvals(W).abs().sort(descending=True).values
    by = f"/{1 / gamma:.0f}"
    power, bound = ("|λ|^k", "σ₁^k") if gamma == 1 else (f"|λ{by}|^k", f"(σ₁{by})^k")
    norm = torch.linalg.matrix_norm(W, ord=2).item()
    return {
        power: powers(gamma * radii[_chosen(full)].item(), end, full["seq_len"]),
        bound: powers(gamma * norm, end, full["seq_len"]),
    }


def _gated_ways(
    full: dict[str, Any], model: "RecurrentRegressionModel", gradient: "Tensor", end: float
) -> dict[str, tuple[float, ...]]:
    """Powers of one unit's mean gate, and the direct path through the gates, from step T back."""
    import torch

    name = DIRECT[full["cell"]][0]
    gates = model.recurrent_net.record()[name][0].detach().double()  # type: ignore[operator]
    means = gates[1:].log().mean(dim=0).exp().sort(descending=True).values
    left = [gradient[0, -1].double()]
    for gate in gates[1:].flip(0):
        left.append(gate * left[-1])
    return {
        f"{name}^k": powers(means[_chosen(full)].item(), end, full["seq_len"]),
        f"∏{name}": row_norms(torch.stack(left[::-1])[None]),
    }


def _chosen(full: dict[str, Any]) -> int:
    return int(min(full["mode"], full["hidden_size"])) - 1


def powers(factor: float, end: float, T: int) -> tuple[float, ...]:
    """Return end · factor^(T−t) for t = 1 … T."""
    return tuple(end * _power(factor, T - t) for t in range(1, T + 1))


def _power(factor: float, k: int) -> float:
    """Return the power, infinite where Python would refuse it."""
    try:
        return factor**k
    except OverflowError:
        return math.inf


def row_norms(rows: "Tensor") -> tuple[float, ...]:
    """Return the Euclidean norm of each step of (1, time, hidden).

    Squares overflow from 1e154 on and underflow from 1e-162, where the norm itself does not: so
    the largest component is taken out first. The lengths are numbers of 64 bits in any case.
    """
    rows = rows.double()
    largest = rows.abs().amax(dim=-1, keepdim=True)
    usable = (largest > 0) & largest.isfinite()
    scaled = (rows / largest.where(usable, 1.0)).square().sum(dim=-1, keepdim=True).sqrt()
    return tuple((largest * scaled).where(usable, largest).flatten().tolist())


def classify(norms: tuple[float, ...], underflow: float = UNDERFLOW["float64"]) -> list[str]:
    """Say of each norm, in the order in which they were computed, what it is.

    A zero that follows an underflow is one; any other zero is exact (no path from the loss, or a
    saturated unit).
    """
    kinds: list[str] = []
    for value in norms:
        if not math.isfinite(value):
            kinds.append("overflow")
        elif value >= underflow:
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
