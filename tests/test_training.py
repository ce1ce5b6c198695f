"""The training loop equals one written out here; it repeats, and is silent when asked."""

import copy
import os
import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import rnnbook


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    plt.close("all")


def new_model(seed: int = 0):
    torch.manual_seed(seed)
    return rnnbook.RecurrentRegressionModel(rnnbook.LSTM(1, 4, 2))


@pytest.mark.parametrize("last_timestep_only", [False, True])
@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.SGD])
def test_training_is_a_loop_by_hand(last_timestep_only, optimizer):
    model = new_model()
    twin = copy.deepcopy(model)
    torch.manual_seed(1)
    losses = rnnbook.train(
        model,
        optimizer(model.parameters(), lr=0.05),
        num_batches=6,
        last_timestep_only=last_timestep_only,
        seq_len=7,
        batch_size=5,
    )
    torch.manual_seed(1)
    steps = optimizer(twin.parameters(), lr=0.05)
    for batch in range(6):
        x = torch.randn(5, 7, 1)
        y = x.cumsum(1) / torch.arange(1, 8)[:, None]
        pred = twin(x)[0]
        loss = F.mse_loss(pred[:, -1], y[:, -1]) if last_timestep_only else F.mse_loss(pred, y)
        assert losses[batch] == loss.item()
        twin.zero_grad()
        loss.backward()
        steps.step()
    for mine, want in zip(model.parameters(), twin.parameters()):
        assert torch.equal(mine, want)
    assert len(losses) == 6
    assert all(type(loss) is float for loss in losses)


def test_ten_steps_and_thirty_two_sequences_are_the_default():
    seen = []

    class Spy(nn.Module):
        def __init__(self):
            super().__init__()
            self.readout = nn.Linear(1, 1)

        def forward(self, x):
            seen.append((tuple(x.shape), self.training))
            return self.readout(x), None

    model = Spy().eval()
    rnnbook.train(model, torch.optim.SGD(model.parameters(), lr=0.1), 2, False)
    assert seen == [((32, 10, 1), True)] * 2


def test_training_lowers_the_loss():
    model = new_model()
    losses = rnnbook.train(model, torch.optim.Adam(model.parameters(), lr=0.01), 150, True)
    assert sum(losses[-20:]) < 0.5 * sum(losses[:20])


def all_four(seed: int, **options):
    torch.manual_seed(seed)
    return rnnbook.train_all(hidden_size=3, lr=0.01, num_batches=4, **options)


@pytest.mark.parametrize("last_timestep_only", [False, True])
def test_train_all_trains_the_courses_four_networks_in_order(last_timestep_only):
    models, losses = all_four(2, last_timestep_only=last_timestep_only)
    assert [type(m) for m in models] == [rnnbook.RecurrentRegressionModel] * 4
    kinds = [(type(m.recurrent_net), m.recurrent_net.num_layers) for m in models]
    R, L = rnnbook.RNN, rnnbook.LSTM
    assert kinds == [(R, 1), (L, 1), (R, 2), (L, 2)]
    assert [len(column) for column in losses] == [4] * 4
    assert {m.recurrent_net.hidden_size for m in models} == {3}
    # the same by hand: all four are drawn first, then trained one after the other
    torch.manual_seed(2)
    twins = [rnnbook.RecurrentRegressionModel(kind(1, 3, depth)) for kind, depth in kinds]
    for model, twin, column in zip(models, twins, losses):
        optimizer = torch.optim.Adam(twin.parameters(), lr=0.01)
        assert rnnbook.train(twin, optimizer, 4, last_timestep_only) == column
        for mine, want in zip(model.parameters(), twin.parameters()):
            assert torch.equal(mine, want)


def test_a_seed_repeats():
    first, second, other = (all_four(seed, last_timestep_only=True)[1] for seed in (5, 5, 6))
    assert first == second
    assert first != other


def test_train_all_draws_losses_and_predictions():
    all_four(2, last_timestep_only=False)
    axes = [ax for number in plt.get_fignums() for ax in plt.figure(number).axes]
    labels = {label for ax in axes for label in ax.get_legend_handles_labels()[1]}
    assert {"rnn_1_layer", "lstm_1_layer", "rnn_2_layer", "lstm_2_layer"} <= labels
    assert len(axes) >= 5, "the losses, and four sequences"


def progress_on_stderr(**environment: str) -> str:
    code = (
        "import torch, rnnbook\n"
        "model = rnnbook.RecurrentRegressionModel(rnnbook.RNN(1, 2, 1))\n"
        "optimizer = torch.optim.Adam(model.parameters())\n"
        "print(len(rnnbook.train(model, optimizer, 3, False)))\n"
    )
    clean = {k: v for k, v in os.environ.items() if k != "TQDM_DISABLE"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "3\n"
    return done.stderr


def test_the_bar_is_silent_in_an_executed_build():
    assert progress_on_stderr(TQDM_DISABLE="1") == ""


def test_the_bar_shows_how_far_it_is():
    bar = progress_on_stderr()
    assert "3/3" in bar
    assert "batch 0, loss " in bar


# --- errors ----------------------------------------------------------------------------------


class WrongShape(nn.Module):
    def __init__(self):
        super().__init__()
        self.readout = nn.Linear(1, 1)

    def forward(self, x):
        return self.readout(x)[:, :, 0], None


def test_predictions_that_would_be_broadcast_are_refused():
    model = WrongShape()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"pred has shape \(32, 10\) and y has \(32, 10, 1\)"):
        rnnbook.train(model, optimizer, 1, False)


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"num_batches": 0}, ValueError, "num_batches is 0; expected at least 1"),
        ({"num_batches": 2.5}, TypeError, r"num_batches is 2\.5"),
        ({"seq_len": 0}, ValueError, "seq_len is 0"),
        ({"batch_size": -1}, ValueError, "batch_size is -1"),
        ({"model": "net"}, TypeError, "model is a str; expected a torch.nn.Module"),
    ],
)
def test_wrong_arguments_of_train(arguments, error, sentence):
    model = new_model()
    options = {"model": model, "num_batches": 1, "last_timestep_only": False} | arguments
    options["optimizer"] = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(error, match=sentence):
        rnnbook.train(**options)


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"num_batches": 0}, ValueError, "num_batches is 0"),
        ({"hidden_size": 0}, ValueError, "hidden_size is 0"),
        ({"hidden_size": "3"}, TypeError, "hidden_size is '3'"),
        ({"lr": 0}, ValueError, "lr is 0; expected"),
        ({"lr": -0.1}, ValueError, r"lr is -0\.1"),
    ],
)
def test_wrong_arguments_of_train_all(arguments, error, sentence):
    options = {"hidden_size": 3, "lr": 0.1, "num_batches": 1, "last_timestep_only": False}
    with pytest.raises(error, match=sentence):
        rnnbook.train_all(**options | arguments)
