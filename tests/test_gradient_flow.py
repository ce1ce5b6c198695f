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
from rnnbook.figures.schema import read_schema
from rnnbook.gradient_flow import UNDERFLOW, classify, format_number, row_norms
from tests.node import evaluate

FIGURE = """
import { gradientFlow } from "FIGURES/core/gradient-flow.mjs";
import { formatEntry, formatNumber } from "FIGURES/core/numbers.mjs";
import { pythonOf } from "FIGURES/core/python.mjs";
import { stepsPerTenfold } from "FIGURES/core/words.mjs";
const column = (curve) => Array.from(curve.values, (_, t) => formatEntry(curve, t));
"""
STATES = 300


def random_state(choose: random.Random, widest: float = 5, longest: int = 200) -> dict:
    """Draw a state from the whole range of the figure's controls."""
    return {
        "weight_scale": round(0.05 * choose.randint(-int(widest * 20), int(widest * 20)), 2),
        "bias_scale": round(0.05 * choose.randint(-100, 100), 2),
        "nonlinearity": choose.choice(["tanh", "identity"]),
        "last_timestep_only": choose.random() < 0.5,
        "hidden_size": choose.choice([1, 2, 3, 4, 5, 8, 10, 16, 16, 24, 32, 64]),
        "seq_len": choose.randint(5, longest),
        "seed": choose.randrange(2**32),
    }


def in_javascript(states: list[dict]) -> list[dict]:
    """Compute states by the figure's own modules; infinite and missing numbers come as None."""
    return evaluate(
        FIGURE,
        """given.map((state) => {
          const { loss, hNorm, dhNorm } = gradientFlow(state);
          return { loss, h: [...hNorm.values], dh: [...dhNorm.values],
                   h_kinds: hNorm.kinds, dh_kinds: dhNorm.kinds, shown: column(dhNorm) };
        })""",
        states,
    )


class Moved(torch.autograd.Function):
    """An activation whose every value is moved by two units in the last place, slope included."""

    @staticmethod
    def forward(ctx, a, direction, name):
        h = torch.tanh(a) if name == "tanh" else a
        for _ in range(2):
            h = torch.nextafter(h, h + direction)
        ctx.save_for_backward(1 - h * h if name == "tanh" else torch.ones_like(h))
        return h

    @staticmethod
    def backward(ctx, grad):
        return ctx.saved_tensors[0] * grad, None, None


def norms_with_moved_activations(state: dict, generator: torch.Generator) -> tuple[float, ...]:
    """The figure's norms, computed by PyTorch, when every activation moves at random by 2 ULP."""
    model, x, y = rnnbook.gradient_flow_network(**state)

    def moved(a):
        sign = 2.0 * torch.randint(2, a.shape, generator=generator, dtype=a.dtype) - 1
        return Moved.apply(a, sign, state["nonlinearity"])

    model.recurrent_net.nonlinearity = moved
    only = state["last_timestep_only"]
    flow = rnnbook.state_gradients(model, x, lambda out: rnnbook.loss_fn(out, y, only))
    return (*row_norms(flow.h[0]), *row_norms(flow.dh[0]))


def allowed_change(state: dict, exact: tuple[float, ...]) -> list[float]:
    """Ten times the largest change of each norm over five ways of moving every activation."""
    generator = torch.Generator().manual_seed(1)
    runs = [norms_with_moved_activations(state, generator) for _ in range(5)]
    return [10 * max(abs(r[i] - v) for r in runs) for i, v in enumerate(exact)]


def test_the_figure_is_pytorch():
    choose = random.Random(20)
    states = [random_state(choose) for _ in range(STATES)]
    beyond = 0
    for state, figure in zip(states, in_javascript(states), strict=True):
        table = rnnbook.gradient_flow_table(**state)
        exact = (*table.h_norms, *table.dh_norms)
        shown = (*figure["h"], *figure["dh"])
        off = [i for i, (a, b) in enumerate(zip(shown, exact, strict=True)) if not close(a, b)]
        if off:
            beyond += 1
            allowed = allowed_change(state, exact)
            for i in off:
                assert abs(shown[i] - exact[i]) <= allowed[i], f"{state}, entry {i}"
    # The allowance is for chaos and saturation alone: most states agree to 1e-9 as they are.
    assert beyond < STATES / 20


def close(shown: float, exact: float) -> bool:
    if max(shown, exact) < UNDERFLOW:
        return True
    return abs(shown - exact) <= 1e-9 * abs(exact)


def test_one_step_from_pytorchs_own_state():
    """Fed PyTorch's h_{t−1}, the figure's step gives PyTorch's h_t to 1e-14 of its length."""
    choose = random.Random(21)
    states = [random_state(choose, longest=30) for _ in range(20)]
    runs = []
    for state in states:
        model, x, _ = rnnbook.gradient_flow_network(**state)
        runs.append({"state": state, "x": x.flatten().tolist(), "h": model(x)[1][0].tolist()})
    stepped = evaluate(
        """import { drawNetwork } from "FIGURES/core/network.mjs";
        import { activations } from "FIGURES/core/activations.mjs";
        import { step } from "FIGURES/core/rnn.mjs";""",
        """given.map(({ state, x, h }) => x.map((value, t) => {
          const H = state.hidden_size;
          const pair = Float64Array.from([...(h[t - 1] ?? Array(H).fill(0)), ...h[t]]);
          step(drawNetwork(state), activations[state.nonlinearity], value, pair, H);
          return [...pair.slice(H)];
        }))""",
        runs,
    )
    for run, ours in zip(runs, stepped, strict=True):
        theirs = torch.tensor(run["h"], dtype=torch.float64)
        off = (torch.tensor(ours, dtype=torch.float64) - theirs).norm(dim=-1)
        assert (off <= 1e-14 * theirs.norm(dim=-1)).all(), run["state"]


@pytest.mark.parametrize("scale", [0.0, 0.05, 5.0])
def test_zero_underflow_and_huge_values_are_named_alike(scale):
    common = {"nonlinearity": "identity", "seq_len": 200}
    states = [{**defaults(), **common, "weight_scale": scale, "seed": s} for s in range(5)]
    for state, figure in zip(states, in_javascript(states), strict=True):
        table = rnnbook.gradient_flow_table(**state)
        kinds = classify(table.dh_norms[::-1])[::-1]
        assert figure["dh_kinds"] == kinds
        assert kinds[0] == {0.0: "zero", 0.05: "underflow", 5.0: "number"}[scale]
        assert figure["h_kinds"] == classify(table.h_norms)
        printed = [line.split()[2] for line in str(table).splitlines()[1:]]
        words = {"0", "underflow"}
        assert [v for v in printed if v in words] == [v for v in figure["shown"] if v in words]
        assert len(set(printed) & words) == (scale != 5.0)


def defaults() -> dict:
    return {field["name"]: field["default"] for field in read_schema("gradient-flow")["state"]}


def test_the_copied_python_prints_the_figures_table():
    # Moderate scales: a chaotic network's last digits are beyond replication, and differ.
    choose = random.Random(22)
    states = [random_state(choose, widest=1.5, longest=40) for _ in range(30)]
    copied = evaluate(
        FIGURE,
        """given.map((state) => {
          const { hNorm, dhNorm } = gradientFlow(state);
          return [pythonOf(state), column(hNorm), column(dhNorm)];
        })""",
        states,
    )
    separator = "# next"
    script = f"\nprint({separator!r})\n".join(text for text, _, _ in copied)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    for printed, (_, h, dh) in zip(ran.stdout.split(separator), copied, strict=True):
        rows = [line.split() for line in printed.strip().splitlines()]
        assert rows[0] == ["t", "|h_t|", "|dL/dh_t|"]
        assert rows[1:] == [[str(t + 1), *pair] for t, pair in enumerate(zip(h, dh))]


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
