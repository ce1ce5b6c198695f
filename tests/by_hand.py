"""The equations written out once more, plainly and apart from the package: the tests' oracle.

``kick`` is a number added to a state as soon as it is computed. The derivative of a loss by the
kick on h_t is dL/dh_t, everything later following: read off by autograd at kick zero, or by a
central difference. The kick on c_t comes before h_t is computed from it.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

import rnnbook

PHI = {"tanh": torch.tanh, "relu": torch.relu, "identity": lambda a: a, "sin": torch.sin}


def weights_of(module: nn.Module) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """W_x, W_h, b_x, b_h of every layer of a torch.nn network or of ours, in PyTorch's order."""
    if isinstance(module, nn.RNNBase):
        layers = module.all_weights
        return [tuple(w) if module.bias else (*w, *no_bias(w)) for w in layers]
    return [weights_of_ours(layer) for layer in getattr(module, "layers", [module])]


def no_bias(weights: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    zero = torch.zeros_like(weights[0][:, 0])
    return zero, zero


def weights_of_ours(layer: nn.Module) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    b_x = layer.input_linear.bias
    b_h = torch.zeros_like(b_x)
    if isinstance(layer, rnnbook.GRULayer):
        b_h[2 * layer.hidden_size :] = layer.b_hn.detach()
    return layer.input_linear.weight, layer.hidden_linear.weight, b_x, b_h


def unroll(
    kind: str,
    weights: Sequence[Sequence[Tensor]],
    x: Tensor,
    states: Sequence[Tensor] | None = None,
    kicks: Sequence[tuple[Tensor, Tensor]] | None = None,
) -> tuple[list[Tensor], list[Tensor]]:
    """h and c of every layer, each (batch, time, hidden); c means nothing but for an LSTM."""
    B, T, _ = x.shape
    all_h, all_c = [], []
    for index, layer in enumerate(weights):
        H = layer[1].shape[1]
        h = x.new_zeros(B, H) if states is None else states[0][index]
        c = states[1][index] if states is not None and len(states) > 1 else x.new_zeros(B, H)
        kick_h, kick_c = (x.new_zeros(B, T, H),) * 2 if kicks is None else kicks[index]
        h_list, c_list = [], []
        for t in range(T):
            h, c = step(kind, layer, x[:, t], h, c, kick_h[:, t], kick_c[:, t])
            h_list.append(h)
            c_list.append(c)
        all_h.append(torch.stack(h_list, 1))
        all_c.append(torch.stack(c_list, 1))
        x = all_h[-1]
    return all_h, all_c


def step(kind, layer, x, h, c, kick_h, kick_c) -> tuple[Tensor, Tensor]:
    W_x, W_h, b_x, b_h = layer
    H = W_h.shape[1]
    u, v = x @ W_x.T + b_x, h @ W_h.T + b_h
    if kind == "lstm":
        a = u + v
        i, f, o = (torch.sigmoid(a[:, k * H : (k + 1) * H]) for k in (0, 1, 3))
        g = torch.tanh(a[:, 2 * H : 3 * H])
        c = f * c + i * g + kick_c
        return o * torch.tanh(c) + kick_h, c
    if kind == "gru":
        r = torch.sigmoid(u[:, :H] + v[:, :H])
        z = torch.sigmoid(u[:, H : 2 * H] + v[:, H : 2 * H])
        n = torch.tanh(u[:, 2 * H :] + r * v[:, 2 * H :])
        return (1 - z) * n + z * h + kick_h, c
    return PHI[kind](u + v) + kick_h, c


def zero_kicks(weights, x: Tensor) -> list[tuple[Tensor, Tensor]]:
    shapes = [(x.shape[0], x.shape[1], layer[1].shape[1]) for layer in weights]
    return [tuple(x.new_zeros(s, requires_grad=True) for _ in "hc") for s in shapes]


def state_gradients(
    kind: str,
    weights,
    x: Tensor,
    loss: Callable[[Tensor], Tensor],
    states: Sequence[Tensor] | None = None,
) -> tuple[list[Tensor], list[Tensor]]:
    """dL/dh and dL/dc of every layer, each (batch, time, hidden)."""
    kicks = zero_kicks(weights, x)
    value = loss(unroll(kind, weights, x, states, kicks)[0][-1])
    flat = [k for pair in kicks for k in pair]
    grads = torch.autograd.grad(value, flat, allow_unused=True, materialize_grads=True)
    return list(grads[0::2]), list(grads[1::2])


def directional_difference(kind, weights, x, loss, states, layer, which, direction, eps=1e-5):
    """Central difference of the loss along a kick on one layer's h (0) or c (1)."""
    values = []
    for sign in (1, -1):
        kicks = [[k.detach().clone() for k in pair] for pair in zero_kicks(weights, x)]
        kicks[layer][which] += sign * eps * direction
        with torch.no_grad():
            values.append(loss(unroll(kind, weights, x, states, kicks)[0][-1]))
    return float(values[0] - values[1]) / (2 * eps)
