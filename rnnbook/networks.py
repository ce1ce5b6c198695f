"""Stacks of layers, and the regression head."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rnnbook.layers import GRULayer, LSTMLayer, RecurrentLayer, RNNLayer
from rnnbook.validation import (
    require_batch_first,
    require_module,
    require_pair,
    require_sequence,
    require_size,
    require_state,
)


class Stack(nn.Module):
    """Layers one above the other: each reads the states of the one below.

    Parameters
    ----------
    layers : sequence of RecurrentLayer
        From the lowest up.
    """

    def __init__(self, layers: Sequence[RecurrentLayer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.input_size = layers[0].input_size
        self.hidden_size = layers[-1].hidden_size
        self.num_layers = len(layers)

    def run(self, x: Tensor, states: Sequence[Any]) -> tuple[Tensor, list[Any]]:
        """Run every layer over the whole sequence; return the top's states and each last state."""
        last = []
        for layer, state in zip(self.layers, states, strict=True):
            x, last_state = layer(x, state)
            last.append(last_state)
        return x, last

    def split_state(self, name: str, state: Tensor | None, x: Tensor) -> Sequence[Tensor | None]:
        """One initial state a layer, from (num_layers, batch, hidden)."""
        require_sequence("x", x, self.input_size)
        if state is None:
            return [None] * self.num_layers
        shape = (self.num_layers, x.shape[0], self.hidden_size)
        require_state(name, state, shape, next(self.parameters()))
        return state.unbind(0)


class RNN(Stack):
    """A stack of :class:`rnnbook.RNNLayer`: the chapters *Recurrent networks* and *Depth*.

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
        Features of x_t, units of every layer, number of layers.
    nonlinearity : callable, default ``torch.tanh``
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        nonlinearity: Callable[[Tensor], Tensor] = torch.tanh,
    ) -> None:
        sizes = _layer_sizes(input_size, hidden_size, num_layers)
        super().__init__([RNNLayer(D, hidden_size, nonlinearity) for D in sizes])

    def forward(self, x: Tensor, h0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run the stack over a sequence.

        Parameters
        ----------
        x : Tensor, (batch, time, input)
        h0 : Tensor, (num_layers, batch, hidden), optional

        Returns
        -------
        last_layer_h : Tensor, (batch, time, hidden)
        last_step_h : Tensor, (num_layers, batch, hidden)

        Raises
        ------
        ValueError, TypeError
            If x or h0 has a wrong shape, dtype or device, or the sequence is empty.
        """
        all_h, last = self.run(x, self.split_state("h0", h0, x))
        return all_h, torch.stack(last)


class GRU(Stack):
    """A stack of :class:`rnnbook.GRULayer`.

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
        Features of x_t, units of every layer, number of layers.
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int) -> None:
        sizes = _layer_sizes(input_size, hidden_size, num_layers)
        super().__init__([GRULayer(D, hidden_size) for D in sizes])

    def forward(self, x: Tensor, h0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run the stack over a sequence: arguments, results and errors are :class:`RNN`'s."""
        all_h, last = self.run(x, self.split_state("h0", h0, x))
        return all_h, torch.stack(last)


class LSTM(Stack):
    """A stack of :class:`rnnbook.LSTMLayer`.

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
        Features of x_t, units of every layer, number of layers.
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int) -> None:
        sizes = _layer_sizes(input_size, hidden_size, num_layers)
        super().__init__([LSTMLayer(D, hidden_size) for D in sizes])

    def forward(
        self, x: Tensor, hc0: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Run the stack over a sequence.

        Parameters
        ----------
        x : Tensor, (batch, time, input)
        hc0 : pair of Tensor, each (num_layers, batch, hidden), optional

        Returns
        -------
        last_layer_h : Tensor, (batch, time, hidden)
        (last_step_h, last_step_c) : pair of Tensor, each (num_layers, batch, hidden)

        Raises
        ------
        ValueError, TypeError
            If x or a state has a wrong shape, dtype or device, or the sequence is empty.
        """
        h0, c0 = (None, None) if hc0 is None else require_pair("hc0", hc0)
        h, c = self.split_state("h0", h0, x), self.split_state("c0", c0, x)
        states = [None] * self.num_layers if hc0 is None else list(zip(h, c))
        all_h, last = self.run(x, states)
        return all_h, (torch.stack([h for h, _ in last]), torch.stack([c for _, c in last]))


class RecurrentRegressionModel(nn.Module):
    r"""A recurrent network with a linear read-out at every step: :math:`\hat y_t = V h_t + d`.

    Parameters
    ----------
    recurrent_net : Module
        Any module with ``hidden_size`` that returns its states (batch, time, hidden) first:
        a layer, a stack, the reader's own, or ``torch.nn.RNN``/``LSTM``/``GRU`` with
        ``batch_first=True``.
    output_dim : int, default 1
        Features of the prediction.

    Raises
    ------
    TypeError
        If ``recurrent_net`` is not a module with a ``hidden_size``.
    ValueError
        If it is a ``torch.nn`` network that reads (time, batch, features).
    """

    def __init__(self, recurrent_net: nn.Module, output_dim: int = 1) -> None:
        super().__init__()
        require_module("recurrent_net", recurrent_net)
        hidden_size = getattr(recurrent_net, "hidden_size", None)
        if not isinstance(hidden_size, int):
            raise TypeError(
                f"recurrent_net is a {type(recurrent_net).__name__} without a hidden_size; "
                "expected a recurrent network: set self.hidden_size in its __init__."
            )
        require_batch_first(recurrent_net)
        require_size("output_dim", output_dim)
        self.recurrent_net = recurrent_net
        self.output_dim = output_dim
        self.output_linear = nn.Linear(hidden_size, output_dim, bias=True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Predict at every step.

        Parameters
        ----------
        x : Tensor, (batch, time, input)

        Returns
        -------
        out : Tensor, (batch, time, output_dim)
        all_h : Tensor, (batch, time, hidden)
        """
        all_h = self.recurrent_net(x)[0]
        return self.output_linear(all_h), all_h


def _layer_sizes(input_size: int, hidden_size: int, num_layers: int) -> list[int]:
    require_size("hidden_size", hidden_size)
    require_size("num_layers", num_layers)
    return [input_size] + [hidden_size] * (num_layers - 1)
