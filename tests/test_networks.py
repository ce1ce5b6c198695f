"""Stacks against torch.nn, and the regression head."""

import copy
import pickle

import pytest
import torch
from hypothesis import given
from torch import nn

import rnnbook
from tests import by_hand
from tests.readers import ReaderRNN, ReaderStack, Wrapped
from tests.strategies import KINDS, OURS, Sizes, as_argument, examples, sizes

# Both sides add the same few products in another order: roundings of 1.1e-16, carried through at
# most 3 layers of 8 steps; gradients of relu networks grow to some hundreds.
EXACT = {"rtol": 1e-12, "atol": 1e-12}


def as_list(last) -> list[torch.Tensor]:
    return list(last) if isinstance(last, tuple) else [last]


def outputs_and_gradients(net, kind: str, s: Sizes):
    x = s.x().requires_grad_()
    states = [state.requires_grad_() for state in s.states(kind)]
    all_h, last = net(x, as_argument(states))
    outputs = [all_h, *as_list(last)]
    loss = sum((out * s.normal(*out.shape, stream=50 + i)).sum() for i, out in enumerate(outputs))
    parameters = dict(net.named_parameters())
    grads = torch.autograd.grad(loss, [x, *states, *parameters.values()])
    count = 1 + len(states)
    by_name = dict(zip(parameters, grads[count:]))
    return [out.detach() for out in outputs] + list(grads[:count]), by_name


def under_torch_names(grads: dict, s: Sizes) -> dict:
    """Our parameters' gradients under the names they have in torch.nn."""
    names = {"input_linear.weight": "weight_ih", "hidden_linear.weight": "weight_hh"}
    names |= {"input_linear.bias": "bias_ih", "b_hn": "bias_hh"}
    return {
        f"{names[name.split('.', 2)[2]]}_l{name.split('.')[1]}": grad
        for name, grad in grads.items()
    }


@pytest.mark.parametrize("keep", [True, False], ids=["kept", "fused"])
@pytest.mark.parametrize("kind", KINDS)
@given(s=sizes())
@examples(80)
def test_outputs_and_all_gradients_equal_torch(kind, keep, s):
    ours, theirs = s.ours(kind), s.theirs(kind)
    for layer in ours.layers:
        layer.keep_states = keep
    mine, my_grads = outputs_and_gradients(ours, kind, s)
    want, their_grads = outputs_and_gradients(theirs, kind, s)
    for ours_is, theirs_is in zip(mine, want, strict=True):
        torch.testing.assert_close(ours_is, theirs_is, **EXACT)
    for name, grad in under_torch_names(my_grads, s).items():
        expected = their_grads[name]
        if name.startswith("bias_hh"):
            expected = expected[2 * s.hidden :]
        torch.testing.assert_close(grad, expected, **EXACT)


@pytest.mark.parametrize("kind", KINDS)
@given(s=sizes())
@examples(25)
def test_no_initial_state_is_zeros(kind, s):
    net = s.ours(kind)
    zeros = as_argument([torch.zeros_like(state) for state in s.states(kind)])
    without, with_zeros = net(s.x()), net(s.x(), zeros)
    assert torch.equal(without[0], with_zeros[0])
    for mine, want in zip(as_list(without[1]), as_list(with_zeros[1])):
        assert torch.equal(mine, want)


@pytest.mark.parametrize("kind", KINDS)
def test_each_layer_reads_its_own_initial_state(kind):
    s = Sizes(2, 3, 3, 2, 4, True, 1)
    net, weights = s.ours(kind), by_hand.weights_of(s.theirs(kind))
    all_h, last = net(s.x(), s.argument(kind))
    h, c = by_hand.unroll(kind, weights, s.x(), s.states(kind))
    torch.testing.assert_close(all_h, h[-1], **EXACT)
    torch.testing.assert_close(as_list(last)[0], torch.stack([v[:, -1] for v in h]), **EXACT)
    if kind == "lstm":
        torch.testing.assert_close(last[1], torch.stack([v[:, -1] for v in c]), **EXACT)


def test_every_layer_of_a_stack_has_the_nonlinearity():
    net = rnnbook.RNN(2, 3, 2, nonlinearity=torch.sin).double()
    x = torch.randn(1, 4, 2, dtype=torch.float64)
    h, _ = by_hand.unroll("sin", by_hand.weights_of(net), x)
    torch.testing.assert_close(net(x)[0], h[-1], **EXACT)


@pytest.mark.parametrize("kind", KINDS)
@given(s=sizes(max_layers=2))
@examples(20)
def test_a_permuted_batch_gives_permuted_predictions(kind, s):
    model = rnnbook.RecurrentRegressionModel(s.ours(kind), 2).double()
    order = torch.randperm(s.batch, generator=torch.Generator().manual_seed(s.seed))
    out, all_h = model(s.x())
    permuted, permuted_h = model(s.x()[order])
    torch.testing.assert_close(permuted, out[order], **EXACT)
    torch.testing.assert_close(permuted_h, all_h[order], **EXACT)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_copied_and_pickled_after_a_call(kind, copied):
    model = rnnbook.RecurrentRegressionModel(OURS[kind](2, 3, 2))
    out, _ = model(torch.ones(1, 3, 2))
    assert torch.equal(copied(model)(torch.ones(1, 3, 2))[0], out)


# --- the head ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "net",
    [
        rnnbook.RNNLayer(2, 3),
        rnnbook.LSTMLayer(2, 3),
        rnnbook.GRULayer(2, 3),
        rnnbook.GRU(2, 3, 2),
        nn.LSTM(2, 3, 2, batch_first=True),
        ReaderStack([ReaderRNN(2, 3), ReaderRNN(3, 3)]),
        Wrapped(nn.GRU(2, 3, batch_first=True)),
    ],
    ids=lambda net: type(net).__name__,
)
def test_the_head_is_a_linear_map_of_every_state(net):
    model = rnnbook.RecurrentRegressionModel(net, output_dim=4)
    x = torch.randn(5, 6, 2)
    out, all_h = model(x)
    V, d = model.output_linear.weight, model.output_linear.bias
    assert model.recurrent_net is net
    assert V.shape == (4, 3)
    torch.testing.assert_close(all_h, net(x)[0])
    torch.testing.assert_close(out, torch.einsum("bth,oh->bto", all_h, V) + d)


@pytest.mark.parametrize(
    ("net", "count"),
    [
        (rnnbook.RecurrentRegressionModel(rnnbook.RNNLayer(2, 3), 4), 34),
        (rnnbook.RNN(1, 32, 1), 1088),
        (rnnbook.RNN(1, 32, 2), 1088 + 32 * 65),
        (rnnbook.LSTM(1, 32, 1), 4 * 1088),
        (rnnbook.GRU(1, 32, 1), 3 * 1088 + 32),
    ],
)
def test_number_of_parameters(net, count):
    assert sum(p.numel() for p in net.parameters()) == count


def test_sizes_are_attributes():
    net = rnnbook.LSTM(2, 3, 4)
    assert (net.input_size, net.hidden_size, net.num_layers, len(net.layers)) == (2, 3, 4, 4)
    assert [layer.input_size for layer in net.layers] == [2, 3, 3, 3]
    assert rnnbook.RecurrentRegressionModel(net).output_dim == 1
