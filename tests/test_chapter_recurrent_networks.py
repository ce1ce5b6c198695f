"""The numbers of the chapter *Recurrent networks*, derived here without the package.

What the chapter printed stands in tests/reference; each number is compared, to the digits shown,
with its own derivation. And every decimal number of the prose must be one that a cell printed, or
a setting that stands in a cell's code.
"""

import math
import re
from fractions import Fraction

import jupytext
import nbformat
import numpy as np
import pytest

from tools import CHAPTERS, REFERENCES

CHAPTER = CHAPTERS / "recurrent-networks.md"
CELLS = nbformat.read(REFERENCES / "recurrent-networks.ipynb", 4).cells
PRINTED = "".join(
    output.text for cell in CELLS for output in cell.outputs if output.output_type == "stream"
)
NUMBER = r"[-+]?\d+(?:\.\d+)?"
T = 10

# Row t, column s: the weight of x_s in the exact mean y_t, and in the best linear answer, whose
# weights by lag are the least-squares fit to the exact ones.
EXACT = np.tril(np.ones((T, T))) / np.arange(1, T + 1)[:, None]
LAG = np.arange(T)[:, None] - np.arange(T)
DESIGN = np.stack([(j == LAG)[np.tril_indices(T)] for j in range(T)], axis=1).astype(float)
KERNEL = np.linalg.lstsq(DESIGN, EXACT[np.tril_indices(T)], rcond=None)[0]


def toeplitz(kernel):
    """Return the triangle of a linear network: row t, column s holds the weight of lag t − s."""
    return np.where(LAG >= 0, np.asarray(kernel)[LAG.clip(0)], 0.0)


def loss(weights, target=EXACT):
    """E (ŷ − y)², mean over steps, of linear answers to white noise: the squared row norms."""
    return float(((weights - target) ** 2).sum() / len(target))


def found(pattern):
    """Return the numbers in the one printed place that has this form; ``#`` stands for a number."""
    regex = f"({NUMBER})".join(re.escape(part) for part in pattern.split("#"))
    places = re.findall(regex, PRINTED)
    assert len(places) == 1, f"{pattern!r} was printed {len(places)} times"
    return [places[0]] if isinstance(places[0], str) else list(places[0])


def same_digits(printed, value):
    """Whether a number, rounded as it was printed, is what was printed."""
    decimals = len(printed.partition(".")[2])
    return f"{value:.{decimals}f}" == printed.removeprefix("+")


def assert_printed(pattern, *values):
    printed = found(pattern)
    assert len(printed) == len(values)
    for text, value in zip(printed, values):
        assert same_digits(text, value), f"{pattern!r}: printed {text}, derived {value!r}"


def test_counts_of_weights():
    D, H, O = 2, 3, 4
    matrices = H * D + H * H
    assert_printed("RNNLayer(2, 3)          #", matrices + H)
    assert_printed("torch.nn.RNN(2, 3)      #", matrices + 2 * H)
    assert_printed("with the read-out 3 → 4 #", matrices + H + O * H + O)
    assert_printed("RNNLayer #", 10 * 5 + 10 * 10 + 10)
    assert_printed("\nRNN #", 10 * 5 + 10 * 10 + 2 * 10)


def test_running_mean_by_hand():
    heard = [1, -1, 2]
    for t in (1, 2, 3):
        pattern = f"t = {t}:  heard #,  step #,  mean #"
        mean = Fraction(sum(heard[:t]), t)
        assert_printed(pattern, *map(float, (heard[t - 1], Fraction(1, t), mean)))


def test_two_unit_network_without_tanh():
    unit_1, unit_2 = Fraction(0), Fraction(0)
    for t, x in enumerate((1, -1, 2), start=1):
        unit_1, unit_2 = unit_1 / 2 + unit_2, unit_2 / 2 + x
        h = f"h_{t} = [{float(unit_1)}, {float(unit_2)}],  prediction {float(unit_1):g}\n"
        assert PRINTED.count(h) == 1


def test_two_unit_network_with_tanh():
    unit_1 = unit_2 = 0.0
    for t, x in enumerate((1, -1, 2), start=1):
        a_1, a_2 = unit_1 / 2 + unit_2, unit_2 / 2 + x
        unit_1, unit_2 = math.tanh(a_1), math.tanh(a_2)
        assert_printed(f"a_{t} = (#, #)   h_{t} = (#, #)", a_1, a_2, unit_1, unit_2)


def test_triangle_of_the_two_unit_network():
    """By central differences of the scalar equations."""

    def third_prediction(phi, x_1, x_2):
        p, q = 0.0, phi(x_1)
        p, q = phi(p / 2 + q), phi(q / 2 + x_2)
        return phi(p / 2 + q)

    def slopes(phi, size=1, e=1e-6):
        f = third_prediction
        by_1 = (f(phi, size + e, -size) - f(phi, size - e, -size)) / (2 * e)
        by_2 = (f(phi, size, -size + e) - f(phi, size, -size - e)) / (2 * e)
        return by_1, by_2

    for title, size in (("\ntanh\n", 1), ("\ntanh, inputs twice as large\n", 2)):
        printed = re.findall(NUMBER, PRINTED.split(title)[1].splitlines()[2])
        derived = (*slopes(math.tanh, size), 0.0)
        assert [same_digits(*pair) for pair in zip(printed, derived)] == [True] * 3
    linear_rows = PRINTED.split("linear\ntensor")[1].splitlines()
    assert linear_rows[2].strip() == "[1., 1., 0.]])"
    assert np.allclose(slopes(lambda a: a), 1)


def test_cost_of_doing_nothing():
    assert_printed("every step:  #/# = #", 7381, 25200, loss(0 * EXACT))
    assert Fraction(7381, 25200) == sum(Fraction(1, t) for t in range(1, 11)) / 10
    assert_printed("last step:   1/# = #", T, float((EXACT[-1] ** 2).sum()))


def test_measured_cost_of_doing_nothing_has_the_spread_of_a_chi_square():
    """The loss of a sequence is xᵀMx with M = AᵀA/T: mean tr M, variance 2 tr M²."""
    mean, spread = map(float, found("20 draws of 1000 sequences: mean #, one draw ± #"))
    M = EXACT.T @ EXACT / T
    expected = math.sqrt(2 * np.trace(M @ M) / 1000)
    assert 0.6 < spread / expected < 1.5  # 20 draws; 99 % of them lie within
    assert abs(mean - np.trace(M)) < 4 * expected / math.sqrt(20)


def test_exact_at_the_end_costs_half_on_every_step():
    cost = loss(toeplitz([1 / T] * T))
    assert_printed("every step: #\nof doing nothing: #", cost, cost / loss(0 * EXACT))


def test_best_linear_kernel_is_the_least_squares_one():
    best = loss(toeplitz(KERNEL))
    assert_printed("T = 10: kernel" + " #" * T, *KERNEL)
    assert_printed("first  #", KERNEL[0])
    numerator, denominator, value = found("loss   #/# = #")
    assert Fraction(int(numerator), int(denominator)) == exact_best_loss()
    assert same_digits(value, best)
    assert_printed(" # of doing nothing", best / loss(0 * EXACT))
    assert PRINTED.count("T = 2:  kernel 3/4 1/2  loss 1/16") == 1


def exact_best_loss():
    """Each lag pays the variance of its wishes 1/t, t > j, in whole numbers."""
    total = Fraction(0)
    for j in range(T):
        wishes = [Fraction(1, t) for t in range(j + 1, T + 1)]
        total += sum(w * w for w in wishes) - sum(wishes) ** 2 / len(wishes)
    return total / T


def test_one_linear_unit_is_where_the_gradient_vanishes():
    """Gauss–Newton on (c, w) from the residuals c·w^j − 1/t, one for each pair."""
    wishes = EXACT[np.tril_indices(T)]
    j = LAG[np.tril_indices(T)]
    c, w = 0.3, 0.9
    for _ in range(200):
        residual = c * w**j - wishes
        J = np.stack([w**j, c * j * w ** (j - 1.0)], axis=1)
        step = np.linalg.lstsq(J, residual, rcond=None)[0]
        c, w = c - step[0], w - step[1]
    assert np.abs(J.T @ residual).max() < 1e-12
    cost = loss(toeplitz(c * w ** np.arange(T)))
    assert_printed("one linear unit: w = #, input × read-out = #", w, c)
    assert_printed("loss #, # of the best", cost, cost / loss(toeplitz(KERNEL)))


def test_where_the_best_linear_network_loses():
    by_step = ((toeplitz(KERNEL) - EXACT) ** 2).sum(axis=1)
    assert_printed("best kernel: # at step 1, # of all", by_step[0], by_step[0] / by_step.sum())
    worst = np.abs(toeplitz(KERNEL) - EXACT).max()
    assert_printed("best linear: the worst entry is # away from 1/t", worst)


def test_trained_networks_stand_where_the_prose_says():
    floor = loss(toeplitz(KERNEL))
    exact_losses = [float(v) for v in found("exact losses:" + " #" * 5)]
    assert all(floor < v < 1.1 * floor for v in exact_losses)
    tanh_losses = [float(v) for v in found("32 tanh units  " + " #" * 5)]
    assert all(0 < v < 0.0015 for v in tanh_losses)
    sample, error = (float(v) for v in found("best linear     # ± #"))
    assert abs(sample - floor) < 4 * error
    one_unit = [float(v) for v in found("1 tanh unit    " + " #" * 5)]
    assert all(v < sample for v in one_unit)
    assert_printed("below 0.0015, # times below", floor / 0.0015)
    assert max(exact_losses) > float(*found("some above the # of one well-chosen unit"))
    assert all(0.005 < 1 - v / sample < 0.035 for v in one_unit)


def test_the_turned_clock_as_the_prose_says():
    for s, r in ((2, 4), (2, 9), (9, 4), (9, 2)):
        expected, *weights = found(f"clock {s} → {r}: weight expected #, found:" + " #" * 5)
        assert same_digits(expected, 1 / (r + 1))
        assert all(abs(float(w) - 1 / (r + 1)) < 0.04 for w in weights)
        assert abs(1 / (s + 1) - 1 / (r + 1)) > 2 * 0.04  # the clock not turned would fail


def test_the_clock_stops_as_the_prose_says():
    at_10, _, at_60 = (
        [float(v) for v in found(f"weights at step {step} add up to" + " #" * 5)]
        for step in (10, 20, 60)
    )
    assert all(abs(v - 1) < 0.2 for v in at_10)
    assert max(at_60) > 1.5


def test_numbers_of_questions_and_exercises():
    assert_printed("0.95^9 = #, 0.95^99 = #", 0.95**9, 0.95**99)
    assert_printed("loss #, largest eigenvalue #", loss(toeplitz(KERNEL)), 0)
    late = EXACT_20[10:]
    assert_printed("doing nothing, steps 11 to 20: #", float((late**2).sum() / len(late)))


EXACT_20 = np.tril(np.ones((20, 20))) / np.arange(1, 21)[:, None]


def prose_numbers():
    """Every decimal number of the text, with its line."""
    prose = [c.source for c in jupytext.read(CHAPTER).cells if c.cell_type == "markdown"]
    lines = [line for source in prose for line in source.splitlines()]
    return [(m, line) for line in lines for m in re.findall(r"(?<![\w.§])\d+\.\d+(?!\.\d)", line)]


@pytest.mark.parametrize(("number", "line"), prose_numbers())
def test_every_number_of_the_prose_is_printed_or_set_by_a_cell(number, line):
    code = "\n".join(cell.source for cell in CELLS)
    numbers = re.findall(r"\d+\.\d+", PRINTED + code)
    decimals = len(number.partition(".")[2])
    rounded = {f"{float(n):.{decimals}f}" for n in numbers if len(n.partition(".")[2]) >= decimals}
    assert number in rounded, f"no cell prints {number}: {line}"
