"""Eigenvalues, singular values and powers against closed forms."""

import math

import pytest
import torch
from hypothesis import given, strategies as st

import rnnbook
from tests.strategies import examples

# Eigenvalues and singular values are good to some ten roundings of 1.1e-16, relative to the norm.
EXACT = {"rel": 1e-12, "abs": 1e-12}


def matrix(rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def drawn(seed: int, n: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, n, generator=generator, dtype=torch.float64) / n**0.5


SHEAR = [[1.0, 1.0], [0.0, 1.0]]
STAIRCASE = [[0.8, 0, 0, 0], [0.5, 0.8, 0, 0], [0, 0.5, 0.8, 0], [0, 0, 0.5, 0.8]]


def test_a_matrix_with_known_eigenvalues_and_singular_values():
    W = matrix([[0.0, -2.0], [0.5, 0.0]])  # ±i, and 2 and 1/2
    eigenvalues = rnnbook.spectrum(W)
    assert eigenvalues.is_complex()
    assert sorted(e.imag for e in eigenvalues.tolist()) == pytest.approx([-1, 1])
    assert [e.real for e in eigenvalues.tolist()] == pytest.approx([0, 0], abs=1e-15)
    assert float(rnnbook.spectral_radius(W)) == pytest.approx(1, **EXACT)
    assert float(rnnbook.spectral_norm(W)) == pytest.approx(2, **EXACT)


def test_the_boundary_case():
    W = matrix(SHEAR)
    assert float(rnnbook.spectral_radius(W)) == pytest.approx(1, abs=1e-7)  # defective: √ε
    norms = rnnbook.power_norms(W, 100)
    for k in (1, 2, 50, 100):  # the norm of [[1, k], [0, 1]]
        assert float(norms[k - 1]) == pytest.approx((k + math.hypot(k, 2)) / 2, **EXACT)
    assert round(float(norms[99]), 2) == 100.01


def test_radii_say_nothing_of_a_product():
    A, B = matrix([[0.0, 2.0], [0.0, 0.0]]), matrix([[0.0, 0.0], [2.0, 0.0]])
    assert rnnbook.biggest_eig_magnitude(A) == rnnbook.biggest_eig_magnitude(B) == 0
    assert rnnbook.biggest_eig_magnitude(A @ B) == pytest.approx(4)


def test_the_same_eigenvalues_and_another_gradient():
    norms = rnnbook.power_norms(matrix(STAIRCASE), 60).tolist()
    assert norms[0] == pytest.approx(1.22965, abs=5e-6)
    assert max(norms) == norms[13 - 1] == pytest.approx(4.56821, abs=5e-6)
    assert [k for k in range(1, 61) if norms[k - 1] < 1][0] == 32  # noqa: RUF015
    assert all(norm < 1 for norm in norms[31:])
    eigenvalues = torch.linalg.eigvals(matrix(STAIRCASE)).abs()
    assert float(eigenvalues.max()) == pytest.approx(0.8, abs=1e-3)  # fourfold: ε^(1/4)


@given(seed=st.integers(0, 10_000), n=st.integers(1, 8))
@examples(60)
def test_what_always_holds(seed, n):
    W = drawn(seed, n)
    magnitudes = rnnbook.spectrum(W).abs()
    radius, norm = float(rnnbook.spectral_radius(W)), float(rnnbook.spectral_norm(W))
    assert (magnitudes[:-1] >= magnitudes[1:] - 1e-12).all(), "the largest is not first"
    assert radius == float(magnitudes.max())
    assert rnnbook.biggest_eig_magnitude(W) == radius
    assert radius <= norm * (1 + 1e-12)
    # independent routes: determinant and trace, and the root of the largest eigenvalue of WᵀW
    assert complex(rnnbook.spectrum(W).sum()) == pytest.approx(complex(W.trace()), **EXACT)
    assert complex(rnnbook.spectrum(W).prod()) == pytest.approx(complex(W.det()), **EXACT)
    assert norm == pytest.approx(math.sqrt(float(torch.linalg.eigvalsh(W.T @ W)[-1])), rel=1e-9)
    powers = rnnbook.power_norms(W, 12).tolist()
    for k, power in enumerate(powers, start=1):
        direct = torch.linalg.svdvals(torch.linalg.matrix_power(W, k))[0]
        assert power == pytest.approx(float(direct), rel=1e-10)
        assert radius**k * (1 - 1e-9) <= power <= norm**k * (1 + 1e-9)


def test_the_types_that_come_back():
    W = torch.nn.Parameter(matrix(SHEAR))
    assert type(rnnbook.biggest_eig_magnitude(W)) is float
    for value in (rnnbook.spectral_radius(W), rnnbook.spectral_norm(W)):
        assert value.shape == ()
        assert value.dtype == torch.float64
        assert not value.requires_grad
    assert not rnnbook.spectrum(W).requires_grad
    assert not rnnbook.power_norms(W, 2).requires_grad
    assert rnnbook.power_norms(W, 3).shape == (3,)
    assert rnnbook.spectral_norm(W.detach().float()).dtype == torch.float32
    assert torch.equal(W.detach(), matrix(SHEAR))


def test_pytorchs_default_radius_and_norm_in_a_wide_layer():
    layer = rnnbook.RNNLayer(1, 400)
    W = layer.hidden_linear.weight
    # 1/√3 and 2/√3 as the layer gets wide. At 400 units the norm scatters by the order of
    # 400^(-2/3) = 1.8 %, the radius more, by (4 · 400)^(-1/2) = 2.5 % times a long upper tail.
    assert float(rnnbook.spectral_norm(W)) == pytest.approx(2 * 3**-0.5, rel=0.06)
    assert float(rnnbook.spectral_radius(W)) == pytest.approx(3**-0.5, rel=0.15)


# --- Pascanu's bounds ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sigma", "gamma", "vanish", "explode"),
    [
        (0.9, 1.0, True, False),
        (1.1, 1.0, False, True),
        (1.0, 1.0, False, False),
        (3.9, 0.25, True, False),
        (4.1, 0.25, False, True),
        (4.0, 0.25, False, False),
    ],
)
def test_pascanus_two_conditions(sigma, gamma, vanish, explode):
    bounds = rnnbook.pascanu_bounds(matrix([[sigma, 0.0], [0.0, 0.1]]), gamma)
    assert bounds.gamma == gamma
    assert bounds.spectral_norm == bounds.spectral_radius == pytest.approx(sigma)
    assert bounds.per_step == pytest.approx(gamma * sigma)
    assert (bounds.must_vanish, bounds.may_explode) == (vanish, explode)


def test_the_bound_is_the_norms_and_not_the_radiuss():
    bounds = rnnbook.pascanu_bounds(matrix(STAIRCASE))
    assert bounds.gamma == 1
    assert bounds.spectral_norm == pytest.approx(1.22965, abs=5e-6)
    assert bounds.spectral_radius == pytest.approx(0.8, abs=1e-3)
    assert bounds.per_step == bounds.spectral_norm
    assert bounds.may_explode
    assert not bounds.must_vanish


@pytest.mark.parametrize(("phi", "gamma"), [(torch.tanh, 1.0), (torch.sigmoid, 0.25)])
def test_the_bound_bounds_every_jacobian(phi, gamma):
    layer = rnnbook.RNNLayer(2, 4, phi).double()
    rnnbook.scaled_(layer, 3.0)
    bounds = rnnbook.pascanu_bounds(layer.hidden_linear.weight, gamma)
    x = torch.randn(3, 10, 2, dtype=torch.float64)
    norms = rnnbook.jacobian_norms(layer, x, "spectral")
    for t in range(10):
        for k in range(t + 1):
            assert (norms[:, t, k] <= bounds.per_step ** (t - k) * (1 + 1e-9)).all()
