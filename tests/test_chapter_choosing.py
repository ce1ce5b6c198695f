"""The numbers of the page *What to choose*, derived here without the package."""

import json
import math

import numpy as np
import pytest

from tests.chapter import Chapter
from tools import ROOT

CHAPTER = Chapter("choosing")
KEPT = json.loads((ROOT / "rnnbook" / "data" / "course-experiment.json").read_text("utf-8"))


def test_costs_and_rates():
    CHAPTER.assert_printed("nothing, every step: #", sum(1 / t for t in range(1, 11)) / 10)
    CHAPTER.assert_printed("nothing, last step: #", 0.1)
    CHAPTER.assert_printed("best linear network: #", 14419832687 / 160030080000)
    CHAPTER.assert_printed("PyTorch's default: tenfold every # steps", 2 / math.log10(3))
    CHAPTER.assert_printed("a layer down, all steps together: #", 2**-0.5)


def test_forget_biases():
    for b in (0, 3):
        constant, left = CHAPTER.found(f"forget bias {b}: time constant #, after 20 steps #\n")
        assert constant == f"{1 + math.e**b:.1f}"
        assert left == f"{(1 + math.exp(-b)) ** -20:.3g}"


def test_clipping_by_value():
    cosine = (10 * 1 + 0.1 * 0.1) / math.hypot(10, 0.1) / math.hypot(1, 0.1)
    CHAPTER.assert_printed("by value turns it by #°", math.degrees(math.acos(cosine)))


def test_who_was_ahead():
    def beats(first, second):
        return int((np.array(first) < np.array(second)).sum())

    def last_tenth(run):
        return np.array(run["means"])[:, 90:].mean(axis=1)

    for target, table in KEPT["course"].items():
        as_heavy = KEPT["as_lstm"][target]["rnn_1_layer_64_units"]
        gates = beats(last_tenth(table["lstm_1_layer"]), last_tenth(as_heavy))
        deep, wide = (
            last_tenth(KEPT["torch"][target][n]) for n in ("rnn_2_layer", "rnn_1_layer_55_units")
        )
        lines = (
            f"{target}: LSTM before RNN, as many weights, in # of five\n"
            "    two layers before one of equal size in #\n"
        )
        assert CHAPTER.numbers(lines) == [gates, beats(deep, wide)]


def test_what_comes_back_from_two_hundred_steps():
    """The linear recurrence in closed form: a root mean square of λ^199."""
    tau = np.logspace(0, math.log10(200), 32)
    share = math.sqrt(np.mean(np.exp(-1 / tau) ** (2 * 199)))
    pattern = "{}: # comes back to step 1 (ten draws: # to #)"
    exact = CHAPTER.numbers(pattern.format("linear recurrence"))
    assert exact == [float(f"{share:.0e}")] * 3
    tanh, low, high = CHAPTER.numbers(pattern.format("tanh"))
    assert low < tanh < high
    assert abs(math.log10(tanh) + 199 * math.log10(3) / 2) < 3
    plain, gated = (CHAPTER.numbers(pattern.format(f"LSTM, forget bias {b}"))[0] for b in (0, 3))
    assert plain < 1e-30 < 1e-4 < gated


def test_the_prices():
    assert f"200 steps in {math.ceil(math.log2(200))} rounds" in CHAPTER.printed
    share = math.prod((s - 1) / s for s in range(2, 201))
    CHAPTER.assert_printed("gradient from step 200 to step 1: #", share)
    CHAPTER.assert_printed("dŷ_200/dx_1 = #", 1 / 200)
    CHAPTER.assert_printed("for 200 steps: # weights, and # inputs", sum(range(1, 201)), 200)


@pytest.mark.parametrize(("number", "line"), CHAPTER.decimals_of_the_prose())
def test_every_number_of_the_prose_is_printed_or_set_by_a_cell(number, line):
    assert CHAPTER.is_printed_or_set(number), f"no cell prints {number}: {line}"
