"""Where a recurrent network starts. Each function changes a module in place and returns it.

They act on every layer of ours inside the module; what a start does to the gradient is the
subject of the chapters *Gradients through time* and *LSTM*.
"""

from collections.abc import Iterator
from typing import TypeVar

import torch
from torch import Tensor, nn

from rnnbook.layers import LSTMLayer, RecurrentLayer
from rnnbook.validation import require_module

M = TypeVar("M", bound=nn.Module)


@torch.no_grad()
def pytorch_default_(module: M) -> M:
    r"""Draw every parameter as ``torch.nn.RNN`` does, from :math:`U(-1/\sqrt H, 1/\sqrt H)`.

    The recurrent matrix then has spectral radius near :math:`1/\sqrt3` and spectral norm near
    :math:`2/\sqrt3` in wide layers (chapter *Gradients through time*).

    Parameters
    ----------
    module : Module
        A layer, a stack, or a model of them.

    Raises
    ------
    TypeError
        If it holds none of our layers.
    """
    for layer in _layers(module):
        bound = layer.hidden_size**-0.5
        for parameter in layer.parameters():
            parameter.uniform_(-bound, bound)
    return module


@torch.no_grad()
def scaled_(module: M, gain: float) -> M:
    r"""Draw the recurrent matrices from :math:`N(0, g^2/H)`: spectral radius near g.

    Parameters
    ----------
    module : Module
    gain : float
        g ≥ 0 (Sompolinsky et al., 1988: chaos above 1 in a wide tanh network).

    Raises
    ------
    TypeError, ValueError
        If the module holds none of our layers or the gain is negative.
    """
    if not gain >= 0:
        raise ValueError(f"gain is {gain}; expected a number of at least 0.")
    for layer in _layers(module):
        layer.hidden_linear.weight.normal_(0, gain * layer.hidden_size**-0.5)
    return module


@torch.no_grad()
def orthogonal_(module: M, gain: float = 1.0) -> M:
    r"""Make each gate's recurrent matrix g times an orthogonal one: :math:`\|W^k\| = g^k`.

    Parameters
    ----------
    module : Module
    gain : float, default 1
        Saxe et al. (2014), §3.

    Raises
    ------
    TypeError
        If the module holds none of our layers.
    """
    for W in _recurrent_matrices(module):
        nn.init.orthogonal_(W, gain)
    return module


@torch.no_grad()
def identity_(module: M, scale: float = 1.0) -> M:
    """Make each gate's recurrent matrix a multiple of the identity (Le et al., 2015, §3).

    Parameters
    ----------
    module : Module
    scale : float, default 1

    Raises
    ------
    TypeError
        If the module holds none of our layers.
    """
    for W in _recurrent_matrices(module):
        nn.init.eye_(W).mul_(scale)
    return module


@torch.no_grad()
def forget_bias_(module: M, value: float) -> M:
    """Set the forget gate's bias of every LSTM layer (Gers et al., 2000; Jozefowicz et al., 2015).

    At zero input and state the gate's time constant is 1/(1 − σ(b)) = 1 + e^b steps.

    Parameters
    ----------
    module : Module
    value : float

    Raises
    ------
    TypeError
        If the module holds no LSTM layer of ours.
    """
    for layer in _lstm_layers(module):
        _gate_bias(layer, 1).fill_(value)
    return module


@torch.no_grad()
def chrono_(module: M, t_max: int) -> M:
    r"""Chrono initialisation (Tallec & Ollivier, 2018, §2): time constants spread up to t_max.

    .. math:: b_f = \log u, \quad u \sim U(1, T_{\max} - 1), \qquad b_i = -b_f

    Parameters
    ----------
    module : Module
    t_max : int
        The longest dependency expected, in steps; above 2.

    Raises
    ------
    TypeError, ValueError
        If the module holds no LSTM layer of ours or t_max is not above 2.
    """
    if not t_max > 2:
        raise ValueError(f"t_max is {t_max}; expected more than 2 steps: U(1, t_max − 1) is empty.")
    for layer in _lstm_layers(module):
        b_f = _gate_bias(layer, 1)
        b_f.uniform_(1, t_max - 1).log_()
        _gate_bias(layer, 0).copy_(-b_f)
    return module


def _gate_bias(layer: RecurrentLayer, gate: int) -> Tensor:
    H = layer.hidden_size
    return layer.input_linear.bias[gate * H : (gate + 1) * H]


def _layers(module: nn.Module) -> list[RecurrentLayer]:
    require_module("module", module)
    layers = [m for m in module.modules() if isinstance(m, RecurrentLayer)]
    if not layers:
        raise TypeError(
            f"this {type(module).__name__} holds no RNNLayer, LSTMLayer or GRULayer; expected one: "
            "copy_from_torch carries a torch.nn network's weights into ours."
        )
    return layers


def _lstm_layers(module: nn.Module) -> list[LSTMLayer]:
    layers = [m for m in _layers(module) if isinstance(m, LSTMLayer)]
    if not layers:
        raise TypeError(
            f"this {type(module).__name__} holds no LSTMLayer; expected one: only an LSTM has a "
            "forget gate."
        )
    return layers


def _recurrent_matrices(module: nn.Module) -> Iterator[Tensor]:
    """Each gate's own square matrix."""
    for layer in _layers(module):
        yield from layer.hidden_linear.weight.split(layer.hidden_size)
