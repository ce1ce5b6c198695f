"""The numbers of the chapter *Gradients through time*, derived here without the package.

What the chapter printed stands in tests/reference; each number is compared, to the digits shown,
with a derivation of its own: fractions, closed forms, plain loops, or other draws.
"""

import math
import re
from fractions import Fraction

import numpy as np
import pytest
import torch

from tests.chapter import Chapter

CHAPTER = Chapter("gradients-through-time")
X, Y = (1, -1, 2), (Fraction(1), Fraction(0), Fraction(2, 3))
ZERO = Fraction(0)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def backwards(states, direct, slope):
    """dL/dh_1 … dL/dh_3 of the two-unit network, from the direct parts, equation by equation."""
    total, carried = [], (ZERO, ZERO)
    for (h_1, h_2), e in zip(reversed(states), reversed(direct)):
        d_1, d_2 = e + carried[0], carried[1]
        total.insert(0, (d_1, d_2))
        a_1, a_2 = slope(h_1) * d_1, slope(h_2) * d_2
        carried = (a_1 / 2, a_1 + a_2 / 2)
    return total


def forwards(phi):
    states = [(ZERO, ZERO)]
    for x in X:
        h_1, h_2 = states[-1]
        states.append((phi(h_1 / 2 + h_2), phi(h_2 / 2 + x)))
    return states[1:]


LINEAR = forwards(Fraction)
SQUASHED = forwards(math.tanh)


def test_the_two_unit_network_backwards_without_tanh():
    error = 2 * (LINEAR[2][0] - Y[2])
    assert error == Fraction(-4, 3)
    total = backwards(LINEAR, (ZERO, ZERO, error), lambda h: 1)
    assert total[0] == (Fraction(-1, 3), Fraction(-4, 3))
    for t, (d_1, d_2) in enumerate(total, start=1):
        line = f"dL/dh_{t} = ({float(d_1):7.4f}, {float(d_2):7.4f})"
        assert f"{line} length {math.hypot(d_1, d_2):.4f}" in CHAPTER.printed


def test_the_two_unit_network_backwards_with_tanh():
    error = 2 * (SQUASHED[2][0] - 2 / 3)
    total = backwards(SQUASHED, (ZERO, ZERO, error), lambda h: 1 - h * h)
    for t, ((h_1, h_2), (d_1, d_2)) in enumerate(zip(SQUASHED, total), start=1):
        assert f"h_{t} = ({h_1:7.4f}, {h_2:7.4f})" in CHAPTER.printed
        assert f"dL/dh_{t} = ({d_1:7.4f}, {d_2 + 0.0:7.4f})" in CHAPTER.printed
        a_1, a_2 = (1 - h_1 * h_1) * d_1, (1 - h_2 * h_2) * d_2
        assert f"dL/da_{t} = ({a_1:7.4f}, {a_2 + 0.0:7.4f})" in CHAPTER.printed


def test_the_two_unit_network_backwards_from_every_step():
    direct = [Fraction(2, 3) * (h[0] - y) for h, y in zip(LINEAR, Y)]
    total = backwards(LINEAR, direct, lambda h: 1)
    ninths = [(int(9 * d_1), int(9 * d_2)) for d_1, d_2 in total]
    assert f"dL/dh_t in ninths: {ninths}\n" in CHAPTER.printed


def test_one_linear_unit():
    for w in (0.9, 0.99, 1.01, 1.1):
        left, steps = CHAPTER.numbers(f"w = {w} w^100 = # ten times in # steps")
        assert left == float(f"{w**100:.3g}")
        assert steps == round(abs(math.log(10) / math.log(w)), 1)


def test_norms_of_the_two_unit_network():
    """The norm of [[1, m], [0, 1]] is (m + √(m² + 4))/2, here with m = 2k and a factor 2^−k."""
    norm_1 = (1 + math.sqrt(2)) / 2
    CHAPTER.assert_printed("radius 0.5000, norm #", norm_1)
    for k in range(1, 6):
        norm = (k + math.sqrt(k * k + 1)) / 2**k
        CHAPTER.assert_printed(f"k = {k}:  #  ≤  #  ≤  #", 0.5**k, norm, norm_1**k)


def four_unit_power(k):
    """The binomial theorem: the shift below the diagonal commutes with 0.8 I."""
    entries = [math.comb(k, j) * 0.8 ** (k - j) * 0.5**j if j <= k else 0 for j in range(4)]
    return sum(entry * np.eye(4, k=-j) for j, entry in enumerate(entries))


def test_norms_of_the_four_unit_matrix():
    norms = {k: np.linalg.norm(four_unit_power(k), 2) for k in range(1, 300)}
    CHAPTER.assert_printed("radius 0.80000, norm #", norms[1])
    peak = max(norms, key=norms.get)
    CHAPTER.assert_printed("largest: # at k = #", norms[peak], peak)
    below = max(k for k, norm in norms.items() if norm >= 1) + 1
    CHAPTER.assert_printed("below 1 from k = # on", below)
    CHAPTER.assert_printed("0.8^13 = #, a loss of # %", 0.8**13, 100 - 100 * 0.8**13)
    faint = max(k for k, norm in norms.items() if norm >= 1e-3) + 1
    CHAPTER.assert_printed("four units  steps #, by", faint)


def test_two_eigenvectors_that_are_nearly_parallel():
    """W^k is triangular: 0.8^k and 0.7^k, and between them 5 · (0.8^k − 0.7^k)/(0.8 − 0.7)."""
    norms = {}
    for k in range(1, 61):
        corner = 5 * (0.8**k - 0.7**k) / (0.8 - 0.7)
        norms[k] = np.linalg.norm([[0.8**k, corner], [0, 0.7**k]], 2)
    peak = max(norms, key=norms.get)
    CHAPTER.assert_printed("two eigenvectors: # at k = #", norms[peak], peak)


def test_the_boundary_case_grows_like_k():
    CHAPTER.assert_printed("norm of the 100th power #", (100 + math.sqrt(100**2 + 4)) / 2)


def test_pytorch_weights_divide_the_mean_square_by_three():
    CHAPTER.assert_printed("tenfold every # steps\n", 2 * math.log(10) / math.log(3))
    CHAPTER.assert_printed("after 49 steps: 10^#", -49 * math.log(3) / 2 / math.log(10))
    CHAPTER.assert_printed("limits: radius #, norm #", 1 / math.sqrt(3), 2 / math.sqrt(3))


def test_a_mean_of_squares_is_ruled_by_few_draws():
    """The typical draw is near the rate of a third; the root mean square lies far above it."""
    foretold = 3 ** (-49 / 2)
    median, rms = CHAPTER.numbers("H =  16  median # root mean square #")
    assert rms > 1e4 * median
    median, rms = CHAPTER.numbers("H = 128  median # root mean square #")
    assert 1 / 3 < median / foretold < 3
    assert rms > 3 * median


def test_pytorch_weights_at_16_units_by_other_draws():
    """Tolerance: five standard errors of a difference of two 10 % quantiles, and the rounding."""
    draws = np.random.default_rng(1).uniform(-0.25, 0.25, (1000, 16, 16))
    radius = np.abs(np.linalg.eigvals(draws)).max(axis=1)
    norm = np.linalg.norm(draws, 2, axis=(1, 2))
    for name, values in (("radius", radius), ("norm", norm), ("1/radius", 1 / radius)):
        printed = CHAPTER.numbers(f"H =  16  {name} # (10–90 %: # to #)")
        error = 5 * 1.7 * values.std() / math.sqrt(500) + 0.005
        expected = np.quantile(values, (0.5, 0.1, 0.9))
        assert np.abs(printed - expected).max() < error


def test_the_message_that_does_not_arrive_by_another_loop():
    """Plain numpy, other draws: the median of 200 within a factor of five, of 1e5 between draws."""
    rng, ratios = np.random.default_rng(2), []
    for _ in range(200):
        W, w, b = rng.uniform(-0.25, 0.25, (16, 16)), *rng.uniform(-0.25, 0.25, (2, 16))
        h, states = np.zeros(16), []
        for x in rng.normal(size=50):
            h = np.tanh(W @ h + w * x + b)
            states.append(h)
        v = rng.uniform(-0.25, 0.25, 16)
        start = np.linalg.norm(v)
        for h in states[:0:-1]:
            v = W.T @ ((1 - h * h) * v)
        ratios.append(np.linalg.norm(v) / start)
    median, low, high = CHAPTER.numbers("per unit sent:  # (10–90 %: # to #)")
    assert low < median < high
    assert 0.2 < median / np.median(ratios) < 5


@pytest.mark.parametrize(
    ("name", "mean_square"), [("identity", 1), ("relu", 1 / 2), ("sigmoid", 1 / 16)]
)
def test_rates_foretold_and_measured(name, mean_square):
    """At these weights ReLU has half of its units on, and the sigmoid slopes of nearly 1/4."""
    pattern = f"{name} slope² # foretold # measured # ("
    square, foretold, measured = CHAPTER.numbers(pattern)
    exact = 2 * math.log(10) / math.log(3 / mean_square)
    assert abs(square - mean_square) < 0.03
    assert abs(foretold - exact) < 0.1
    assert abs(measured - exact) < 0.15


def test_the_brake_of_tanh():
    rows = [
        CHAPTER.numbers(f"scale {s}: matrix #, slopes #, a step #, measured #") for s in (1, 2, 3)
    ]
    for scale, (matrix, slope, step, measured) in enumerate(rows, start=1):
        assert abs(matrix - scale**2 * rows[2][0] / 9) < 0.006
        assert abs(step - math.sqrt(matrix * slope)) < 0.02
        assert abs(measured / step - 1) < 0.1
    assert rows[0][1] > rows[1][1] > rows[2][1]


def test_radius_zero_and_a_gradient_that_doubles():
    """The Jacobian diag(1, ½)·W has trace 2 and determinant 0: eigenvalues 0 and 2."""
    W = np.array([[4, 4], [-4, -4]])
    J = np.diag([1, 1 - 0.5]) @ W
    assert (W @ W == 0).all()
    assert (J @ J == 2 * J).all()
    first = np.linalg.norm(J.T @ [1, 0])
    CHAPTER.assert_printed("the first step back multiplies by #", float(f"{first:.3f}"))
    assert "each of the 18 others by [2.0]" in CHAPTER.printed
    assert f"J = {J.tolist()}" in CHAPTER.printed


def test_gaussian_norm_by_other_draws():
    """Near √(1) + √(1) = 2, a little below at 128 units; 20 draws scatter by 0.03."""
    draws = torch.randn(100, 128, 128, dtype=torch.float64) / math.sqrt(128)
    (median,) = CHAPTER.numbers("128 units: norm # (")
    assert abs(median - torch.linalg.svdvals(draws)[:, 0].median()) < 0.03


def test_what_the_starts_keep():
    keep = "identity  orthogonal         10^#"
    assert CHAPTER.numbers(keep) == [0]
    (default,) = CHAPTER.numbers("identity  PyTorch's default  10^# (")
    assert abs(default + 99 * math.log10(3) / 2) < 1.5
    (tanh,) = CHAPTER.numbers("tanh      orthogonal         10^# (")
    (relu,) = CHAPTER.numbers("relu      orthogonal         10^# (")
    assert relu < -10 < tanh < -1
    half = 99 * math.log10(0.5) / 2
    CHAPTER.assert_printed("half of the units, 99 steps: 10^#", half)
    assert abs(relu - half) < 2
    (gaussian,) = CHAPTER.numbers("tanh      Gaussian, gain 1   10^# (")
    (same,) = CHAPTER.numbers("tanh      identity matrix    10^# (")
    assert tanh < min(gaussian, same)


def mean_field(gain):
    """Gauss–Legendre on [−8, 8], and the map q ← g² E tanh² iterated to its fixed point."""
    z, weights = np.polynomial.legendre.leggauss(400)
    z, weights = 8 * z, 8 * weights * np.exp(-32 * z * z) / math.sqrt(2 * math.pi)
    q = gain**2
    for _ in range(500):
        q = gain**2 * float(weights @ np.tanh(math.sqrt(q) * z) ** 2)
    return 0.5 * math.log(gain**2 * float(weights @ (1 - np.tanh(math.sqrt(q) * z) ** 2) ** 2))


def test_edge_of_chaos_in_the_limit():
    for gain in (0.5, 0.9):
        CHAPTER.assert_printed(f"g = {gain}:  exponent #", math.log(gain))
    for gain in (1.5, 2.0, 3.0):
        CHAPTER.assert_printed(f"g = {gain}:  exponent #", mean_field(gain))
    CHAPTER.assert_printed("from 1.5 to 3: # more", mean_field(3.0) - mean_field(1.5))


def test_edge_of_chaos_at_200_units():
    """Signs away from the edge; below it, the radius of other draws."""
    draws = torch.randn(20, 200, 200, dtype=torch.float64) * 0.5 / math.sqrt(200)
    log_radius = torch.linalg.eigvals(draws).abs().amax(dim=1).log()
    median, low, high = CHAPTER.numbers("g = 0.5:  median #   all ten: # to #")
    assert low < median < high < 0
    assert abs(median - log_radius.median()) < 0.04
    median, low, high = CHAPTER.numbers("g = 2.0:  median #   all ten: # to #")
    assert 0 < low < median < high
    assert abs(median - mean_field(2.0)) < 0.03


def test_the_wall_in_closed_form():
    s = sigmoid(0.5)
    slope = s * (1 - s)
    CHAPTER.assert_printed("sigmoid(0.5) = #, its slope #", s, slope)
    CHAPTER.assert_printed("1/slope = #", 1 / slope)
    CHAPTER.assert_printed("w = 5, b = #: a factor of # a step", 0.5 - 5 * s, 5 * slope)
    CHAPTER.assert_printed("\nerror #\n", (s - 0.7) ** 2)


def test_the_height_of_the_wall_by_a_loop():
    """Derivatives carried along with the state, in plain numbers."""
    w, s = 5.0, sigmoid(0.5)
    x, by_w, by_b = 0.5, 0.0, 0.0
    for _ in range(50):
        y = sigmoid(x)
        by_w, by_b = y + w * y * (1 - y) * by_w, 1 + w * y * (1 - y) * by_b
        x = w * y + 0.5 - w * s
    y = sigmoid(x)
    height = abs(2 * (y - 0.7) * y * (1 - y)) * math.hypot(by_w, by_b)
    CHAPTER.assert_printed("gradient: formula #, fifty steps #", height, height)


def test_two_stable_states_between_these_biases():
    """Where b = x − 5σ(x) has its two turning points, found on a fine grid."""
    x = np.linspace(-3, 3, 600001)
    b = x - 5 / (1 + np.exp(-x))
    left, right = b[x < 0].max(), b[x > 0].min()
    CHAPTER.assert_printed("stable states for b between # and #", right, left)


def test_clipping_by_value_turns():
    cosine = (10 * 1 + 0.1 * 0.1) / math.hypot(10, 0.1) / math.hypot(1, 0.1)
    turned = math.degrees(math.acos(cosine))
    CHAPTER.assert_printed("clip_by_value [1.0, 0.1]  turned by #°", turned)
    CHAPTER.assert_printed("clip_by_norm  [1.0, 0.01]  turned by #°", 0)
    before, after = math.atan2(100, 1e6), math.atan2(100, 1)  # √(10⁴) = 100 in all the others
    CHAPTER.assert_printed(
        "one entry 1e6, ten thousand entries 1: turned by #°", math.degrees(after - before)
    )


def test_clipping_solves_the_wall():
    solved = {
        (n, c): CHAPTER.numbers(f"{n} updates, threshold {c}: # of 21")[0]
        for n in (400, 2000)
        for c in (" inf", " 1.0", " 0.1")
    }
    assert solved[400, " 1.0"] >= 19
    assert max(solved[400, " inf"], solved[2000, " inf"], solved[400, " 0.1"]) <= 9
    assert solved[2000, " 0.1"] == 21


def test_truncation_loses_w_to_the_k():
    """h = w h + 1 at rest: the part of dh/dw from the last K uses of w, summed one by one."""
    rest = 10.0
    full = sum(0.9**j * rest for j in range(2000))
    for K in (1, 10, 44):
        kept = sum(0.9**j * rest for j in range(K))
        CHAPTER.assert_printed(f"K = {K:2}: lost # %,  w^K = #", 100 * (1 - kept / full), 0.9**K)


def test_the_true_gradients_of_the_stack():
    """PyTorch's weights in an unroll written out here; torch only gives the draws and autograd."""
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    try:
        stack = torch.nn.RNN(1, 4, num_layers=2, batch_first=True)
        x = torch.randn((1, 12, 1), generator=torch.Generator().manual_seed(0))
    finally:
        torch.set_default_dtype(torch.float32)
    (U1, W1, *b1), (U2, W2, *b2) = stack.all_weights
    lower, upper = [torch.zeros(4, dtype=torch.float64)], [torch.zeros(4, dtype=torch.float64)]
    for t in range(12):
        lower.append(torch.tanh(U1 @ x[0, t] + W1 @ lower[-1] + sum(b1)))
        upper.append(torch.tanh(U2 @ lower[-1] + W2 @ upper[-1] + sum(b2)))
    loss = upper[-1].sum()
    for name, states in (("lower", lower), ("upper", upper)):
        block = CHAPTER.printed.split(f"{name} layer\n")[1].split("layer")[0]
        for t, grad in zip((10, 11, 12), torch.autograd.grad(loss, states[-3:], retain_graph=True)):
            (line,) = re.findall(f"step {t}: .*", block)
            assert f"true {float(grad.norm()):.3f}" in line
            if t == 12:
                assert "no gradient" in line
            else:
                (off,) = re.findall(r"(\d+)% off", line)
                assert (int(off) > 0) == (name == "lower")


def test_numbers_of_questions_and_exercises():
    CHAPTER.assert_printed("0.9^10 = #, 3^10 = #, (-0.5)^3 = #", 0.9**10, 3**10, -0.125)
    two = max(k for k in range(1, 100) if (k + math.sqrt(k * k + 1)) / 2**k >= 1e-3) + 1
    CHAPTER.assert_printed("two units   steps #, by the radius #", two, math.log2(1000))
    identity = math.log(1000) / -math.log(0.8)
    CHAPTER.assert_printed("0.8 I       steps #, by the radius #", math.ceil(identity), identity)
    assert "steps per factor of ten, backwards: -1.0" in CHAPTER.printed


def test_how_much_louder_a_sigmoid_must_be():
    """At 5 it is still faster than tanh, at 6 slower."""
    (tanh,) = CHAPTER.numbers("tanh: tenfold every # (")
    four, five, six = (CHAPTER.numbers(f"sigmoid × {s}: tenfold every # (")[0] for s in (4, 5, 6))
    assert four < five < tanh < six


def test_equalities_hold():
    lines = [line for line in CHAPTER.printed.splitlines() if "equals autograd to 1e-12" in line]
    assert lines
    assert all(line.endswith("True") for line in lines)


def test_both_mistakes_are_caught():
    assert "the slope of tanh forgotten: W_xh, entry 0: slope" in CHAPTER.printed
    assert "only the direct derivative: W_xh, entry 0: slope" in CHAPTER.printed


@pytest.mark.parametrize(("number", "line"), CHAPTER.decimals_of_the_prose())
def test_every_number_of_the_prose_is_printed_or_set_by_a_cell(number, line):
    assert CHAPTER.is_printed_or_set(number), f"no cell prints {number}: {line}"
