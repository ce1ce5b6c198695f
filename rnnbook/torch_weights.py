"""Weights carried to and from ``torch.nn.RNN``, ``LSTM`` and ``GRU``, one function each way."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rnnbook.layers import FUSED_NONLINEARITIES, GRULayer, LSTMLayer, RecurrentLayer, RNNLayer
from rnnbook.networks import Stack

COUNTERPARTS: dict[type[nn.Module], type[RecurrentLayer]] = {
    nn.RNN: RNNLayer,
    nn.LSTM: LSTMLayer,
    nn.GRU: GRULayer,
}
KERNELS = {"tanh": torch.rnn_tanh, "relu": torch.rnn_relu}


@torch.no_grad()
def copy_from_torch(ours: RecurrentLayer | Stack, theirs: nn.RNNBase) -> None:
    """Copy the weights of a ``torch.nn`` network into ours, which then computes the same.

    PyTorch's two biases enter only as their sum, so ours receives the sum; the GRU's b_hn, which
    the reset gate multiplies, stays apart.

    Parameters
    ----------
    ours : RNNLayer, LSTMLayer, GRULayer, RNN, LSTM or GRU
    theirs : torch.nn.RNN, LSTM or GRU

    Raises
    ------
    TypeError
        If the two are not the same kind of cell.
    ValueError
        If sizes or nonlinearity differ, or theirs is bidirectional or has a projection.
    """
    for index, layer in enumerate(_matched_layers(ours, theirs)):
        W_ih, W_hh, b_ih, b_hh = _torch_layer(theirs, index)
        layer.input_linear.weight.copy_(W_ih)
        layer.hidden_linear.weight.copy_(W_hh)
        if isinstance(layer, GRULayer):
            H = layer.hidden_size
            layer.b_hn.copy_(b_hh[2 * H :])
            b_hh = torch.cat([b_hh[: 2 * H], torch.zeros_like(b_hh[2 * H :])])
        layer.input_linear.bias.copy_(b_ih + b_hh)


@torch.no_grad()
def copy_to_torch(ours: RecurrentLayer | Stack, theirs: nn.RNNBase) -> None:
    """Copy our weights into a ``torch.nn`` network, which then computes the same.

    Our one bias goes to ``bias_ih``; ``bias_hh`` becomes zero but for the GRU's b_hn.

    Parameters
    ----------
    ours : RNNLayer, LSTMLayer, GRULayer, RNN, LSTM or GRU
    theirs : torch.nn.RNN, LSTM or GRU

    Raises
    ------
    TypeError
        If the two are not the same kind of cell.
    ValueError
        If sizes or nonlinearity differ, or theirs is bidirectional, has a projection or no bias.
    """
    layers = _matched_layers(ours, theirs)
    if not theirs.bias:
        raise ValueError(
            f"this {type(theirs).__name__} has no bias and ours has one; expected bias=True."
        )
    for index, layer in enumerate(layers):
        for target, source in zip(_torch_layer(theirs, index), layer.fused_weights()):
            target.copy_(source)


def _torch_layer(theirs: nn.RNNBase, index: int) -> Sequence[Tensor]:
    """W_ih, W_hh, b_ih, b_hh of one layer (zeros for the biases of a network without)."""
    weights = theirs.all_weights[index]
    if theirs.bias:
        return weights
    zero = weights[0].new_zeros(weights[0].shape[0])
    return [*weights, zero, zero]


def _matched_layers(ours: RecurrentLayer | Stack, theirs: nn.RNNBase) -> Sequence[RecurrentLayer]:
    layers = [m for m in ours.modules() if isinstance(m, RecurrentLayer)]
    expected = COUNTERPARTS.get(type(theirs))
    matched = expected and layers and all(isinstance(layer, expected) for layer in layers)
    if not matched:
        raise TypeError(
            f"cannot match {type(ours).__name__} with {type(theirs).__name__}; expected the same "
            "kind of cell: RNN with torch.nn.RNN, LSTM with torch.nn.LSTM, GRU with torch.nn.GRU."
        )
    if theirs.bidirectional or theirs.proj_size:
        raise ValueError(
            "a bidirectional network or one with proj_size has no counterpart here; "
            "expected a plain one."
        )
    first = layers[0]
    sizes = (first.input_size, first.hidden_size, len(layers))
    if sizes != (theirs.input_size, theirs.hidden_size, theirs.num_layers):
        raise ValueError(
            f"ours has (input_size, hidden_size, num_layers) = {sizes}, theirs "
            f"{(theirs.input_size, theirs.hidden_size, theirs.num_layers)}; expected the same."
        )
    for layer in layers:
        if isinstance(layer, RNNLayer) and (
            FUSED_NONLINEARITIES.get(layer.nonlinearity) is not KERNELS[str(theirs.nonlinearity)]
        ):
            raise ValueError(
                f"ours has nonlinearity {layer.nonlinearity!r}, theirs {theirs.nonlinearity!r}; "
                "expected the same."
            )
    return layers
