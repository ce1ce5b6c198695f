"""Jacobians dh_t/dh_k of any recurrent module, for all pairs, from one-step Jacobians.

One vectorised autograd call a step gives J_t = ds_t/ds_{t-1}; everything else is matrix products.
"""

from typing import Any, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from rnnbook.unrolling import LayerStates, unroll

Block = Literal["hh", "hc", "ch", "cc"]
Order = Literal["fro", "spectral"]


def step_jacobians(
    module: nn.Module, x: Tensor, layer: int = -1, initial_state: Any = None
) -> Tensor:
    r"""One-step Jacobians :math:`J_t = \partial s_t / \partial s_{t-1}` for t = 2 … T.

    The state s is h; for an LSTM it is (h, c), so that J_t has four blocks, each with the other
    half of s_{t-1} held fixed. In a stack the Jacobian is the layer's own, its input held fixed.
    For a simple RNN :math:`J_t = \mathrm{diag}(\phi'(a_t))\, W_{hh}` (Pascanu et al., 2013, eq. 5).

    Parameters
    ----------
    module : Module
        Any recurrent module :func:`rnnbook.unroll` understands.
    x : Tensor, (batch, time, input)
    layer : int, default -1
        Which layer of a stack; the top one by default.
    initial_state : optional

    Returns
    -------
    Tensor, (batch, time - 1, S, S)
        S = hidden, or 2 hidden for an LSTM.

    Raises
    ------
    TypeError, ValueError
        As :func:`rnnbook.unroll`; if there is no such layer.

    Notes
    -----
    Chapter: *Gradients through time*.
    """
    return _all_steps(_layer(unroll(module, x, initial_state).layers, layer))


def jacobian(
    module: nn.Module,
    x: Tensor,
    t: int,
    k: int,
    layer: int = -1,
    initial_state: Any = None,
) -> Tensor:
    r"""The Jacobian :math:`ds_t/ds_k = J_t J_{t-1} \cdots J_{k+1}`, steps counted from 1.

    Parameters
    ----------
    module, x, layer, initial_state
        As :func:`step_jacobians`.
    t, k : int
        1 ≤ k ≤ t ≤ T.

    Returns
    -------
    Tensor, (batch, S, S)

    Raises
    ------
    TypeError, ValueError
        As :func:`step_jacobians`; if k and t are not in order or outside the sequence.
    """
    steps = step_jacobians(module, x, layer, initial_state)
    if not 1 <= k <= t <= x.shape[1]:
        raise ValueError(
            f"t = {t}, k = {k}; expected 1 ≤ k ≤ t ≤ {x.shape[1]}: an earlier state does not "
            "depend on a later one."
        )
    product = _identity_like(steps)
    for j in range(k, t):
        product = steps[:, j - 1] @ product
    return product


def jacobian_norms(
    module: nn.Module,
    x: Tensor,
    order: Order = "fro",
    block: Block = "hh",
    layer: int = -1,
    initial_state: Any = None,
) -> Tensor:
    r"""Norms :math:`\|ds_t/ds_k\|` for all pairs k ≤ t, without an autograd call for each.

    Parameters
    ----------
    module, x, layer, initial_state
        As :func:`step_jacobians`.
    order : "fro" or "spectral"
        Frobenius norm, or the largest singular value.
    block : "hh", "hc", "ch" or "cc"
        For an LSTM: which half of s_t by which half of s_k; "hc" is dh_t/dc_k with h_k fixed.

    Returns
    -------
    Tensor, (batch, time, time)
        [b, t-1, k-1] is the norm of ds_t/ds_k; infinite where it overflowed, NaN above the
        diagonal, where nothing is defined.

    Raises
    ------
    TypeError, ValueError
        As :func:`step_jacobians`; an unknown order or block; a block with c where there is none.
    """
    if order not in ("fro", "spectral"):
        raise ValueError(f"order is {order!r}; expected 'fro' or 'spectral'.")
    if block not in ("hh", "hc", "ch", "cc"):
        raise ValueError(f"block is {block!r}; expected 'hh', 'hc', 'ch' or 'cc'.")
    states = _layer(unroll(module, x, initial_state).layers, layer)
    if states.c is None and block != "hh":
        raise ValueError(f"block is {block!r} and this layer shows no cell state; expected 'hh'.")
    rows, columns = _half(block[0], states), _half(block[1], states)
    return all_pair_norms(_all_steps(states), order, rows, columns)


def all_pair_norms(
    steps: Float[Tensor, "batch steps S S"], order: Order, rows: slice, columns: slice
) -> Float[Tensor, "batch time time"]:
    """Norms of all products J_t ⋯ J_{k+1}, one time step after the other, all k at once.

    Powers of two are taken out of the products as they grow or shrink, so that only a norm that is
    itself too large or too small overflows or underflows.
    """
    B, n = steps.shape[:2]
    norms = steps.new_full((B, n + 1, n + 1), torch.nan)
    eye = _identity_like(steps).unsqueeze(1)
    products, exponents = eye, steps.new_zeros(B, 1)  # ds_t/ds_k = products · 2^exponents
    for t in range(n + 1):
        if t:
            scaled, shift = _without_powers_of_two(steps[:, t - 1 : t] @ products)
            products = torch.cat([scaled, eye], dim=1)
            exponents = F.pad(exponents + shift, (0, 1))
        norm = _norm(products[:, :, rows, columns], order)
        norms[:, t, : t + 1] = norm.double() * torch.exp2(exponents.double())
    return norms


def _without_powers_of_two(
    matrices: Float[Tensor, "batch k rows columns"],
) -> tuple[Float[Tensor, "batch k rows columns"], Int[Tensor, "batch k"]]:
    """The matrices over a power of two that brings their largest entry near one; its exponent."""
    largest = matrices.abs().amax(dim=(-2, -1))
    mantissa, exponent = torch.frexp(largest)
    usable = (largest > 0) & largest.isfinite()
    power = torch.where(usable, largest / (2 * mantissa), 1)  # 2^(exponent - 1), exactly
    return matrices / power[..., None, None], torch.where(usable, exponent - 1, 0)


def _norm(
    matrices: Float[Tensor, "batch k rows columns"], order: Order
) -> Float[Tensor, "batch k"]:
    """Norms of many matrices, each scaled by its largest entry so that no square underflows."""
    scale = matrices.abs().amax(dim=(-2, -1), keepdim=True)
    usable = (scale > 0) & scale.isfinite()
    scaled = matrices / torch.where(usable, scale, 1)
    if order == "fro":
        norm = torch.linalg.matrix_norm(scaled, ord="fro")
    else:
        gram = torch.where(usable, scaled.mT @ scaled, 0).double()  # float32's routine gives up
        norm = torch.linalg.eigvalsh(gram)[..., -1].clamp(min=0).sqrt().to(scale)
    scale, usable = scale[..., 0, 0], usable[..., 0, 0]
    return torch.where(usable, norm * scale, scale)  # zero, infinity and NaN stay what they are


def _all_steps(states: LayerStates) -> Tensor:
    B, H = states.h[0].shape
    S = H if states.c is None else 2 * H
    if len(states.h) == 1:
        return states.h[0].new_zeros(B, 0, S, S)
    return torch.stack([_one_step(states, t) for t in range(1, len(states.h))], dim=1)


def _one_step(states: LayerStates, t: int) -> Tensor:
    """ds_t/ds_{t-1}, (batch, S, S); t counts from 0."""
    J_hh, J_hc = _partials(states, t, states.h[t])
    if states.c is None:
        return J_hh
    J_ch, J_cc = _partials(states, t, states.c[t])
    return torch.cat([torch.cat([J_hh, J_hc], -1), torch.cat([J_ch, J_cc], -1)], -2)


def _partials(states: LayerStates, t: int, target: Tensor) -> tuple[Tensor, Tensor]:
    """The target's Jacobians by h_{t-1} (c fixed) and by c_{t-1} (h fixed)."""
    h = states.h[t - 1]
    if states.c is None:
        (by_h,) = _batched_jacobian(target, [h])
        return by_h, by_h
    c = states.c[t - 1]
    by_h, by_c = _batched_jacobian(target, [h, c])
    if states.dh_dc is None:
        # In the graph h_{t-1} is computed from c_{t-1}: take out the path through it.
        (dh_dc,) = _batched_jacobian(h, [c])
        by_c = by_c - by_h @ dh_dc
    return by_h, by_c


def _batched_jacobian(target: Tensor, sources: list[Tensor]) -> list[Tensor]:
    """Jacobians (batch, hidden, hidden) of one state by others, in one vectorised call."""
    B, H = target.shape
    rows = torch.eye(H, dtype=target.dtype, device=target.device)
    rows = rows.unsqueeze(1).expand(H, B, H)
    grads = torch.autograd.grad(
        target, sources, rows, retain_graph=True, allow_unused=True, is_grads_batched=True
    )
    zero = target.new_zeros(H, B, H)
    return [(zero if g is None else g).transpose(0, 1) for g in grads]


def _identity_like(steps: Tensor) -> Tensor:
    B, S = steps.shape[0], steps.shape[-1]
    return torch.eye(S, dtype=steps.dtype, device=steps.device).expand(B, S, S)


def _half(letter: str, states: LayerStates) -> slice:
    H = states.h[0].shape[1]
    return slice(0, H) if letter == "h" else slice(H, 2 * H)


def _layer(layers: list[LayerStates], index: int) -> LayerStates:
    if not -len(layers) <= index < len(layers):
        raise ValueError(f"layer is {index}; this module has layers 0 … {len(layers) - 1}.")
    return layers[index]
