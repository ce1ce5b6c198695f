"""Lyapunov exponents, fixed points and the error wall, against closed forms and second ways."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st

import rnnbook
from rnnbook import (
    descend_wall,
    error_wall,
    fixed_points,
    gaussian_coupling,
    lyapunov_exponent,
    mean_field_exponent,
    two_state_range,
    wall_bias,
)
from tests.strategies import examples


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def couplings(gain: float, size: int = 200, draws: int = 10) -> torch.Tensor:
    return torch.stack([gaussian_coupling(size, gain, seed) for seed in range(draws)])


# Couplings


def test_coupling_repeats_with_its_seed_and_scales_with_its_gain():
    W = gaussian_coupling(50, 1.5, 7)
    assert torch.equal(W, gaussian_coupling(50, 1.5, torch.Generator().manual_seed(7)))
    assert torch.allclose(2 * W, gaussian_coupling(50, 3.0, 7), rtol=1e-15)
    assert not torch.equal(W, gaussian_coupling(50, 1.5, 8))


def test_coupling_has_variance_gain_squared_over_size():
    W = gaussian_coupling(300, 1.5, 0)
    # A sample variance of 90,000 normals is off by 1 in sqrt(45,000) = 0.5 % (one deviation).
    assert float(W.var()) == pytest.approx(1.5**2 / 300, rel=0.02)
    # The limits as N grows: radius g, norm 2 g.
    assert float(rnnbook.spectral_norm(W)) == pytest.approx(3.0, rel=0.05)
    assert float(rnnbook.spectral_radius(W)) == pytest.approx(1.5, rel=0.1)


# Exponents


def test_exponent_of_one_unit_is_the_log_of_the_slope_where_it_comes_to_rest():
    h = 0.9
    for _ in range(1000):
        h = math.tanh(2 * h)
    expected = [math.log(0.5), math.log(2 * (1 - h * h)), math.log(2 * (1 - h * h))]
    W = torch.tensor([0.5, 2.0, -2.0], dtype=torch.float64).reshape(3, 1, 1)
    found = lyapunov_exponent(W, steps=10, transient=1000)
    assert found.tolist() == pytest.approx(expected, abs=1e-12)


def test_exponent_below_the_edge_is_the_log_of_the_spectral_radius():
    W = couplings(0.5, size=60, draws=4)
    expected = [math.log(float(rnnbook.spectral_radius(w))) for w in W]
    # The vector's own length oscillates about its growth by a factor that does not depend on T.
    found = lyapunov_exponent(W, steps=4000, transient=500, generator=0)
    assert found.tolist() == pytest.approx(expected, abs=2 / 4000)


def exponent_by_qr(W: np.ndarray, steps: int, transient: int) -> float:
    """All exponents of h <- W tanh(h), the other form, by QR; return the largest."""
    n = len(W)
    rng = np.random.default_rng(1)
    h, Q = rng.standard_normal(n), np.linalg.qr(rng.standard_normal((n, n)))[0]
    total = np.zeros(n)
    for t in range(transient + steps):
        Q, R = np.linalg.qr(W * (1 - np.tanh(h) ** 2) @ Q)
        h = W @ np.tanh(h)
        if t >= transient:
            total += np.log(np.abs(np.diag(R)))
    return float(total.max() / steps)


def test_exponent_equals_that_of_the_other_form_by_qr():
    W = gaussian_coupling(30, 3.0, 0)
    by_vector = lyapunov_exponent(W.expand(10, 30, 30), steps=8000, generator=0)
    # Other trajectories of one chaotic system: over 40 starts the exponent's standard deviation is
    # 0.0033 at this length, for the single one by QR; four and a half of them are allowed.
    assert exponent_by_qr(W.numpy(), 8000, 500) == pytest.approx(float(by_vector.mean()), abs=0.015)
    assert float(by_vector.min()) > 0.2


def test_nothing_survives_a_zero_matrix():
    assert float(lyapunov_exponent(torch.zeros(3, 3), steps=5, transient=1)) == -math.inf


@pytest.mark.parametrize("gain", [0.5, 0.9])
def test_every_draw_is_stable_below_the_edge(gain: float):
    assert (lyapunov_exponent(couplings(gain), generator=0) < 0).all()


@pytest.mark.parametrize("gain", [2.0, 3.0])
def test_every_draw_is_chaotic_above_the_edge_and_near_the_mean_field(gain: float):
    found = lyapunov_exponent(couplings(gain), generator=0)
    assert (found > 0).all()
    # Ten draws of 200 units lay between 0.140 and 0.153 at g = 2, where the limit is 0.155.
    assert float(found.median()) == pytest.approx(mean_field_exponent(gain), abs=0.03)


@pytest.mark.parametrize(("gain", "exponent"), [(1.5, 0.0652), (2.0, 0.1547), (3.0, 0.3102)])
def test_mean_field_exponent_above_the_edge(gain: float, exponent: float):
    assert round(mean_field_exponent(gain), 4) == exponent


@pytest.mark.parametrize("gain", [1.2, 1.5, 2.0])
def test_mean_field_exponent_by_gauss_hermite_and_iteration(gain: float):
    z, weights = np.polynomial.hermite_e.hermegauss(150)
    weights /= weights.sum()
    q = 1.0
    for _ in range(3000):
        q = gain**2 * float(weights @ np.tanh(math.sqrt(q) * z) ** 2)
    slope = 1 - np.tanh(math.sqrt(q) * z) ** 2
    expected = 0.5 * math.log(gain**2 * float(weights @ slope**2))
    # 150 Gauss-Hermite nodes leave 1e-8 at g = 2 (tanh has poles near the real axis).
    assert mean_field_exponent(gain) == pytest.approx(expected, abs=1e-7)


def test_mean_field_exponent_is_ln_g_up_to_the_edge_and_continuous_there():
    assert mean_field_exponent(0.5) == math.log(0.5)
    assert mean_field_exponent(1.0) == 0
    assert 0 < mean_field_exponent(1.001) < 1e-5


# Fixed points


def test_two_states_at_w_5():
    low, high = two_state_range(5.0)
    assert (round(low, 5), round(high, 5)) == (-2.65561, -2.34439)
    assert low + high == pytest.approx(-5)  # x -> -x turns b into -w - b
    assert [p.stable for p in fixed_points(5.0, -2.5)] == [True, False, True]
    assert fixed_points(5.0, -2.5)[1].x == pytest.approx(0, abs=1e-12)
    assert [len(fixed_points(5.0, b)) for b in (low - 1e-9, low + 1e-9)] == [1, 3]
    assert [len(fixed_points(5.0, b)) for b in (high - 1e-9, high + 1e-9)] == [3, 1]


def test_a_steep_negative_weight_overshoots_its_only_state():
    (point,) = fixed_points(-6.0, 3.0)
    assert point.x == pytest.approx(0, abs=1e-12)
    assert point.slope == pytest.approx(-1.5)
    assert not point.stable


@examples(200)
@given(w=st.floats(-30, 30), b=st.floats(-30, 30))
def test_fixed_points_solve_the_equation_and_all_are_found(w: float, b: float):
    points = fixed_points(w, b)
    for x, slope in points:
        assert w * sigmoid(x) + b == pytest.approx(x, abs=1e-12)
        assert slope == pytest.approx(w * sigmoid(x) * (1 - sigmoid(x)), abs=1e-12)
    x = np.linspace(-61, 61, 2001)
    crossings = np.diff(np.sign(w / (1 + np.exp(-x)) + b - x)) != 0
    assert len(points) >= np.count_nonzero(crossings) / 2  # a zero on the grid counts twice
    assert len(points) <= (3 if w > 4 else 1)
    if w > 4:
        low, high = two_state_range(w)
        inside = low + 1e-9 < b < high - 1e-9
        outside = not low - 1e-9 < b < high + 1e-9
        assert len(points) == 3 or not inside
        assert len(points) == 1 or not outside


@examples(100)
@given(w=st.floats(-3.9, 12), b=st.floats(-10, 10), side=st.sampled_from([-1e-3, 1e-3]))
def test_a_state_near_a_stable_point_comes_back_and_leaves_an_unstable_one(w, b, side):
    for point in fixed_points(w, b):
        if abs(abs(point.slope) - 1) < 0.05:
            continue  # too close to call in 300 steps
        x = point.x + side
        for _ in range(300):
            x = w * sigmoid(x) + b
        assert (abs(x - point.x) < 1e-4) == point.stable


# The wall


def test_wall_at_w_5_equals_its_closed_form():
    at = error_wall(5.0, wall_bias(5.0))
    s = sigmoid(0.5)
    growth = 5 * s * (1 - s)
    dx_db = (growth**50 - 1) / (growth - 1)  # every step adds one and multiplies by w sigma'(x_0)
    dL_dx = 2 * (s - 0.7) * s * (1 - s)
    # x stays at x_0 up to rounding, which 50 steps multiply by 3178.
    assert float(at.loss) == pytest.approx((s - 0.7) ** 2, rel=1e-10)
    assert float(at.db) == pytest.approx(dL_dx * dx_db, rel=1e-10)
    assert float(at.dw) == pytest.approx(dL_dx * s * dx_db, rel=1e-10)
    assert round(float(at.loss), 7) == 0.0060126
    assert round(float(at.norm), 3) == 779.398
    assert round(1 / (s * (1 - s)), 4) == 4.2553  # the w from which on x_0 is unstable
    assert round(wall_bias(5.0), 4) == -2.6123


@examples(100)
@given(
    w=st.floats(-6, 6),
    b=st.floats(-4, 4),
    steps=st.integers(1, 30),
    x0=st.floats(-1, 1),
    target=st.floats(0, 1),
)
def test_wall_gradient_equals_autograd(w, b, steps, x0, target):
    parameters = torch.tensor([w, b], dtype=torch.float64, requires_grad=True)
    x = torch.tensor(x0, dtype=torch.float64)
    for _ in range(steps):
        x = parameters[0] * torch.sigmoid(x) + parameters[1]
    loss = (torch.sigmoid(x) - target) ** 2
    (gradient,) = torch.autograd.grad(loss, parameters)
    found = error_wall(w, b, steps, x0, target)
    torch.testing.assert_close(found.loss, loss.detach(), rtol=1e-9, atol=1e-15)
    torch.testing.assert_close(torch.stack([found.dw, found.db]), gradient, rtol=1e-9, atol=1e-15)


def test_the_two_sides_of_the_wall_end_in_different_states():
    low, _, high = (p.x for p in fixed_points(5.0, wall_bias(5.0)))
    ends = [sigmoid(low), sigmoid(high)]
    losses = [float(error_wall(5.0, wall_bias(5.0) + d, steps=200).loss) for d in (-1e-6, 1e-6)]
    assert losses == pytest.approx([(s - 0.7) ** 2 for s in ends], abs=1e-5)


def test_wall_surface_is_made_of_its_points():
    w, b = torch.tensor([4.5, 5.0, 5.5]), torch.tensor([-3.0, -2.0])
    surface = error_wall(w, b[:, None])
    assert surface.loss.shape == (2, 3)
    for i, j in ((0, 0), (1, 2)):
        point = error_wall(float(w[j]), float(b[i]))
        assert [float(v[i, j]) for v in surface] == pytest.approx([float(v) for v in point])


def test_descent_steps_are_the_learning_rate_times_the_gradient_clipped_or_not():
    free = descend_wall(5.5, -2.6, 0.5, 12)
    clipped = descend_wall(5.5, -2.6, 0.5, 60, max_norm=0.1)
    for path, limit in ((free, math.inf), (clipped, 0.1)):
        for here, there in pairwise(path):
            at = error_wall(float(here[0]), float(here[1]))
            scale = min(1.0, limit / float(at.norm))
            expected = here - 0.5 * scale * torch.stack([at.dw, at.db])
            torch.testing.assert_close(there, expected, rtol=1e-12, atol=1e-14)
    steps = (clipped[1:] - clipped[:-1]).norm(dim=1)
    assert float(steps.max()) == pytest.approx(0.05)


# Sentences


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: gaussian_coupling(0, 1.0), ValueError, "at least 1"),
        (lambda: gaussian_coupling(3, -1.0), ValueError, "gain is -1.0; expected a finite"),
        (lambda: gaussian_coupling(3, math.nan), ValueError, "gain is nan; expected a finite"),
        (lambda: gaussian_coupling(3, 1.0, "0"), TypeError, "expected a seed"),
        (lambda: lyapunov_exponent(torch.ones(2, 3)), ValueError, "expected a square matrix"),
        (lambda: lyapunov_exponent(torch.ones(3)), ValueError, "expected a square matrix"),
        (lambda: lyapunov_exponent(torch.zeros(0, 0)), ValueError, "expected a square matrix"),
        (lambda: lyapunov_exponent(torch.full((2, 2), math.nan)), ValueError, "NaN or infinite"),
        (lambda: lyapunov_exponent([[1.0]]), TypeError, "expected a torch.Tensor"),
        (lambda: lyapunov_exponent(torch.eye(2), steps=0), ValueError, "steps is 0"),
        (lambda: lyapunov_exponent(torch.eye(2), transient=0), ValueError, "transient is 0"),
        (lambda: mean_field_exponent(0.0), ValueError, "expected a number above 0"),
        (lambda: mean_field_exponent(math.inf), ValueError, "at most 1000"),
        (lambda: fixed_points(math.nan, 0.0), ValueError, "w is nan; expected a finite number"),
        (lambda: two_state_range(4.0), ValueError, "expected more than 4"),
        (lambda: error_wall(math.inf, 0.0), ValueError, "w is inf; expected a finite number"),
        (lambda: error_wall(1.0, torch.tensor(math.nan)), ValueError, "b holds 1 values"),
        (lambda: error_wall(1.0, 0.0, steps=0), ValueError, "steps is 0"),
        (lambda: error_wall(1.0, 0.0, x0=math.nan), ValueError, "x0 is nan"),
        (lambda: wall_bias(math.inf), ValueError, "w is inf"),
        (lambda: descend_wall(5.0, -2.0, 0.0, 3), ValueError, "learning_rate is 0.0"),
        (lambda: descend_wall(5.0, -2.0, 0.1, 0), ValueError, "updates is 0"),
        (lambda: descend_wall(5.0, -2.0, 0.1, 3, max_norm=0.0), ValueError, "max_norm is 0.0"),
    ],
)
def test_bad_input_is_answered_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()
