"""The figure of a reader's module: what crosses to the page is what PyTorch computes."""

import json

import pytest
import torch
from bs4 import BeautifulSoup
from readers import ReaderLSTM, ReaderRNN, ReaderStack, Stepper, Wrapped
from torch import nn

import rnnbook
from rnnbook.gradient_flow import row_norms

MODULES = {
    "layer": lambda: rnnbook.RNNLayer(1, 4),
    "lstm": lambda: rnnbook.LSTMLayer(1, 4),
    "gru": lambda: rnnbook.GRULayer(1, 4),
    "stack": lambda: rnnbook.LSTM(1, 4, 3),
    "torch rnn, time first": lambda: nn.RNN(1, 4),
    "torch lstm": lambda: nn.LSTM(1, 4, num_layers=2, batch_first=True),
    "torch gru": lambda: nn.GRU(1, 4),
    "torch cell": lambda: nn.LSTMCell(1, 4),
    "h_list": lambda: ReaderRNN(1, 4),
    "c_list": lambda: ReaderLSTM(1, 4),
    "stack of the reader's": lambda: ReaderStack([ReaderLSTM(1, 4), ReaderLSTM(4, 3)]),
    "takes and returns a state": lambda: Stepper(rnnbook.GRULayer(1, 4)),
    "around torch.nn": lambda: Wrapped(nn.GRU(1, 4, batch_first=True)),
}
MOVED = {"weight_scale": 1.7, "bias_scale": -0.5, "seq_len": 12, "seed": 3}


class Fails(nn.Module):
    """A layer that fails where its weights are large."""

    hidden_size = 4

    def __init__(self) -> None:
        super().__init__()
        self.layer = rnnbook.RNNLayer(1, 4)
        self.calls = 0

    def forward(self, x, h=None):
        self.calls += 1
        if float(self.layer.hidden_linear.weight.detach().abs().max()) > 1:
            raise RuntimeError("too large\nand more")
        return self.layer(x, h)


def live(module, last_timestep_only=True, **given):
    return rnnbook.GradientVisualizer(module, last_timestep_only, **given).create_visualization()


def move(shown, **state):
    """Set the state as a page does: all of it in one message."""
    shown.set_state(state)
    return {curve["label"]: curve for curve in shown.result["curves"]}


def names(shown) -> list[str]:
    return [field["name"] for field in shown.schema["state"]]


@pytest.mark.parametrize("kind", MODULES)
def test_the_curves_are_the_lengths_of_state_gradients(kind):
    module = MODULES[kind]().double()
    visualizer = rnnbook.GradientVisualizer(module, True)
    shown = visualizer.create_visualization()
    curves = move(shown, **MOVED, last_timestep_only=False)
    assert shown.result["error"] == ""
    x, y = visualizer.flow.data(3, 12)
    read_out = visualizer.flow.read_out(3)
    with torch.no_grad():
        for p in module.parameters():
            p.mul_(1.7 if p.dim() == 2 else -0.5)
    flow = rnnbook.state_gradients(module, x, lambda h: rnnbook.loss_fn(read_out(h), y))
    depth = len(flow.h)
    for label, layers in {
        "|h_t|": flow.h,
        "|c_t|": flow.c,
        "|dL/dh_t|": flow.dh,
        "|dL/dc_t|": flow.dc,
    }.items():
        for number, values in enumerate(layers, start=1):
            curve = curves.pop(f"{label} of layer {number}" if depth > 1 else label)
            assert curve["values"] == pytest.approx(list(row_norms(values)), rel=1e-12)
            assert set(curve["kinds"]) == {"number"}
    assert curves == {}


@pytest.mark.parametrize("state", [{}, {"weight_scale": 2.5, "seq_len": 40, "seed": 7, "mode": 3}])
def test_the_figures_own_network_shows_the_figures_own_numbers(state):
    model, _, _ = rnnbook.gradient_flow_network(**{**state, "weight_scale": 1.0})
    shown = live(model.recurrent_net)
    curves = move(shown, **state)
    table = rnnbook.gradient_flow_table(**state)
    assert list(curves) == list(table.columns)
    for label, values in table.columns.items():
        assert curves[label]["values"] == pytest.approx(list(values), rel=1e-9)
        assert curves[label]["kinds"] == table.kinds[label]


def test_points_are_the_scaled_eigenvalues_the_largest_first():
    layer = rnnbook.RNNLayer(1, 5).double()
    shown = live(layer)
    shown.weight_scale = -2.0
    points = [complex(p["re"], p["im"]) for p in shown.result["points"]]
    expected = torch.linalg.eigvals(-2 * layer.hidden_linear.weight.detach()).tolist()
    assert [abs(z) for z in points] == pytest.approx(sorted(map(abs, expected), reverse=True))
    assert all(min(abs(z - point) for point in points) < 1e-12 for z in expected)
    assert live(rnnbook.LSTMLayer(1, 5)).result["points"] == []
    both = live(rnnbook.RNN(1, 5, 2))
    assert (len(both.result["points"]), both.result["matrices"]) == (10, 2)


def test_controls_are_those_that_apply():
    assert names(live(rnnbook.RNNLayer(1, 4))) == [
        "weight_scale",
        "bias_scale",
        "recurrent_only",
        "seq_len",
        "last_timestep_only",
        "seed",
        "mode",
    ]
    assert "mode" not in names(live(nn.LSTM(1, 4)))
    assert "recurrent_only" not in names(live(ReaderRNN(1, 4)))
    assert "recurrent_only" in names(
        rnnbook.GradientVisualizer(
            ReaderRNN(1, 4), True, recurrent_names=["from_state"]
        ).create_visualization()
    )
    assert "bias_scale" not in names(live(nn.RNN(1, 4, bias=False)))


def test_controls_depend_on_no_control_that_is_not_there():
    shown = live(rnnbook.RNNLayer(1, 70), seq_len=300)
    fields = {field["name"]: field for field in shown.schema["state"]}
    assert (fields["mode"]["max"], fields["seq_len"]["max"]) == (70, 300)
    assert not any({"most", "only"} & set(field) for field in fields.values())


def test_traits_refuse_what_the_schema_refuses():
    shown = live(rnnbook.RNNLayer(1, 4))
    with pytest.raises(ValueError, match=r"weight_scale is 9; expected a multiple of 0\.05"):
        shown.weight_scale = 9
    with pytest.raises(TypeError, match="seq_len is '5'"):
        shown.seq_len = "5"
    assert shown.result["state"] == shown.initial


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_what_is_not_finite_crosses_as_null(dtype):
    layer = rnnbook.RNNLayer(1, 16, nonlinearity=lambda a: a).to(dtype)
    shown = live(layer, seq_len=200)
    curves = move(shown, weight_scale=5.0)
    json.dumps(shown.result, allow_nan=False)
    kinds = curves["|dL/dh_t|"]["kinds"]
    values = curves["|dL/dh_t|"]["values"]
    assert ("overflow" in kinds) == (dtype != torch.float64)
    assert all((value is None) == (kind == "overflow") for value, kind in zip(values, kinds))


def test_one_message_is_one_computation_and_the_same_state_none():
    module = Fails()
    shown = live(module)
    calls = module.calls
    move(shown, weight_scale=0.5, bias_scale=0.5, seq_len=7)
    assert module.calls - calls == calls_of_one_run(module)
    calls = module.calls
    move(shown, weight_scale=0.5, seq_len=7)
    assert module.calls == calls


def calls_of_one_run(module) -> int:
    before = module.calls
    rnnbook.unroll(module, torch.ones(1, 7, 1))
    return module.calls - before


def test_a_module_that_fails_is_a_sentence_and_the_figure_goes_on():
    module = Fails()
    shown = live(module)
    good = shown.result["curves"]
    shown.weight_scale = 5.0
    assert shown.result["error"] == (
        "With these settings the module fails: RuntimeError: too large"
    )
    assert shown.result["state"]["weight_scale"] == 5.0
    assert shown.result["curves"] == good
    shown.weight_scale = 0.5
    assert shown.result["error"] == ""
    assert shown.result["curves"] != good
    assert float(module.layer.hidden_linear.weight.detach().abs().max()) <= 0.5


def test_module_buffers_and_random_numbers_are_left_as_they_were():
    class Normed(nn.Module):
        hidden_size = 4

        def __init__(self):
            super().__init__()
            self.layer, self.norm = rnnbook.RNNLayer(1, 4), nn.BatchNorm1d(4)

        def forward(self, x):
            all_h, last_h = self.layer(nn.functional.dropout(x, 0.5))
            self.norm(all_h[0])
            return all_h, last_h

    module = Normed()
    state = {name: value.clone() for name, value in module.state_dict().items()}
    random = torch.random.get_rng_state()
    shown = live(module)
    first = move(shown, weight_scale=2.0)
    again = move(live(module), weight_scale=2.0)
    assert first == again  # dropout too: the figure does not flicker
    assert torch.equal(random, torch.random.get_rng_state())
    for name, value in module.state_dict().items():
        assert torch.equal(value, state[name]), name


def test_without_a_kernel_it_is_a_picture_with_its_numbers():
    shown = live(rnnbook.LSTM(1, 4, 2), False, seq_len=6)
    bundle = shown._repr_mimebundle_()[0]
    assert "application/vnd.jupyter.widget-view+json" in bundle
    html = BeautifulSoup(bundle["text/html"], "html.parser")
    picture = html.find("img")
    assert picture["src"].startswith("data:image/svg+xml;base64,")
    first = rnnbook.gradient_flow.format_number(shown.result["curves"][0]["values"][0])
    assert f"|h_t| of layer 1 is {first} at step 1" in picture["alt"]
    assert "open the chapter in JupyterLab and run the cell" in html.find("figcaption").get_text()
    heads = [head.get_text() for head in html.find_all("th", scope="col")]
    labels = [curve["label"].replace("_t", "t") for curve in shown.result["curves"]]
    assert heads == ["t", *labels]
    assert len(html.find_all("th", scope="row")) == 6
    assert bundle["text/html"] == shown._repr_mimebundle_()[0]["text/html"]
    assert bundle["text/plain"] == "Gradient flow in LSTM"


def test_the_picture_of_an_overflow_is_drawn():
    shown = live(rnnbook.RNNLayer(1, 16, nonlinearity=lambda a: a), seq_len=200)
    shown.weight_scale = 5.0
    html = BeautifulSoup(shown.still(), "html.parser")
    assert "overflow" in html.find("table").get_text()


def test_refuses_a_whole_model_in_a_sentence():
    model = rnnbook.RecurrentRegressionModel(rnnbook.RNNLayer(1, 2))
    with pytest.raises(TypeError, match=r"give model\.recurrent_net"):
        rnnbook.GradientVisualizer(model, True)
