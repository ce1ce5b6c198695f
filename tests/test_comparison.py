"""The course's comparison: its stream of random numbers, its gates, and the file of five seeds."""

import json

import pytest
import torch
import torch.nn.functional as F

import rnnbook
from tools import ROOT

KEPT = json.loads((ROOT / "rnnbook" / "data" / "course-experiment.json").read_text("utf-8"))
TARGETS = ("every step", "last step")
SMALL = {"rnn": lambda: rnnbook.RNN(1, 3, 1), "lstm": lambda: rnnbook.LSTM(1, 3, 2)}


def by_hand(seed, num_batches, lr):
    """The same runs with a loop written out, the stream used in the course's order."""
    torch.manual_seed(seed)
    losses = {}
    for target in TARGETS:
        models = {name: rnnbook.RecurrentRegressionModel(make()) for name, make in SMALL.items()}
        for name, model in models.items():
            steps = torch.optim.Adam(model.parameters(), lr=lr)
            losses[target, name] = []
            for _ in range(num_batches):
                x = torch.randn(32, 10, 1)
                y = x.cumsum(1) / torch.arange(1, 11)[:, None]
                pred = model(x)[0]
                last = target == "last step"
                loss = F.mse_loss(pred[:, -1], y[:, -1]) if last else F.mse_loss(pred, y)
                losses[target, name].append(loss.item())
                steps.zero_grad()
                loss.backward()
                steps.step()
        torch.randn(4, 10, 1)
    return losses


def test_the_comparison_is_a_loop_by_hand():
    """Fused kernels and stepped layers add in another order: equal to 1e-5 relative."""
    _, losses = rnnbook.compare_networks(SMALL, 3, lr=0.01, num_batches=5)
    expected = by_hand(3, 5, lr=0.01)
    assert list(losses) == list(expected)
    for where, curve in losses.items():
        assert curve == pytest.approx(expected[where], rel=1e-5)


def test_what_is_skipped_uses_its_part_of_the_stream():
    models, losses = rnnbook.compare_networks(SMALL, 1, num_batches=4)
    rest, fewer = rnnbook.compare_networks(SMALL, 1, num_batches=4, skip=["rnn"])
    assert list(fewer) == list(rest) == [(target, "lstm") for target in TARGETS]
    assert all(fewer[where] == losses[where] for where in fewer)
    assert list(models) == list(losses)


def test_another_seed_is_another_run():
    first, second = (rnnbook.compare_networks(SMALL, s, num_batches=2)[1] for s in (0, 1))
    assert all(first[where] != second[where] for where in first)


def test_the_trained_models_are_returned():
    models, losses = rnnbook.compare_networks(SMALL, 0, lr=0.05, num_batches=60)
    x, y = rnnbook.generate_batch(10, 256, generator=0)
    for (target, name), model in models.items():
        loss = rnnbook.loss_fn(model(x)[0], y, target == "last step").item()
        assert loss < 0.8 * losses[target, name][0]


def test_course_gates_exchange_the_third_and_the_fourth_block():
    """The course's equations, its gates stacked i, f, o, g, give what our layer then gives."""
    torch.manual_seed(0)
    layer = rnnbook.LSTMLayer(2, 3)
    W_x, b, W_h = (p.detach().clone() for p in layer.parameters())
    rnnbook.course_gates_(layer)
    x = torch.randn(4, 6, 2)
    h = c = torch.zeros(4, 3)
    for t in range(6):
        i, f, o, g = (x[:, t] @ W_x.T + b + h @ W_h.T).chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
    all_h, _ = layer(x)
    assert torch.allclose(all_h[:, -1], h, atol=1e-6)


def test_the_score_is_the_mean_of_ten_batches():
    losses = [1.0] * 5000
    losses[4891:4901] = range(10)
    assert rnnbook.course_score(losses) == 4.5
    with pytest.raises(ValueError, match="losses has 4900 entries; expected at least 4901"):
        rnnbook.course_score(losses[:4900])


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"num_batches": 0}, ValueError, "num_batches is 0; expected at least 1"),
        ({"num_batches": 1.5}, TypeError, r"num_batches is 1\.5"),
        ({"lr": 0}, ValueError, "lr is 0; expected a step size above 0"),
        ({"skip": ["gru"]}, ValueError, r"skip names \['gru'\]; expected some of"),
    ],
)
def test_wrong_arguments(options, error, sentence):
    with pytest.raises(error, match=sentence):
        rnnbook.compare_networks(SMALL, 0, **{"num_batches": 1} | options)


def test_course_gates_want_an_lstm():
    with pytest.raises(TypeError, match="this RNN holds no LSTMLayer; expected one"):
        rnnbook.course_gates_(rnnbook.RNN(1, 2, 1))


# The file of five seeds


@pytest.mark.parametrize("seed", KEPT["seeds"])
def test_the_file_begins_as_training_does(seed):
    """The first run of each seed, its first hundred batches; to a thousandth between machines."""
    torch.manual_seed(seed)
    makers = [rnnbook.RNN, rnnbook.LSTM, rnnbook.RNN, rnnbook.LSTM]
    models = [
        rnnbook.RecurrentRegressionModel(make(1, 32, 1 + i // 2)) for i, make in enumerate(makers)
    ]
    check_start(models[0], KEPT["course"]["every step"]["rnn_1_layer"]["means"][seed])


@pytest.mark.parametrize(("group", "width"), [("wide", 55), ("as_lstm", 64)])
@pytest.mark.parametrize("seed", KEPT["seeds"])
def test_the_wide_runs_begin_as_training_does(seed, group, width):
    torch.manual_seed(seed)
    model = rnnbook.RecurrentRegressionModel(rnnbook.RNN(1, width, 1))
    check_start(model, KEPT[group]["every step"][f"rnn_1_layer_{width}_units"]["means"][seed])


def check_start(model, means):
    size = KEPT["batches_in_a_mean"]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    losses = torch.tensor(rnnbook.train(model, optimizer, 2 * size, False))
    assert losses.reshape(2, size).mean(dim=1).tolist() == pytest.approx(means[:2], rel=1e-3)


def test_the_file_is_whole():
    size = KEPT["batches_in_a_mean"]
    assert KEPT["command"] == "python -m tools.course_experiment"
    assert set(KEPT["versions"]) == {"python", "torch"}
    for group in ("course", "wide", "pytorch_start", "torch"):
        for target in TARGETS:
            for name, run in KEPT[group][target].items():
                assert len(run["scores"]) == len(run["means"]) == len(KEPT["seeds"]) == 5, name
                for score, means in zip(run["scores"], run["means"], strict=True):
                    assert len(means) == 5000 // size
                    # ten of the last batches against a hundred of them
                    assert 0.4 < score / (sum(means[-3:-1]) / 2) < 2.5
