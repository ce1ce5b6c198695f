"""What a network does when left to itself: the edge of chaos, and the wall in the error surface.

The chapter *Gradients through time* uses all of it. One unit is Pascanu's, x ← w σ(x) + b; many
units are h ← tanh(W h). Exponents are in nats per step: a gradient that travels k steps along the
trajectory grows like exp(exponent · k).
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rnnbook.gradients import clip_by_norm
from rnnbook.tasks import as_generator
from rnnbook.validation import require_data, require_size, require_tensor


def gaussian_coupling(
    size: int, gain: float, generator: int | torch.Generator | None = None
) -> Tensor:
    r"""Draw a matrix with entries from :math:`N(0, g^2/N)`; its spectral radius nears g as N grows.

    Parameters
    ----------
    size : int
        N, at least 1.
    gain : float
        g ≥ 0.
    generator : int or torch.Generator, optional
        A seed or a generator; PyTorch's global stream if none is given.

    Returns
    -------
    Tensor, (size, size), float64

    Raises
    ------
    TypeError, ValueError
        If size is not a whole number of at least 1, the gain is negative or not finite, or
        generator is neither of the two.
    """
    require_size("size", size)
    if not 0 <= gain < math.inf:
        raise ValueError(f"gain is {gain}; expected a finite number of at least 0.")
    draws = torch.randn(size, size, generator=as_generator(generator), dtype=torch.float64)
    return gain / math.sqrt(size) * draws


def lyapunov_exponent(
    W: Tensor,
    steps: int = 1000,
    transient: int = 500,
    generator: int | torch.Generator | None = None,
) -> Tensor:
    r"""Largest Lyapunov exponent of :math:`h_t = \tanh(W h_{t-1})`, in nats per step.

    A tangent vector is carried along the trajectory, :math:`v_t = J_t v_{t-1}` with
    :math:`J_t = \mathrm{diag}(1 - h_t^2)\, W`, and scaled back to length one after every step:

    .. math:: \lambda = \frac1T \sum_{t=1}^{T} \ln |J_t v_{t-1}|

    :math:`h_t = W \tanh(h_{t-1})` has the same exponents: the two are one system seen before and
    after the nonlinearity.

    Parameters
    ----------
    W : Tensor, (n, n) or (draws, n, n)
        Several matrices cost little more than one.
    steps : int, default 1000
        T, at least 1. The error falls like 1/T below the edge and like 1/√T above it.
    transient : int, default 500
        Steps before the first that counts, for h to settle and v to turn; at least 1.
    generator : int or torch.Generator, optional
        Of the starting state, N(0, 1), and the starting vector.

    Returns
    -------
    Tensor, () or (draws,)
        Negative: two nearby states meet again, and gradients vanish. Positive: chaos. −∞ where
        every tangent vector is lost, as for W = 0.

    Raises
    ------
    TypeError, ValueError
        If W is not finite and square, or steps or transient is not a whole number of at least 1.

    Notes
    -----
    Source: Benettin et al. (1980). Chapter: *Gradients through time*.
    """
    _require_couplings(W)
    require_size("steps", steps)
    require_size("transient", transient)
    start = torch.randn(*W.shape[:-1], 2, generator=as_generator(generator), dtype=W.dtype)
    h, v = start.to(W.device).unbind(-1)
    total = torch.zeros(W.shape[:-2], dtype=W.dtype, device=W.device)
    for t in range(transient + steps):
        Wh, Wv = (W.detach() @ torch.stack([h, v], dim=-1)).unbind(-1)
        h = torch.tanh(Wh)
        v = (1 - h.square()) * Wv
        length = torch.linalg.vector_norm(v, dim=-1, keepdim=True)
        v = v / length.where(length > 0, 1)
        if t >= transient:
            total = total + length.squeeze(-1).log()
    return total / steps


def mean_field_exponent(gain: float) -> float:
    r"""Largest exponent of :math:`h \leftarrow W\tanh(h)`, W from N(0, g²/N), as N → ∞.

    At g ≤ 1 the state dies out and the exponent is ln g. Above, the components of h become
    Gaussian with a variance q that reproduces itself, and a tangent vector's mean square grows by
    g² E[φ'²] a step:

    .. math::

        q = g^2\, E[\tanh^2(\sqrt q\, z)], \qquad
        \lambda = \tfrac12 \ln\big(g^2\, E[(1 - \tanh^2(\sqrt q\, z))^2]\big), \quad z \sim N(0, 1)

    Parameters
    ----------
    gain : float
        g, from above 0 to 1000 (above that the quadrature loses digits).

    Returns
    -------
    float
        In nats per step.

    Raises
    ------
    ValueError
        If the gain is not above 0, or is above 1000.

    Notes
    -----
    The argument is the chapter's own (*Gradients through time*), and simulations agree with it.
    That chaos begins at g = 1 is Sompolinsky, Crisanti & Sommers (1988), for continuous time, where
    the exponents are others; in discrete time Molgedey, Schuchhardt & Schuster (1992), quoted.
    """
    if not 0 < gain <= 1000:
        raise ValueError(f"gain is {gain}; expected a number above 0 and at most 1000.")
    if gain <= 1:
        return math.log(gain)

    def excess(q: float) -> float:
        return gain**2 * _gaussian_mean(np.tanh(math.sqrt(q) * Z) ** 2) / q - 1

    q = _bisect(excess, 1e-12, gain**2)
    slope = 1 - np.tanh(math.sqrt(q) * Z) ** 2
    return 0.5 * math.log(gain**2 * _gaussian_mean(slope**2))


class FixedPoint(NamedTuple):
    """A state that maps to itself.

    Attributes
    ----------
    x : float
    slope : float
        w σ'(x), by which a small deviation is multiplied every step: stable if below one.
    """

    x: float
    slope: float

    @property
    def stable(self) -> bool:
        """Whether a state nearby comes back."""
        return abs(self.slope) < 1


def fixed_points(w: float, b: float) -> list[FixedPoint]:
    r"""Every x with :math:`x = w\,\sigma(x) + b`, in rising order.

    Between the two places where wσ' = 1, which have a closed form, the difference of the two sides
    only rises or only falls: one bisection in each piece finds all.

    Parameters
    ----------
    w, b : float

    Returns
    -------
    list of FixedPoint
        One; three inside :func:`two_state_range`, the middle one unstable; two on its edge.

    Raises
    ------
    ValueError
        If w or b is not finite.

    Notes
    -----
    Source: Pascanu et al. (2013), §2.2 and Fig. 3. Chapter: *Gradients through time*.
    """
    _require_finite(w=w, b=b)

    def excess(x: float) -> float:
        return w * _sigmoid(x) + b - x

    edges = [b + min(w, 0) - 1, *_unit_slopes(w), b + max(w, 0) + 1]
    roots = [x for x in edges if excess(x) == 0]
    for left, right in pairwise(edges):
        if excess(left) * excess(right) < 0:
            roots.append(_bisect(excess, left, right))
    return [FixedPoint(x, w * _sigmoid_slope(x)) for x in sorted(roots)]


def two_state_range(w: float) -> tuple[float, float]:
    r"""Return the biases between which :math:`x \leftarrow w\,\sigma(x) + b` has two stable states.

    At either end a stable and an unstable state meet, where wσ'(x) = 1.

    Parameters
    ----------
    w : float
        Above 4 = 1/γ, the sigmoid's threshold of Pascanu et al. (2013), §2.1.

    Raises
    ------
    ValueError
        If w is not above 4: there is then one state for every b.

    Notes
    -----
    Source: Pascanu et al. (2013), Fig. 3. Chapter: *Gradients through time*.
    """
    _require_finite(w=w)
    if w <= 4:
        raise ValueError(
            f"w is {w}; expected more than 4, for the slope w σ'(x) to pass 1 anywhere: "
            "up to 4 there is one stable state whatever the bias."
        )
    low, high = sorted(x - w * _sigmoid(x) for x in _unit_slopes(w))
    return low, high


class WallPoint(NamedTuple):
    """A loss on Pascanu's error surface and its gradient; tensors of one shape.

    Attributes
    ----------
    loss, dw, db : Tensor
        L, dL/dw, dL/db.
    """

    loss: Tensor
    dw: Tensor
    db: Tensor

    @property
    def norm(self) -> Tensor:
        """The gradient's length, |(dL/dw, dL/db)|."""
        return torch.hypot(self.dw, self.db)


def error_wall(
    w: float | Tensor,
    b: float | Tensor,
    steps: int = 50,
    x0: float = 0.5,
    target: float = 0.7,
) -> WallPoint:
    r"""Loss and gradient of one unit, :math:`x_t = w\,\sigma(x_{t-1}) + b`, after many steps.

    .. math::

        L = (\sigma(x_T) - y)^2, \qquad
        \frac{dx_t}{dw} = \sigma(x_{t-1}) + w\,\sigma'(x_{t-1})\,\frac{dx_{t-1}}{dw}, \qquad
        \frac{dx_t}{db} = 1 + w\,\sigma'(x_{t-1})\,\frac{dx_{t-1}}{db}

    Parameters
    ----------
    w, b : float or Tensor
        Broadcast against each other, so ``error_wall(w[:, None], b)`` is a surface.
    steps : int, default 50
        T, at least 1.
    x0, target : float
        x_0 and y.

    Returns
    -------
    WallPoint
        In float64.

    Raises
    ------
    TypeError, ValueError
        If w, b, x0 or target is not finite, or steps is not a whole number of at least 1.

    Notes
    -----
    Source: Pascanu et al. (2013), §2.3 and Fig. 6. The wall is where x_0 is the unstable fixed
    point, :func:`wall_bias`. How high it looks on a grid depends on the grid.
    Chapter: *Gradients through time*.
    """
    require_size("steps", steps)
    _require_finite(x0=x0, target=target)
    W, B = torch.broadcast_tensors(_as_float64("w", w), _as_float64("b", b))
    x = torch.full_like(W, x0)
    dx_dw, dx_db = torch.zeros_like(W), torch.zeros_like(W)
    for _ in range(steps):
        s = torch.sigmoid(x)
        slope = W * s * (1 - s)
        dx_dw, dx_db = s + slope * dx_dw, 1 + slope * dx_db
        x = W * s + B
    s = torch.sigmoid(x)
    dL_dx = 2 * (s - target) * s * (1 - s)
    return WallPoint((s - target).square(), dL_dx * dx_dw, dL_dx * dx_db)


def wall_bias(w: float, x0: float = 0.5) -> float:
    r"""Return the bias at which x_0 is a fixed point, :math:`b = x_0 - w\,\sigma(x_0)`.

    Where :math:`w > 1/\sigma'(x_0)` it is an unstable one, and the error surface has its wall:
    w > 4.2553 for x_0 = 0.5.

    Raises
    ------
    ValueError
        If w or x0 is not finite.
    """
    _require_finite(w=w, x0=x0)
    return x0 - w * _sigmoid(x0)


def descend_wall(
    w: float, b: float, learning_rate: float, updates: int, max_norm: float | None = None
) -> Tensor:
    """Gradient descent on the error wall's surface, with or without clipping by norm.

    Parameters
    ----------
    w, b : float
        The start.
    learning_rate : float
        Above 0.
    updates : int
        At least 1.
    max_norm : float, optional
        The largest gradient norm that a step uses; without it gradients are used as they are.

    Returns
    -------
    Tensor, (updates + 1, 2)
        The points (w, b) visited, the start first.

    Raises
    ------
    TypeError, ValueError
        If a number is not finite or not above 0 where it must be.

    Notes
    -----
    Source: Pascanu et al. (2013), §3.2 and Fig. 6. Chapter: *Gradients through time*.
    """
    _require_finite(w=w, b=b)
    require_size("updates", updates)
    if not 0 < learning_rate < math.inf:
        raise ValueError(f"learning_rate is {learning_rate}; expected a finite number above 0.")
    points = [torch.tensor([w, b], dtype=torch.float64)]
    for _ in range(updates):
        here = error_wall(*points[-1])
        gradient = torch.stack([here.dw, here.db])
        if max_norm is not None:
            gradient = clip_by_norm(gradient, max_norm)
        points.append(points[-1] - learning_rate * gradient)
    return torch.stack(points)


# Expectations over z ~ N(0, 1): the trapezoidal rule. For a function that is smooth and decays it
# converges faster than any power of the spacing; Gauss-Hermite does not, for a steep tanh.
Z = np.linspace(-10, 10, 20001)
WEIGHTS = np.exp(-Z * Z / 2) * (Z[1] - Z[0]) / math.sqrt(2 * math.pi)


def _gaussian_mean(values: np.ndarray) -> float:
    return float(values @ WEIGHTS)


def _bisect(f: Callable[[float], float], left: float, right: float) -> float:
    """Return where f changes sign between the two ends, to the last digit."""
    rising = f(right) > 0
    while True:
        middle = (left + right) / 2
        if not left < middle < right:
            return middle
        if (f(middle) > 0) == rising:
            right = middle
        else:
            left = middle


def _sigmoid(x: float) -> float:
    e = math.exp(-abs(x))
    return 1 / (1 + e) if x >= 0 else e / (1 + e)


def _sigmoid_slope(x: float) -> float:
    return _sigmoid(x) * _sigmoid(-x)


def _unit_slopes(w: float) -> list[float]:
    """Return the two x with w σ'(x) = 1, in rising order; none up to w = 4."""
    if w <= 4:
        return []
    root = math.sqrt(1 - 4 / w)
    x = math.log((1 + root) / (1 - root))
    return [-x, x]


def _as_float64(name: str, value: float | Tensor) -> Tensor:
    if isinstance(value, Tensor):
        require_tensor(name, value)
        require_data(name, value)
        return value.detach().double()
    _require_finite(**{name: value})
    return torch.tensor(value, dtype=torch.float64)


def _require_finite(**numbers: float) -> None:
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}; expected a finite number.")


def _require_couplings(W: Tensor) -> None:
    require_tensor("W", W)
    if W.dim() not in (2, 3) or W.shape[-1] != W.shape[-2] or W.numel() == 0:
        raise ValueError(
            f"W has shape {tuple(W.shape)}; expected a square matrix (n, n), or several of one "
            "size, (draws, n, n)."
        )
    require_data("W", W)
