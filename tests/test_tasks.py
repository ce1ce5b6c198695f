"""The running mean: its data, and its exact scores against other exact routes and simulation."""

from fractions import Fraction

import pytest
import torch
from hypothesis import given, strategies as st

import rnnbook
from tests.strategies import examples

LENGTHS = st.integers(1, 12)


def test_targets_are_the_running_means():
    x, y = rnnbook.generate_batch(7, 5, generator=3)
    assert x.shape == y.shape == (5, 7, 1)
    for t in range(1, 8):
        torch.testing.assert_close(y[:, t - 1], x[:, :t].mean(dim=1))


def test_inputs_are_standard_normal_and_independent():
    x, _ = rnnbook.generate_batch(2, 40_000, generator=0)
    flat, n = x.flatten().double(), x.numel()
    # six standard errors: of a mean 1/√n, of a variance √(2/n), of a correlation 1/√(n/2)
    assert abs(float(flat.mean())) < 6 * n**-0.5
    assert abs(float(flat.var()) - 1) < 6 * (2 / n) ** 0.5
    assert abs(float((x[:, 0] * x[:, 1]).mean())) < 6 * (n / 2) ** -0.5


def test_a_seed_repeats_and_leaves_the_global_stream_alone():
    state = torch.get_rng_state()
    first, second = (rnnbook.generate_batch(4, 3, generator=5)[0] for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, rnnbook.generate_batch(4, 3, generator=6)[0])
    assert torch.equal(torch.get_rng_state(), state)


def test_a_generator_goes_on():
    generator = torch.Generator().manual_seed(5)
    first, second = (rnnbook.generate_batch(4, 3, generator=generator)[0] for _ in range(2))
    assert torch.equal(first, rnnbook.generate_batch(4, 3, generator=5)[0])
    assert not torch.equal(first, second)


def test_without_one_the_global_stream_is_used():
    torch.manual_seed(11)
    first = rnnbook.generate_batch(4, 3)[0]
    torch.manual_seed(11)
    assert torch.equal(first, torch.randn(3, 4, 1))
    assert rnnbook.generate_batch()[0].shape == (1, 10, 1)


# --- the loss ---------------------------------------------------------------------------------


def test_the_loss_is_the_mean_squared_error():
    pred, y = torch.randn(3, 4, 2), torch.randn(3, 4, 2)
    errors = (pred - y) ** 2
    assert float(rnnbook.loss_fn(pred, y)) == pytest.approx(float(errors.sum()) / 24, rel=1e-6)
    last = float(rnnbook.loss_fn(pred, y, last_timestep_only=True))
    assert last == pytest.approx(float(errors[:, 3].sum()) / 6, rel=1e-6)
    assert rnnbook.loss_fn(pred, y).shape == ()


def test_the_course_calls_it_without_a_feature_axis():
    pred, y = torch.tensor([[0.1, 0.2]]), torch.tensor([[1.0, 2.2]])
    assert float(rnnbook.loss_fn(pred, y, True)) == pytest.approx(4.0)


def test_a_recomputed_label_gives_loss_zero():
    x, y = rnnbook.generate_batch(6, 4, generator=1)
    means = torch.stack([x[:, : t + 1].mean(dim=1) for t in range(6)], dim=1)
    assert float(rnnbook.loss_fn(means, y)) < 1e-12  # float32, squared


def test_predictions_may_explode():
    y = torch.zeros(1, 2, 1)
    assert rnnbook.loss_fn(torch.full((1, 2, 1), torch.inf), y).isinf()
    assert rnnbook.loss_fn(torch.full((1, 2, 1), torch.nan), y).isnan()


# --- exact scores ------------------------------------------------------------------------------


def squared_errors(T: int, predict) -> list[Fraction]:
    """E(ŷ_t − y_t)² of ŷ_t = Σ_s w_ts x_s: for x ~ N(0, 1) the sum of squared differences."""
    return [
        sum(((Fraction(predict(t, s)) - Fraction(1, t)) ** 2 for s in range(1, t + 1)), Fraction(0))
        for t in range(1, T + 1)
    ]


def test_the_cost_of_doing_nothing_at_ten():
    assert float(rnnbook.cost_of_doing_nothing(10)) == pytest.approx(0.292897, abs=5e-7)
    assert rnnbook.cost_of_doing_nothing(10, last_timestep_only=True) == Fraction(1, 10)


@given(T=LENGTHS)
@examples(12)
def test_doing_nothing_is_the_zero_kernel(T):
    errors = squared_errors(T, lambda t, s: 0)
    assert rnnbook.cost_of_doing_nothing(T) == sum(errors) / T
    assert rnnbook.cost_of_doing_nothing(T, True) == errors[-1]
    zero = [Fraction(0)] * T
    assert rnnbook.linear_kernel_loss(zero) == rnnbook.cost_of_doing_nothing(T)
    assert rnnbook.linear_kernel_loss(zero, True) == Fraction(1, T)


@given(kernel=st.lists(st.fractions(-2, 2, max_denominator=9), min_size=1, max_size=8))
@examples(40)
def test_the_loss_of_a_kernel(kernel):
    errors = squared_errors(len(kernel), lambda t, s: kernel[t - s])
    assert rnnbook.linear_kernel_loss(kernel) == sum(errors) / len(kernel)
    assert rnnbook.linear_kernel_loss(kernel, last_timestep_only=True) == errors[-1]
    floats = [float(a) for a in kernel]
    assert rnnbook.linear_kernel_loss(floats) == pytest.approx(float(sum(errors) / len(kernel)))


def test_the_best_kernel_at_ten():
    kernel = rnnbook.best_linear_kernel(10)
    loss = rnnbook.linear_kernel_loss(kernel)
    assert loss == Fraction(14419832687, 160030080000)
    assert float(loss) == pytest.approx(0.0901070, abs=5e-8)
    assert all(isinstance(a, Fraction) for a in kernel)


@given(T=LENGTHS, nudge=st.fractions(-1, 1, max_denominator=50).filter(bool), data=st.data())
@examples(40)
def test_every_other_kernel_is_worse(T, nudge, data):
    kernel = rnnbook.best_linear_kernel(T)
    best = rnnbook.linear_kernel_loss(kernel)
    lag = data.draw(st.integers(0, T - 1))
    other = [a + nudge * (j == lag) for j, a in enumerate(kernel)]
    # quadratic, and (T − j) of the T steps see lag j
    assert rnnbook.linear_kernel_loss(other) - best == nudge**2 * Fraction(T - lag, T)


def test_one_linear_unit_comes_close():
    w, uv = 0.85468, 0.27051  # recurrent weight, input times readout
    loss = rnnbook.linear_kernel_loss([uv * w**j for j in range(10)])
    assert loss == pytest.approx(0.0917887, abs=5e-8)


def test_for_the_last_step_one_linear_unit_is_exact():
    assert rnnbook.linear_kernel_loss([Fraction(1, 10)] * 10, last_timestep_only=True) == 0


def test_a_linear_network_scores_what_its_kernel_says():
    w, u, v, T = 0.85, 0.6, 0.45, 10
    layer = rnnbook.RNNLayer(1, 1, lambda a: a).double()
    model = rnnbook.RecurrentRegressionModel(layer).double()
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), (u, 0.0, w, v, 0.0)):
            parameter.fill_(value)
        x, y = rnnbook.generate_batch(T, 40_000, generator=2)
        errors = (model(x.double())[0] - y).square().mean(dim=(1, 2))
    exact = rnnbook.linear_kernel_loss([v * u * w**j for j in range(T)])
    standard_error = float(errors.std()) / len(errors) ** 0.5
    assert abs(float(errors.mean()) - exact) < 5 * standard_error


@pytest.mark.parametrize("T", [1, 10, 25])
@pytest.mark.parametrize("last_timestep_only", [False, True])
def test_simulation_agrees_with_the_exact_costs(T, last_timestep_only):
    x, y = rnnbook.generate_batch(T, 40_000, generator=4)
    rows = slice(-1, None) if last_timestep_only else slice(None)
    kernel = rnnbook.best_linear_kernel(T)
    best = torch.stack(
        [sum(float(kernel[j]) * x[:, t - j] for j in range(t + 1)) for t in range(T)], dim=1
    )
    for pred, exact in (
        (torch.zeros_like(y), rnnbook.cost_of_doing_nothing(T, last_timestep_only)),
        (best, rnnbook.linear_kernel_loss(kernel, last_timestep_only)),
    ):
        errors = (pred - y)[:, rows].square().mean(dim=(1, 2)).double()
        standard_error = float(errors.std()) / len(errors) ** 0.5
        # five standard errors, and float32's rounding where the exact cost is 0
        assert abs(float(errors.mean()) - exact) < 5 * standard_error + 1e-12


def test_doing_nothing_is_what_the_loss_says():
    _, y = rnnbook.generate_batch(10, 20_000, generator=9)
    for last in (False, True):
        score = float(rnnbook.loss_fn(torch.zeros_like(y), y, last))
        # a squared target varies by √2 times its mean; ten steps are correlated: at most that
        error = 5 * 2**0.5 * float(rnnbook.cost_of_doing_nothing(10, last)) / 20_000**0.5
        assert abs(score - rnnbook.cost_of_doing_nothing(10, last)) < error
