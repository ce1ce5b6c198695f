"""Modules as a reader of the course writes them: they know nothing of the package."""

import torch
from torch import Tensor, nn


class ReaderRNN(nn.Module):
    """One layer that leaves its states in ``h_list``."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.from_input = nn.Linear(input_size, hidden_size)
        self.from_state = nn.Linear(hidden_size, hidden_size)

    def forward(self, x: Tensor, h: Tensor | None = None) -> tuple[Tensor, Tensor]:
        h = x.new_zeros(len(x), self.hidden_size) if h is None else h
        self.h_list = []
        for t in range(x.shape[1]):
            h = torch.tanh(self.from_input(x[:, t]) + self.from_state(h))
            h.retain_grad()
            self.h_list.append(h)
        return torch.stack(self.h_list, dim=1), h


class ReaderLSTM(nn.Module):
    """One layer with the gates in the course's order: input, forget, output, candidate."""

    def __init__(self, input_size: int, hidden_size: int, keep_c: bool = True) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.keep_c = keep_c
        self.from_input = nn.Linear(input_size, 4 * hidden_size)
        self.from_state = nn.Linear(hidden_size, 4 * hidden_size)

    def forward(self, x: Tensor, hc=None):
        zero = x.new_zeros(len(x), self.hidden_size)
        h, c = (zero, zero) if hc is None else hc
        h_list, c_list = [], []
        for t in range(x.shape[1]):
            gates = self.from_input(x[:, t]) + self.from_state(h)
            i, f, o, candidate = gates.chunk(4, dim=1)
            c = f.sigmoid() * c + i.sigmoid() * candidate.tanh()
            h = o.sigmoid() * c.tanh()
            h_list.append(h)
            c_list.append(c)
        self.h_list = h_list
        if self.keep_c:
            self.c_list = c_list
        return torch.stack(h_list, dim=1), (h, c)


class ReaderStack(nn.Module):
    """Layers of the reader's, one above the other."""

    def __init__(self, layers: list[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.hidden_size = layers[-1].hidden_size

    def forward(self, x: Tensor, state=None):
        last = []
        for index, layer in enumerate(self.layers):
            own = None if state is None else pick(state, index)
            x, last_state = layer(x, own)
            last.append(last_state)
        return x, last


def pick(state, index: int):
    return tuple(s[index] for s in state) if isinstance(state, tuple) else state[index]


class Stepper(nn.Module):
    """A reader's layer that keeps nothing: it takes a state and returns the next."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.hidden_size = layer.hidden_size
        self.layer = layer

    def forward(self, x: Tensor, state=None):
        output, state = self.layer(x, state)
        for name in ("h_list", "c_list"):
            self.layer.__dict__.pop(name, None)
        return output, state


class Wrapped(nn.Module):
    """A reader's module around one of torch.nn, state (1, batch, hidden)."""

    def __init__(self, net: nn.RNNBase) -> None:
        super().__init__()
        self.hidden_size = net.hidden_size
        self.net = net

    def forward(self, x: Tensor, state=None):
        return self.net(x, state)


@torch.no_grad()
def reader_layer(kind: str, weights, keep_c: bool = True) -> nn.Module:
    """A reader's layer that computes what a torch.nn layer with these weights does."""
    W_x, W_h, b_x, b_h = weights
    D, H = W_x.shape[1], W_h.shape[1]
    layer = ReaderLSTM(D, H, keep_c) if kind == "lstm" else ReaderRNN(D, H)
    layer = layer.to(W_x.dtype)
    layer.from_input.weight.copy_(reordered(kind, W_x))
    layer.from_input.bias.copy_(reordered(kind, b_x))
    layer.from_state.weight.copy_(reordered(kind, W_h))
    layer.from_state.bias.copy_(reordered(kind, b_h))
    return layer


def reordered(kind: str, rows: Tensor) -> Tensor:
    """From PyTorch's gate order i, f, g, o to the course's i, f, o, g."""
    if kind != "lstm":
        return rows
    i, f, g, o = rows.chunk(4)
    return torch.cat([i, f, o, g])
