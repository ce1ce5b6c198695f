"""The numbers of the chapter *Depth*, derived here without the package.

What the chapter printed stands in tests/reference; each number is compared, to the digits shown,
with a derivation of its own: fractions, recursions, plain loops, or other draws.
"""

import json
import math
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from tests.chapter import Chapter
from tools import ROOT

CHAPTER = Chapter("depth")
KEPT = json.loads((ROOT / "rnnbook" / "data" / "course-experiment.json").read_text("utf-8"))
LABELS = {
    "rnn_1_layer": "RNN, 1 layer",
    "lstm_1_layer": "LSTM, 1 layer",
    "rnn_2_layer": "RNN, 2 layers",
    "lstm_2_layer": "LSTM, 2 layers",
}
COURSE = {  # as the course's notebook prints them
    "every step": (
        0.00300768178422004,
        0.007475480530411005,
        0.0010111536423210055,
        0.0009569476067554205,
    ),
    "last step": (
        0.0006809785554651171,
        0.00023271610480151138,
        0.0003779473539907485,
        5.903654691792326e-05,
    ),
}


def weights(D, H, layers, gates=1):
    """Each layer by its three parts: what it reads, its state, its bias."""
    inputs = [D] + [H] * (layers - 1)
    return gates * sum(H * d + H * H + H for d in inputs)


def test_counts_of_weights():
    CHAPTER.assert_printed("RNN  one layer #, two layers #", weights(1, 32, 1), weights(1, 32, 2))
    lstm = weights(1, 32, 1, gates=4), weights(1, 32, 2, gates=4)
    CHAPTER.assert_printed("LSTM one layer #, two layers #", *lstm)
    left = (1 / 2 + 1 / 4 / math.sqrt(3)) ** 40
    assert f"\n{weights(5, 10, 3)} {math.comb(12, 2)} {left:.0e}\n" in CHAPTER.printed
    single = 8 * 1 + 8 * 8 + 8
    CHAPTER.assert_printed("# weights in the stack, # in the", weights(1, 4, 2), single)


def test_widths_of_equal_size():
    """The positive root of gates·H(H + 2) = 12672 (the GRU has one bias vector more)."""
    goal = weights(1, 32, 2, gates=4)
    for name, gates, extra in (("RNN", 1, 0), ("GRU", 3, 1), ("LSTM", 4, 0)):
        linear = 2 + extra / gates
        root = (-linear + math.sqrt(linear**2 + 4 * goal / gates)) / 2
        width = round(root)
        size = weights(1, width, 1, gates) + extra * width
        CHAPTER.assert_printed(f"{name:4} # units, # weights\n", width, size)


# The tower of two-unit networks


def tower_states(xs, storeys):
    """States of all storeys at each step, in fractions; a storey hears the answer below it."""
    states = [[Fraction(0), Fraction(0)] for _ in range(storeys)]
    history = []
    for x in xs:
        heard, new = Fraction(x), []
        for p, q in states:
            new.append([p / 2 + q, q / 2 + heard])
            heard = new[-1][0]
        states = new
        history.append(states)
    return history


def test_the_tower_by_hand():
    for t, (lower, upper) in enumerate(tower_states((1, -1, 2), 2), start=1):
        lower, upper = ([float(v) for v in h] for h in (lower, upper))
        assert f"t = {t}:  lower {lower}  upper {upper}\n" in CHAPTER.printed


def test_kernels_of_towers():
    pulse = [1] + [0] * 6
    for storeys, name in ((1, "1 storey "), (2, "2 storeys"), (3, "3 storeys")):
        kernel = [float(states[-1][0]) for states in tower_states(pulse, storeys)]
        assert f"{name} {' '.join(f'{a:.4f}' for a in kernel)}\n" in CHAPTER.printed


def test_gradients_of_the_tower():
    """What the third answer owes to each state, by moving that state (the network is linear)."""

    def third_answer(move_t, storey, unit):
        states = [[Fraction(0), Fraction(0)] for _ in range(2)]
        for t, x in enumerate((1, -1, 2), start=1):
            heard, new = Fraction(x), []
            for s, (p, q) in enumerate(states):
                h = [p / 2 + q, q / 2 + heard]
                if (t, s) == (move_t, storey):
                    h[unit] += 1
                new.append(h)
                heard = h[0]
            states = new
        return states[-1][0]

    rest = third_answer(0, 0, 0)
    for t in (1, 2, 3):
        lower, upper = (
            [float(third_answer(t, storey, unit) - rest) for unit in (0, 1)] for storey in (0, 1)
        )
        assert f"t = {t}:  dL/dh upper {upper}  lower {lower}\n" in CHAPTER.printed


def test_norms_of_one_storey_and_two():
    """M found by moving each of the four numbers of the joint state by 1."""
    columns = []
    for storey in (0, 1):
        for unit in (0, 1):
            states = [[0.0, 0.0], [0.0, 0.0]]
            states[storey][unit] = 1.0
            (p, q), (r, s) = states
            lower = [p / 2 + q, q / 2]
            columns.append([*lower, r / 2 + s, s / 2 + lower[0]])
    M = np.array(columns).T
    for name, matrix in (("one storey", M[:2, :2]), ("two storeys", M)):
        norms = [np.linalg.norm(np.linalg.matrix_power(matrix, k), 2) for k in range(1, 61)]
        last = max(k for k, norm in enumerate(norms, start=1) if norm >= 1)
        values = 0.5, norms[0], max(norms), last + 1
        pattern = f"{name}: radius #, norm #, largest #, below 1 from power #"
        CHAPTER.assert_printed(pattern, *values)


# How much arrives


@cache
def ways(n, m):
    """The sum over all ways, n steps back and m layers down, each step and layer a third."""
    if n < 0 or m < 0:
        return 0
    return 1 if n == m == 0 else Fraction(1, 3) * (ways(n - 1, m) + ways(n, m - 1))


def test_foretold_by_the_recursion():
    for N in (1, 2, 4, 8):
        last, first = math.sqrt(ways(0, N - 1)), math.sqrt(ways(9, N - 1))
        CHAPTER.assert_printed(f"{N} layers, foretold: step 10 #, step 1 #", last, first)
    loudest = max(range(50), key=lambda n: ways(n, 7))
    pattern = "0.577^7 = #, n < #, most at n = #"
    CHAPTER.assert_printed(pattern, math.sqrt(ways(0, 7)), 3.5, loudest)


def test_a_step_and_a_layer():
    step, layer = math.sqrt(ways(50, 0) / ways(49, 0)), 2 ** (-1 / 2)
    sums = [sum(ways(n, m) for n in range(200)) for m in (3, 4)]
    assert math.sqrt(sums[1] / sums[0]) == pytest.approx(layer, rel=1e-6)
    CHAPTER.assert_printed("a step: #, tenfold every #", step, -1 / math.log10(step))
    CHAPTER.assert_printed("a layer: #, tenfold every #", layer, -1 / math.log10(layer))


def default_map(rng, N, T, residual=False, phi=np.tanh, slope=lambda h: 1 - h * h):
    """|dL/dh_t| of every layer, all in numpy: PyTorch's weights, forward, and back."""
    H = 32
    c = 1 / math.sqrt(H)
    W = rng.uniform(-c, c, (N, H, H))
    U = [rng.uniform(-c, c, (H, 1 if n == 0 else H)) for n in range(N)]
    b = rng.uniform(-c, c, (N, H))
    h = np.zeros((N, T + 1, H))
    for t in range(1, T + 1):
        below = rng.normal(size=1)
        for n in range(N):
            h[n, t] = phi(U[n] @ below + b[n] + W[n] @ h[n, t - 1])
            below = below + h[n, t] if residual and n else h[n, t]
    V = rng.normal(size=H)
    delta = np.zeros((N, H))
    lengths = np.zeros((N, T))
    for t in range(T, 0, -1):
        stream = V / np.linalg.norm(V) if t == T else np.zeros(H)
        for n in reversed(range(N)):
            dh = stream + W[n].T @ delta[n]
            lengths[n, t - 1] = np.linalg.norm(dh)
            delta[n] = slope(h[n, t]) * dh
            stream = U[n].T @ delta[n] + (stream if residual else 0) if n else None
    return lengths


def test_the_lowest_layer_by_other_draws():
    """Medians of forty draws scatter by a tenth or two: 40 % is three times that."""
    rng = np.random.default_rng(0)
    for N in (1, 2, 4, 8):
        maps = [default_map(rng, N, 10) for _ in range(40)]
        last, first, low, high = CHAPTER.numbers(
            f"{N} layers, lowest: step 10 #, step 1 # (10–90 %: # to #)"
        )
        assert low < first < high
        assert last == pytest.approx(np.median([m[0, 9] for m in maps]), rel=0.4)
        assert first == pytest.approx(np.median([m[0, 0] for m in maps]), rel=0.4)


def factors(maps):
    totals = np.sqrt(np.mean([(m**2).sum(axis=1) for m in maps], axis=0))
    return totals[:-1] / totals[1:]


def test_a_layer_down_by_other_draws():
    """Seven factors of forty draws each: their range is met to 0.06."""
    rng = np.random.default_rng(1)
    linear = {"phi": lambda a: a, "slope": np.ones_like}
    for name, options in (("identity", linear), ("tanh", {})):
        low, high = CHAPTER.numbers(f"{name}, a layer down: # to #")
        mine = factors([default_map(rng, 8, 50, **options) for _ in range(40)])
        assert low <= high
        assert abs(low - mine.min()) < 0.06
        assert abs(high - mine.max()) < 0.06
    low, high = CHAPTER.numbers("identity, a layer down: # to #")
    assert low < math.sqrt(1 / 2) < high


def test_residual_connections_by_recursion():
    """The recursion of the stream: what comes down is what came, and what the layer adds."""
    layers, T = 8, 300
    stream = [1.0] + [0.0] * (T - 1)  # mean squares at the top, n steps back
    sums, at_last_step = [], []
    for _ in range(layers):
        state = []
        for n in range(T):
            state.append(stream[n] + (state[n - 1] / 3 if n else 0))
        sums.append(sum(state))
        at_last_step.append(state[0])
        stream = [s + g / 3 for s, g in zip(stream, state)]
    growth = math.sqrt(sums[1] / sums[0])
    assert math.sqrt(sums[7] / sums[6]) == pytest.approx(growth, rel=1e-9)
    foretold, low, high = CHAPTER.numbers("a layer down: foretold #, with tanh # to #")
    assert f"{growth:.2f}" == f"{foretold:.2f}"
    bottom, measured = CHAPTER.numbers("lowest layer, step 50: foretold #, with tanh #")
    assert f"{math.sqrt(at_last_step[-1]):.2f}" == f"{bottom:.2f}"
    rng = np.random.default_rng(2)
    maps = [default_map(rng, 8, 50, residual=True) for _ in range(20)]
    assert abs(low - factors(maps).min()) < 0.08
    assert abs(high - factors(maps).max()) < 0.08
    assert measured == pytest.approx(np.sqrt(np.mean([m[0, -1] ** 2 for m in maps])), rel=0.2)


def test_what_stands_between_layers_helps_downward_only():
    pace, bottom = {}, {}
    for name in ("plain", "residual", "normalised"):
        low, high, _ = CHAPTER.numbers(f"{name}: a layer down # to #, into the lowest #\n")
        lines = CHAPTER.printed.split(f"{name}: a layer down")[1].splitlines()
        bottom[name] = float(lines[1].split("step 50:")[1])
        pace[name] = float(lines[2].split("every ")[1].split()[0])
        assert low <= high
    assert bottom["plain"] < 0.03 < 1 < min(bottom["residual"], bottom["normalised"])
    assert pace["normalised"] < pace["residual"] < pace["plain"]
    assert abs(pace["plain"] - 2 / math.log10(3)) < 0.4


def test_lstm_layers():
    CHAPTER.assert_printed("a single passage: 1/2 · 1/2 · 0.577 = #", 0.25 / math.sqrt(3))
    passages = 7 * math.log10(0.25 / math.sqrt(3))
    for bias in (0, 3):
        pattern = f"forget bias {bias}: a layer # to #, lowest layer, step 50: #\n"
        low, high, bottom = CHAPTER.numbers(pattern)
        assert low < high
        assert abs(math.log10(bottom) - passages) < 0.7
    assert CHAPTER.numbers("forget bias 0: a layer # to #, lowest")[1] < math.sqrt(1 / 12) + 0.03


def arriving(n, m, alpha, beta, residual):
    """The foretold length by recursion; the stream of a layer is what comes to its state."""
    stream = [1.0] + [0.0] * n
    for _ in range(m + 1):
        state = []
        for k in range(n + 1):
            state.append(stream[k] + (alpha * state[k - 1] if k else 0))
        stream = [beta * g + (s if residual else 0) for s, g in zip(stream, state)]
    return math.sqrt(state[n])


def test_five_networks():
    """The rule of the page gives all eleven verdicts, and how far off it is."""
    passage = 1 / 4 / math.sqrt(3)
    networks = {"A": (True, None), "B": (False, 0), "C": (False, 3), "D": (True, 3)}
    for name, (residual, bias) in (networks | {"E": (False, None)}).items():
        rho = 3**-0.5 if bias is None else 1 / (1 + math.exp(-bias)) + passage
        beta = 1 / 3 if bias is None else passage**2
        if bias is not None:
            CHAPTER.assert_printed(f"bias {bias}: ρ = #, ρ^49 = #", rho, rho**49)
        for step in (50, 1, 37) if name == "E" else (50, 1):
            foretold = arriving(50 - step, 7, rho**2, beta, residual)
            verdict = "vanishes" if foretold < 1e-3 else "arrives"
            median, printed = CHAPTER.numbers(
                f"{name}, step {step}: {verdict}, median #, foretold #\n"
            )
            assert (median < 1e-3) == (verdict == "vanishes")
            assert f"{foretold:.0e}" == f"{printed:.0e}"
            if (name, step) != ("D", 1):
                assert abs(math.log10(median / foretold)) < 1.1


def test_both_repairs_lower_the_slopes():
    """Other weights and inputs, in numpy: means of ten draws are met to 0.05."""
    plain, residual, normalised = CHAPTER.numbers("top layer, mean squared slope: # # #\n")
    rng = np.random.default_rng(5)
    for printed, options in ((plain, {}), (residual, {"residual": True})):
        mine = np.mean([top_slopes(rng, **options) for _ in range(10)])
        assert abs(printed - mine) < 0.05
    assert normalised < residual < plain


def top_slopes(rng, residual=False, H=32, T=50):
    """Mean squared slope of the top one of eight tanh layers with PyTorch's weights."""
    c = 1 / math.sqrt(H)
    W, b = rng.uniform(-c, c, (8, H, H)), rng.uniform(-c, c, (8, H))
    U = [rng.uniform(-c, c, (H, H if n else 1)) for n in range(8)]
    h, slopes = np.zeros((8, H)), []
    for _ in range(T):
        below = rng.normal(size=1)
        for n in range(8):
            h[n] = np.tanh(U[n] @ below + b[n] + W[n] @ h[n])
            below = below + h[n] if residual and n else h[n]
        slopes.append(np.mean((1 - h[7] ** 2) ** 2))
    return np.mean(slopes)


def test_on_the_edge():
    by_theorem = math.sqrt(math.prod(range(50, 57)) / math.factorial(7) / 3**7)
    foretold, measured = CHAPTER.numbers("lowest: foretold #, measured #")
    assert foretold == round(by_theorem)
    assert 0.6 < measured / by_theorem < 1.6


def test_a_quieter_stream():
    (quiet,) = CHAPTER.numbers("quiet: from the top of 16 layers to the lowest, times #")
    (loud,) = CHAPTER.numbers("plain sum: from the top of 16 layers to the lowest, times #")
    assert quiet < math.sqrt(math.e)
    assert abs(quiet - (1 + 1 / 16) ** 7.5) < 0.2
    assert loud > 5


# The experiment


def test_the_courses_eight_losses():
    for target, losses in COURSE.items():
        for name, loss in zip(LABELS, losses):
            assert f"{target:12}{name:14}{loss:.4e}\n" in CHAPTER.printed


def test_five_seeds_are_the_files():
    for target in COURSE:
        block = CHAPTER.printed.split(f"{target}, doing nothing")[1]
        nothing = sum(1 / t for t in range(1, 11)) / 10 if target == "every step" else 0.1
        assert block.startswith(f" {nothing:.4f}, seeds 0 to 4:")
        for name, label in LABELS.items():
            scores = KEPT["course"][target][name]["scores"]
            assert f"  {label:15} {' '.join(f'{s:.1e}' for s in scores)}\n" in block


def beats(first, second):
    return sum(a < b for a, b in zip(first, second, strict=True))


def test_who_beats_whom():
    worst = max(max(run["scores"]) for table in KEPT["course"].values() for run in table.values())
    CHAPTER.assert_printed("worst of forty: #; best linear network: #", worst, 0.0901070)
    for target in COURSE:
        block = CHAPTER.printed.split(f"{target}, of five seeds:")[1]
        scores = {name: KEPT["course"][target][name]["scores"] for name in LABELS}
        for layers, words in ((1, "one layer"), (2, "two layers")):
            lstm, rnn = scores[f"lstm_{layers}_layer"], scores[f"rnn_{layers}_layer"]
            assert f"  {words}: LSTM before RNN in {beats(lstm, rnn)}\n" in block
        for cell in ("rnn", "lstm"):
            one, two = scores[f"{cell}_1_layer"], scores[f"{cell}_2_layer"]
            ratios = np.array(one) / np.array(two)
            line = f"  {cell.upper()}: two layers before one in {beats(two, one)}, "
            assert f"{line}by {ratios.min():.1f} to {ratios.max():.1f}\n" in block


def test_at_equal_size():
    heavy = weights(1, 55, 1), weights(1, 32, 2)
    CHAPTER.assert_printed("one layer of 55: #, two layers of 32: # weights", *heavy)
    groups = {
        "the package's weights": ("wide", "course"),
        "PyTorch's rule": ("pytorch_start", "pytorch_start"),
        "torch.nn.RNN": ("torch", "torch"),
    }
    for words, (wide_group, deep_group) in groups.items():
        for target in COURSE:
            wide = last_tenth(KEPT[wide_group][target]["rnn_1_layer_55_units"])
            deep = last_tenth(KEPT[deep_group][target]["rnn_2_layer"])
            block = CHAPTER.printed.split(f"{words}, {target}, last 500 batches:\n")[1]
            for name, ends in (("one layer of 55", wide), ("two layers of 32", deep)):
                assert f"  {name:17}{min(ends):.1e} to {max(ends):.1e}\n" in block
            assert block.split("deep before wide in ")[1][0] == str(beats(deep, wide))


def test_gates_at_equal_size():
    heavy = weights(1, 64, 1), weights(1, 32, 1, gates=4)
    CHAPTER.assert_printed("RNN of 64: #, LSTM of 32: # weights", *heavy)
    for target in COURSE:
        simple = last_tenth(KEPT["as_lstm"][target]["rnn_1_layer_64_units"])
        gated = last_tenth(KEPT["course"][target]["lstm_1_layer"])
        block = CHAPTER.printed.split(f"{target}, one layer, last 500 batches:\n")[1]
        for name, ends in (("RNN of 64", simple), ("LSTM of 32", gated)):
            assert f"  {name:11}{min(ends):.1e} to {max(ends):.1e}\n" in block
        assert block.split("LSTM before RNN in ")[1][0] == str(beats(gated, simple))


def last_tenth(run):
    means = np.array(run["means"])
    return list(means[:, -means.shape[1] // 10 :].mean(axis=1))


def test_two_layers_by_the_last_tenth():
    for target in COURSE:
        lstm, rnn = (last_tenth(KEPT["course"][target][f"{c}_2_layer"]) for c in ("lstm", "rnn"))
        pattern = f"{target}, two layers, last 500 batches: LSTM first in #\n"
        assert CHAPTER.numbers(pattern) == [beats(lstm, rnn)]


def test_the_start_of_the_wide_layer():
    table = {group: KEPT[group]["every step"] for group in ("torch", "pytorch_start")}
    wide = {group: last_tenth(runs["rnn_1_layer_55_units"]) for group, runs in table.items()}
    extremes = min(wide["torch"]), max(wide["pytorch_start"])
    CHAPTER.assert_printed("one layer of 55, every step: from # to #", *extremes)
    ratios = np.array(wide["torch"]) / np.array(last_tenth(table["torch"]["rnn_2_layer"]))
    CHAPTER.assert_printed("wide over deep: # to #", ratios.min(), ratios.max())


@pytest.mark.parametrize(("number", "line"), CHAPTER.decimals_of_the_prose())
def test_every_number_of_the_prose_is_printed_or_set_by_a_cell(number, line):
    assert CHAPTER.is_printed_or_set(number), f"no cell prints {number}: {line}"
