"""The points of the figure's plane and its largest singular value against PyTorch's."""

import random

import torch

import rnnbook
from tests.node import evaluate

BOUND = 1e-12  # of ‖W‖: both are backward stable, so for well-conditioned eigenvalues


def test_eigenvalues_and_largest_singular_value_of_every_size():
    """300 random draws; eigenvalues are paired with the nearest, which must be a pairing."""
    choose = random.Random(28)
    states = [
        {
            "hidden_size": 1 + n % 64,
            "seed": choose.randrange(2**32),
            "weight_scale": round(0.05 * choose.randint(-100, 100), 2),
        }
        for n in range(300)
    ]
    found = evaluate(
        'import { scaledSpectrum } from "FIGURES/core/paths.mjs";',
        "given.map((state) => scaledSpectrum(state))",
        states,
    )
    worst = 0.0
    for state, spectrum in zip(states, found, strict=True):
        model, _, _ = rnnbook.gradient_flow_network(**state)
        W = model.recurrent_net.hidden_linear.weight.detach()
        norm = rnnbook.spectral_norm(W).item()
        ours = torch.tensor(
            [complex(z["re"], z["im"]) for z in spectrum["points"]], dtype=torch.complex128
        )
        exact = torch.linalg.eigvals(W)
        apart, nearest = (ours[:, None] - exact).abs().min(dim=1)
        assert sorted(nearest.tolist()) == list(range(state["hidden_size"])) or norm == 0
        assert apart.max().item() <= BOUND * norm, state
        assert abs(spectrum["norm"] - norm) <= BOUND * norm, state
        assert (ours.abs().diff() <= 1e-7 * norm).all(), "the largest first"
        if norm:
            worst = max(worst, apart.max().item() / norm)
    print(f"eigenvalues of {len(states)} draws: off by at most {worst:.1e} of the norm")
