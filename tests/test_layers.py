"""The layers against torch.nn and against their equations written out by hand."""

import copy
import pickle

import pytest
import torch
from hypothesis import given
from torch import nn

import rnnbook
from tests import by_hand
from tests.strategies import KINDS, Sizes, examples, sizes

# Both sides add the same few products in another order: a handful of roundings of 1.1e-16 each.
EXACT = {"rtol": 1e-12, "atol": 1e-12}
LAYERS = {"tanh": rnnbook.RNNLayer, "lstm": rnnbook.LSTMLayer, "gru": rnnbook.GRULayer}


def layer_of(kind: str, s: Sizes, dtype=torch.float64):
    return s.ours(kind, dtype).layers[0]


def run_layer(layer, kind, x, states):
    """all_h and the last states, whatever the cell."""
    if states is None:
        all_h, last = layer(x)
    else:
        first = [state[0] for state in states]
        all_h, last = layer(x, tuple(first) if kind == "lstm" else first[0])
    return all_h, list(last) if kind == "lstm" else [last]


# --- equal to torch.nn ----------------------------------------------------------------------


def outputs_and_gradients(call, x, states, parameters, s: Sizes):
    """What a network computed, and the gradient of a random function of it by everything."""
    x = x.clone().requires_grad_()
    states = [state.clone().requires_grad_() for state in states]
    all_h, last = call(x, states)
    loss = (all_h * s.normal(*all_h.shape, stream=50, dtype=x.dtype)).sum()
    for i, state in enumerate(last):
        loss = loss + (state * s.normal(*state.shape, stream=51 + i, dtype=x.dtype)).sum()
    grads = torch.autograd.grad(loss, [x, *states, *parameters])
    return [all_h.detach(), *[state.detach() for state in last], *grads]


def ours_and_theirs(kind, s: Sizes, keep: bool, dtype=torch.float64):
    layer, theirs = layer_of(kind, s, dtype), s.theirs(kind, dtype)
    layer.keep_states = keep

    def call_theirs(x, states):
        all_h, last = theirs(x, tuple(states) if kind == "lstm" else states[0])
        return all_h, list(last) if kind == "lstm" else [last]

    def call_ours(x, states):
        all_h, last = run_layer(layer, kind, x, states)
        return all_h, [state.unsqueeze(0) for state in last]

    x, states = s.x(dtype), s.states(kind, dtype)
    ours = [layer.input_linear.weight, layer.hidden_linear.weight, layer.input_linear.bias]
    if kind == "gru":
        ours.append(layer.b_hn)
    mine = outputs_and_gradients(call_ours, x, states, ours, s)
    *want, b_hh = outputs_and_gradients(call_theirs, x, states, list(theirs.parameters()), s)
    if kind == "gru":  # elsewhere the second bias's gradient is the first's
        want.append(b_hh[2 * s.hidden :])
    return mine, want


@pytest.mark.parametrize("keep", [True, False], ids=["kept", "fused"])
@pytest.mark.parametrize("kind", KINDS)
@given(s=sizes(max_layers=1))
@examples(100)
def test_outputs_and_all_gradients_equal_torch(kind, keep, s):
    ours, theirs = ours_and_theirs(kind, s, keep)
    assert len(ours) == len(theirs)
    for mine, want in zip(ours, theirs):
        torch.testing.assert_close(mine, want, **EXACT)


@pytest.mark.parametrize("keep", [True, False], ids=["kept", "fused"])
@pytest.mark.parametrize("kind", KINDS)
@given(s=sizes(max_layers=1))
@examples(15)
def test_float32_equals_torch_in_float32(kind, keep, s):
    # At most 8 steps of sums of at most 10 terms of size 1, on the way there and back: some 100
    # roundings of 6e-8; gradients of relu and wide weights may grow to some tens.
    ours, theirs = ours_and_theirs(kind, s, keep, torch.float32)
    for mine, want in zip(ours, theirs):
        assert mine.dtype == torch.float32
        scale = max(1.0, float(want.abs().max()))
        torch.testing.assert_close(mine, want, rtol=0, atol=1e-5 * scale)


@pytest.mark.parametrize("kind", LAYERS)
def test_gradcheck_of_the_layer(kind):
    s = Sizes(input=2, hidden=3, layers=1, batch=2, time=4, with_state=True, seed=3)
    layer = layer_of(kind, s)
    names = [name for name, _ in layer.named_parameters()]

    def function(x, *rest):
        count = 2 if kind == "lstm" else 1
        states, parameters = rest[:count], dict(zip(names, rest[count:]))
        state = states if kind == "lstm" else states[0]
        all_h, last = torch.func.functional_call(layer, parameters, (x, state))
        return (all_h, *last) if kind == "lstm" else (all_h, last)

    inputs = [s.x(), *[state[0] for state in s.states(kind)]]
    inputs += [p.detach().clone() for p in layer.parameters()]
    assert torch.autograd.gradcheck(function, [v.requires_grad_() for v in inputs])


def normal_leaves(*shapes):
    generator = torch.Generator().manual_seed(5)
    draw = [torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes]
    return [v.requires_grad_() for v in draw]


@pytest.mark.parametrize("phi", [torch.tanh, torch.sigmoid, torch.sin])
def test_gradcheck_of_the_rnn_cell(phi):
    inputs = normal_leaves((2, 3), (2, 3), (3, 3))
    assert torch.autograd.gradcheck(lambda w, h, W: tuple(rnnbook.rnn_step(w, h, W, phi)), inputs)


def test_a_cell_takes_the_recurrent_matrix_transposed():
    layer = layer_of("tanh", Sizes(2, 3, 1, 1, 1, True, 5))
    x, h = torch.randn(1, 2, dtype=torch.float64), torch.randn(1, 3, dtype=torch.float64)
    W = layer.hidden_linear.weight.detach()
    step = rnnbook.rnn_step(layer.input_linear(x), h, W.T, torch.tanh)
    torch.testing.assert_close(step.h, layer(x[:, None], h)[1], **EXACT)
    a = layer.input_linear(x).detach()[0, 0] + W[0] @ h[0]
    torch.testing.assert_close(step.a.detach()[0, 0], a, **EXACT)


def test_gradcheck_of_the_lstm_cell():
    inputs = normal_leaves((2, 12), (2, 3), (2, 3), (3, 12))
    assert torch.autograd.gradcheck(lambda *v: tuple(rnnbook.lstm_step(*v)), inputs)


def test_gradcheck_of_the_gru_cell():
    inputs = normal_leaves((2, 9), (2, 3), (3, 9), (3,))
    assert torch.autograd.gradcheck(lambda *v: tuple(rnnbook.gru_step(*v)), inputs)


# --- equal to the equations -----------------------------------------------------------------


@pytest.mark.parametrize("keep", [True, False], ids=["kept", "not kept"])
@pytest.mark.parametrize(
    "phi",
    [torch.sin, nn.Softsign(), lambda a: a, lambda a: a.clamp(-0.5, 0.7), torch.special.erf],
    ids=["sin", "module", "identity", "clamp", "erf"],
)
def test_any_callable_is_a_nonlinearity(phi, keep):
    layer = rnnbook.RNNLayer(2, 3, phi).double()
    layer.keep_states = keep
    x, h = torch.randn(4, 6, 2, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)
    all_h, last_h = layer(x, h)
    for t in range(6):
        a = layer.input_linear(x[:, t]) + layer.hidden_linear(h)
        h = phi(a)
        torch.testing.assert_close(all_h[:, t], h, **EXACT)
    torch.testing.assert_close(last_h, h, **EXACT)


@pytest.mark.parametrize("phi", [torch.tanh, torch.relu, torch.sin, lambda a: a])
def test_a_fused_run_uses_the_layers_own_nonlinearity(phi):
    layer = rnnbook.RNNLayer(2, 3, phi).double()
    x = torch.randn(2, 5, 2, dtype=torch.float64)
    kept = layer(x)[0]
    layer.keep_states = False
    torch.testing.assert_close(layer(x)[0], kept, **EXACT)


def test_an_rnn_record_holds_pre_activations_and_states():
    s = Sizes(2, 3, 1, 4, 5, True, 1)
    layer = layer_of("tanh", s)
    h0 = s.states("tanh")[0][0]
    all_h, _ = layer(s.x(), h0)
    record = layer.record()
    assert list(record) == ["a", "h"]
    previous = torch.cat([h0[:, None], all_h[:, :-1]], dim=1)
    a = layer.input_linear(s.x()) + layer.hidden_linear(previous)
    torch.testing.assert_close(record["a"], a, **EXACT)
    torch.testing.assert_close(record["h"], all_h, rtol=0, atol=0)
    torch.testing.assert_close(record["h"], torch.tanh(a), **EXACT)


def test_an_lstm_record_satisfies_the_equations():
    s = Sizes(2, 3, 1, 4, 5, True, 2)
    layer = layer_of("lstm", s)
    h0, c0 = (state[0] for state in s.states("lstm"))
    all_h, (_, last_c) = layer(s.x(), (h0, c0))
    r = layer.record()
    assert set(r) == {"a_i", "a_f", "a_g", "a_o", "i", "f", "g", "o", "c", "h"}
    previous_h = torch.cat([h0[:, None], all_h[:, :-1]], dim=1)
    previous_c = torch.cat([c0[:, None], r["c"][:, :-1]], dim=1)
    a = layer.input_linear(s.x()) + layer.hidden_linear(previous_h)
    for k, gate in enumerate("ifgo"):
        torch.testing.assert_close(r[f"a_{gate}"], a[..., 3 * k : 3 * k + 3], **EXACT)
        phi = torch.tanh if gate == "g" else torch.sigmoid
        torch.testing.assert_close(r[gate], phi(r[f"a_{gate}"]), **EXACT)
    torch.testing.assert_close(r["c"], r["f"] * previous_c + r["i"] * r["g"], **EXACT)
    torch.testing.assert_close(r["h"], r["o"] * torch.tanh(r["c"]), **EXACT)
    torch.testing.assert_close(r["h"], all_h, rtol=0, atol=0)
    torch.testing.assert_close(r["c"][:, -1], last_c, rtol=0, atol=0)


def test_a_gru_record_satisfies_the_equations():
    s = Sizes(2, 3, 1, 4, 5, True, 3)
    layer = layer_of("gru", s)
    h0 = s.states("gru")[0][0]
    all_h, _ = layer(s.x(), h0)
    r = layer.record()
    assert set(r) == {"a_r", "a_z", "a_n", "q", "r", "z", "n", "h"}
    previous = torch.cat([h0[:, None], all_h[:, :-1]], dim=1)
    W, u = layer.hidden_linear.weight, layer.input_linear(s.x())
    torch.testing.assert_close(r["a_r"], u[..., :3] + previous @ W[:3].T, **EXACT)
    torch.testing.assert_close(r["a_z"], u[..., 3:6] + previous @ W[3:6].T, **EXACT)
    torch.testing.assert_close(r["q"], previous @ W[6:].T + layer.b_hn, **EXACT)
    torch.testing.assert_close(r["a_n"], u[..., 6:] + r["r"] * r["q"], **EXACT)
    for gate, phi in (("r", torch.sigmoid), ("z", torch.sigmoid), ("n", torch.tanh)):
        torch.testing.assert_close(r[gate], phi(r[f"a_{gate}"]), **EXACT)
    torch.testing.assert_close(r["h"], (1 - r["z"]) * r["n"] + r["z"] * previous, **EXACT)
    torch.testing.assert_close(r["h"], all_h, rtol=0, atol=0)


# --- what is kept ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LAYERS)
def test_backward_leaves_each_states_gradient_on_it(kind):
    s = Sizes(2, 3, 1, 4, 5, False, 4)
    layer = layer_of(kind, s)
    layer(s.x())[0].square().sum().backward()
    weights = by_hand.weights_of(layer)
    dh, dc = by_hand.state_gradients(kind, weights, s.x(), lambda top: top.square().sum())
    grads = torch.stack([h.grad for h in layer.h_list], dim=1)
    torch.testing.assert_close(grads, dh[0], **EXACT)
    if kind == "lstm":
        grads = torch.stack([c.grad for c in layer.c_list], dim=1)
        torch.testing.assert_close(grads, dc[0], **EXACT)


@pytest.mark.parametrize("kind", LAYERS)
def test_without_keeping_states_there_are_none(kind):
    layer = LAYERS[kind](2, 3)
    layer(torch.randn(1, 4, 2))
    assert len(layer.h_list) == 4
    layer.keep_states = False
    layer(torch.randn(1, 4, 2))
    assert layer.h_list == []
    assert getattr(layer, "c_list", []) == []
    with pytest.raises(ValueError, match="holds no states"):
        layer.record()


def test_a_nonlinearity_without_a_kernel_keeps_no_states_either():
    layer = rnnbook.RNNLayer(2, 3, torch.sin)
    layer.keep_states = False
    layer(torch.randn(1, 4, 2))
    assert layer.h_list == []


@pytest.mark.parametrize("kind", LAYERS)
def test_each_call_starts_its_lists_anew(kind):
    layer = LAYERS[kind](2, 3)
    for T in (5, 2):
        layer(torch.randn(1, T, 2))
        assert len(layer.h_list) == T
        assert all(v.shape == (1, T, 3) for v in layer.record().values())
    if kind == "lstm":
        assert len(layer.c_list) == 2


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_layer_is_copied_and_pickled_after_a_call(kind, copied):
    layer = LAYERS[kind](2, 3)
    x = torch.randn(2, 4, 2)
    all_h, _ = layer(x)
    twin = copied(layer)
    assert twin.h_list == []
    assert getattr(twin, "c_list", []) == []
    assert len(layer.h_list) == 4, "copying took the states away from the original"
    assert torch.equal(twin(x)[0], all_h)
    assert twin.input_linear.weight is not layer.input_linear.weight


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("keep", [True, False])
def test_it_runs_without_gradients_and_with_frozen_parameters(kind, keep):
    layer = LAYERS[kind](2, 3)
    layer.keep_states = keep
    x = torch.randn(2, 4, 2)
    all_h, _ = layer(x)
    with torch.no_grad():
        torch.testing.assert_close(layer(x)[0], all_h.detach())
    layer.requires_grad_(False)
    frozen, _ = layer(x)
    torch.testing.assert_close(frozen, all_h.detach())
    assert not frozen.requires_grad


@pytest.mark.parametrize("kind", LAYERS)
def test_it_runs_where_its_parameters_are(kind):
    # No second device is at hand; "meta" has no numbers, and refuses a tensor made on the CPU.
    layer = LAYERS[kind](2, 3).to("meta")
    all_h, _ = layer(torch.empty(2, 4, 2, device="meta"))
    assert all_h.device.type == "meta"
    assert all_h.shape == (2, 4, 3)


def test_an_explosion_stays_visible():
    layer = rnnbook.RNNLayer(1, 1, lambda a: a)
    with torch.no_grad():
        layer.hidden_linear.weight.fill_(1e10)
    all_h, _ = layer(torch.ones(1, 9, 1))
    assert torch.isinf(all_h[0, -1])
    assert layer(torch.full((1, 2, 1), torch.nan))[0].isnan().all()


# --- properties -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@given(s=sizes(max_layers=1))
@examples(20)
def test_a_permuted_batch_gives_permuted_states(kind, s):
    layer, x, states = layer_of(kind, s), s.x(), s.states(kind)
    order = torch.randperm(s.batch, generator=torch.Generator().manual_seed(s.seed))
    all_h, last = run_layer(layer, kind, x, states)
    permuted, permuted_last = run_layer(layer, kind, x[order], [h[:, order] for h in states])
    torch.testing.assert_close(permuted, all_h[order], **EXACT)
    for mine, want in zip(permuted_last, last):
        torch.testing.assert_close(mine, want[order], **EXACT)


@pytest.mark.parametrize("kind", KINDS)
@given(s=sizes(max_layers=1))
@examples(20)
def test_the_future_does_not_change_the_past(kind, s):
    layer, x, states = layer_of(kind, s), s.x(), s.states(kind)
    all_h, _ = run_layer(layer, kind, x, states)
    for T in range(1, s.time + 1):
        prefix, last = run_layer(layer, kind, x[:, :T], states)
        torch.testing.assert_close(prefix, all_h[:, :T], **EXACT)
        torch.testing.assert_close(last[0], all_h[:, T - 1], **EXACT)


@pytest.mark.parametrize("kind", KINDS)
@given(s=sizes(max_layers=1))
@examples(20)
def test_a_sequence_may_be_run_in_two_halves(kind, s):
    layer, x, states = layer_of(kind, s), s.x(), s.states(kind)
    all_h, last = run_layer(layer, kind, x, states)
    half = s.time // 2
    if half:
        first, middle = run_layer(layer, kind, x[:, :half], states)
        second, end = run_layer(layer, kind, x[:, half:], [state[None] for state in middle])
        torch.testing.assert_close(torch.cat([first, second], dim=1), all_h, **EXACT)
        for mine, want in zip(end, last):
            torch.testing.assert_close(mine, want, **EXACT)


@pytest.mark.parametrize("kind", LAYERS)
def test_the_same_seed_gives_the_same_layer(kind):
    def drawn(seed):
        torch.manual_seed(seed)
        return torch.cat([p.flatten() for p in LAYERS[kind](2, 3).parameters()])

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))


@pytest.mark.parametrize(
    ("kind", "count"), [("tanh", 18), ("lstm", 4 * 18), ("gru", 3 * 18 + 3)], ids=LAYERS
)
def test_number_of_parameters(kind, count):
    # H (D + H + 1) a gate, and the GRU's b_hn
    assert sum(p.numel() for p in LAYERS[kind](2, 3).parameters()) == count


@pytest.mark.parametrize("kind", LAYERS)
def test_initial_weights_are_those_of_torch_in_distribution(kind):
    layer = LAYERS[kind](64, 64)
    for name, parameter in layer.state_dict().items():
        bound = 64**-0.5
        assert float(parameter.abs().max()) <= bound, name
        # mean |U(-b, b)| is b/2 with standard error b/√(12 n): six of them
        error = 6 * bound / (12 * parameter.numel()) ** 0.5
        assert abs(float(parameter.abs().mean()) - bound / 2) < error, name
