"""What the property tests draw: sizes, and from a seed every tensor they need."""

from dataclasses import dataclass

import torch
from hypothesis import HealthCheck, settings, strategies as st
from torch import Tensor, nn

import rnnbook

THEIRS = {"tanh": nn.RNN, "relu": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
OURS = {"tanh": rnnbook.RNN, "relu": rnnbook.RNN, "lstm": rnnbook.LSTM, "gru": rnnbook.GRU}
KINDS = list(THEIRS)


def examples(number: int) -> settings:
    """The same examples on every machine and in every run; no deadline on a shared one."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=number,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=slow,
    )


@dataclass(frozen=True)
class Sizes:
    """One random network and its input; the seed draws weights, data and states."""

    input: int
    hidden: int
    layers: int
    batch: int
    time: int
    with_state: bool
    seed: int

    def normal(self, *shape: int, stream: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
        """Normal numbers of their own for each stream, the same at every call."""
        generator = torch.Generator().manual_seed(1000 * self.seed + stream)
        return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)

    def x(self, dtype: torch.dtype = torch.float64) -> Tensor:
        return self.normal(self.batch, self.time, self.input, stream=1, dtype=dtype)

    def states(self, kind: str, dtype: torch.dtype = torch.float64) -> list[Tensor]:
        """[h0] or [h0, c0], each (layers, batch, hidden); zeros unless ``with_state``."""
        shape = (self.layers, self.batch, self.hidden)
        count = 2 if kind == "lstm" else 1
        states = [self.normal(*shape, stream=2 + i, dtype=dtype) for i in range(count)]
        return states if self.with_state else [torch.zeros_like(s) for s in states]

    def argument(self, kind: str, dtype: torch.dtype = torch.float64):
        """The initial state as a network's call takes it; None where there is none."""
        if not self.with_state:
            return None
        return as_argument(self.states(kind, dtype))

    def theirs(self, kind: str, dtype: torch.dtype = torch.float64, **options) -> nn.RNNBase:
        """A torch.nn network with weights drawn from the seed, wider than PyTorch's own."""
        if kind == "relu":
            options["nonlinearity"] = "relu"
        options.setdefault("batch_first", True)
        net = THEIRS[kind](self.input, self.hidden, self.layers, **options).to(dtype)
        with torch.no_grad():
            for i, parameter in enumerate(net.parameters()):
                noise = self.normal(*parameter.shape, stream=10 + i, dtype=dtype)
                parameter.copy_(1.2 * noise * self.hidden**-0.5)
        return net

    def ours(self, kind: str, dtype: torch.dtype = torch.float64) -> nn.Module:
        """Our stack with the weights of :meth:`theirs`, set here one by one."""
        options = {"nonlinearity": torch.relu} if kind == "relu" else {}
        net = OURS[kind](self.input, self.hidden, self.layers, **options).to(dtype)
        for layer, weights in zip(net.layers, self.theirs(kind, dtype).all_weights):
            set_layer(layer, *weights)
        return net


def as_argument(states: list[Tensor]):
    return states[0] if len(states) == 1 else tuple(states)


@torch.no_grad()
def set_layer(layer: nn.Module, W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor) -> None:
    """Give one of our layers the weights of a torch.nn layer, apart from ``copy_from_torch``."""
    layer.input_linear.weight.copy_(W_ih)
    layer.hidden_linear.weight.copy_(W_hh)
    bias = b_ih + b_hh
    if isinstance(layer, rnnbook.GRULayer):
        n = slice(2 * layer.hidden_size, None)
        bias[n] = b_ih[n]
        layer.b_hn.copy_(b_hh[n])
    layer.input_linear.bias.copy_(bias)


def sizes(max_layers: int = 3, max_time: int = 8, max_hidden: int = 5) -> st.SearchStrategy[Sizes]:
    return st.builds(
        Sizes,
        input=st.integers(1, 4),
        hidden=st.integers(1, max_hidden),
        layers=st.integers(1, max_layers),
        batch=st.integers(1, 4),
        time=st.integers(1, max_time),
        with_state=st.booleans(),
        seed=st.integers(0, 10_000),
    )
