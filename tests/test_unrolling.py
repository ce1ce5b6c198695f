"""Any recurrent module runs as it would by itself, with its states connected to the graph."""

import pytest
import torch
from torch import nn

import rnnbook
from tests import by_hand, readers
from tests.strategies import Sizes

EXACT = {"rtol": 1e-12, "atol": 1e-12}  # the same sums in another order
S = Sizes(2, 3, 2, 4, 5, True, 1)
ONE = Sizes(2, 3, 1, 4, 5, True, 2)


@pytest.mark.parametrize("kind", ["tanh", "relu", "lstm", "gru"])
@pytest.mark.parametrize("batch_first", [True, False])
def test_a_fused_stack_computes_what_it_computes_whole(kind, batch_first):
    net = S.theirs(kind, batch_first=batch_first)
    run = rnnbook.unroll(net, S.x(), S.argument(kind))
    x = S.x() if batch_first else S.x().transpose(0, 1)
    whole, last = net(x, S.argument(kind))
    torch.testing.assert_close(run.output, whole if batch_first else whole.transpose(0, 1), **EXACT)
    h = last[0] if kind == "lstm" else last
    torch.testing.assert_close(torch.stack([layer.h[-1] for layer in run.layers]), h, **EXACT)
    if kind == "lstm":
        c = torch.stack([layer.c[-1] for layer in run.layers])
        torch.testing.assert_close(c, last[1], **EXACT)
    else:
        assert all(layer.c is None for layer in run.layers)


def test_float32_networks_run_by_their_own_kernel():
    net = nn.LSTM(2, 3, 2, batch_first=True)
    x = torch.randn(4, 5, 2)
    run = rnnbook.unroll(net, x)
    torch.testing.assert_close(run.output, net(x)[0])
    assert run.output.dtype == torch.float32


@pytest.mark.parametrize("kind", ["tanh", "lstm", "gru"])
def test_ours_computes_what_it_computes_by_itself(kind):
    net = S.ours(kind)
    run = rnnbook.unroll(net, S.x(), S.argument(kind))
    assert torch.equal(run.output, net(S.x(), S.argument(kind))[0])
    assert len(run.layers) == 2
    for layer, states in zip(net.layers, run.layers):
        assert torch.equal(torch.stack(layer.h_list), torch.stack(states.h))


def test_every_state_is_connected():
    for module in (S.ours("lstm"), S.theirs("lstm"), ONE.theirs("lstm")):
        run = rnnbook.unroll(module, S.x())
        states = [s for layer in run.layers for s in layer.h + layer.c]
        grads = torch.autograd.grad(run.output.sum(), states, allow_unused=True)
        h_of_top = grads[-2 * 5 : -5]
        assert all(g is not None for g in h_of_top)


def test_a_sequence_of_one_step():
    for module in (S.ours("lstm"), S.theirs("gru"), nn.RNNCell(2, 3).double()):
        run = rnnbook.unroll(module, S.x()[:, :1])
        assert run.output.shape == (4, 1, 3)
        assert all(len(layer.h) == 1 for layer in run.layers)


def test_keep_states_is_set_back_even_after_an_error():
    net = rnnbook.RNN(2, 3, 2)
    net.layers[0].keep_states = False
    rnnbook.unroll(net, torch.randn(1, 4, 2))
    assert [layer.keep_states for layer in net.layers] == [False, True]
    with pytest.raises(ValueError, match="features"):
        rnnbook.unroll(net, torch.randn(1, 4, 7))
    assert [layer.keep_states for layer in net.layers] == [False, True]


def test_stepping_feeds_back_the_state_it_keeps():
    for kind in ("tanh", "lstm"):
        module = readers.Stepper(readers.reader_layer(kind, ONE.theirs(kind).all_weights[0]))
        run = rnnbook.unroll(module, ONE.x())
        h, c = by_hand.unroll(kind, by_hand.weights_of(ONE.theirs(kind)), ONE.x())
        torch.testing.assert_close(run.output, h[0], **EXACT)
        if kind == "lstm":
            torch.testing.assert_close(torch.stack(run.layers[0].c, 1), c[0], **EXACT)


class NeedsState(nn.Module):
    """A step that cannot do without a state, None included."""

    def __init__(self):
        super().__init__()
        self.inner = readers.ReaderRNN(2, 3)

    def forward(self, x, state):
        output, state = self.inner(x, state)
        del self.inner.h_list
        return output, state


def test_a_module_whose_state_is_no_option():
    x = torch.randn(4, 5, 2)
    module = NeedsState()
    torch.testing.assert_close(rnnbook.unroll(module, x).output, module(x, None)[0])


def test_a_fused_lstm_inside_a_readers_module_has_no_dc():
    module = readers.Wrapped(ONE.theirs("lstm"))
    with pytest.warns(UserWarning, match=r"not computed from the c_t it returns.*keep c_list"):
        got = rnnbook.state_gradients(module, ONE.x(), lambda h: h.square().sum())
    dh, _ = by_hand.state_gradients(
        "lstm", by_hand.weights_of(module.net), ONE.x(), lambda h: h.square().sum()
    )
    torch.testing.assert_close(got.dh[0], dh[0], **EXACT)
    assert got.dc == ()


def test_what_a_network_in_evaluation_does_not_drop_can_be_followed():
    net = nn.LSTM(2, 3, 2, dropout=0.5, batch_first=True).eval()
    x = torch.randn(4, 5, 2)
    torch.testing.assert_close(rnnbook.unroll(net, x).output, net(x)[0])
    one_layer = nn.GRU(2, 3, 1).train()
    one_layer.dropout = 0.5  # acts between layers only
    assert rnnbook.unroll(one_layer, x).output.shape == (4, 5, 3)


# --- what is refused, in words --------------------------------------------------------------


@pytest.mark.parametrize(
    ("net", "sentence"),
    [
        (nn.RNN(2, 3, bidirectional=True), "bidirectional"),
        (nn.LSTM(2, 3, proj_size=2), "proj_size=2"),
        (nn.GRU(2, 3, 2, dropout=0.1), "drops units between layers"),
    ],
    ids=["bidirectional", "proj_size", "dropout"],
)
def test_what_cannot_be_exposed_is_refused(net, sentence):
    with pytest.raises(ValueError, match=sentence):
        rnnbook.unroll(net, torch.randn(4, 5, 2))


class HalfKept(readers.ReaderRNN):
    def forward(self, x, h=None):
        result = super().forward(x, h)
        self.h_list = self.h_list[1:]
        return result


class NeverEmptied(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = readers.ReaderRNN(2, 3)
        self.states = []

    def forward(self, x):
        result = self.layer(x)
        self.states += self.layer.h_list
        self.h_list = self.states
        return result


class OtherOutput(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.net = nn.GRU(2, 3, batch_first=True)
        self.head = nn.Linear(3, size)

    def forward(self, x, state=None):
        all_h, state = self.net(x, state)
        return self.head(all_h), state


class Detached(readers.ReaderRNN):
    def forward(self, x, h=None):
        result = super().forward(x, h)
        self.h_list = [state.detach() for state in self.h_list]
        return result


class Copies(readers.ReaderLSTM):
    """Keeps copies, under one name or both, of what it goes on with."""

    def __init__(self, *names):
        super().__init__(2, 3)
        self.names = names

    def forward(self, x, hc=None):
        h_list, c_list, state = [], [], hc
        for t in range(x.shape[1]):
            _, state = super().forward(x[:, t : t + 1], state)
            h_list.append(state[0])
            c_list.append(state[1])
        self.h_list, self.c_list = h_list, c_list
        for name in self.names:
            setattr(self, name, [s.clone() for s in getattr(self, name)])
        return torch.stack(self.h_list, dim=1), state


class ShowsTheTop(readers.ReaderStack):
    """A stack that shows its top layer's states, as one list or as a list of lists."""

    def __init__(self, nested):
        super().__init__([readers.ReaderRNN(2, 3), readers.ReaderRNN(3, 3)])
        self.nested = nested

    def forward(self, x, state=None):
        result = super().forward(x, state)
        lists = [layer.h_list for layer in self.layers]
        self.h_list = lists if self.nested else lists[-1]
        return result


@pytest.mark.parametrize("nested", [False, True])
def test_a_stack_that_shows_its_layers_states_is_no_layer_itself(nested):
    x, module = torch.randn(4, 5, 2), ShowsTheTop(nested)
    for _ in range(2):
        run = rnnbook.unroll(module, x)
        assert len(run.layers) == 2
        pairs = zip(run.layers, module.layers)
        assert all(layer.h[0] is kept.h_list[0] for layer, kept in pairs)


class WithASpare(nn.Module):
    """Has a layer that it does not use; someone else has run that one."""

    def __init__(self):
        super().__init__()
        self.used, self.spare = readers.ReaderRNN(2, 3), readers.ReaderRNN(2, 3)

    def forward(self, x):
        return self.used(x)


def test_states_of_another_call_are_not_taken_for_this_ones():
    x, module = torch.randn(4, 5, 2), WithASpare()
    module.spare(x.requires_grad_())
    run = rnnbook.unroll(module, x)
    assert len(run.layers) == 1
    assert run.layers[0].h[0] is module.used.h_list[0]


def test_a_stepped_module_may_explode():
    module = readers.Stepper(readers.ReaderRNN(2, 3))
    with torch.no_grad():
        module.layer.from_state.weight.fill_(torch.nan)
    assert rnnbook.unroll(module, torch.randn(4, 5, 2)).output.isnan().all()


def test_copies_of_states_are_named():
    x = torch.randn(4, 5, 2)
    assert len(rnnbook.unroll(Copies(), x).layers) == 1
    with pytest.warns(UserWarning, match="h_2 is not computed from the h_1 in h_list"):
        rnnbook.unroll(Copies("h_list"), x)
    with pytest.raises(ValueError, match="h_1 is not computed from the c_1 in c_list"):
        rnnbook.unroll(Copies("c_list"), x)


class ThreeStates(nn.Module):
    def forward(self, x, state=None):
        return x, (x, x, x)


@pytest.mark.parametrize(
    ("module", "error", "sentence"),
    [
        ("not a module", TypeError, "module is a str; expected a torch.nn.Module"),
        (nn.Linear(2, 2), TypeError, "cannot follow the states of this Linear"),
        (nn.Identity(), TypeError, "cannot follow the states of this Identity"),
        (nn.Sequential(nn.Linear(2, 2)), TypeError, "states of this Sequential"),
        (ThreeStates(), TypeError, "states of this ThreeStates"),
        (HalfKept(2, 3), ValueError, "kept 4 states for 5 steps"),
        (OtherOutput(3), ValueError, "output of this OtherOutput is not its state"),
        (OtherOutput(1), ValueError, "output of this OtherOutput is not its state"),
        (readers.Wrapped(nn.GRU(2, 3, 2, batch_first=True)), ValueError, "layer's"),
        (readers.Wrapped(nn.GRU(2, 3)), ValueError, "expected one layer's"),
        (
            rnnbook.RecurrentRegressionModel(nn.LSTM(2, 3, batch_first=True, bidirectional=True)),
            ValueError,
            "bidirectional",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_module_that_cannot_be_followed(module, error, sentence):
    with pytest.raises(error, match=sentence):
        rnnbook.unroll(module, torch.randn(4, 5, 2))


def test_states_that_were_never_let_go():
    module = NeverEmptied()
    rnnbook.unroll(module, torch.randn(4, 5, 2))
    with pytest.raises(ValueError, match="kept 10 states for 5 steps"):
        rnnbook.unroll(module, torch.randn(4, 5, 2))


def test_detached_states_are_named():
    with pytest.raises(ValueError, match="this Detached keeps states that are cut off"):
        rnnbook.unroll(Detached(2, 3), torch.randn(4, 5, 2))


@pytest.mark.parametrize(
    "module",
    [nn.RNN(2, 3, 2), rnnbook.RNN(2, 3, 2), nn.GRU(2, 3, 2), rnnbook.GRU(2, 3, 2)],
    ids=["nn.RNN", "RNN", "nn.GRU", "GRU"],
)
@pytest.mark.parametrize(
    ("state", "error", "sentence"),
    [
        (torch.zeros(1, 4, 3), ValueError, r"shape \(1, 4, 3\); expected \(2, 4, 3\)"),
        (torch.zeros(2, 5, 3), ValueError, r"shape \(2, 5, 3\); expected \(2, 4, 3\)"),
        (torch.zeros(2, 4, 3, dtype=torch.float64), TypeError, "float64"),
        (7, TypeError, "is a int"),
    ],
)
def test_a_wrong_initial_state(module, state, error, sentence):
    with pytest.raises(error, match=sentence):
        rnnbook.unroll(module, torch.randn(4, 5, 2), state)


@pytest.mark.parametrize("module", [nn.LSTM(2, 3), rnnbook.LSTM(2, 3, 1), nn.LSTMCell(2, 3)])
def test_an_lstm_needs_a_pair(module):
    with pytest.raises(TypeError, match=r"expected a pair \(h0, c0\)"):
        rnnbook.unroll(module, torch.randn(4, 5, 2), torch.zeros(1, 4, 3))


@pytest.mark.parametrize(
    "module",
    [rnnbook.LSTM(2, 3, 1), rnnbook.RNNLayer(2, 3), nn.LSTM(2, 3), nn.GRUCell(2, 3)],
    ids=lambda module: type(module).__name__,
)
@pytest.mark.parametrize(
    ("x", "error", "sentence"),
    [
        (torch.zeros(4, 5), ValueError, r"shape \(4, 5\); expected three axes"),
        (torch.zeros(4, 0, 2), ValueError, "an empty batch or sequence"),
        (torch.zeros(0, 5, 2), ValueError, "an empty batch or sequence"),
        (torch.zeros(4, 5, 3), ValueError, "x has 3 features a step; this module was made for 2"),
        (torch.full((4, 5, 2), torch.nan), ValueError, "x holds 40 values that are NaN"),
        (torch.full((4, 5, 2), torch.inf), ValueError, "NaN or infinite"),
        (torch.zeros(4, 5, 2, dtype=torch.int64), TypeError, r"x holds torch\.int64"),
        (torch.zeros(4, 5, 2, dtype=torch.float64), TypeError, "float64 and the parameters"),
        ([[[0.0]]], TypeError, "x is a list; expected a torch.Tensor"),
    ],
)
def test_a_wrong_input(module, x, error, sentence):
    with pytest.raises(error, match=sentence):
        rnnbook.unroll(module, x)
