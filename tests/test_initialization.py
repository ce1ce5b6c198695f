"""Initialisations: distributions within stated errors, and nothing else touched."""

import math

import pytest
import torch

import rnnbook

NETS = [
    rnnbook.RNNLayer,
    rnnbook.LSTMLayer,
    rnnbook.GRULayer,
    lambda D, H: rnnbook.RNN(D, H, 2),
    lambda D, H: rnnbook.LSTM(D, H, 2),
    lambda D, H: rnnbook.GRU(D, H, 2),
]
IDS = ["RNNLayer", "LSTMLayer", "GRULayer", "RNN", "LSTM", "GRU"]
every_net = pytest.mark.parametrize("make", NETS, ids=IDS)


def layers_of(net):
    return list(getattr(net, "layers", [net]))


def changed(net, initialise) -> set[str]:
    """The parameters that a function changes, by their last two names."""
    before = {name: value.clone() for name, value in net.state_dict().items()}
    assert initialise(net) is net
    assert all(p.requires_grad for p in net.parameters())
    names = {n for n, v in net.state_dict().items() if not torch.equal(v, before[n])}
    for name in names:
        assert net.state_dict()[name].shape == before[name].shape
    return names


def of_kind(net, ending: str) -> set[str]:
    return {name for name in net.state_dict() if name.endswith(ending)}


def squares(layer):
    """Each gate's recurrent matrix, by slicing."""
    W, H = layer.hidden_linear.weight.detach(), layer.hidden_size
    return [W[start : start + H] for start in range(0, len(W), H)]


@every_net
def test_pytorchs_default_changes_everything_and_is_uniform(make):
    net = make(64, 64)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
    assert changed(net, rnnbook.pytorch_default_) == set(net.state_dict())
    bound = 64**-0.5
    for name, value in net.state_dict().items():
        assert float(value.abs().max()) <= bound, name
        # a uniform's mean 0, its mean of squares b²/3; six standard errors, b/√(3n), b²√(4/(45n))
        n = value.numel()
        assert abs(float(value.mean())) < 6 * bound / (3 * n) ** 0.5, name
        deviation = abs(float(value.square().mean()) - bound**2 / 3)
        assert deviation < 6 * bound**2 * (4 / (45 * n)) ** 0.5, name


def test_pytorchs_default_is_what_torch_draws():
    torch.manual_seed(1)
    theirs = torch.nn.RNN(3, 5).weight_hh_l0.detach()
    assert float(theirs.abs().max()) <= 5**-0.5
    # by the input size it would be 3^-1/2: the bound is the hidden size's
    wide = rnnbook.pytorch_default_(rnnbook.RNNLayer(1000, 4))
    assert float(wide.input_linear.weight.detach().abs().max()) > 0.49


@every_net
@pytest.mark.parametrize("gain", [0.5, 1.5])
def test_scaled(make, gain):
    net = make(3, 64)
    assert changed(net, lambda n: rnnbook.scaled_(n, gain)) == of_kind(net, "hidden_linear.weight")
    for layer in layers_of(net):
        for W in squares(layer):
            # a variance's standard error is √(2/n) of it: six
            variance, n = gain**2 / 64, W.numel()
            assert abs(float(W.square().mean()) - variance) < 6 * variance * (2 / n) ** 0.5
            assert abs(float(W.mean())) < 6 * (variance / n) ** 0.5
            kurtosis = float((W**4).mean()) / float(W.square().mean()) ** 2
            assert kurtosis == pytest.approx(3, abs=6 * (24 / n) ** 0.5)  # normal; uniform has 1.8


def test_scaled_by_zero_and_the_norm_of_a_wide_layer():
    layer = rnnbook.RNNLayer(1, 400)
    assert not rnnbook.scaled_(layer, 0).hidden_linear.weight.any()
    rnnbook.scaled_(layer, 1.5)
    # σ₁ → 2g as the layer gets wide, with a scatter of the order 400^(-2/3) = 1.8 %
    norm = float(rnnbook.spectral_norm(layer.hidden_linear.weight))
    assert norm == pytest.approx(3.0, rel=0.06)


@every_net
@pytest.mark.parametrize("gain", [1.0, 0.7])
def test_orthogonal_gate_by_gate(make, gain):
    net = make(3, 8).double()
    initialise = (lambda n: rnnbook.orthogonal_(n, gain)) if gain != 1 else rnnbook.orthogonal_
    assert changed(net, initialise) == of_kind(net, "hidden_linear.weight")
    matrices = [W for layer in layers_of(net) for W in squares(layer)]
    for W in matrices:
        gram = W.T @ W
        torch.testing.assert_close(gram, gain**2 * torch.eye(8, dtype=W.dtype))
        norms = rnnbook.power_norms(W, 20)
        want = torch.tensor([gain**k for k in range(1, 21)], dtype=W.dtype)
        torch.testing.assert_close(norms, want, rtol=1e-12, atol=0)
    for i, first in enumerate(matrices):
        assert not any(torch.equal(first, other) for other in matrices[:i]), "one draw, repeated"


@every_net
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_identity_gate_by_gate(make, scale):
    net = make(3, 4)
    initialise = (lambda n: rnnbook.identity_(n, scale)) if scale != 1 else rnnbook.identity_
    assert changed(net, initialise) == of_kind(net, "hidden_linear.weight")
    for layer in layers_of(net):
        for W in squares(layer):
            assert torch.equal(W, scale * torch.eye(4))


@pytest.mark.parametrize(("b", "steps"), [(0, 2), (1, 3.72), (2, 8.39), (3, 21.1)])
def test_forget_bias(b, steps):
    net = rnnbook.LSTM(2, 4, 2)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    names = changed(net, lambda n: rnnbook.forget_bias_(n, b))
    assert names == of_kind(net, "input_linear.bias")
    for layer in net.layers:
        layer(torch.zeros(1, 1, layer.input_size))
        with torch.no_grad():
            layer.hidden_linear.weight.zero_()
        f = layer.record()["f"]
        assert f.shape == (1, 1, 4)
        # at zero input and state: 1/(1 − f) = 1 + e^b
        tau = float((1 / (1 - f)).max().detach())
        assert tau == pytest.approx(1 + math.exp(b), rel=1e-5)
        assert tau == pytest.approx(steps, abs=0.05)
        bias = layer.input_linear.bias.detach()
        others = torch.cat([bias[:4], bias[8:]])
        name = f"layers.{list(net.layers).index(layer)}.input_linear.bias"
        assert torch.equal(others, torch.cat([before[name][:4], before[name][8:]]))


@pytest.mark.parametrize("b", [0, 1, 2, 3])
def test_what_is_left_of_a_cell_after_twenty_steps(b):
    layer = rnnbook.forget_bias_(rnnbook.LSTMLayer(1, 3), b).double()
    with torch.no_grad():
        layer.hidden_linear.weight.zero_()
    layer(torch.zeros(1, 20, 1, dtype=torch.float64))
    product = float(layer.record()["f"].prod(dim=1).max().detach())
    assert product == pytest.approx([9.5e-7, 1.9e-3, 0.0790, 0.378][b], rel=0.03)


@pytest.mark.parametrize("t_max", [3, 50, 1000])
def test_chrono(t_max):
    net = rnnbook.LSTM(1, 1000, 1)
    layer = net.layers[0]
    before = layer.input_linear.bias.detach().clone().chunk(4)
    assert changed(net, lambda n: rnnbook.chrono_(n, t_max)) == of_kind(net, "input_linear.bias")
    b_i, b_f, b_g, b_o = layer.input_linear.bias.detach().chunk(4)
    assert torch.equal(b_i, -b_f)
    assert torch.equal(b_g, before[2])
    assert torch.equal(b_o, before[3])
    u = b_f.double().exp().sort().values
    assert float(u[0]) >= 1 - 1e-6
    assert float(u[-1]) <= (t_max - 1) * (1 + 1e-6)
    # Kolmogorov and Smirnov's distance to U(1, t_max − 1): above 2/√n once in 1500 draws
    uniform = (torch.arange(1000, dtype=torch.float64) + 0.5) / 1000
    assert float(((u - 1) / (t_max - 2) - uniform).abs().max()) < 2 * 1000**-0.5


def test_chrono_remembers_the_same_share_whatever_the_span():
    # mean f^T → E₂(1) = ∫₀¹ e^(−1/v) dv = 0.1485; for T = 2000 within 1/T of it
    layer = rnnbook.LSTMLayer(1, 500)
    draws = [rnnbook.chrono_(layer, 2000).input_linear.bias.detach().clone() for _ in range(40)]
    b_f = torch.stack(draws).chunk(4, dim=1)[1].double()
    powers = torch.sigmoid(b_f) ** 2000
    standard_error = float(powers.std()) / powers.numel() ** 0.5
    assert abs(float(powers.mean()) - 0.1485) < 5 * standard_error + 1e-3


def test_they_reach_every_layer_of_a_readers_module():
    lstm, rnn = rnnbook.LSTM(1, 3, 2), rnnbook.RNNLayer(3, 3)
    mixed = torch.nn.ModuleDict({"a": rnnbook.RecurrentRegressionModel(lstm), "b": rnn})
    head = mixed["a"].output_linear.weight.clone()
    rnnbook.identity_(mixed, 2.0)
    rnnbook.forget_bias_(mixed, 7.0)
    for layer in lstm.layers:
        assert layer.input_linear.bias[3:6].tolist() == [7.0] * 3
        assert torch.equal(layer.hidden_linear.weight[:3], 2 * torch.eye(3))
    assert torch.equal(rnn.hidden_linear.weight, 2 * torch.eye(3))
    assert torch.equal(mixed["a"].output_linear.weight, head)


@pytest.mark.parametrize(
    "initialise",
    [
        rnnbook.pytorch_default_,
        lambda m: rnnbook.scaled_(m, 1.2),
        rnnbook.orthogonal_,
        lambda m: rnnbook.chrono_(m, 9),
    ],
)
def test_a_seed_repeats(initialise):
    nets = []
    for seed in (3, 3, 4):
        net = rnnbook.LSTM(2, 3, 2)
        torch.manual_seed(0)
        rnnbook.pytorch_default_(net)
        torch.manual_seed(seed)
        nets.append(initialise(net).state_dict())
    same = [all(torch.equal(nets[0][k], net[k]) for k in net) for net in nets]
    assert same == [True, True, False]
