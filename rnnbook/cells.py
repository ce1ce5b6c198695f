"""One time step, equation by equation: RNN, LSTM, GRU.

A cell knows nothing of time. It is given the input's share of the pre-activation,
``w = W_xh x_t + b``, which does not depend on the state and is therefore computed for all
steps at once (:mod:`rnnbook.layers`), and the previous state. A batch's states are rows, so the
product W_hh h is ``h @ W_hh_T``, the matrix transposed once for all steps.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class RNNStep(NamedTuple):
    """What one RNN step computed, by name; each (batch, hidden)."""

    a: Tensor
    h: Tensor


class LSTMStep(NamedTuple):
    """What one LSTM step computed, by name; ``a`` (batch, 4 hidden), the others (batch, hidden)."""

    a: Tensor
    i: Tensor
    f: Tensor
    g: Tensor
    o: Tensor
    c: Tensor
    h: Tensor


class GRUStep(NamedTuple):
    """What one GRU step computed, by name; each (batch, hidden)."""

    a_r: Tensor
    a_z: Tensor
    a_n: Tensor
    q: Tensor
    r: Tensor
    z: Tensor
    n: Tensor
    h: Tensor


def rnn_step(
    w: Float[Tensor, "batch hidden"],
    h: Float[Tensor, "batch hidden"],
    W_hh_T: Float[Tensor, "hidden hidden"],
    nonlinearity: Callable[[Tensor], Tensor],
) -> RNNStep:
    r"""One step of the simple recurrent network (Elman, 1990).

    .. math:: a_t = W_{xh} x_t + b + W_{hh} h_{t-1}, \qquad h_t = \phi(a_t)

    Derived in the chapter *Recurrent networks*.

    Parameters
    ----------
    w : Tensor, (batch, hidden)
        The input's share of the pre-activation, W_xh x_t + b.
    h : Tensor, (batch, hidden)
        The state before.
    W_hh_T : Tensor, (hidden, hidden)
        The recurrent matrix, transposed.
    nonlinearity : callable
        :math:`\phi`, elementwise.

    Returns
    -------
    RNNStep
    """
    a = torch.addmm(w, h, W_hh_T)
    h = nonlinearity(a)
    return RNNStep(a, h)


def lstm_step(
    w: Float[Tensor, "batch gates"],
    h: Float[Tensor, "batch hidden"],
    c: Float[Tensor, "batch hidden"],
    W_hh_T: Float[Tensor, "hidden gates"],
) -> LSTMStep:
    r"""One step of the long short-term memory with forget gate (Gers et al., 2000).

    .. math::

       i, f, o = \sigma(a_i), \sigma(a_f), \sigma(a_o), \quad g = \tanh(a_g), \qquad
       c_t = f \odot c_{t-1} + i \odot g, \qquad h_t = o \odot \tanh(c_t)

    with :math:`a = W_{xh} x_t + b + W_{hh} h_{t-1}` in PyTorch's order i, f, g, o. Derived in the
    chapter *LSTM*.

    Parameters
    ----------
    w : Tensor, (batch, 4 hidden)
        The input's share of the pre-activations, W_xh x_t + b.
    h, c : Tensor, (batch, hidden)
        The states before.
    W_hh_T : Tensor, (hidden, 4 hidden)
        The recurrent matrix, transposed.

    Returns
    -------
    LSTMStep
    """
    a = torch.addmm(w, h, W_hh_T)
    a_i, a_f, a_g, a_o = a.chunk(4, dim=1)
    i, f, g, o = torch.sigmoid(a_i), torch.sigmoid(a_f), torch.tanh(a_g), torch.sigmoid(a_o)
    c = torch.addcmul(f * c, i, g)
    h = o * torch.tanh(c)
    return LSTMStep(a, i, f, g, o, c, h)


def gru_step(
    w: Float[Tensor, "batch gates"],
    h: Float[Tensor, "batch hidden"],
    W_hh_T: Float[Tensor, "hidden gates"],
    b_hn: Float[Tensor, " hidden"],
) -> GRUStep:
    r"""One step of the gated recurrent unit, PyTorch's form (reset after the product).

    .. math::

       r, z = \sigma(a_r), \sigma(a_z), \quad q = W_{hn} h_{t-1} + b_{hn}, \quad
       n = \tanh(W_{xn} x_t + b_n + r \odot q), \qquad h_t = (1 - z) \odot n + z \odot h_{t-1}

    Cho et al. (2014) reset before the product; the two are different cells.

    Parameters
    ----------
    w : Tensor, (batch, 3 hidden)
        The input's share of the pre-activations, W_xh x_t + b, gates in the order r, z, n.
    h : Tensor, (batch, hidden)
        The state before.
    W_hh_T : Tensor, (hidden, 3 hidden)
        The recurrent matrix, transposed.
    b_hn : Tensor, (hidden,)
        The bias that the reset gate multiplies.

    Returns
    -------
    GRUStep
    """
    w_r, w_z, w_n = w.chunk(3, dim=1)
    u_r, u_z, u_n = (h @ W_hh_T).chunk(3, dim=1)
    a_r, a_z = w_r + u_r, w_z + u_z
    r, z = torch.sigmoid(a_r), torch.sigmoid(a_z)
    q = u_n + b_hn
    a_n = torch.addcmul(w_n, r, q)
    n = torch.tanh(a_n)
    h = torch.lerp(n, h, z)
    return GRUStep(a_r, a_z, a_n, q, r, z, n, h)
