"""dL/dh_t and dL/dc_t of every layer of any module, truncation, clipping, rates."""

import math

import pytest
import torch
from hypothesis import given
from torch import nn

import rnnbook
from tests import by_hand
from tests.readers import ReaderStack, Stepper, Wrapped, reader_layer
from tests.strategies import Sizes, as_argument, examples, set_layer, sizes

# The same products added in another order, at most 3 layers of 8 steps deep.
EXACT = {"rtol": 1e-12, "atol": 1e-12}


def random_loss(s: Sizes):
    """A loss that weighs every step and unit differently, and is not linear."""

    def loss(out):
        weights = s.normal(*out.shape, stream=60)
        return (weights * out).sum() + out[:, -1].square().sum()

    return loss


# --- the modules: each with the weights of s.theirs(kind) -----------------------------------


def ours(kind, s):
    return s.ours(kind)


def ours_not_keeping(kind, s):
    net = s.ours(kind)
    for layer in net.layers:
        layer.keep_states = False
    return net


def theirs(kind, s):
    return s.theirs(kind)


def theirs_time_first(kind, s):
    return s.theirs(kind, batch_first=False)


def reader_stack(kind, s):
    return ReaderStack([reader_layer(kind, w) for w in s.theirs(kind).all_weights])


def our_layer(kind, s):
    return s.ours(kind).layers[0]


def reader_keeping(kind, s):
    return reader_layer(kind, s.theirs(kind).all_weights[0])


def reader_stepping(kind, s):
    return Stepper(reader_keeping(kind, s))


def wrapped(kind, s):
    return Wrapped(s.theirs(kind))


CELLS = {"tanh": nn.RNNCell, "relu": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}


def cell(kind, s):
    options = {"nonlinearity": "relu"} if kind == "relu" else {}
    module = CELLS[kind](s.input, s.hidden, **options).double()
    with torch.no_grad():
        for mine, want in zip(module.parameters(), s.theirs(kind).parameters()):
            mine.copy_(want)
    return module


DEEP = [
    *[(make, kind) for make in (ours, ours_not_keeping, theirs, theirs_time_first)
      for kind in ("tanh", "relu", "lstm", "gru")],
    *[(reader_stack, kind) for kind in ("tanh", "lstm")],
]  # fmt: skip
SHALLOW = [
    *[(make, kind) for make in (our_layer, cell) for kind in ("tanh", "relu", "lstm", "gru")],
    *[(make, kind) for make in (reader_keeping, reader_stepping) for kind in ("tanh", "lstm")],
    *[(wrapped, kind) for kind in ("tanh", "relu", "gru")],
]


def name_of(value):
    return getattr(value, "__name__", value)


def initial_state(make, kind, s):
    """As the module's own call takes it; a single layer's has no axis of layers."""
    if not s.with_state:
        return None
    if (make, kind) in DEEP or make is wrapped:
        return s.argument(kind)
    return as_argument([state[0] for state in s.states(kind)])


def assert_by_hand(got, kind, weights, s, loss):
    dh, dc = by_hand.state_gradients(kind, weights, s.x(), loss, s.states(kind))
    h, c = by_hand.unroll(kind, weights, s.x(), s.states(kind))
    torch.testing.assert_close(got.loss, loss(h[-1]).detach(), **EXACT)
    for mine, want in ((got.h, h), (got.dh, dh)):
        for layer, expected in zip(mine, want, strict=True):
            torch.testing.assert_close(layer, expected.detach(), **EXACT)
    cells = [(got.c, c), (got.dc, dc)] if kind == "lstm" else [(got.c, []), (got.dc, [])]
    for mine, want in cells:
        for layer, expected in zip(mine, want, strict=True):
            torch.testing.assert_close(layer, expected.detach(), **EXACT)


@pytest.mark.parametrize(("make", "kind"), DEEP, ids=name_of)
@given(s=sizes(max_time=6))
@examples(15)
def test_every_layer_of_a_stack_equals_the_unroll_by_hand(make, kind, s):
    weights, loss = by_hand.weights_of(s.theirs(kind)), random_loss(s)
    got = rnnbook.state_gradients(make(kind, s), s.x(), loss, initial_state(make, kind, s))
    assert_by_hand(got, kind, weights, s, loss)


@pytest.mark.parametrize(("make", "kind"), SHALLOW, ids=name_of)
@given(s=sizes(max_layers=1, max_time=6))
@examples(10)
def test_a_single_layer_equals_the_unroll_by_hand(make, kind, s):
    weights, loss = by_hand.weights_of(s.theirs(kind)), random_loss(s)
    got = rnnbook.state_gradients(make(kind, s), s.x(), loss, initial_state(make, kind, s))
    assert_by_hand(got, kind, weights, s, loss)


@pytest.mark.parametrize(
    ("make", "kind"),
    [pair for pair in DEEP + SHALLOW if pair[0] is not theirs_time_first],
    ids=name_of,
)
@pytest.mark.parametrize("last_timestep_only", [False, True])
def test_a_regression_model_of_each(make, kind, last_timestep_only):
    layers = 1 if (make, kind) in SHALLOW else 3
    s = Sizes(2, 3, layers, 4, 5, True, 7)
    model = rnnbook.RecurrentRegressionModel(make(kind, s), 2).double()
    y = s.normal(4, 5, 2, stream=70)
    V, d = model.output_linear.weight, model.output_linear.bias

    def on_states(top):
        return rnnbook.loss_fn(top @ V.T + d, y, last_timestep_only)

    def on_predictions(pred):
        return rnnbook.loss_fn(pred, y, last_timestep_only)

    got = rnnbook.state_gradients(model, s.x(), on_predictions, initial_state(make, kind, s))
    assert_by_hand(got, kind, by_hand.weights_of(s.theirs(kind)), s, on_states)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", ["tanh", "lstm", "gru"])
def test_a_network_without_bias(kind, bias):
    s = Sizes(2, 3, 2, 4, 5, True, 8)
    net, loss = s.theirs(kind, bias=bias), random_loss(s)
    got = rnnbook.state_gradients(net, s.x(), loss, s.argument(kind))
    assert_by_hand(got, kind, by_hand.weights_of(net), s, loss)
    if kind == "lstm":
        unit = nn.LSTMCell(2, 3, bias=bias).double()
        single = Sizes(2, 3, 1, 4, 5, True, 8)
        own = [*unit.parameters()]
        weights = [(*own, *by_hand.no_bias(own)) if not bias else tuple(own)]
        state = tuple(h[0] for h in single.states("lstm"))
        got = rnnbook.state_gradients(unit, s.x(), loss, state)
        assert_by_hand(got, kind, weights, single, loss)


def test_a_reader_who_keeps_no_cell_states_gets_no_dc():
    s = Sizes(2, 3, 1, 4, 5, False, 9)
    layer = reader_layer("lstm", s.theirs("lstm").all_weights[0], keep_c=False)
    got = rnnbook.state_gradients(layer, s.x(), random_loss(s))
    dh, _ = by_hand.state_gradients(
        "lstm", by_hand.weights_of(s.theirs("lstm")), s.x(), random_loss(s)
    )
    torch.testing.assert_close(got.dh[0], dh[0], **EXACT)
    assert got.c == got.dc == ()


def test_a_stack_of_different_cells():
    s = Sizes(2, 3, 2, 4, 5, False, 10)
    lower, upper = s.ours("lstm").layers[0], s.ours("gru").layers[1]
    got = rnnbook.state_gradients(ReaderStack([lower, upper]), s.x(), random_loss(s))
    assert [len(part) for part in (got.h, got.dh, got.c, got.dc)] == [2, 2, 1, 1]
    kick_h, kick_c = (torch.zeros(4, 5, 3, dtype=torch.float64, requires_grad=True) for _ in "hc")
    weights = by_hand.weights_of(lower)
    (h,), _ = by_hand.unroll("lstm", weights, s.x(), kicks=[(kick_h, kick_c)])
    loss = random_loss(s)(by_hand.unroll("gru", by_hand.weights_of(upper), h)[0][0])
    dh, dc = torch.autograd.grad(loss, [kick_h, kick_c])
    torch.testing.assert_close(got.dh[0], dh, **EXACT)
    torch.testing.assert_close(got.dc[0], dc, **EXACT)


# --- finite differences ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["tanh", "lstm", "gru"])
@pytest.mark.parametrize("make", [ours, theirs])
def test_every_layer_equals_a_central_difference(make, kind):
    s = Sizes(2, 3, 3, 2, 4, True, 11)
    weights, loss = by_hand.weights_of(s.theirs(kind)), random_loss(s)
    got = rnnbook.state_gradients(make(kind, s), s.x(), loss, s.argument(kind))
    parts = [got.dh, got.dc] if kind == "lstm" else [got.dh]
    for which, part in enumerate(parts):
        for layer, gradient in enumerate(part):
            for t in range(4):
                direction = torch.zeros_like(gradient)
                direction[:, t] = s.normal(2, 3, stream=80 + t)
                difference = by_hand.directional_difference(
                    kind, weights, s.x(), loss, s.states(kind), layer, which, direction
                )
                # the step 1e-5 squared times a third derivative, and rounding 1e-16 / 1e-5
                expected = float((gradient * direction).sum())
                assert difference == pytest.approx(expected, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("kind", ["tanh", "lstm", "gru"])
def test_a_run_resumed_from_a_moved_state(kind):
    # No equation of ours: torch.nn runs on from h_t, moved a little either way.
    s = Sizes(2, 3, 1, 2, 5, False, 12)
    net, x = s.theirs(kind), s.x()
    got = rnnbook.state_gradients(net, x, lambda h: h[:, -1].square().sum())
    for t in range(1, 5):
        _, state = net(x[:, :t])
        direction = s.normal(1, 2, 3, stream=80 + t)
        values = []
        for eps in (1e-5, -1e-5):
            if kind == "lstm":
                moved = (state[0] + eps * direction, state[1])
            else:
                moved = state + eps * direction
            values.append(net(x[:, t:], moved)[0][:, -1].square().sum())
        difference = float((values[0] - values[1]).detach()) / 2e-5
        expected = float((got.dh[0][:, t - 1] * direction[0]).sum())
        assert difference == pytest.approx(expected, rel=1e-7, abs=1e-8)


# --- closed forms ---------------------------------------------------------------------------


@given(s=sizes(max_layers=1, max_time=10))
@examples(60)
def test_the_linear_network_is_a_matrix_power(s):
    layer = rnnbook.RNNLayer(s.input, s.hidden, lambda a: a).double()
    set_layer(layer, *s.theirs("tanh").all_weights[0])
    weights = s.normal(s.batch, s.time, s.hidden, stream=60)
    got = rnnbook.state_gradients(layer, s.x(), lambda h: (weights * h).sum())
    W = layer.hidden_linear.weight.detach()
    for t in range(s.time):
        want = sum(weights[:, u] @ torch.linalg.matrix_power(W, u - t) for u in range(t, s.time))
        torch.testing.assert_close(got.dh[0][:, t], want, **EXACT)
    torch.testing.assert_close(rnnbook.linear_state_gradients(W, weights), got.dh[0], **EXACT)


def test_one_linear_unit_is_a_power_and_a_negative_weight_alternates():
    for w in (0.9, -0.9, 1.0, 1.1, 0.0):
        layer = rnnbook.RNNLayer(1, 1, lambda a: a).double()
        with torch.no_grad():
            layer.hidden_linear.weight.fill_(w)
        x = torch.randn(1, 10, 1, dtype=torch.float64)
        got = rnnbook.state_gradients(layer, x, lambda h: h[0, -1, 0])
        want = torch.tensor([w ** (10 - t) for t in range(1, 11)], dtype=torch.float64)
        torch.testing.assert_close(got.dh[0].flatten(), want, **EXACT)


def test_the_closed_form_takes_one_sequence_or_a_batch():
    W = torch.tensor([[0.5, 1.0], [0.0, 0.5]], dtype=torch.float64)
    direct = torch.tensor([[0.0, 0.0], [1.0, 0.0]], dtype=torch.float64)
    want = torch.tensor([[0.5, 1.0], [1.0, 0.0]], dtype=torch.float64)  # W transposed, times (1, 0)
    assert torch.equal(rnnbook.linear_state_gradients(W, direct), want)
    batch = rnnbook.linear_state_gradients(W, torch.stack([direct, 2 * direct]))
    assert torch.equal(batch, torch.stack([want, 2 * want]))


def test_the_last_state_has_its_direct_gradient_alone():
    s = Sizes(2, 3, 1, 4, 6, False, 13)
    net = s.theirs("lstm")
    got = rnnbook.state_gradients(net, s.x(), lambda h: h[:, -1].sum())
    assert torch.equal(got.dh[0][:, -1], torch.ones(4, 3, dtype=torch.float64))
    o_slope = got.dc[0][:, -1]  # o (1 − tanh² c), h following
    tanh_c = torch.tanh(got.c[0][:, -1])
    o = got.h[0][:, -1] / tanh_c
    torch.testing.assert_close(o_slope, o * (1 - tanh_c**2), rtol=1e-9, atol=0)


# --- what stays as it was -------------------------------------------------------------------


@pytest.mark.parametrize(("make", "kind"), DEEP + SHALLOW, ids=name_of)
def test_the_module_and_its_input_are_left_as_they_were(make, kind):
    layers = 1 if (make, kind) in SHALLOW else 2
    s = Sizes(2, 3, layers, 4, 5, True, 14)
    module, x = make(kind, s), s.x()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    switches = [getattr(m, "keep_states", None) for m in module.modules()]
    rnnbook.state_gradients(module, x, random_loss(s), initial_state(make, kind, s))
    assert all(torch.equal(module.state_dict()[k], v) for k, v in before.items())
    assert all(p.grad is None for p in module.parameters())
    assert switches == [getattr(m, "keep_states", None) for m in module.modules()]
    assert torch.equal(x, s.x())
    assert not x.requires_grad
    assert x.grad is None
    assert module.training


@pytest.mark.parametrize(("make", "kind"), DEEP + SHALLOW, ids=name_of)
def test_a_second_call_and_frozen_parameters_give_the_same(make, kind):
    layers = 1 if (make, kind) in SHALLOW else 2
    s = Sizes(2, 3, layers, 4, 5, True, 15)
    module, state = make(kind, s), initial_state(make, kind, s)
    first = rnnbook.state_gradients(module, s.x(), random_loss(s), state)
    with torch.no_grad():
        second = rnnbook.state_gradients(module, s.x(), random_loss(s), state)
    module.requires_grad_(False)
    frozen = rnnbook.state_gradients(module, s.x(), random_loss(s), state)
    for other in (second, frozen):
        torch.testing.assert_close(other.loss, first.loss, **EXACT)
        for mine, want in zip(other.dh + other.dc, first.dh + first.dc, strict=True):
            torch.testing.assert_close(mine, want, **EXACT)


def test_results_carry_no_graph():
    s = Sizes(2, 3, 1, 4, 5, False, 16)
    got = rnnbook.state_gradients(s.ours("lstm"), s.x(), random_loss(s))
    for value in (got.loss, *got.h, *got.dh, *got.c, *got.dc):
        assert not value.requires_grad


@pytest.mark.parametrize(("make", "kind"), DEEP + SHALLOW, ids=name_of)
def test_float32_modules(make, kind):
    layers = 1 if (make, kind) in SHALLOW else 2
    s = Sizes(2, 3, layers, 4, 5, False, 17)
    double = rnnbook.state_gradients(make(kind, s), s.x(), lambda h: h.square().sum())
    single = rnnbook.state_gradients(
        make(kind, s).float(), s.x(torch.float32), lambda h: h.square().sum()
    )
    for mine, want in zip(single.dh + single.dc, double.dh + double.dc, strict=True):
        assert mine.dtype == torch.float32
        # some 100 roundings of 6e-8 on numbers of size up to 10
        torch.testing.assert_close(mine.double(), want, rtol=1e-5, atol=1e-5)


def test_states_that_the_loss_does_not_reach_have_gradient_zero():
    s = Sizes(2, 3, 2, 4, 5, False, 18)
    for module in (s.ours("lstm"), s.theirs("lstm")):
        got = rnnbook.state_gradients(module, s.x(), lambda h: h[:, 1].sum())
        for gradient in got.dh + got.dc:
            assert torch.equal(gradient[:, 2:], torch.zeros(4, 3, 3, dtype=torch.float64))
            assert (gradient[:, :2] != 0).all()


# --- truncation -----------------------------------------------------------------------------


def one_unit_at_its_fixed_point(w: float):
    """h ← w h + u x with x = 1, started where it stays."""
    layer = rnnbook.RNNLayer(1, 1, lambda a: a).double()
    with torch.no_grad():
        layer.hidden_linear.weight.fill_(w)
        layer.input_linear.weight.fill_(0.5)
        layer.input_linear.bias.zero_()
    return layer, torch.full((1, 1), 0.5 / (1 - w), dtype=torch.float64)


@pytest.mark.parametrize(("w", "K"), [(0.9, 10), (0.9, 1), (0.5, 7), (-0.8, 5)])
def test_truncation_loses_exactly_w_to_the_k(w, K):
    layer, h0 = one_unit_at_its_fixed_point(w)
    x = torch.ones(1, 600, 1, dtype=torch.float64)  # 0.9^600 is 4e-28: as good as endless
    gradients = [
        rnnbook.truncated_gradients(layer, x, lambda h: h[0, -1, 0], steps, h0)[
            "hidden_linear.weight"
        ]
        for steps in (K, 600)
    ]
    lost = 1 - float(gradients[0] / gradients[1])
    assert lost == pytest.approx(w**K, rel=1e-12)


def test_the_chapters_number():
    assert pytest.approx(0.3487, abs=5e-5) == 0.9**10


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7, 100])
@pytest.mark.parametrize("make", [ours, theirs, reader_stepping, our_layer])
@pytest.mark.parametrize("kind", ["tanh", "lstm"])
def test_truncated_gradients_equal_a_loop_that_detaches(make, kind, steps):
    layers = 1 if make in (reader_stepping, our_layer) else 2
    s = Sizes(2, 3, layers, 4, 7, True, 19)
    module, state = make(kind, s), initial_state(make, kind, s)
    got = rnnbook.truncated_gradients(module, s.x(), random_loss(s), steps, state)
    outputs = []
    for t in range(7):
        if (7 - t) % steps == 0 and state is not None:  # cuts are counted from the end
            state = tuple(v.detach() for v in state) if kind == "lstm" else state.detach()
        output, state = module(s.x()[:, t : t + 1], state)
        outputs.append(output)
    loss = random_loss(s)(torch.cat(outputs, dim=1))
    parameters = dict(module.named_parameters())
    want = dict(zip(parameters, torch.autograd.grad(loss, list(parameters.values()))))
    assert got.keys() == want.keys()
    for name in want:
        torch.testing.assert_close(got[name], want[name], **EXACT)


def test_truncation_in_a_model_reaches_the_head():
    s = Sizes(2, 3, 2, 4, 7, False, 20)
    model = rnnbook.RecurrentRegressionModel(s.ours("gru")).double()
    y = s.normal(4, 7, 1, stream=70)
    got = rnnbook.truncated_gradients(model, s.x(), lambda p: rnnbook.loss_fn(p, y), 7)
    loss = rnnbook.loss_fn(model(s.x())[0], y)
    parameters = dict(model.named_parameters())
    for name, want in zip(parameters, torch.autograd.grad(loss, list(parameters.values()))):
        torch.testing.assert_close(got[name], want, **EXACT)
    assert got.keys() == parameters.keys()


def test_truncation_leaves_out_what_the_loss_does_not_reach():
    layer = rnnbook.RNNLayer(1, 2)
    layer.input_linear.bias.requires_grad_(False)
    got = rnnbook.truncated_gradients(layer, torch.ones(1, 4, 1), lambda h: h.sum(), 2)
    assert set(got) == {"input_linear.weight", "hidden_linear.weight"}


# --- clipping and rates ---------------------------------------------------------------------


def turned_by(gradient, clipped) -> float:
    return math.degrees(math.atan2(*clipped.flip(0).tolist())) - math.degrees(
        math.atan2(*gradient.flip(0).tolist())
    )


def test_clipping_by_value_turns_and_by_norm_does_not():
    gradient = torch.tensor([10.0, 0.1], dtype=torch.float64)
    by_value = rnnbook.clip_by_value(gradient, 1.0)
    assert torch.equal(by_value, torch.tensor([1.0, 0.1], dtype=torch.float64))
    assert turned_by(gradient, by_value) == pytest.approx(5.14, abs=0.005)
    by_norm = rnnbook.clip_by_norm(gradient, 1.0)
    assert turned_by(gradient, by_norm) == pytest.approx(0, abs=1e-12)
    assert float(by_norm.norm()) == pytest.approx(1, rel=1e-15)


def test_clipping_leaves_what_is_small_enough():
    gradient = torch.tensor([[0.3, -0.4], [0.0, 0.0]])  # norm 0.5
    for clip in (rnnbook.clip_by_norm, rnnbook.clip_by_value):
        for threshold in (0.5, 0.6, 5.0):
            assert torch.equal(clip(gradient, threshold), gradient)
        assert torch.equal(clip(torch.zeros(3), 1.0), torch.zeros(3))
    assert torch.equal(rnnbook.clip_by_value(gradient, 0.35)[0], torch.tensor([0.3, -0.35]))
    assert torch.allclose(rnnbook.clip_by_norm(gradient, 0.25), gradient / 2)


def test_clipping_by_norm_agrees_with_torch():
    gradient = torch.randn(4, 5, dtype=torch.float64)
    parameter = nn.Parameter(torch.zeros(4, 5, dtype=torch.float64))
    parameter.grad = gradient.clone()
    nn.utils.clip_grad_norm_([parameter], 0.7)
    # PyTorch divides by the norm plus 1e-6
    torch.testing.assert_close(
        rnnbook.clip_by_norm(gradient, 0.7), parameter.grad, rtol=1e-6, atol=0
    )


def test_clipping_does_not_change_its_argument():
    gradient = torch.tensor([3.0, 4.0])
    rnnbook.clip_by_norm(gradient, 1.0)
    rnnbook.clip_by_value(gradient, 1.0)
    assert torch.equal(gradient, torch.tensor([3.0, 4.0]))


@pytest.mark.parametrize(("factor", "steps"), [(0.1, 1), (0.5, 3.3219281), (0.9, 21.854345)])
def test_steps_per_tenfold_of_a_geometric_sequence(factor, steps):
    backwards = [factor**k for k in range(12)][::-1]
    assert rnnbook.steps_per_tenfold(backwards) == pytest.approx(steps, rel=1e-7)
    assert rnnbook.steps_per_tenfold(backwards[::-1]) == pytest.approx(-steps, rel=1e-7)
    assert rnnbook.steps_per_tenfold(torch.tensor(backwards)) == pytest.approx(steps, rel=1e-5)


def test_steps_per_tenfold_is_a_least_squares_line():
    norms = [1.0, 10.0, 10.0, 1000.0]
    log = torch.tensor([0.0, 1, 1, 3], dtype=torch.float64)[:, None]
    design = torch.tensor([[1.0, t] for t in range(4)], dtype=torch.float64)
    slope = float(torch.linalg.lstsq(design, log).solution[1])
    assert rnnbook.steps_per_tenfold(norms) == pytest.approx(1 / slope, rel=1e-12)


def test_a_flat_gradient_never_falls():
    assert rnnbook.steps_per_tenfold([2.0, 2.0, 2.0]) == math.inf
