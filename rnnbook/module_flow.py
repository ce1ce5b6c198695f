"""A reader's own module, scaled, run forwards and back, and left as it was found."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import sqrt
from typing import Any

import torch
from torch import Tensor, nn

from rnnbook.draws import Draws
from rnnbook.gradient_flow import STREAMS, UNDERFLOW, classify, draw_sequence, powers, row_norms
from rnnbook.gradients import StateGradients, state_gradients
from rnnbook.kernel import finite
from rnnbook.tasks import loss_fn
from rnnbook.unrolling import unroll

STATES = ("steps", "h_list", "c_list")
MISSING = object()


class ModuleFlow:
    """What the figure *gradient-flow* shows, of any recurrent module with one input feature.

    A state of the figure is a dict with ``weight_scale``, ``bias_scale``, ``recurrent_only``,
    ``seq_len``, ``last_timestep_only``, ``seed`` and ``mode``. The sequence and the read-out of a
    seed are those of :func:`rnnbook.gradient_flow_network`.

    Parameters
    ----------
    rnn : Module
        Parameters with two axes count as weights, those with one as biases.
    recurrent_names : sequence of str
        A parameter whose name holds one of these is a recurrent weight.

    Raises
    ------
    TypeError, ValueError
        If :func:`rnnbook.unroll` does not understand the module.
    """

    def __init__(self, rnn: nn.Module, recurrent_names: Sequence[str]) -> None:
        self.rnn = rnn
        named = list(rnn.named_parameters())
        self.weights = {n: p for n, p in named if p.dim() == 2}
        self.biases = [p for _, p in named if p.dim() == 1]
        self.recurrent = {
            n: p for n, p in self.weights.items() if any(part in n for part in recurrent_names)
        }
        # The matrices whose eigenvalues matter: not a gated layer's, which are not square.
        self.matrices = {n: p for n, p in self.recurrent.items() if p.shape[0] == p.shape[1]}
        self.like = next((p for p in rnn.parameters()), torch.empty(0))
        with _untouched(rnn), warnings.catch_warnings(action="ignore"):  # said by the first run
            run = unroll(rnn, self.data(0, 2)[0])
        self.features = run.output.shape[-1]
        # The one that is multiplied by itself, step after step, if there is one.
        alone = len(self.matrices) == len(run.layers) == 1
        self.matrix = next(iter(self.matrices.values())) if alone else None

    def data(self, seed: int, seq_len: int) -> tuple[Tensor, Tensor]:
        """Return a seed's sequence as the module takes it, x and y of (1, time, 1)."""
        x, y = draw_sequence(seed, seq_len)
        return x.to(self.like), y.to(self.like)

    def read_out(self, seed: int) -> nn.Linear:
        """Return a seed's read-out, from U(−1/√H, 1/√H)."""
        layer = nn.utils.skip_init(nn.Linear, self.features, 1).to(self.like)
        for name, p in (("V", layer.weight), ("d", layer.bias)):
            drawn = Draws(seed, STREAMS[name]).uniforms(p.numel(), 1 / sqrt(self.features))
            p.data.copy_(torch.tensor(drawn, dtype=torch.float64).reshape(p.shape))
        return layer

    def run(self, state: dict[str, Any]) -> StateGradients:
        """Return the states and gradients of the module with its parameters scaled."""
        x, y = self.data(state["seed"], state["seq_len"])
        read_out, only = self.read_out(state["seed"]), state["last_timestep_only"]
        weights = self.recurrent if state["recurrent_only"] else self.weights
        with (
            _scaled(weights.values(), state["weight_scale"]),
            _scaled(self.biases, state["bias_scale"]),
            _untouched(self.rnn),
        ):
            return state_gradients(self.rnn, x, lambda h: loss_fn(read_out(h), y, only))

    def measure(self, state: dict[str, Any]) -> dict[str, Any]:
        """Return what the figure draws of a state, with None for what is not finite.

        Returns
        -------
        dict
            ``curves``: each with its name, label, role, values and kinds; ``points``: the
            eigenvalues of the square recurrent matrices, the largest first, and of how many
            ``matrices``; ``precision``.
        """
        flow = self.run(state)
        curves = self._curves(flow)
        points = sorted(self._eigenvalues(state), key=abs, reverse=True)
        if self.matrix is not None and state["last_timestep_only"]:
            W = self.matrix.detach().double() * state["weight_scale"]
            curves += _ways(W, abs(points[state["mode"] - 1]), flow.dh[0])
        return {
            "curves": curves,
            "points": [{"re": z.real, "im": z.imag} for z in points],
            "matrices": len(self.matrices),
            "precision": f"float{torch.finfo(self.like.dtype).bits}",
        }

    def scaled_matrices(self, state: dict[str, Any]) -> dict[str, Tensor]:
        """Return the square recurrent matrices, multiplied by the weight scale."""
        return {n: W.detach() * state["weight_scale"] for n, W in self.matrices.items()}

    def _eigenvalues(self, state: dict[str, Any]) -> list[complex]:
        matrices = self.scaled_matrices(state).values()
        return [z for W in matrices for z in torch.linalg.eigvals(W.double()).tolist()]

    def _curves(self, flow: StateGradients) -> list[dict[str, Any]]:
        stacks = {"h": flow.h, "c": flow.c, "dh": flow.dh, "dc": flow.dc}
        return [
            self._curve(name, numbered, values)
            for name, layers in stacks.items()
            for numbered, values in number_layers(layers, len(flow.h))
        ]

    def _curve(self, name: str, number: str, values: Tensor) -> dict[str, Any]:
        dtype = self.like.dtype
        least = UNDERFLOW.get(str(dtype).removeprefix("torch."), torch.finfo(dtype).tiny)
        role = "gradient" if name.startswith("d") else "state"
        label = f"|dL/{name}_t|" if role == "gradient" else f"|{name}_t|"
        kept = f"{name}_norm_{number}" if number else f"{name}_norm"
        return _entry(kept, label + of_layer(number), role, row_norms(values), least)


def _ways(W: Tensor, radius: float, dh: Tensor) -> list[dict[str, Any]]:
    """Over the gradient: powers of an eigenvalue, and of the largest singular value."""
    end, T = row_norms(dh)[-1], dh.shape[1]
    norm = torch.linalg.matrix_norm(W, ord=2).item()
    return [
        _entry("power", "|λ|^k", "path", powers(radius, end, T)),
        _entry("bound", "σ₁^k", "path", powers(norm, end, T)),
    ]


def number_layers(layers: tuple[Tensor, ...], depth: int) -> list[tuple[str, Tensor]]:
    """Return each layer's number with its tensor: none where there is one layer alone."""
    return [(str(i) if depth > 1 else "", values) for i, values in enumerate(layers, start=1)]


def of_layer(number: str) -> str:
    """Return what follows a label: which layer it is of."""
    return f" of layer {number}" if number else ""


def _entry(
    name: str, label: str, role: str, values: tuple[float, ...], least: float = UNDERFLOW["float64"]
) -> dict[str, Any]:
    forwards = role == "state"
    kinds = classify(values, least) if forwards else classify(values[::-1], least)[::-1]
    return {"name": name, "label": label, "role": role, "values": finite(values), "kinds": kinds}


@contextmanager
def _scaled(parameters: Any, factor: float) -> Iterator[None]:
    """Parameters times a factor for a while; then the very same numbers again."""
    originals = [(p, p.data) for p in parameters]
    for p, original in originals:
        p.data = original * factor
    try:
        yield
    finally:
        for p, original in originals:
            p.data = original


@contextmanager
def _untouched(module: nn.Module) -> Iterator[None]:
    """Let the module run; then give it back its buffers, and the states of its own last call."""
    buffers = [(b, b.clone()) for b in module.buffers()]
    found = [(m, {n: m.__dict__.get(n, MISSING) for n in STATES}) for m in module.modules()]
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        for b, original in buffers:
            b.data.copy_(original)
        for m, states in found:
            for name, value in states.items():
                if value is not MISSING:
                    setattr(m, name, value)
                elif name in m.__dict__:
                    delattr(m, name)
