"""Draws: the right distribution, and the same bits in Python as in JavaScript."""

import math
import random

import pytest

from rnnbook import Draws
from tests.node import evaluate

NORMALS = 100_000


DRAWS = 'import { Draws } from "FIGURES/core/draws.mjs";'


def draw(expression: str, seed: int, stream: int = 0) -> list[float]:
    """Draw many in JavaScript, where it is fast; a test below holds Python to the same bits."""
    return evaluate(DRAWS, f"[...new Draws(...given).{expression}]", [seed, stream])


@pytest.fixture(scope="module")
def normals() -> list[float]:
    return sorted(draw(f"normals({NORMALS})", 12, 3))


def normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def kolmogorov_smirnov(ordered: list[float], cdf) -> float:
    """√n times the largest distance between the empirical and the exact distribution function."""
    n = len(ordered)
    exact = [cdf(v) for v in ordered]
    return math.sqrt(n) * max(max((i + 1) / n - p, p - i / n) for i, p in enumerate(exact))


def test_normals_have_the_normal_distribution(normals):
    # Kolmogorov's statistic exceeds 1.95 once in a thousand samples; this sample is fixed.
    assert kolmogorov_smirnov(normals, normal_cdf) < 1.95


def test_the_comparison_with_the_distribution_can_fail(normals):
    assert kolmogorov_smirnov([1.02 * v for v in normals], normal_cdf) > 1.95
    assert kolmogorov_smirnov([v + 0.02 for v in normals], normal_cdf) > 1.95


@pytest.mark.parametrize(("power", "moment"), [(1, 0), (2, 1), (3, 0), (4, 3), (6, 15)])
def test_normals_have_the_normal_moments(normals, power, moment):
    factor = math.prod(range(1, 2 * power, 2))  # E[z^2k] = (2k − 1)!!
    spread = math.sqrt((factor - moment**2) / NORMALS)
    mean = math.fsum(v**power for v in normals) / NORMALS
    assert abs(mean - moment) < 3.3 * spread  # once in a thousand


def test_tails_are_there(normals):
    beyond = sum(abs(v) > 3 for v in normals) / NORMALS
    chance = 2 * normal_cdf(-3)
    assert abs(beyond - chance) < 3.3 * math.sqrt(chance / NORMALS)


def test_uniforms_are_uniform():
    drawn = sorted(draw("uniforms(50000, 0.25)", 5))
    assert -0.25 <= drawn[0] < drawn[-1] < 0.25
    assert kolmogorov_smirnov(drawn, lambda v: (v + 0.25) / 0.5) < 1.95


def test_neighbouring_seeds_and_streams_are_unrelated():
    n = 20_000
    base = draw(f"normals({n})", 0)
    for seed, stream in [(1, 0), (0, 1), (1, 1), (2**32 - 1, 0)]:
        other = draw(f"normals({n})", seed, stream)
        correlation = math.fsum(a * b for a, b in zip(base, other)) / n
        assert abs(correlation) < 3.3 / math.sqrt(n)


def test_python_and_javascript_draw_the_same_bits():
    choose = random.Random(0)
    wanted = [[choose.randrange(2**32), choose.randrange(2**32)] for _ in range(150)]
    wanted += [[0, 0], [2**32 - 1, 0], [0, 2**32 - 1], [2**32 - 1, 2**32 - 1]]
    theirs = evaluate(
        DRAWS,
        """given.map(([seed, stream]) => {
          const draws = new Draws(seed, stream);
          return [draws.integer(), ...draws.uniforms(5, 0.3), ...draws.normals(40)];
        })""",
        wanted,
    )
    for (seed, stream), numbers in zip(wanted, theirs, strict=True):
        draws = Draws(seed, stream)
        assert [draws.integer(), *draws.uniforms(5, 0.3), *draws.normals(40)] == numbers


@pytest.mark.parametrize("bad", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(bad):
    with pytest.raises(ValueError, match="expected a whole number from 0 to 4294967295"):
        Draws(bad)
    with pytest.raises(ValueError, match="stream is"):
        Draws(0, bad)
