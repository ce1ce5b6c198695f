"""Any recurrent module, run over a sequence with every state connected to the graph.

Everything that analyses gradients starts here. Four kinds of module are understood:

- one that keeps ``h_list`` (and ``c_list``): ours, the reader's, a stack or a model of such layers;
- ``torch.nn.RNN``, ``LSTM``, ``GRU``: split into one-layer steps, the next layer and the loss
  reading the state tensor itself (the outputs of a whole fused stack are other tensors than its
  states, and a gradient with respect to the one misses what flows through the other);
- ``torch.nn.RNNCell``, ``LSTMCell``, ``GRUCell``;
- any other that is called as ``output, state = module(x, state)`` and whose output is its state.
"""

import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnbook.networks import RecurrentRegressionModel
from rnnbook.validation import (
    require_data,
    require_like,
    require_module,
    require_pair,
    require_sequence,
    require_state,
)


@dataclass
class LayerStates:
    """The states of one layer; T tensors of (batch, hidden) in each list.

    Attributes
    ----------
    h, c : list of Tensor
        h_1 … h_T; c_1 … c_T, or None where the layer has (or shows) no cell state.
    dh_dc : list of Tensor or None
        Where h_t is *not* computed from the tensor c_t in the graph (PyTorch's fused LSTM gives
        both at once): the diagonal o·(1 − tanh² c) of dh_t/dc_t.
    """

    h: list[Tensor]
    c: list[Tensor] | None = None
    dh_dc: list[Tensor] | None = None


@dataclass
class Unrolled:
    """A run: what the module returns first, and the states of every layer from the lowest up."""

    output: Tensor
    layers: list[LayerStates]


def unroll(module: nn.Module, x: Tensor, initial_state: Any = None) -> Unrolled:
    """Run ``module`` over ``x`` and keep its states connected to the graph.

    Parameters
    ----------
    module : Module
        Any of the kinds above, or a :class:`rnnbook.RecurrentRegressionModel` of one.
    x : Tensor, (batch, time, input)
        Finite; for every module in this order of axes, ``batch_first`` or not.
    initial_state : optional
        What the module's own call takes: for ``torch.nn`` (num_layers, batch, hidden), a pair of
        them for an LSTM.

    Returns
    -------
    Unrolled

    Raises
    ------
    TypeError
        If the module is not recurrent.
    ValueError
        If x is not a finite sequence, or the module does not expose its states (bidirectional,
        proj_size, dropout between layers, an output that is not the state).
    """
    require_module("module", module)
    require_sequence("x", x)
    require_data("x", x)
    with torch.enable_grad(), states_kept(module):
        # A leaf, so that the states are connected even when every parameter is frozen.
        run = _unroll(module, x.detach().requires_grad_(), initial_state)
    _refuse_detached(module, run.layers)
    return run


def _refuse_detached(module: nn.Module, layers: Sequence[LayerStates]) -> None:
    if not all(s.requires_grad for layer in layers for s in layer.h + (layer.c or [])):
        raise ValueError(
            f"this {type(module).__name__} keeps states that are cut off from the graph, so no "
            "gradient reaches them; expected h_list (and c_list) without detach() or .data."
        )


@contextmanager
def states_kept(module: nn.Module) -> Iterator[None]:
    """Make every layer inside keep its states for a while; then set it back."""
    switched = [m for m in module.modules() if getattr(m, "keep_states", None) is False]
    for m in switched:
        m.keep_states = True  # type: ignore[assignment]
    try:
        yield
    finally:
        for m in switched:
            m.keep_states = False  # type: ignore[assignment]


def _unroll(module: nn.Module, x: Tensor, state: Any) -> Unrolled:
    if isinstance(module, RecurrentRegressionModel):
        inner = _unroll(module.recurrent_net, x, state)
        return Unrolled(module.output_linear(inner.output), inner.layers)
    if isinstance(module, nn.RNNBase):
        return _unroll_fused(module, x, state)
    if isinstance(module, nn.RNNCellBase):
        return _unroll_cell(module, x, state)
    kept = _unroll_kept(module, x, state)
    return kept if kept is not None else _unroll_stepped(module, x, state)


# --- a module that keeps h_list -------------------------------------------------------------


def _unroll_kept(module: nn.Module, x: Tensor, state: Any) -> Unrolled | None:
    for m in module.modules():
        if "h_list" in m.__dict__:
            m.h_list = []  # type: ignore[assignment]
    arguments = (x,) if state is None else (x, state)
    if not takes(module, arguments):
        return None
    result = module(*arguments)
    layers = [_kept_states(m) for m in module.modules() if _keeps_its_own(m)]
    if not layers:
        return None
    for layer in layers:
        _require_chain(module, layer, x.shape[1])
    output = result[0] if isinstance(result, tuple) else result
    return Unrolled(output, layers)


def _keeps_its_own(m: nn.Module) -> bool:
    """Whether m keeps states; a stack that shows those of a layer inside it keeps none."""
    first = _first_state(m)
    inner = (n for n in m.modules() if n is not m)
    return first is not None and not any(_first_state(n) is first for n in inner)


def _first_state(m: nn.Module) -> Tensor | None:
    h_list = getattr(m, "h_list", None)
    return h_list[0] if h_list and isinstance(h_list[0], Tensor) else None


def _require_chain(module: nn.Module, layer: LayerStates, T: int) -> None:
    """Raise unless there is one connected state a step; warn of states that are copies."""
    name = type(module).__name__
    if len(layer.h) != T or (layer.c is not None and len(layer.c) != T):
        raise ValueError(
            f"a layer of this {name} kept {len(layer.h)} states for {T} steps; expected one h_t "
            "(and c_t) a step: start h_list anew in each forward."
        )
    _refuse_detached(module, [layer])
    if T > 1 and not _depends(layer.h[1], layer.h[0]):
        warnings.warn(
            f"in this {name} h_2 is not computed from the h_1 in h_list. If the cell feeds h back, "
            "h_list holds copies and gradients miss what flows through the states: keep the very "
            "tensors that the next step reads.",
            stacklevel=5,
        )
    if layer.c is not None and not _depends(layer.h[0], layer.c[0]):
        raise ValueError(
            f"in this {name} h_1 is not computed from the c_1 in c_list; expected c_list to hold "
            "the very tensors that h_t is computed from."
        )


def takes(module: nn.Module, arguments: tuple[Any, ...]) -> bool:
    """Whether the module can be called with these arguments."""
    try:
        inspect.signature(module.forward).bind(*arguments)
    except TypeError:
        return False
    return True


def _kept_states(m: nn.Module) -> LayerStates:
    c_list = getattr(m, "c_list", None)
    return LayerStates(list(m.h_list), list(c_list) if c_list else None)  # type: ignore[arg-type]


# --- torch.nn.RNN, LSTM, GRU ---------------------------------------------------------------


def _unroll_fused(module: nn.RNNBase, x: Tensor, state: Any) -> Unrolled:
    _refuse_unexposed(module)
    require_sequence("x", x, module.input_size)
    require_like("x", x, module.all_weights[0][0])
    L, B, H = module.num_layers, x.shape[0], module.hidden_size
    initial = _initial_states(module, isinstance(module, nn.LSTM), state, (L, B, H))
    layers = []
    output = x
    for weights, layer_state in zip(module.all_weights, zip(*initial)):
        layer = _step_through(_fused_step(module, weights), output.unbind(1), layer_state)
        if isinstance(module, nn.LSTM):
            layer.dh_dc = _local_dh_dc(weights, module.bias, output, layer, layer_state[0])
        layers.append(layer)
        output = torch.stack(layer.h, dim=1)
    return Unrolled(output, layers)


def _refuse_unexposed(module: nn.RNNBase) -> None:
    name = type(module).__name__
    if module.bidirectional:
        raise ValueError(
            f"this {name} is bidirectional: its second half runs from the end, so there is no one "
            "chain of states to follow; expected bidirectional=False."
        )
    if module.proj_size:
        raise ValueError(
            f"this {name} has proj_size={module.proj_size}: it returns a projection of h_t and "
            "hides h_t itself; expected proj_size=0."
        )
    if module.dropout and module.num_layers > 1 and module.training:
        raise ValueError(
            f"this {name} drops units between layers at random inside its fused kernel, so its "
            "states cannot be reproduced; expected dropout=0 or module.eval()."
        )


def _initial_states(
    module: nn.Module, cell_state: bool, state: Any, shape: Sequence[int]
) -> list[Tensor]:
    """[h0] or [h0, c0], each of ``shape``; zeros if none was given."""
    parameter = next(module.parameters())
    if state is None:
        return [parameter.new_zeros(shape)] * (1 + cell_state)
    states = list(require_pair("initial_state", state)) if cell_state else [state]
    for s in states:
        require_state("initial_state", s, shape, parameter)
    return states


def _fused_step(module: nn.RNNBase, weights: Sequence[Tensor]) -> Callable[..., tuple[Tensor, ...]]:
    """One time step of one layer, by PyTorch's own kernel."""
    weights = list(weights)
    flags = (module.bias, 1, 0.0, False, False, True)

    def step(x_t: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        x_t, hc = x_t.unsqueeze(1), [s.unsqueeze(0) for s in state]
        if isinstance(module, nn.LSTM):
            _, h, c = torch.lstm(x_t, hc, weights, *flags)
            return h.squeeze(0), c.squeeze(0)
        if isinstance(module, nn.GRU):
            return (torch.gru(x_t, hc[0], weights, *flags)[1].squeeze(0),)
        kernel = torch.rnn_tanh if module.nonlinearity == "tanh" else torch.rnn_relu
        return (kernel(x_t, hc[0], weights, *flags)[1].squeeze(0),)

    return step


def _step_through(
    step: Callable[..., tuple[Tensor, ...]], inputs: Sequence[Tensor], state: Sequence[Tensor]
) -> LayerStates:
    """Apply a step to each input, feeding back the very state tensors that are kept."""
    history = []
    for x_t in inputs:
        state = step(x_t, *state)
        history.append(state)
    columns = [list(column) for column in zip(*history)]
    return LayerStates(columns[0], columns[1] if len(columns) > 1 else None)


def _local_dh_dc(
    weights: Sequence[Tensor], bias: bool, x: Tensor, layer: LayerStates, h0: Tensor
) -> list[Tensor]:
    """o · (1 − tanh² c) at every step, o recomputed from the weights of the output gate."""
    assert layer.c is not None
    W_ih, W_hh, *biases = weights
    H = h0.shape[1]
    b_ih, b_hh = biases if bias else (None, None)
    previous = torch.stack([h0, *layer.h[:-1]], dim=1)
    a_o = F.linear(x, W_ih[3 * H :], None if b_ih is None else b_ih[3 * H :])
    a_o = a_o + F.linear(previous, W_hh[3 * H :], None if b_hh is None else b_hh[3 * H :])
    local = torch.sigmoid(a_o) * (1 - torch.tanh(torch.stack(layer.c, dim=1)) ** 2)
    return list(local.detach().unbind(1))


# --- torch.nn.RNNCell, LSTMCell, GRUCell ----------------------------------------------------


def _unroll_cell(module: nn.RNNCellBase, x: Tensor, state: Any) -> Unrolled:
    require_sequence("x", x, module.input_size)
    require_like("x", x, module.weight_ih)
    lstm = isinstance(module, nn.LSTMCell)
    initial = _initial_states(module, lstm, state, (x.shape[0], module.hidden_size))

    def step(x_t: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        return module(x_t, state) if lstm else (module(x_t, *state),)

    layer = _step_through(step, x.unbind(1), initial)
    if layer.c is not None and not _depends(layer.h[-1], layer.c[-1]):
        weights = [module.weight_ih, module.weight_hh]
        if module.bias:
            weights += [module.bias_ih, module.bias_hh]
        layer.dh_dc = _local_dh_dc(weights, module.bias, x, layer, initial[0])
    return Unrolled(torch.stack(layer.h, dim=1), [layer])


# --- a module that takes and returns a state ------------------------------------------------


def _unroll_stepped(module: nn.Module, x: Tensor, state: Any) -> Unrolled:
    history = []
    for t in range(x.shape[1]):
        output, state = _call_step(module, x[:, t : t + 1], state)
        parts = _parts(module, state)
        rows = [_as_rows(module, part, x) for part in parts]
        _require_state_as_output(module, output, rows[0])
        history.append(rows)
        # What is fed back is the tensor that is kept, or a view of it.
        fed_back = tuple(row.reshape(part.shape) for row, part in zip(rows, parts))
        state = fed_back if len(fed_back) == 2 else fed_back[0]
    columns = [list(column) for column in zip(*history)]
    if len(columns) == 2 and not _depends(columns[0][-1], columns[1][-1]):
        warnings.warn(
            f"h_t of this {type(module).__name__} is not computed from the c_t it returns, so "
            "dL/dc_t with h_t following is not exposed and is left out; keep c_list to have it.",
            stacklevel=4,
        )
        columns.pop()
    layer = LayerStates(*columns)
    return Unrolled(torch.stack(layer.h, dim=1), [layer])


def _call_step(module: nn.Module, x_t: Tensor, state: Any) -> tuple[Tensor, Any]:
    if not takes(module, (x_t, state)):
        raise not_recurrent(module, "it keeps no h_list and takes no state")
    try:
        output, state = module(x_t, state)
    except Exception as error:
        raise not_recurrent(module, "it keeps no h_list and stepping it failed") from error
    return output, state


def _parts(module: nn.Module, state: Any) -> list[Tensor]:
    """[h] or [h, c]."""
    parts = list(state) if isinstance(state, tuple | list) else [state]
    if len(parts) not in (1, 2) or not all(isinstance(part, Tensor) for part in parts):
        raise not_recurrent(module, "the state it returns is neither h nor a pair (h, c)")
    return parts


def _require_state_as_output(module: nn.Module, output: Tensor, h: Tensor) -> None:
    same = output.numel() == h.numel() and output.shape[-1] == h.shape[-1]
    if not same or not torch.allclose(output.reshape(h.shape), h, equal_nan=True):
        raise ValueError(
            f"the output of this {type(module).__name__} is not its state, so a loss on the "
            "output cannot be read off the state; expected output = h_t, or a module that "
            "keeps h_list."
        )


def _as_rows(module: nn.Module, state: Tensor, x: Tensor) -> Tensor:
    """The state as (batch, hidden), itself where it already is."""
    B = x.shape[0]
    if state.dim() == 2 and state.shape[0] == B:
        return state
    if state.dim() == 3 and state.shape[:2] == (1, B):
        return state[0]
    raise ValueError(
        f"the state of this {type(module).__name__} has shape {tuple(state.shape)}; expected one "
        f"layer's (batch, hidden) or (1, batch, hidden) with batch = {B}: give a stack's layers "
        "one by one, or keep h_list in each."
    )


def _depends(h: Tensor, c: Tensor) -> bool:
    if not (h.requires_grad and c.requires_grad):
        return False
    (gradient,) = torch.autograd.grad(h.sum(), c, retain_graph=True, allow_unused=True)
    return gradient is not None


def not_recurrent(module: nn.Module, why: str) -> TypeError:
    """Return the error that says why a module cannot be followed."""
    return TypeError(
        f"cannot follow the states of this {type(module).__name__}: {why}; expected a recurrent "
        "module: one that keeps h_list, one called as output, state = module(x, state), or "
        "torch.nn.RNN, LSTM or GRU."
    )
