"""The visualizer: the reader's own module, scaled, drawn, and left as it was."""

import copy

import pytest
import torch
from torch import nn

import rnnbook


class ReadersRNN(nn.Module):
    """A module as a student writes it: its own names, states kept in h_list after a call."""

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.from_input = nn.Linear(1, hidden_size)
        self.from_state = nn.Linear(hidden_size, hidden_size, bias=False)

    def forward(self, x):
        h = x.new_zeros(x.shape[0], self.hidden_size)
        self.h_list = []
        for t in range(x.shape[1]):
            h = torch.tanh(self.from_input(x[:, t]) + self.from_state(h))
            self.h_list.append(h)
        return torch.stack(self.h_list, dim=1), h


MODULES = {
    "layer": lambda: rnnbook.RNNLayer(1, 4),
    "linear": lambda: rnnbook.RNNLayer(1, 4, nonlinearity=lambda a: a),
    "lstm": lambda: rnnbook.LSTMLayer(1, 4),
    "gru": lambda: rnnbook.GRULayer(1, 4),
    "stack": lambda: rnnbook.LSTM(1, 4, 3),
    "torch": lambda: nn.LSTM(1, 4, num_layers=2, batch_first=True),
    "reader": lambda: ReadersRNN(4),
}


@pytest.fixture(params=MODULES)
def module(request):
    return MODULES[request.param]()


def expected_gradients(visualizer, module, last_timestep_only, seed=0):
    """Gradients of a module behind the visualizer's read-out, by rnnbook.state_gradients."""
    read_out = visualizer.flow.read_out(seed)
    return rnnbook.state_gradients(
        module,
        visualizer.x,
        lambda h: rnnbook.loss_fn(read_out(h), visualizer.y, last_timestep_only),
    )


@pytest.mark.parametrize("last_timestep_only", [True, False])
def test_scaled_gradients_are_those_of_a_module_with_scaled_parameters(module, last_timestep_only):
    visualizer = rnnbook.GradientVisualizer(module, last_timestep_only)
    got = visualizer.gradients(weight_val=1.7, bias_val=-0.5)

    other = copy.deepcopy(module)
    with torch.no_grad():
        for p in other.parameters():
            p.mul_(1.7 if p.dim() == 2 else -0.5)
    expected = expected_gradients(visualizer, other, last_timestep_only)
    for a, b in zip(
        got.h + got.c + got.dh + got.dc, expected.h + expected.c + expected.dh + expected.dc
    ):
        assert torch.equal(a, b)


def test_module_is_left_as_it_was_found(module):
    module(torch.ones(1, 3, 1))
    attributes = {
        m: {n: m.__dict__.get(n) for n in ("h_list", "c_list", "steps")} for m in module.modules()
    }
    parameters = {n: (p.data_ptr(), p.detach().clone()) for n, p in module.named_parameters()}
    module.eval()

    visualizer = rnnbook.GradientVisualizer(module, True)
    visualizer.update_plots(weight_val=3.3, bias_val=0.1)
    visualizer.update_plots(weight_val=0, bias_val=0)

    assert not module.training
    for m, states in attributes.items():
        for name, value in states.items():
            assert m.__dict__.get(name) is value
    for name, p in module.named_parameters():
        assert p.data_ptr() == parameters[name][0]
        assert torch.equal(p, parameters[name][1])
        assert p.grad is None


def test_module_that_was_never_called_gets_no_states():
    module = ReadersRNN(3)
    rnnbook.GradientVisualizer(module, True).update_plots(1, 1)
    assert "h_list" not in module.__dict__


def test_recurrent_weights_alone():
    layer = rnnbook.RNNLayer(1, 4, nonlinearity=lambda a: a)
    visualizer = rnnbook.GradientVisualizer(layer, True, recurrent_only=True)
    got = visualizer.gradients(weight_val=0)
    # With W_hh = 0 and everything else kept, h_t is the input's share alone.
    assert torch.allclose(got.h[0], layer.input_linear(visualizer.x))
    assert float(got.dh[0][:, :-1].norm()) == 0


def test_recurrent_weights_are_found_by_the_readers_names():
    with pytest.raises(ValueError, match=r"recurrent_names to pick from \['from_input.weight'"):
        rnnbook.GradientVisualizer(ReadersRNN(3), True, recurrent_only=True)
    module = ReadersRNN(3)
    chosen = rnnbook.GradientVisualizer(
        module, True, recurrent_only=True, recurrent_names=["from_state"]
    )
    assert list(chosen.flow.recurrent) == ["from_state.weight"]
    assert chosen.flow.recurrent["from_state.weight"] is module.from_state.weight


def test_prints_the_numbers_it_draws(capsys):
    layer = rnnbook.RNNLayer(1, 4)
    visualizer = rnnbook.GradientVisualizer(layer, True)
    _, gradient_line, _ = visualizer.plot_visuals()
    drawn = gradient_line.get_ydata()
    visualizer.update_plots(1, 1)
    out = capsys.readouterr().out
    radius = torch.linalg.eigvals(layer.hidden_linear.weight).abs().max()
    assert f"hidden_linear.weight: {radius:.3g}" in out
    assert "|dL/dh_t| " + " ".join(f"{value:.3g}" for value in drawn) in out


def test_says_which_sequence_it_reads(capsys):
    visualizer = rnnbook.GradientVisualizer(rnnbook.RNNLayer(1, 2), True, seq_len=12)
    x = visualizer.x[0, :10, 0].tolist()
    written = ", ".join(f"{number:.2f}" for number in x)
    assert f"Data point: x=[{written}, … 2 more], y=[" in capsys.readouterr().out


def test_follows_the_modules_dtype():
    visualizer = rnnbook.GradientVisualizer(rnnbook.GRULayer(1, 3).double(), False)
    assert visualizer.gradients().dh[0].dtype == torch.float64


def test_refuses_what_it_cannot_follow():
    with pytest.raises(TypeError, match=r"expected a torch\.nn\.Module"):
        rnnbook.GradientVisualizer(lambda x: x, True)
    module = nn.Linear(1, 1)
    module.hidden_size = 1
    with pytest.raises(TypeError, match="cannot follow the states of this Linear"):
        rnnbook.GradientVisualizer(module, True)
    with pytest.raises(ValueError, match="this module was made for 2"):
        rnnbook.GradientVisualizer(rnnbook.RNNLayer(2, 3), True)
    visualizer = rnnbook.GradientVisualizer(rnnbook.RNNLayer(1, 3), True)
    with pytest.raises(ValueError, match="weight_val is nan"):
        visualizer.update_plots(weight_val=float("nan"))
