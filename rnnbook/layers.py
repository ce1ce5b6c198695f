"""A cell over time: layers that keep every state and gate by name."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnnbook.cells import gru_step, lstm_step, rnn_step
from rnnbook.validation import (
    require_like,
    require_pair,
    require_sequence,
    require_size,
    require_state,
)

FUSED_NONLINEARITIES: dict[Any, Callable[..., tuple[Tensor, Tensor]]] = {
    torch.tanh: torch.rnn_tanh,
    F.tanh: torch.rnn_tanh,
    torch.relu: torch.rnn_relu,
    F.relu: torch.rnn_relu,
}


class RecurrentLayer(nn.Module):
    """What the three layers share: parameters, checks, and the states of the last call.

    Parameters
    ----------
    input_size, hidden_size : int
        Features of x_t and units of h_t.

    Attributes
    ----------
    keep_states : bool
        True (the default) keeps every state and gate of a call, connected to the graph. False
        keeps none and runs PyTorch's fused kernel where there is one.
    h_list : list of Tensor
        After a call with ``keep_states``: h_1 … h_T, each (batch, hidden).
    """

    gates: ClassVar[int] = 1

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        require_size("input_size", input_size)
        require_size("hidden_size", hidden_size)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.input_linear = nn.Linear(input_size, self.gates * hidden_size, bias=True)
        self.hidden_linear = nn.Linear(hidden_size, self.gates * hidden_size, bias=False)
        self.keep_states = True
        self.forget_states()

    def forget_states(self) -> None:
        """Drop the states of the last call, and with them its graph."""
        self.steps: Sequence[Any] = []
        self.h_list: list[Tensor] = []

    def keep(self, steps: Sequence[Any]) -> None:
        """Keep a call's steps; gradients of a later ``backward()`` stay on each h_t."""
        self.steps = steps
        self.h_list = [step.h for step in steps]
        _retain_gradients(self.h_list)

    def record(self) -> dict[str, Tensor]:
        """Every named quantity of the last call, each (batch, time, hidden).

        Raises
        ------
        ValueError
            If there was no call yet, or the last one ran with ``keep_states = False``.
        """
        if not self.steps:
            raise ValueError(
                f"this {type(self).__name__} holds no states; expected a forward pass with "
                "keep_states = True before record()."
            )
        names = self.steps[0]._fields
        return {n: torch.stack([getattr(s, n) for s in self.steps], dim=1) for n in names}

    def project(self, x: Tensor) -> Sequence[Tensor]:
        """W_xh x_t + b for every step at once: T tensors (batch, gates · hidden)."""
        return self.input_linear(x).unbind(1)

    def check_input(self, x: Tensor) -> tuple[int, int]:
        """Raise a sentence about a wrong x; return (batch, hidden)."""
        require_sequence("x", x, self.input_size)
        require_like("x", x, self.hidden_linear.weight)
        return x.shape[0], self.hidden_size

    def check_state(self, name: str, state: Tensor | None, shape: tuple[int, int]) -> Tensor:
        """Return the initial state, zeros if none was given; raise a sentence if it is wrong."""
        if state is None:
            return self.hidden_linear.weight.new_zeros(shape)
        require_state(name, state, shape, self.hidden_linear.weight)
        return state

    def fused_weights(self) -> list[Tensor]:
        """The parameters as PyTorch's fused kernels take them; their second bias is zero."""
        b = self.input_linear.bias
        return [self.input_linear.weight, self.hidden_linear.weight, b, torch.zeros_like(b)]

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle the parameters, not the last call's graph."""
        return {**self.__dict__, "steps": [], "h_list": []}


class RNNLayer(RecurrentLayer):
    r"""The simple recurrent layer (Elman, 1990): the chapter *Recurrent networks*.

    .. math:: h_t = \phi(W_{xh} x_t + b + W_{hh} h_{t-1})

    Parameters
    ----------
    input_size, hidden_size : int
        Features of x_t and units of h_t.
    nonlinearity : callable, default ``torch.tanh``
        :math:`\phi`, elementwise; ``lambda a: a`` makes the layer linear.

    Notes
    -----
    One bias, where ``torch.nn.RNN`` has two that only ever appear as a sum:
    :math:`H(D + H + 1)` parameters.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        nonlinearity: Callable[[Tensor], Tensor] = torch.tanh,
    ) -> None:
        super().__init__(input_size, hidden_size)
        if not callable(nonlinearity):
            raise TypeError(
                f"nonlinearity is {nonlinearity!r}; expected a function of a tensor, "
                "for example torch.tanh, torch.relu or lambda a: a."
            )
        self.nonlinearity = nonlinearity

    def forward(self, x: Tensor, h0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run the layer over a sequence.

        Parameters
        ----------
        x : Tensor, (batch, time, input)
        h0 : Tensor, (batch, hidden), optional
            The initial state; zeros if none is given.

        Returns
        -------
        all_h : Tensor, (batch, time, hidden)
        last_h : Tensor, (batch, hidden)

        Raises
        ------
        ValueError, TypeError
            If x or h0 has a wrong shape, dtype or device, or the sequence is empty.
        """
        h = self.check_state("h0", h0, self.check_input(x))
        self.forget_states()
        fused = None if self.keep_states else FUSED_NONLINEARITIES.get(self.nonlinearity)
        if fused is not None:
            return _run_fused(fused, x, h, self.fused_weights())
        steps, W_hh_T, phi = [], self.hidden_linear.weight.t(), self.nonlinearity
        for w in self.project(x):
            step = rnn_step(w, h, W_hh_T, phi)
            h = step.h
            steps.append(step)
        all_h = torch.stack([step.h for step in steps], dim=1)
        if self.keep_states:
            self.keep(steps)
        return all_h, h


class LSTMLayer(RecurrentLayer):
    """The long short-term memory layer (Hochreiter & Schmidhuber, 1997; Gers et al., 2000).

    The equations are :func:`rnnbook.cells.lstm_step`'s; gates in PyTorch's order i, f, g, o.

    Parameters
    ----------
    input_size, hidden_size : int
        Features of x_t and units of h_t.

    Attributes
    ----------
    c_list : list of Tensor
        After a call with ``keep_states``: c_1 … c_T, each (batch, hidden). h_t is computed from
        this very tensor, so that a gradient with respect to c_t is the total one, h_t following.
    """

    gates = 4

    def forget_states(self) -> None:
        """Drop the states of the last call, and with them its graph."""
        super().forget_states()
        self.c_list: list[Tensor] = []

    def keep(self, steps: Sequence[Any]) -> None:
        """Keep a call's steps; gradients of a later ``backward()`` stay on each h_t and c_t."""
        super().keep(steps)
        self.c_list = [step.c for step in steps]
        _retain_gradients(self.c_list)

    def forward(
        self, x: Tensor, hc0: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Run the layer over a sequence.

        Parameters
        ----------
        x : Tensor, (batch, time, input)
        hc0 : pair of Tensor, each (batch, hidden), optional
            The initial states (h0, c0); zeros if none are given.

        Returns
        -------
        all_h : Tensor, (batch, time, hidden)
        (last_h, last_c) : pair of Tensor, each (batch, hidden)

        Raises
        ------
        ValueError, TypeError
            If x or a state has a wrong shape, dtype or device, or the sequence is empty.
        """
        shape = self.check_input(x)
        h0, c0 = (None, None) if hc0 is None else require_pair("hc0", hc0)
        h, c = self.check_state("h0", h0, shape), self.check_state("c0", c0, shape)
        self.forget_states()
        if not self.keep_states:
            return _run_fused_lstm(x, h, c, self.fused_weights())
        steps, W_hh_T = [], self.hidden_linear.weight.t()
        for w in self.project(x):
            step = lstm_step(w, h, c, W_hh_T)
            h, c = step.h, step.c
            steps.append(step)
        self.keep(steps)
        return torch.stack(self.h_list, dim=1), (h, c)

    def record(self) -> dict[str, Tensor]:
        """Every named quantity of the last call (a_i … a_o, i, f, g, o, c, h)."""
        quantities = super().record()
        a = quantities.pop("a").chunk(4, dim=-1)
        return dict(zip(("a_i", "a_f", "a_g", "a_o"), a)) | quantities

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle the parameters, not the last call's graph."""
        return {**super().__getstate__(), "c_list": []}


class GRULayer(RecurrentLayer):
    """The gated recurrent unit in PyTorch's form, gates in its order r, z, n.

    The equations are :func:`rnnbook.cells.gru_step`'s. ``b_hn`` (hidden) is a parameter of its
    own because the reset gate multiplies it.

    Parameters
    ----------
    input_size, hidden_size : int
        Features of x_t and units of h_t.
    """

    gates = 3

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        bound = hidden_size**-0.5
        self.b_hn = nn.Parameter(torch.empty(hidden_size).uniform_(-bound, bound))

    def forward(self, x: Tensor, h0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run the layer over a sequence.

        Parameters
        ----------
        x : Tensor, (batch, time, input)
        h0 : Tensor, (batch, hidden), optional
            The initial state; zeros if none is given.

        Returns
        -------
        all_h : Tensor, (batch, time, hidden)
        last_h : Tensor, (batch, hidden)

        Raises
        ------
        ValueError, TypeError
            If x or h0 has a wrong shape, dtype or device, or the sequence is empty.
        """
        h = self.check_state("h0", h0, self.check_input(x))
        self.forget_states()
        if not self.keep_states:
            return _run_fused(torch.gru, x, h, self.fused_weights())
        steps, W_hh_T, b_hn = [], self.hidden_linear.weight.t(), self.b_hn
        for w in self.project(x):
            step = gru_step(w, h, W_hh_T, b_hn)
            h = step.h
            steps.append(step)
        self.keep(steps)
        return torch.stack(self.h_list, dim=1), h

    def fused_weights(self) -> list[Tensor]:
        """The parameters as ``torch.gru`` takes them."""
        b_hh = torch.cat([self.b_hn.new_zeros(2 * self.hidden_size), self.b_hn])
        return [self.input_linear.weight, self.hidden_linear.weight, self.input_linear.bias, b_hh]


def _retain_gradients(states: list[Tensor]) -> None:
    for state in states:
        if state.requires_grad:
            state.retain_grad()


def _run_fused(
    kernel: Callable[..., tuple[Tensor, Tensor]], x: Tensor, h: Tensor, weights: list[Tensor]
) -> tuple[Tensor, Tensor]:
    all_h, last_h = kernel(x, h.unsqueeze(0), weights, True, 1, 0.0, False, False, True)
    return all_h, last_h.squeeze(0)


def _run_fused_lstm(
    x: Tensor, h: Tensor, c: Tensor, weights: list[Tensor]
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    state = (h.unsqueeze(0), c.unsqueeze(0))
    all_h, last_h, last_c = torch.lstm(x, state, weights, True, 1, 0.0, False, False, True)
    return all_h, (last_h.squeeze(0), last_c.squeeze(0))
