"""The figure's arithmetic against PyTorch's: the equality that the figure claims."""

import contextlib
import io
import math
import random
import subprocess
import sys

import pytest
import torch

import rnnbook
from rnnbook import GRULayer, LSTMLayer, RNNLayer
from rnnbook.figures.schema import read_schema
from rnnbook.gradient_flow import format_number, row_norms
from tests.equality import (
    STATES,
    assert_equal_to_pytorch,
    assert_most_need_no_allowance,
    random_state,
)
from tests.node import evaluate

FIGURE = """
import { gradientFlow } from "FIGURES/core/gradient-flow.mjs";
import { formatEntry, formatNumber } from "FIGURES/core/numbers.mjs";
import { pythonOf } from "FIGURES/core/python.mjs";
import { stepsPerTenfold } from "FIGURES/core/words.mjs";
const column = (curve) => Array.from(curve.values, (_, t) => formatEntry(curve, t));
"""
CELLS = {"rnn": RNNLayer, "lstm": LSTMLayer, "gru": GRULayer}


def in_javascript(states: list[dict]) -> list[dict]:
    """Compute states by the figure's own modules; infinite and missing numbers come as None."""
    return evaluate(
        FIGURE,
        """given.map((state) => {
          const { loss, curves } = gradientFlow(state);
          return { loss, columns: curves.map((curve) => ({
            label: curve.label, values: [...curve.values], kinds: curve.kinds,
            shown: column(curve) })) };
        })""",
        states,
    )


def test_the_figure_is_pytorch():
    choose = random.Random(20)
    states = [random_state(choose) for _ in range(STATES or 200)]
    assert_most_need_no_allowance(states, assert_equal_to_pytorch(states, in_javascript(states)))


@pytest.mark.parametrize("cell", CELLS)
def test_one_step_from_pytorchs_own_state(cell):
    """Fed PyTorch's own states, the figure's step gives its next ones to 1e-14 of their length."""
    choose = random.Random(21)
    states = [random_state(choose, longest=30) for _ in range(20)]
    states = [{**state, "cell": cell, "precision": "float64"} for state in states]
    runs = []
    for state in states:
        model, x, _ = rnnbook.gradient_flow_network(**state)
        model(x)
        record = model.recurrent_net.record()
        kept = {name: record[name][0].tolist() for name in "hc" if name in record}
        runs.append({"state": state, "x": x.flatten().tolist(), "kept": kept})
    stepped = evaluate(
        """import { drawNetwork } from "FIGURES/core/network.mjs";
        import { cells, createRows } from "FIGURES/core/unroll.mjs";""",
        """given.map(({ state, x, kept }) => x.map((value, t) => {
          const network = drawNetwork(state);
          const cell = cells[state.cell];
          const rows = createRows(network, cell.kept, "a", 1);
          if (t > 0) for (const name of cell.states) rows[name].set(kept[name][t - 1]);
          cell.step(network, value, rows, 1);
          return Object.fromEntries(cell.states.map(
            (name) => [name, [...rows[name].slice(state.hidden_size)]]));
        }))""",
        runs,
    )
    for run, ours in zip(runs, stepped, strict=True):
        for name, rows in run["kept"].items():
            theirs = torch.tensor(rows, dtype=torch.float64)
            found = torch.tensor([step[name] for step in ours], dtype=torch.float64)
            off = (found - theirs).norm(dim=-1)
            assert (off <= 1e-14 * theirs.norm(dim=-1)).all(), run["state"]


@pytest.mark.parametrize("scale", [0.0, 0.05, 5.0])
def test_zero_underflow_and_huge_values_are_named_alike(scale):
    common = {"nonlinearity": "identity", "seq_len": 200}
    states = [{**defaults(), **common, "weight_scale": scale, "seed": s} for s in range(5)]
    for state, figure in zip(states, in_javascript(states), strict=True):
        table = rnnbook.gradient_flow_table(**state)
        shown = {column["label"]: column for column in figure["columns"]}
        assert {label: column["kinds"] for label, column in shown.items()} == table.kinds
        first = table.kinds["|dL/dh_t|"][0]
        assert first == {0.0: "zero", 0.05: "underflow", 5.0: "number"}[scale]
        printed = [line.split()[2] for line in str(table).splitlines()[1:]]
        words = {"0", "underflow"}
        theirs = [v for v in shown["|dL/dh_t|"]["shown"] if v in words]
        assert [v for v in printed if v in words] == theirs
        assert len(set(printed) & words) == (scale != 5.0)


def defaults() -> dict:
    return {field["name"]: field["default"] for field in read_schema("gradient-flow")["state"]}


def test_the_copied_python_prints_the_figures_table():
    """Run in a fresh interpreter, it prints every digit shown, where the figure says they hold."""
    choose = random.Random(22)
    states = [random_state(choose, longest=60) for _ in range(50)]
    copied = evaluate(
        f"""{FIGURE}
        import {{ roundingSpread }} from "FIGURES/core/chaos.mjs";
        import {{ digitsThatHold }} from "FIGURES/core/words.mjs";""",
        """given.map((state) => {
          const { curves } = gradientFlow(state);
          const labels = curves.map((curve) => curve.label);
          return [pythonOf(state), digitsThatHold(roundingSpread(state)), labels,
                  curves.map(column)];
        })""",
        states,
    )
    separator = "# next"
    script = f"\nprint({separator!r})\n".join(text for text, *_ in copied)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    held = 0
    for printed, (_, digits, labels, columns) in zip(
        ran.stdout.split(separator), copied, strict=True
    ):
        rows = [line.split() for line in printed.strip().splitlines()]
        assert rows[0] == ["t", *labels]
        assert len(rows) == len(columns[0]) + 1
        if digits == 6:
            held += 1
            assert rows[1:] == [[str(t + 1), *row] for t, row in enumerate(zip(*columns))]
    assert held > 25


def test_numbers_are_written_alike():
    choose = random.Random(23)
    numbers = [choose.uniform(1, 10) * 10.0 ** choose.randint(-290, 290) for _ in range(2000)]
    numbers += [10.0**k for k in range(-12, 12)] + [999999.5, 99999.95, 9.999995, 0.000099999951]
    theirs = evaluate(FIGURE, "given.map((v) => formatNumber(v))", numbers)
    assert [format_number(v) for v in numbers] == theirs


def test_steps_per_tenfold_is_the_packages():
    choose = random.Random(24)
    curves = [[10 ** choose.uniform(-9, 3) for _ in range(12)] for _ in range(50)]
    theirs = evaluate(
        FIGURE,
        """given.map((values) =>
          stepsPerTenfold({ values, kinds: values.map(() => "number") }))""",
        curves,
    )
    for curve, rate in zip(curves, theirs, strict=True):
        assert math.isclose(rnnbook.steps_per_tenfold(curve), rate, rel_tol=1e-9)


def test_norms_of_huge_and_tiny_rows():
    rows = torch.tensor([[[3e200, 4e200], [3e-200, 4e-200], [0, 0], [math.inf, 1]]])
    assert row_norms(rows.double()[:, 2:]) == (0.0, math.inf)
    huge = torch.tensor([[[3e200, 4e200], [3e-200, 4e-200]]], dtype=torch.float64)
    assert row_norms(huge) == pytest.approx((5e200, 5e-200), rel=1e-15)


def test_the_global_random_numbers_are_left_alone():
    before = torch.random.get_rng_state()
    rnnbook.gradient_flow_table(seed=3)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_linear_gradient_is_a_matrix_power():
    """On the last step alone: dL/dh_t = (Wᵀ)^(T−t) V · 2(ŷ_T − y_T)."""
    state = {"nonlinearity": "identity", "weight_scale": 1.3, "seq_len": 12, "seed": 6}
    model, x, y = rnnbook.gradient_flow_network(**state)
    W = model.recurrent_net.hidden_linear.weight.detach()
    error = (model(x)[0] - y)[0, -1, 0].item()
    V = model.output_linear.weight.detach()[0]
    table = rnnbook.gradient_flow_table(**state)
    for t, norm in enumerate(table.dh_norms, start=1):
        exact = 2 * error * torch.linalg.matrix_power(W.T, 12 - t) @ V
        assert norm == pytest.approx(exact.norm().item(), rel=1e-12)


def test_printing_the_table():
    with contextlib.redirect_stdout(io.StringIO()) as out:
        print(rnnbook.gradient_flow_table(weight_scale=0.0, seq_len=5))
    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["t", "1", "2", "3", "4", "5"]
    assert [line.split()[2] for line in lines[1:5]] == ["0"] * 4


def test_a_state_that_is_none_is_refused():
    with pytest.raises(TypeError, match="has no weigth_scale; expected of its state: weight_scale"):
        rnnbook.gradient_flow_network(weigth_scale=1.0)
    with pytest.raises(ValueError, match="seq_len is 4; expected a multiple of 1 from 5 to 200"):
        rnnbook.gradient_flow_table(seq_len=4)


def preset_table(name: str) -> rnnbook.gradient_flow.GradientFlowTable:
    presets = {
        preset["name"]: preset["state"] for preset in read_schema("gradient-flow")["presets"]
    }
    return rnnbook.gradient_flow_table(**presets[name])


def test_every_preset_shows_what_its_sentence_says():
    heard = {
        name: norms[0] / norms[-1]
        for name in ("vanish", "explode", "edge", "chaos", "relu")
        for norms in [preset_table(name).dh_norms]
    }
    assert heard["vanish"] < 1e-9
    assert heard["explode"] > 1e6
    assert heard["chaos"] > 1e6
    assert 1 / 30 < heard["edge"] < 30
    relu = preset_table("relu").columns["|λ|^k"]
    assert heard["relu"] < 1e-3
    assert relu[0] > relu[-1]

    forgets, remembers = (preset_table(f"lstm-{how}").dc_norms for how in ("forgets", "remembers"))
    simple = rnnbook.steps_per_tenfold(preset_table("vanish").dh_norms)
    assert simple < rnnbook.steps_per_tenfold(forgets) < 1.6 * simple  # almost as fast
    assert 1 / 10 < remembers[0] / remembers[-1] < 10

    kinds = preset_table("underflow").kinds["|dL/dh_t|"]
    lost = kinds.count("underflow")
    assert kinds == ["underflow"] * lost + ["number"] * (100 - lost)
    assert 55 <= 100 - lost <= 65  # after some sixty steps
