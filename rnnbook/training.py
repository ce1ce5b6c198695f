"""The training loop that the chapters print, and the course's comparison of four networks."""

import os
from collections.abc import Callable

import torch
from torch import nn
from torch.optim import Optimizer
from tqdm.auto import trange

from rnnbook.networks import LSTM, RNN, RecurrentRegressionModel
from rnnbook.tasks import cost_of_doing_nothing, generate_batch, loss_fn
from rnnbook.validation import require_module, require_size

# tqdm reads this variable itself, except in a notebook; the book's build sets it.
SILENT = os.environ.get("TQDM_DISABLE") == "1"


def train(
    model: nn.Module,
    optimizer: Optimizer,
    num_batches: int,
    last_timestep_only: bool,
    seq_len: int = 10,
    batch_size: int = 32,
) -> list[float]:
    """Fit a regression model to the running mean; a progress bar shows how far it is.

    Parameters
    ----------
    model : Module
        ``model(x)`` returns predictions (batch, time, 1) first.
    optimizer : Optimizer
        Of the model's parameters.
    num_batches : int
        Fresh batches, one step each.
    last_timestep_only : bool
        Ask for the mean of the whole sequence at its end, or for the running mean at every step.
    seq_len, batch_size : int

    Returns
    -------
    list of float
        The loss of every batch, before its step.

    Raises
    ------
    TypeError, ValueError
        If the model is no module, a size is not a whole number of at least 1, or predictions and
        targets differ in shape.
    """
    require_module("model", model)
    require_size("num_batches", num_batches)
    model.train()
    losses = []
    progress = trange(num_batches, disable=SILENT)
    for batch in progress:
        x, y = generate_batch(seq_len, batch_size)
        pred = model(x)[0]
        loss = loss_fn(pred, y, last_timestep_only)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if batch % 100 == 0:
            recent = losses[-10:]
            progress.set_description(f"batch {batch}, loss {sum(recent) / len(recent):.3e}")
    return losses


NETWORKS: dict[str, Callable[[int], nn.Module]] = {
    "rnn_1_layer": lambda hidden_size: RNN(1, hidden_size, 1),
    "lstm_1_layer": lambda hidden_size: LSTM(1, hidden_size, 1),
    "rnn_2_layer": lambda hidden_size: RNN(1, hidden_size, 2),
    "lstm_2_layer": lambda hidden_size: LSTM(1, hidden_size, 2),
}


def train_all(
    hidden_size: int, lr: float, num_batches: int, last_timestep_only: bool
) -> tuple[list[RecurrentRegressionModel], list[list[float]]]:
    """Train an RNN and an LSTM of one and of two layers, and draw losses and predictions.

    Parameters
    ----------
    hidden_size : int
        Units of every layer.
    lr : float
        Adam's step size, above 0.
    num_batches : int
    last_timestep_only : bool

    Returns
    -------
    models : list of RecurrentRegressionModel
    losses : list of list of float
        One list a model, in the order RNN 1, LSTM 1, RNN 2, LSTM 2.

    Raises
    ------
    TypeError, ValueError
        If a size is not a whole number of at least 1 or lr is not above 0.

    Notes
    -----
    Chapter: *Depth*, where the comparison is read.
    """
    from rnnbook.plots import plot_losses, plot_predictions  # matplotlib only where it is drawn

    require_size("num_batches", num_batches)
    if not lr > 0:
        raise ValueError(f"lr is {lr}; expected a step size above 0, for example 1e-3.")
    models = [RecurrentRegressionModel(make(hidden_size)) for make in NETWORKS.values()]
    losses = []
    for model in models:
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        losses.append(train(model, optimizer, num_batches, last_timestep_only))
    plot_losses(dict(zip(NETWORKS, losses)), float(cost_of_doing_nothing(10, last_timestep_only)))
    x, y = generate_batch(seq_len=10, batch_size=4)
    with torch.no_grad():
        predictions = {name: model(x)[0] for name, model in zip(NETWORKS, models)}
    for b in range(len(x)):
        own = {name: pred[b] for name, pred in predictions.items()}
        plot_predictions(x[b], y[b], own, last_timestep_only)
    return models, losses
