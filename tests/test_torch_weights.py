"""Weights carried to and from torch.nn compute the same on both sides."""

import pytest
import torch
from hypothesis import given
from torch import nn

import rnnbook
from tests.strategies import KINDS, OURS, THEIRS, examples, sizes

EXACT = {"rtol": 1e-12, "atol": 1e-12}  # the same sums in another order


def fresh(kind: str, s):
    options = {"nonlinearity": torch.relu} if kind == "relu" else {}
    return OURS[kind](s.input, s.hidden, s.layers, **options).double()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bias", [True, False])
@given(s=sizes())
@examples(20)
def test_from_torch(kind, bias, s):
    theirs, ours = s.theirs(kind, bias=bias), fresh(kind, s)
    rnnbook.copy_from_torch(ours, theirs)
    torch.testing.assert_close(ours(s.x())[0], theirs(s.x())[0], **EXACT)


@pytest.mark.parametrize("kind", KINDS)
@given(s=sizes())
@examples(20)
def test_to_torch(kind, s):
    theirs, ours = s.theirs(kind), fresh(kind, s)
    rnnbook.copy_to_torch(ours, theirs)
    torch.testing.assert_close(ours(s.x())[0], theirs(s.x())[0], **EXACT)


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back_is_the_identity(kind):
    options = {"nonlinearity": torch.relu} if kind == "relu" else {}
    ours, twin = (OURS[kind](2, 3, 2, **options) for _ in range(2))
    theirs = THEIRS[kind](2, 3, 2, **({"nonlinearity": "relu"} if kind == "relu" else {}))
    rnnbook.copy_to_torch(ours, theirs)
    rnnbook.copy_from_torch(twin, theirs)
    for name, parameter in ours.state_dict().items():
        assert torch.equal(twin.state_dict()[name], parameter), name


@pytest.mark.parametrize(
    ("layer", "theirs"),
    [
        (rnnbook.RNNLayer(2, 3), nn.RNN(2, 3)),
        (rnnbook.LSTMLayer(2, 3), nn.LSTM(2, 3)),
        (rnnbook.GRULayer(2, 3), nn.GRU(2, 3)),
    ],
    ids=["rnn", "lstm", "gru"],
)
def test_a_layer_alone_will_do(layer, theirs):
    x = torch.randn(4, 5, 2)
    rnnbook.copy_from_torch(layer, theirs)
    torch.testing.assert_close(layer(x)[0], theirs(x.transpose(0, 1))[0].transpose(0, 1))
    assert layer.input_linear.weight.requires_grad


def test_theirs_does_not_change_and_is_not_shared():
    ours, theirs = rnnbook.GRU(2, 3, 1), nn.GRU(2, 3)
    before = {k: v.clone() for k, v in theirs.state_dict().items()}
    rnnbook.copy_from_torch(ours, theirs)
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.add_(1)
    assert all(torch.equal(theirs.state_dict()[k], v) for k, v in before.items())


@pytest.mark.parametrize(
    ("ours", "theirs", "error", "sentence"),
    [
        (rnnbook.RNN(2, 3, 1), nn.LSTM(2, 3), TypeError, "cannot match RNN with LSTM"),
        (rnnbook.GRU(2, 3, 1), nn.LSTM(2, 3), TypeError, "cannot match GRU with LSTM"),
        (rnnbook.RNN(2, 3, 1), nn.Linear(2, 3), TypeError, "cannot match RNN with Linear"),
        (rnnbook.RNN(2, 3, 1), nn.RNNCell(2, 3), TypeError, "cannot match RNN with RNNCell"),
        (nn.RNN(2, 3), nn.RNN(2, 3), TypeError, "cannot match RNN with RNN"),
        (rnnbook.RNN(2, 3, 2), nn.RNN(2, 3), ValueError, r"\(2, 3, 2\), theirs \(2, 3, 1\)"),
        (rnnbook.RNN(2, 3, 1), nn.RNN(4, 3), ValueError, r"\(2, 3, 1\), theirs \(4, 3, 1\)"),
        (rnnbook.RNN(2, 3, 1), nn.RNN(2, 4), ValueError, r"\(2, 3, 1\), theirs \(2, 4, 1\)"),
        (rnnbook.GRU(2, 3, 1), nn.GRU(2, 3, bidirectional=True), ValueError, "bidirectional"),
        (rnnbook.LSTM(2, 3, 1), nn.LSTM(2, 3, proj_size=2), ValueError, "proj_size"),
        (rnnbook.RNN(2, 3, 1), nn.RNN(2, 3, nonlinearity="relu"), ValueError, "nonlinearity"),
        (rnnbook.RNN(2, 3, 1, torch.sin), nn.RNN(2, 3), ValueError, "nonlinearity"),
    ],
)
@pytest.mark.parametrize("copy", [rnnbook.copy_from_torch, rnnbook.copy_to_torch])
def test_what_has_no_counterpart_is_refused(copy, ours, theirs, error, sentence):
    with pytest.raises(error, match=sentence):
        copy(ours, theirs)


def test_a_bias_needs_a_place_to_go():
    with pytest.raises(ValueError, match="no bias"):
        rnnbook.copy_to_torch(rnnbook.GRU(2, 3, 1), nn.GRU(2, 3, bias=False))
