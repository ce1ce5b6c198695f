"""Gradients of a loss with respect to every state: dL/dh_t and dL/dc_t, for any recurrent module.

The chapter *Gradients through time* derives what is computed here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from rnnbook.networks import RecurrentRegressionModel
from rnnbook.unrolling import LayerStates, not_recurrent, takes, unroll
from rnnbook.validation import (
    require_batch_first,
    require_data,
    require_like,
    require_module,
    require_sequence,
    require_size,
    require_square,
    require_tensor,
)


@dataclass(frozen=True)
class StateGradients:
    """A loss, the states it was computed from, and its gradient with respect to each.

    Attributes
    ----------
    loss : Tensor, ()
    h, dh : tuple of Tensor, one (batch, time, hidden) a layer, from the lowest up
        h_t and the total derivative dL/dh_t.
    c, dc : tuple of Tensor, likewise
        c_t and dL/dc_t, h_t following c_t; empty where there is no cell state.
    """

    loss: Tensor
    h: tuple[Tensor, ...]
    dh: tuple[Tensor, ...]
    c: tuple[Tensor, ...] = ()
    dc: tuple[Tensor, ...] = ()


def state_gradients(
    module: nn.Module,
    x: Tensor,
    loss: Callable[[Tensor], Tensor],
    initial_state: Any = None,
) -> StateGradients:
    r"""Total derivative of a loss with respect to every state of every layer.

    .. math:: \frac{dL}{dh_t} = \frac{\partial L}{\partial h_t}
              + \Big(\frac{\partial h_{t+1}}{\partial h_t}\Big)^{\!\top} \frac{dL}{dh_{t+1}}

    and, for an LSTM, :math:`dL/dc_t` with :math:`h_t = o_t \tanh c_t` following
    :math:`c_t`. Source: Werbos (1990); Pascanu et al. (2013), §2. Chapter: *Gradients through
    time*.

    Parameters
    ----------
    module : Module
        Any recurrent module :func:`rnnbook.unroll` understands, or a
        :class:`rnnbook.RecurrentRegressionModel` of one.
    x : Tensor, (batch, time, input)
    loss : callable
        From what the module returns first (the states, or the model's predictions) to a scalar.
    initial_state : optional
        What the module's own call takes.

    Returns
    -------
    StateGradients

    Raises
    ------
    TypeError
        If the module is not recurrent or the loss is not a scalar tensor.
    ValueError
        If x is not a finite sequence, the module hides its states, or the loss does not depend
        on them.

    Examples
    --------
    One linear unit of weight 1/2: a gradient is halved at every step back.

    >>> import rnnbook
    >>> layer = rnnbook.identity_(rnnbook.RNNLayer(1, 1, nonlinearity=lambda a: a), 0.5)
    >>> state_gradients(layer, torch.ones(1, 4, 1), lambda h: h[0, -1, 0]).dh[0].flatten()
    tensor([0.1250, 0.2500, 0.5000, 1.0000])
    """
    run = unroll(module, x, initial_state)
    with torch.enable_grad():
        value = loss(run.output)
    if not isinstance(value, Tensor) or value.dim() != 0:
        raise TypeError(f"loss returned {value!r}; expected a tensor with one number.")
    states = [layer.h for layer in run.layers] + [layer.c for layer in run.layers if layer.c]
    flat = [s for column in states for s in column]
    # The graph is kept: h_list still hangs on the module, and a reader may want to use it.
    grads = _gradients(value, flat)
    T = x.shape[1]
    columns = [torch.stack(grads[i : i + T], dim=1) for i in range(0, len(grads), T)]
    L = len(run.layers)
    dh, dc = columns[:L], columns[L:]
    with_cell = [(layer, g) for layer, g in zip(run.layers, dh) if layer.c]
    dc = [_total_dc(layer, dh_l, g) for (layer, dh_l), g in zip(with_cell, dc)]
    return StateGradients(
        loss=value.detach(),
        h=tuple(torch.stack(layer.h, dim=1).detach() for layer in run.layers),
        dh=tuple(dh),
        c=tuple(torch.stack(layer.c, dim=1).detach() for layer in run.layers if layer.c),
        dc=tuple(dc),
    )


def _gradients(value: Tensor, states: list[Tensor]) -> list[Tensor]:
    grads: Sequence[Tensor | None] = [None]
    if value.requires_grad:
        grads = torch.autograd.grad(value, states, retain_graph=True, allow_unused=True)
    if all(g is None for g in grads):
        raise ValueError(
            "the loss does not depend on the states; expected a loss of what the module returns "
            "first, computed from h_list without detach() or .data."
        )
    return [torch.zeros_like(s) if g is None else g for s, g in zip(states, grads)]


def _total_dc(layer: LayerStates, dh: Tensor, dc: Tensor) -> Tensor:
    """Add what c_t does through h_t, where the graph does not hold that path."""
    if layer.dh_dc is None:
        return dc
    return dc + torch.stack(layer.dh_dc, dim=1) * dh


def linear_state_gradients(W_hh: Tensor, direct: Tensor) -> Tensor:
    r"""dL/dh_t of a linear network in closed form, by powers of the recurrent matrix.

    .. math:: \frac{dL}{dh_t} = \sum_{k=0}^{T-t} (W_{hh}^{k})^{\top}
              \frac{\partial L}{\partial h_{t+k}}

    Parameters
    ----------
    W_hh : Tensor, (hidden, hidden)
    direct : Tensor, (…, time, hidden)
        The partial derivatives ∂L/∂h_t, later states held fixed.

    Raises
    ------
    TypeError, ValueError
        If the matrix is not square or the sizes do not fit.

    Notes
    -----
    Chapter: *Gradients through time*, where the formula is derived.
    """
    require_square("W_hh", W_hh)
    require_tensor("direct", direct)
    if direct.dim() < 2 or direct.shape[-1] != W_hh.shape[0]:
        raise ValueError(
            f"direct has shape {tuple(direct.shape)}; expected (…, time, {W_hh.shape[0]}) to fit "
            f"W_hh of shape {tuple(W_hh.shape)}."
        )
    require_like("direct", direct, W_hh)
    T = direct.shape[-2]
    total = torch.zeros_like(direct)
    power = torch.eye(W_hh.shape[0], dtype=W_hh.dtype, device=W_hh.device)
    for k in range(T):
        total[..., : T - k, :] += direct[..., k:, :] @ power  # rows times W^k
        power = power @ W_hh
    return total


def truncated_gradients(
    module: nn.Module,
    x: Tensor,
    loss: Callable[[Tensor], Tensor],
    steps: int,
    initial_state: Any = None,
) -> dict[str, Tensor]:
    """Parameter gradients by truncated backpropagation through time (Williams & Peng, 1990).

    The sequence is cut, counted from its end, into stretches of ``steps``; the state is carried
    from one to the next but detached, so that no gradient flows further back.

    Parameters
    ----------
    module : Module
        Called as ``output, state = module(x, state)``; or a RecurrentRegressionModel of one.
    x : Tensor, (batch, time, input)
    loss : callable
        From the outputs of all steps to a scalar.
    steps : int
        At least 1; with ``steps`` ≥ T the gradient is the full one.
    initial_state : optional

    Returns
    -------
    dict
        The gradient of every parameter that the loss reached, by name.

    Raises
    ------
    TypeError, ValueError
        If the module takes no state or reads time first, steps is below 1, or x is not a finite
        sequence.

    Notes
    -----
    Chapter: *Gradients through time*, section on truncation: one linear unit with constant input
    at its fixed point loses exactly w^steps of dh/dw.
    """
    require_module("module", module)
    require_sequence("x", x)
    require_data("x", x)
    require_size("steps", steps)
    head: nn.Module = nn.Identity()
    net = module
    if isinstance(module, RecurrentRegressionModel):
        net, head = module.recurrent_net, module.output_linear
    require_batch_first(net)
    if isinstance(net, nn.RNNCellBase) or not takes(net, (x, initial_state)):
        raise not_recurrent(net, "it takes no sequence together with a state")
    T = x.shape[1]
    cuts = list(range(T % steps, T, steps))
    bounds = sorted({0, *cuts, T})
    outputs, state = [], initial_state
    for start, stop in pairwise(bounds):
        output, state = net(x[:, start:stop], _detached(state))
        outputs.append(output)
    value = loss(head(torch.cat(outputs, dim=1)))
    named = {n: p for n, p in module.named_parameters() if p.requires_grad}
    grads = torch.autograd.grad(value, list(named.values()), allow_unused=True)
    return {n: g for n, g in zip(named, grads) if g is not None}


def _detached(state: Any) -> Any:
    if isinstance(state, tuple | list):
        return tuple(s.detach() for s in state)
    return None if state is None else state.detach()


def clip_by_norm(gradient: Tensor, max_norm: float) -> Tensor:
    """Scale a gradient to at most this norm; its direction stays (Pascanu et al., 2013, §3.2).

    Parameters
    ----------
    gradient : Tensor
    max_norm : float
        Above 0, in the gradient's own unit.

    Raises
    ------
    ValueError
        If max_norm is not above 0 or the gradient is not finite (no scale makes it usable).

    Examples
    --------
    >>> clip_by_norm(torch.tensor([3.0, 4.0]), 1.0)
    tensor([0.6000, 0.8000])
    """
    _require_threshold("max_norm", max_norm)
    require_tensor("gradient", gradient)
    require_data("gradient", gradient)
    norm = torch.linalg.vector_norm(gradient)
    return gradient if norm <= max_norm else gradient * (max_norm / norm)


def clip_by_value(gradient: Tensor, max_value: float) -> Tensor:
    """Limit every component to ± max_value; the direction may turn.

    Parameters
    ----------
    gradient : Tensor
    max_value : float
        Above 0, in the gradient's own unit.

    Raises
    ------
    ValueError
        If max_value is not above 0 or the gradient holds NaN or infinity.

    Examples
    --------
    >>> clip_by_value(torch.tensor([10.0, 0.1]), 1.0)
    tensor([1.0000, 0.1000])
    """
    _require_threshold("max_value", max_value)
    require_tensor("gradient", gradient)
    require_data("gradient", gradient)
    return gradient.clamp(-max_value, max_value)


def _require_threshold(name: str, value: float) -> None:
    if not value > 0:
        raise ValueError(f"{name} is {value}; expected a number above 0.")


def steps_per_tenfold(norms: Sequence[float] | Tensor) -> float:
    """Over how many steps *backwards* a gradient falls by a factor of ten.

    The slope of the least-squares line through log10 of the norms; negative where the gradient
    grows on its way back.

    Parameters
    ----------
    norms : sequence of float
        |dL/dh_1| … |dL/dh_T|, T ≥ 2, above 0 and finite.

    Returns
    -------
    float
        Steps; infinite where the line is flat.

    Raises
    ------
    ValueError
        If there are fewer than two norms, or one is zero, infinite or NaN.

    Examples
    --------
    >>> round(steps_per_tenfold([0.001, 0.01, 0.1, 1.0]), 6)
    1.0
    """
    values = torch.as_tensor(norms, dtype=torch.float64)
    if values.dim() != 1 or len(values) < 2 or not ((values > 0) & values.isfinite()).all():
        raise ValueError(
            f"norms is {values.tolist()}; expected at least two finite numbers above 0: a "
            "gradient that underflowed or overflowed has no rate."
        )
    t = torch.arange(len(values), dtype=torch.float64)
    t = t - t.mean()
    slope = float((t * values.log10()).sum() / (t * t).sum())
    return 1 / slope if slope else float("inf")
