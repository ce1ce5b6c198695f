"""What a recurrent matrix says about its powers: eigenvalues, singular values, bounds.

The chapter *Gradients through time* tells the two apart: the spectral radius decides in the long
run, the spectral norm bounds every step.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from rnnbook.validation import require_size, require_square

# The largest slope of each nonlinearity, γ in Pascanu et al. (2013), §2.1.
LARGEST_SLOPE = {"identity": 1.0, "tanh": 1.0, "relu": 1.0, "sigmoid": 0.25}


def spectrum(W: Tensor) -> Tensor:
    """Eigenvalues of a square matrix, the largest in magnitude first.

    Parameters
    ----------
    W : Tensor, (n, n)

    Returns
    -------
    Tensor, (n,), complex

    Raises
    ------
    TypeError, ValueError
        If W is not a finite square matrix.
    """
    require_square("W", W)
    eigenvalues = torch.linalg.eigvals(W.detach())
    return eigenvalues[eigenvalues.abs().argsort(descending=True, stable=True)]


def spectral_radius(W: Tensor) -> Tensor:
    r"""The largest magnitude of an eigenvalue, :math:`\rho = \lim_k \|W^k\|^{1/k}`.

    Arguments and errors are :func:`spectrum`'s; the result is a scalar tensor.
    """
    return spectrum(W)[0].abs()


def spectral_norm(W: Tensor) -> Tensor:
    r"""The largest singular value, :math:`\sigma_1 = \max_{|v| = 1} |W v|`.

    Arguments and errors are :func:`spectrum`'s; the result is a scalar tensor.
    """
    require_square("W", W)
    return torch.linalg.matrix_norm(W.detach(), ord=2)


def biggest_eig_magnitude(matrix: Tensor) -> float:
    """The spectral radius as a plain number, under the course notebook's name."""
    return float(spectral_radius(matrix))


def power_norms(W: Tensor, steps: int) -> Tensor:
    r"""Spectral norms of the powers, :math:`\|W\|, \|W^2\|, …, \|W^{steps}\|`.

    Parameters
    ----------
    W : Tensor, (n, n)
    steps : int
        At least 1.

    Returns
    -------
    Tensor, (steps,)
        Between ρ^k and σ₁^k.

    Raises
    ------
    TypeError, ValueError
        If W is not a finite square matrix or steps is below 1.

    Examples
    --------
    The radius is 1, and yet the powers grow.

    >>> power_norms(torch.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    tensor([1.6180, 2.4142, 3.3028])
    """
    require_square("W", W)
    require_size("steps", steps)
    powers = [W.detach()]
    for _ in range(steps - 1):
        powers.append(powers[-1] @ W.detach())
    return torch.linalg.matrix_norm(torch.stack(powers), ord=2)


@dataclass(frozen=True)
class PascanuBounds:
    r"""What the spectral norm alone says (Pascanu et al., 2013, §2.1).

    Attributes
    ----------
    gamma : float
        Largest slope of the nonlinearity.
    spectral_norm, spectral_radius : float
    per_step : float
        γσ₁: :math:`\|dh_t/dh_k\| \le (\gamma\sigma_1)^{t-k}`.
    must_vanish : bool
        σ₁ < 1/γ, *sufficient* for the long-term contribution to vanish.
    may_explode : bool
        σ₁ > 1/γ, *necessary* for it to explode, never sufficient.
    """

    gamma: float
    spectral_norm: float
    spectral_radius: float
    per_step: float
    must_vanish: bool
    may_explode: bool


def pascanu_bounds(W: Tensor, gamma: float = 1.0) -> PascanuBounds:
    """Pascanu's two conditions for a recurrent matrix and a nonlinearity of largest slope γ.

    Parameters
    ----------
    W : Tensor, (hidden, hidden)
    gamma : float, default 1
        Above 0: 1 for the identity, tanh and ReLU, 1/4 for the sigmoid.

    Raises
    ------
    TypeError, ValueError
        If W is not a finite square matrix or gamma is not above 0.
    """
    if not gamma > 0:
        raise ValueError(
            f"gamma is {gamma}; expected the nonlinearity's largest slope, above 0: one of "
            f"{LARGEST_SLOPE}."
        )
    sigma, rho = float(spectral_norm(W)), float(spectral_radius(W))
    per_step = gamma * sigma
    return PascanuBounds(gamma, sigma, rho, per_step, per_step < 1, per_step > 1)
