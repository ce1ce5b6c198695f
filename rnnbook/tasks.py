"""The running mean: data, loss, and the exact scores of doing nothing and of linear networks.

The chapter *Recurrent networks* derives every score here. Scores are exact fractions.
"""

from collections.abc import Sequence
from fractions import Fraction

import torch
import torch.nn.functional as F
from torch import Tensor

from rnnbook.validation import require_data, require_same_shape, require_size


def generate_batch(
    seq_len: int = 10, batch_size: int = 1, *, generator: int | torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    r"""Draw sequences x_t ~ N(0, 1) and their running means.

    .. math:: y_t = \frac1t \sum_{s=1}^{t} x_s

    Parameters
    ----------
    seq_len, batch_size : int
        T and B, at least 1.
    generator : int or torch.Generator, optional
        A seed or a generator; PyTorch's global stream if none is given.

    Returns
    -------
    x, y : Tensor, (batch, time, 1)

    Raises
    ------
    TypeError, ValueError
        If a size is not a whole number of at least 1, or generator is neither of the two.
    """
    require_size("seq_len", seq_len)
    require_size("batch_size", batch_size)
    x = torch.randn((batch_size, seq_len, 1), generator=as_generator(generator))
    steps = torch.arange(1, seq_len + 1).reshape(1, seq_len, 1)
    return x, x.cumsum(dim=1) / steps


def as_generator(generator: int | torch.Generator | None) -> torch.Generator | None:
    """Return the generator of a seed; a generator, or none, as it is."""
    if generator is None or isinstance(generator, torch.Generator):
        return generator
    if isinstance(generator, int) and not isinstance(generator, bool):
        return torch.Generator().manual_seed(generator)
    raise TypeError(
        f"generator is {generator!r}; expected a seed (a whole number) or a torch.Generator."
    )


def loss_fn(pred: Tensor, y: Tensor, last_timestep_only: bool = False) -> Tensor:
    """Mean squared error over all steps, or over the last alone.

    Parameters
    ----------
    pred, y : Tensor, (batch, time, …)
        Predictions and targets of one shape.
    last_timestep_only : bool, default False

    Returns
    -------
    Tensor, ()

    Raises
    ------
    TypeError, ValueError
        If the two differ in shape, hold no steps, or y holds NaN or infinity. Predictions may:
        an exploding network must stay visible.
    """
    require_same_shape(pred, y)
    if y.dim() < 2 or y.numel() == 0:
        raise ValueError(
            f"pred and y have shape {tuple(y.shape)}; expected (batch, time, …) with at least "
            "one step."
        )
    require_data("y", y)
    if last_timestep_only:
        pred, y = pred[:, -1], y[:, -1]
    return F.mse_loss(pred, y)


def cost_of_doing_nothing(seq_len: int, last_timestep_only: bool = False) -> Fraction:
    r"""Expected loss of always answering 0, the mean of every target.

    .. math:: \operatorname{Var} y_t = \frac1t, \qquad
              L = \frac1T \sum_{t=1}^{T} \frac1t \quad\text{or}\quad \frac1T

    Parameters
    ----------
    seq_len : int
    last_timestep_only : bool, default False

    Raises
    ------
    TypeError, ValueError
        If seq_len is not a whole number of at least 1.

    Examples
    --------
    >>> cost_of_doing_nothing(10, last_timestep_only=True)
    Fraction(1, 10)
    >>> round(float(cost_of_doing_nothing(10)), 6)
    0.292897
    """
    require_size("seq_len", seq_len)
    if last_timestep_only:
        return Fraction(1, seq_len)
    return _harmonic(seq_len) / seq_len


def best_linear_kernel(seq_len: int) -> list[Fraction]:
    r"""The best fixed linear answer :math:`\hat y_t = \sum_j a_j x_{t-j}` for every step.

    .. math:: a_j = \frac{H_T - H_j}{T - j}, \qquad H_n = \sum_{k=1}^{n} \frac1k

    the mean of 1/t over the steps t > j that see lag j. No fixed linear recurrent network of any
    width does better, since its answer is of this form.

    Parameters
    ----------
    seq_len : int

    Returns
    -------
    list of Fraction
        a_0 … a_{T-1}.

    Raises
    ------
    TypeError, ValueError
        If seq_len is not a whole number of at least 1.

    Examples
    --------
    >>> best_linear_kernel(2)
    [Fraction(3, 4), Fraction(1, 2)]
    """
    require_size("seq_len", seq_len)
    T = seq_len
    return [(_harmonic(T) - _harmonic(j)) / (T - j) for j in range(T)]


def linear_kernel_loss(
    kernel: Sequence[Fraction | float], last_timestep_only: bool = False
) -> Fraction | float:
    r"""Expected loss of the linear answer :math:`\hat y_t = \sum_{j<t} a_j x_{t-j}`.

    .. math:: L = \frac1T \sum_{t=1}^{T} \sum_{j=0}^{t-1} \Big(a_j - \frac1t\Big)^2

    Parameters
    ----------
    kernel : sequence
        a_0 … a_{T-1}; exact with fractions.
    last_timestep_only : bool, default False
        The inner sum at t = T alone.

    Raises
    ------
    ValueError
        If the kernel is empty.

    Examples
    --------
    >>> linear_kernel_loss(best_linear_kernel(2))
    Fraction(1, 16)
    """
    T = len(kernel)
    if T == 0:
        raise ValueError("kernel is empty; expected the weights of lags 0 … T − 1.")
    if last_timestep_only:
        return _step_loss(kernel, T)
    return sum((_step_loss(kernel, t) for t in range(1, T + 1)), Fraction(0)) / T


def _step_loss(kernel: Sequence[Fraction | float], t: int) -> Fraction | float:
    return sum(((a - Fraction(1, t)) ** 2 for a in kernel[:t]), Fraction(0))


def _harmonic(n: int) -> Fraction:
    return sum((Fraction(1, k) for k in range(1, n + 1)), Fraction(0))
