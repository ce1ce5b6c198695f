"""Jacobians of all pairs of states against torch.func.jacrev of the equations by hand."""

import math

import pytest
import torch
from hypothesis import given
from torch import nn
from torch.func import jacrev, vmap

import rnnbook
from rnnbook.jacobians import all_pair_norms
from tests import by_hand
from tests.readers import ReaderStack, Stepper, Wrapped, reader_layer
from tests.strategies import Sizes, examples, set_layer, sizes

# Products of at most 8 small matrices, added in another order.
EXACT = {"rtol": 1e-11, "atol": 1e-12}


def layer_input(kind, weights, s: Sizes, layer: int):
    """What a layer of the stack reads, and its states with the initial one in front."""
    states = s.states(kind)
    h, c = by_hand.unroll(kind, weights, s.x(), states)
    first = [state[layer][:, None] for state in states]
    x = s.x() if layer == 0 else h[layer - 1]
    whole = [torch.cat([first[0], h[layer]], dim=1)]
    if kind == "lstm":
        whole.append(torch.cat([first[1], c[layer]], dim=1))
    return x.detach(), torch.cat(whole, dim=-1).detach()  # (batch, time + 1, S)


def by_jacrev(kind, weights, s: Sizes, layer: int, t: int, k: int) -> torch.Tensor:
    """ds_t/ds_k, (batch, S, S): the whole state s = h or (h, c), steps counted from 1."""
    x, whole = layer_input(kind, weights, s, layer)
    H = s.hidden

    def run(state, x):
        h, c = state[None, :H], state[None, H:]
        zero = torch.zeros_like(h)
        for u in range(k, t):
            h, c = by_hand.step(kind, weights[layer], x[None, u], h, c, zero, zero)
        return torch.cat([h, c], dim=1)[0] if kind == "lstm" else h[0]

    return vmap(jacrev(run))(whole[:, k], x)


def ours(kind, s):
    return s.ours(kind)


def theirs(kind, s):
    return s.theirs(kind)


def readers_own(kind, s):
    return ReaderStack([reader_layer(kind, w) for w in s.theirs(kind).all_weights])


MODULES = [
    *[(make, kind) for make in (ours, theirs) for kind in ("tanh", "relu", "lstm", "gru")],
    *[(readers_own, kind) for kind in ("tanh", "lstm")],
]


def name_of(value):
    return getattr(value, "__name__", value)


@pytest.mark.parametrize(("make", "kind"), MODULES, ids=name_of)
@given(s=sizes(max_layers=2, max_time=5, max_hidden=3))
@examples(8)
def test_one_step_and_all_pairs_equal_jacrev(make, kind, s):
    module, state = make(kind, s), s.argument(kind)
    weights = [[w.detach() for w in layer] for layer in by_hand.weights_of(s.theirs(kind))]
    layer = s.seed % s.layers
    steps = rnnbook.step_jacobians(module, s.x(), layer, state)
    assert steps.shape[:2] == (s.batch, s.time - 1)
    for t in range(2, s.time + 1):
        want = by_jacrev(kind, weights, s, layer, t, t - 1)
        torch.testing.assert_close(steps[:, t - 2], want, **EXACT)
    for t in range(1, s.time + 1):
        k = max(1, t - 2)
        got = rnnbook.jacobian(module, s.x(), t, k, layer, state)
        torch.testing.assert_close(got, by_jacrev(kind, weights, s, layer, t, k), **EXACT)


@pytest.mark.parametrize("order", ["fro", "spectral"])
@pytest.mark.parametrize(("make", "kind"), MODULES, ids=name_of)
def test_norms_of_all_pairs_equal_jacrev(make, kind, order):
    s = Sizes(2, 3, 2, 2, 5, True, 3)
    weights = [[w.detach() for w in layer] for layer in by_hand.weights_of(s.theirs(kind))]
    blocks = ("hh", "hc", "ch", "cc") if kind == "lstm" else ("hh",)
    half = {"h": slice(0, 3), "c": slice(3, 6)}
    for block in blocks:
        norms = rnnbook.jacobian_norms(make(kind, s), s.x(), order, block, 1, s.argument(kind))
        assert norms.shape == (2, 5, 5)
        for t in range(1, 6):
            assert norms[:, t - 1, t:].isnan().all()
            for k in range(1, t + 1):
                J = by_jacrev(kind, weights, s, 1, t, k)[:, half[block[0]], half[block[1]]]
                want = torch.linalg.matrix_norm(J, ord="fro" if order == "fro" else 2)
                # the largest singular value as the root of an eigenvalue: 1e-16 relative to it
                torch.testing.assert_close(norms[:, t - 1, k - 1], want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("tanh", lambda s: nn.RNNCell(2, 3).double()),
        ("gru", lambda s: nn.GRUCell(2, 3).double()),
        ("lstm", lambda s: nn.LSTMCell(2, 3).double()),
        ("lstm", lambda s: nn.LSTMCell(2, 3, bias=False).double()),
        ("tanh", lambda s: nn.RNN(2, 3, bias=False, batch_first=True).double()),
        ("lstm", lambda s: nn.LSTM(2, 3, bias=False, batch_first=True).double()),
    ],
)
def test_cells_and_networks_without_bias(kind, make):
    s = Sizes(2, 3, 1, 2, 4, False, 4)
    module = make(s)
    own = [p.detach() for p in module.parameters()]
    weights = [own if module.bias else [*own, *by_hand.no_bias(own)]]
    steps = rnnbook.step_jacobians(module, s.x())
    for t in (2, 4):
        want = by_jacrev(kind, weights, s, 0, t, t - 1)
        torch.testing.assert_close(steps[:, t - 2], want, **EXACT)


@pytest.mark.parametrize("kind", ["tanh", "lstm"])
def test_a_module_that_is_stepped(kind):
    s = Sizes(2, 3, 1, 2, 4, False, 5)
    weights = [[w.detach() for w in layer] for layer in by_hand.weights_of(s.theirs(kind))]
    module = Stepper(reader_layer(kind, s.theirs(kind).all_weights[0]))
    steps = rnnbook.step_jacobians(module, s.x())
    torch.testing.assert_close(steps[:, 2], by_jacrev(kind, weights, s, 0, 4, 3), **EXACT)


def test_a_wrapped_gru():
    s = Sizes(2, 3, 1, 2, 4, False, 6)
    net = s.theirs("gru")
    mine, want = (rnnbook.step_jacobians(m, s.x()) for m in (Wrapped(net), net))
    torch.testing.assert_close(mine, want, **EXACT)


@pytest.mark.parametrize(
    ("phi", "slope"),
    [
        (torch.tanh, lambda a: 1 - torch.tanh(a) ** 2),
        (torch.relu, lambda a: (a > 0).double()),
        (torch.sigmoid, lambda a: torch.sigmoid(a) * (1 - torch.sigmoid(a))),
        (lambda a: a, torch.ones_like),
    ],
    ids=["tanh", "relu", "sigmoid", "identity"],
)
def test_a_step_is_the_slopes_times_the_matrix(phi, slope):
    layer = rnnbook.RNNLayer(2, 3, phi).double()
    x = torch.randn(4, 6, 2, dtype=torch.float64)
    steps = rnnbook.step_jacobians(layer, x)
    layer(x)
    a, W = layer.record()["a"].detach(), layer.hidden_linear.weight.detach()
    torch.testing.assert_close(steps, torch.diag_embed(slope(a[:, 1:])) @ W, **EXACT)


@given(s=sizes(max_layers=1, max_time=8))
@examples(25)
def test_the_linear_networks_jacobian_is_a_matrix_power(s):
    layer = rnnbook.RNNLayer(s.input, s.hidden, lambda a: a).double()
    set_layer(layer, *s.theirs("tanh").all_weights[0])
    W = layer.hidden_linear.weight.detach()
    norms = {o: rnnbook.jacobian_norms(layer, s.x(), o) for o in ("fro", "spectral")}
    for t in range(1, s.time + 1):
        for k in range(1, t + 1):
            power = torch.linalg.matrix_power(W, t - k).expand(s.batch, -1, -1)
            torch.testing.assert_close(rnnbook.jacobian(layer, s.x(), t, k), power, **EXACT)
            for order, norm in norms.items():
                want = torch.linalg.matrix_norm(power, ord="fro" if order == "fro" else 2)
                torch.testing.assert_close(norm[:, t - 1, k - 1], want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", ["tanh", "relu", "gru"])
def test_jacobians_carry_the_direct_gradients_back(kind):
    # dL/dh_k = Σ_t (dh_t/dh_k)ᵀ ∂L/∂h_t: two tools, one answer.
    s = Sizes(2, 3, 1, 2, 6, True, 7)
    net, weights = s.theirs(kind), s.normal(2, 6, 3, stream=60)
    got = rnnbook.state_gradients(net, s.x(), lambda h: (weights * h).sum(), s.argument(kind))
    for k in range(1, 7):
        total = 0
        for t in range(k, 7):
            J = rnnbook.jacobian(net, s.x(), t, k, initial_state=s.argument(kind))
            total = total + torch.einsum("bij,bi->bj", J, weights[:, t - 1])
        torch.testing.assert_close(got.dh[0][:, k - 1], total, **EXACT)


class OnlyTheCellIsFedBack(nn.Module):
    """c_t = f c_{t-1} + x_t, h_t = tanh c_t: h is read out and not read again."""

    def forward(self, x):
        c = torch.zeros_like(x[:, 0])
        self.h_list, self.c_list = [], []
        for t in range(x.shape[1]):
            c = 0.8 * c + x[:, t]
            self.c_list.append(c)
            self.h_list.append(torch.tanh(c))
        return torch.stack(self.h_list, dim=1), c


def test_a_state_that_is_not_read_again_has_jacobian_zero():
    module, x = OnlyTheCellIsFedBack(), torch.randn(3, 5, 2, dtype=torch.float64)
    with pytest.warns(UserWarning, match="h_2 is not computed from the h_1"):
        J = rnnbook.jacobian(module, x, 5, 2)
    slope = 0.8**3 * torch.diag_embed(1 - torch.tanh(module.c_list[-1].detach()) ** 2)
    cc = 0.8**3 * torch.eye(2, dtype=torch.float64).expand(3, 2, 2)
    zero = torch.zeros_like(cc)
    want = torch.cat([torch.cat([zero, slope], dim=2), torch.cat([zero, cc], dim=2)], dim=1)
    torch.testing.assert_close(J, want, **EXACT)


def test_a_state_by_itself_is_the_identity():
    s = Sizes(2, 3, 1, 2, 4, False, 8)
    for module, S in ((s.ours("gru"), 3), (s.theirs("lstm"), 6)):
        eye = torch.eye(S, dtype=torch.float64).expand(2, S, S)
        assert torch.equal(rnnbook.jacobian(module, s.x(), 2, 2), eye)
    diagonals = {"hh": math.sqrt(3), "cc": math.sqrt(3), "hc": 0.0, "ch": 0.0}
    for block, value in diagonals.items():
        norms = rnnbook.jacobian_norms(s.theirs("lstm"), s.x(), block=block)
        want = torch.full((2, 4), value, dtype=torch.float64)
        torch.testing.assert_close(norms.diagonal(dim1=1, dim2=2), want)


def test_one_step_has_no_jacobian_and_one_norm():
    s = Sizes(2, 3, 1, 2, 1, False, 9)
    assert rnnbook.step_jacobians(s.theirs("lstm"), s.x()).shape == (2, 0, 6, 6)
    norms = rnnbook.jacobian_norms(s.ours("tanh"), s.x(), "spectral")
    assert torch.equal(norms, torch.ones(2, 1, 1, dtype=torch.float64))


@pytest.mark.parametrize("kind", ["tanh", "lstm", "gru"])
@pytest.mark.parametrize("make", [ours, theirs])
def test_float32(make, kind):
    s = Sizes(2, 3, 2, 2, 5, False, 10)
    single = rnnbook.jacobian_norms(make(kind, s).float(), s.x(torch.float32))
    double = rnnbook.jacobian_norms(make(kind, s), s.x())
    assert single.dtype == torch.float32
    # some tens of roundings of 6e-8
    torch.testing.assert_close(single.double(), double, rtol=1e-5, atol=1e-6, equal_nan=True)


def test_the_module_is_left_as_it_was():
    s = Sizes(2, 3, 2, 2, 5, False, 11)
    net = s.ours("lstm")
    net.layers[0].keep_states = False
    before = {k: v.clone() for k, v in net.state_dict().items()}
    rnnbook.jacobian_norms(net, s.x())
    assert [layer.keep_states for layer in net.layers] == [False, True]
    assert all(torch.equal(net.state_dict()[k], v) for k, v in before.items())
    assert all(p.grad is None for p in net.parameters())


# --- the ends of the number line ------------------------------------------------------------


def linear_units(w: float, units: int = 2):
    layer = rnnbook.RNNLayer(1, units, lambda a: a).double()
    with torch.no_grad():
        layer.input_linear.bias.zero_()
    return rnnbook.identity_(layer, w), torch.zeros(1, 8, 1, dtype=torch.float64)


@pytest.mark.parametrize(("order", "factor"), [("fro", math.sqrt(2)), ("spectral", 1.0)])
def test_norms_whose_squares_would_underflow(order, factor):
    layer, x = linear_units(1e-100)
    norms = rnnbook.jacobian_norms(layer, x, order)[0, :, 0]
    assert norms[1:4].tolist() == pytest.approx(
        [factor * 1e-100, factor * 1e-200, factor * 1e-300], rel=1e-12
    )
    assert norms[4:].tolist() == [0.0] * 4  # 1e-400 is zero in float64, and said to be


@pytest.mark.parametrize(("order", "factor"), [("fro", math.sqrt(2)), ("spectral", 1.0)])
def test_norms_whose_squares_would_overflow(order, factor):
    layer, x = linear_units(1e100)
    norms = rnnbook.jacobian_norms(layer, x, order)[0, :, 0]
    assert norms[1:4].tolist() == pytest.approx(
        [factor * 1e100, factor * 1e200, factor * 1e300], rel=1e-12
    )
    assert norms[4:].tolist() == [math.inf] * 4


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_product_may_leave_the_number_line_and_come_back(dtype):
    big = 1e30 if dtype == torch.float32 else 1e250
    for first in (big, 1 / big):
        factors = torch.tensor([first, first, 1 / first, 1 / first], dtype=dtype)
        steps = factors[None, :, None, None] * torch.eye(2, dtype=dtype)
        whole = slice(0, 2)
        norms = all_pair_norms(steps, "spectral", whole, whole)[0, :, 0]
        lost = math.inf if first > 1 else 0.0
        want = torch.tensor([1, first, lost, first, 1], dtype=dtype)
        torch.testing.assert_close(norms, want, rtol=1e-6, atol=0)


def test_one_infinite_step_is_an_overflow_from_there_on():
    steps = torch.tensor([2.0, torch.inf, 0.5], dtype=torch.float64).reshape(1, 3, 1, 1)
    whole = slice(0, 1)
    norms = all_pair_norms(steps, "fro", whole, whole)[0]
    assert norms[:, 0].tolist() == [1, 2, math.inf, math.inf]
    assert norms[3, 2] == 0.5


def test_a_network_that_blew_up_has_no_jacobian():
    layer = rnnbook.RNNLayer(1, 2, torch.sin).double()
    with torch.no_grad():
        layer.input_linear.weight.fill_(1e308)
    x = torch.full((1, 4, 1), 1e10, dtype=torch.float64)  # sin of infinity
    norms = rnnbook.jacobian_norms(layer, x)[0]
    assert norms[1:, 0].isnan().all()


# --- errors ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda f, m, x: f.jacobian(m, x, 2, 3), r"t = 2, k = 3; expected 1 ≤ k ≤ t ≤ 4"),
        (lambda f, m, x: f.jacobian(m, x, 5, 1), "t = 5, k = 1"),
        (lambda f, m, x: f.jacobian(m, x, 2, 0), "t = 2, k = 0"),
        (lambda f, m, x: f.jacobian_norms(m, x, "nuclear"), "order is 'nuclear'"),
        (lambda f, m, x: f.jacobian_norms(m, x, block="xx"), "block is 'xx'"),
        (lambda f, m, x: f.jacobian_norms(m, x, block="hc"), "shows no cell state"),
        (lambda f, m, x: f.jacobian_norms(m, x, block="cc"), "shows no cell state"),
        (lambda f, m, x: f.step_jacobians(m, x, layer=2), r"layer is 2.*layers 0 … 1"),
        (lambda f, m, x: f.jacobian_norms(m, x, layer=-3), "layer is -3"),
        (lambda f, m, x: f.step_jacobians(m, x[0]), "expected three axes"),
        (lambda f, m, x: f.jacobian(m, x[0], 1, 1), "expected three axes"),
        (lambda f, m, x: f.jacobian_norms(m, x * torch.nan), "NaN or infinite"),
    ],
)
def test_wrong_questions(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(rnnbook, rnnbook.GRU(2, 3, 2), torch.zeros(1, 4, 2))


def test_a_negative_layer_counts_from_the_top():
    s = Sizes(2, 3, 3, 2, 4, False, 12)
    net = s.theirs("tanh")
    for index in (-1, -2, -3):
        mine, want = (rnnbook.step_jacobians(net, s.x(), i) for i in (index, 3 + index))
        assert torch.equal(mine, want)
    assert torch.equal(rnnbook.step_jacobians(net, s.x()), rnnbook.step_jacobians(net, s.x(), 2))


def test_spectral_norms_down_to_the_last_float32():
    # Products of denormal numbers have entries of a few bits, on which float32's own
    # eigenvalue routine gives up.
    layer = rnnbook.RNNLayer(1, 64)
    with torch.no_grad():
        layer.hidden_linear.weight.mul_(0.03)
    x = torch.randn(1, 40, 1)
    single = rnnbook.jacobian_norms(layer, x, "spectral")[0, :, 0].double()
    double = rnnbook.jacobian_norms(layer.double(), x.double(), "spectral")[0, :, 0]
    normal = double > 1e-36
    assert 10 < int(normal.sum()) < 30, "the products do not reach the end of float32"
    torch.testing.assert_close(single[normal], double[normal], rtol=1e-4, atol=0)
    assert (single[~normal] <= 1e-36).all()
    assert single[-1] == 0
