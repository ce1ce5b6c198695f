"""The figure's Lyapunov exponent against tangent vectors in PyTorch, and against closed forms."""

import math

import pytest
import torch
from torch import Tensor
from torch.func import jacrev, vmap

import rnnbook
from rnnbook.draws import Draws
from rnnbook.figures.schema import complete_state
from tests.node import evaluate

SKIPPED, STEPS = 100, 1000
APART = 1e-8
DRIVEN = [
    {"weight_scale": 1.2, "bias_scale": 0.5},
    {"weight_scale": 2.0, "hidden_size": 10, "seed": 1},
    {"weight_scale": -1.5, "nonlinearity": "sigmoid", "seed": 2},
    {"weight_scale": 0.9, "nonlinearity": "identity", "hidden_size": 32, "seed": 3},
    {"weight_scale": 3.0, "hidden_size": 1, "seed": 4},
    {"cell": "lstm", "forget_bias": 2, "seed": 5},
    {"cell": "lstm", "weight_scale": 2.0, "recurrent_only": True, "hidden_size": 8},
    {"cell": "lstm", "weight_scale": -1.0, "hidden_size": 24, "forget_bias": -1},
    {"cell": "gru", "forget_bias": 1.5, "seed": 6},
    {"cell": "gru", "weight_scale": 2.5, "hidden_size": 5},
    {"cell": "gru", "weight_scale": -0.5, "hidden_size": 32, "seed": 7},
    {"weight_scale": 1.6, "bias_scale": -3, "seed": 8, "hidden_size": 64},
]
LARGE = {"weight_scale": 5, "recurrent_only": True, "hidden_size": 32}
CHAOTIC = [
    *({**LARGE, "seed": seed} for seed in (0, 1, 2, 4, 5, 6)),
    *({**LARGE, "cell": "gru", "forget_bias": -5, "seed": seed} for seed in (0, 1)),
    {**LARGE, "cell": "lstm", "hidden_size": 48, "forget_bias": 2, "bias_scale": 0},
]


def in_javascript(states: list[dict]) -> list[float | None]:
    """The figure's exponents; infinite ones come as text."""
    return evaluate(
        'import { largestExponent } from "FIGURES/core/chaos.mjs";',
        "given.map((s) => { const found = largestExponent(s); "
        "return Number.isFinite(found) ? found : String(found); })",
        [complete_state("gradient-flow", state) for state in states],
    )


def step(cell: str, phi, p: dict[str, Tensor], before: Tensor, x: Tensor) -> Tensor:
    """The state (h, or h and c) after one step, the equations once more."""
    H = p["W_hh"].shape[1]
    h = before[:H]
    into, back = p["W_xh"] @ x + p["b"], p["W_hh"] @ h
    if cell == "rnn":
        return phi(into + back)
    if cell == "gru":
        r, z = torch.sigmoid((into + back)[: 2 * H]).split(H)
        n = torch.tanh(into[2 * H :] + r * (back[2 * H :] + p["b_hn"]))
        return (1 - z) * n + z * h
    i, f, g, o = (into + back).split(H)
    c = torch.sigmoid(f) * before[H:] + torch.sigmoid(i) * torch.tanh(g)
    return torch.cat([torch.sigmoid(o) * torch.tanh(c), c])


def growths(state: dict) -> tuple[Tensor, Tensor]:
    """Along the figure's inputs, how much each step stretches a tangent vector; and the states."""
    full = complete_state("gradient-flow", state)
    model, _, _ = rnnbook.gradient_flow_network(**state)
    layer = model.recurrent_net
    p = {
        "W_xh": layer.input_linear.weight.detach(),
        "W_hh": layer.hidden_linear.weight.detach(),
        "b": layer.input_linear.bias.detach(),
        "b_hn": getattr(layer, "b_hn", torch.zeros(1)).detach(),
    }
    phi = getattr(layer, "nonlinearity", torch.tanh)
    x = torch.tensor(Draws(full["seed"], 0).normals(SKIPPED + STEPS)).double()[:, None]
    states = [torch.zeros(p["W_hh"].shape[1] * (2 if full["cell"] == "lstm" else 1)).double()]
    for value in x:
        states.append(step(full["cell"], phi, p, states[-1], value))
    befores = torch.stack(states[:-1])
    one_step = jacrev(lambda s, value: step(full["cell"], phi, p, s, value))
    jacobians = vmap(one_step, chunk_size=100)(befores, x)
    way = torch.tensor(Draws(full["seed"], 7).normals(2 * full["hidden_size"])).double()
    way = way[: befores.shape[1]] / way[: befores.shape[1]].norm()
    logs = []
    for J in jacobians:
        way = J @ way
        logs.append(way.norm().log())
        way = way / way.norm()
    return torch.stack(logs)[SKIPPED:], befores


def tolerance(state: dict, logs: Tensor, befores: Tensor) -> float:
    """What two runs at a finite distance may be off by, to first order, over the steps.

    Rounding moves each run by units in the last place of its state, a distance that is to be held
    against the runs' own; and at that distance the curvature of φ counts.
    """
    model, _, _ = rnnbook.gradient_flow_network(**state)
    W = model.recurrent_net.hidden_linear.weight.detach()
    pull = 1 + torch.linalg.matrix_norm(W, 2).item()
    rounding = 2**-52 / APART * pull * (1 + befores[SKIPPED:].norm(dim=1))
    return ((rounding + APART * pull**2) / logs.exp()).mean().item()


def test_it_is_the_tangent_vectors_where_nothing_is_chaotic():
    for state, exponent in zip(DRIVEN, in_javascript(DRIVEN), strict=True):
        logs, befores = growths(state)
        off = abs(exponent - logs.mean().item())
        assert off <= tolerance(state, logs, befores), state


def test_it_is_the_tangent_vectors_in_the_mean_where_all_is_chaotic():
    """Rounding soon parts the two trajectories, so two samples of 1000 steps are compared.

    The error of a sample's mean is that of the means of its 20 stretches of 50 steps.
    """
    differences, errors = [], []
    for state, exponent in zip(CHAOTIC, in_javascript(CHAOTIC), strict=True):
        logs, _ = growths(state)
        error = math.sqrt(2 / 20) * logs.reshape(20, 50).mean(dim=1).std().item()
        assert exponent > 0.03, state
        assert abs(exponent - logs.mean().item()) <= 4.5 * error, state
        differences.append(exponent - logs.mean().item())
        errors.append(error)
    assert abs(sum(differences)) <= 3 * math.hypot(*errors)


def test_of_a_stable_linear_network_it_is_the_log_of_the_spectral_radius():
    """Within (ln κ) / steps, κ the condition number of the eigenvectors."""
    states = [
        {"nonlinearity": "identity", "weight_scale": 1.2, "hidden_size": H, "seed": H}
        for H in (1, 2, 3, 5, 8, 16, 32, 64)
    ]
    for state, exponent in zip(states, in_javascript(states), strict=True):
        model, _, _ = rnnbook.gradient_flow_network(**state)
        values, vectors = torch.linalg.eig(model.recurrent_net.hidden_linear.weight.detach())
        within = torch.linalg.cond(vectors).log().item() / STEPS + 1e-6  # 1e-6: rounding
        assert abs(exponent - values.abs().max().log().item()) <= within, state


@pytest.mark.parametrize(
    ("state", "exponent"),
    [
        ({"nonlinearity": "identity", "weight_scale": 3}, "Infinity"),
        ({"nonlinearity": "relu", "weight_scale": 5}, "Infinity"),
        ({"weight_scale": 0}, "-Infinity"),
    ],
)
def test_a_state_that_runs_away_and_states_that_meet(state, exponent):
    assert in_javascript([state]) == [exponent]
