"""What every public entry point asks of its input, and the sentence it answers with."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def require_size(name: str, value: int) -> None:
    """Raise unless ``value`` is a whole number of at least one."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is {value!r}; expected a whole number, for example {name}=16.")
    if value < 1:
        raise ValueError(f"{name} is {value}; expected at least 1.")


def require_tensor(name: str, value: object) -> None:
    """Raise unless ``value`` is a tensor of floating-point numbers."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name} is a {type(value).__name__}; expected a torch.Tensor: "
            f"torch.as_tensor({name}, dtype=torch.float32) makes one."
        )
    if not value.is_floating_point():
        raise TypeError(
            f"{name} holds {value.dtype}; expected floating-point numbers: call {name}.float()."
        )


def require_sequence(name: str, x: Tensor, size: int | None = None) -> None:
    """Raise unless ``x`` is (batch, time, features) with at least one sequence of one step."""
    require_tensor(name, x)
    if x.dim() != 3:
        raise ValueError(
            f"{name} has shape {tuple(x.shape)}; expected three axes (batch, time, features): "
            f"add the missing ones with {name}.reshape(batch, time, features)."
        )
    if x.shape[0] == 0 or x.shape[1] == 0:
        raise ValueError(
            f"{name} has shape {tuple(x.shape)}; an empty batch or sequence has no states: "
            "give at least one sequence of at least one step."
        )
    if size is not None and x.shape[2] != size:
        raise ValueError(
            f"{name} has {x.shape[2]} features a step; this module was made for {size}: "
            f"give {name} of shape (batch, time, {size}) or make the module with "
            f"input_size={x.shape[2]}."
        )


def require_like(name: str, x: Tensor, parameter: Tensor) -> None:
    """Raise unless ``x`` has the dtype and the device of the module's parameters."""
    if x.dtype != parameter.dtype:
        raise TypeError(
            f"{name} is {x.dtype} and the parameters are {parameter.dtype}; expected the same: "
            f"convert one with {name}.to({parameter.dtype}) or module.to({x.dtype})."
        )
    if x.device != parameter.device:
        raise ValueError(
            f"{name} is on {x.device} and the parameters are on {parameter.device}; "
            f"expected the same device: move one with .to(...)."
        )


def require_state(name: str, state: object, shape: Sequence[int], parameter: Tensor) -> None:
    """Raise unless ``state`` is a tensor of this shape, dtype and device."""
    require_tensor(name, state)
    assert isinstance(state, Tensor)
    if tuple(state.shape) != tuple(shape):
        raise ValueError(f"{name} has shape {tuple(state.shape)}; expected {tuple(shape)}.")
    require_like(name, state, parameter)


def require_pair(name: str, pair: object) -> tuple[Tensor, Tensor]:
    """Return an LSTM's initial state, or raise unless it is a pair (h0, c0)."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"{name} is a {type(pair).__name__}; expected a pair (h0, c0) of tensors.")
    return pair[0], pair[1]


def require_data(name: str, x: Tensor) -> None:
    """Raise if data that is taken in holds NaN or infinity."""
    bad = int((~torch.isfinite(x)).sum())
    if bad:
        raise ValueError(
            f"{name} holds {bad} values that are NaN or infinite; expected finite numbers: "
            f"drop or fill them, torch.nan_to_num({name}) for one."
        )


def require_same_shape(pred: Tensor, y: Tensor) -> None:
    """Raise unless predictions and targets have one shape (broadcasting would hide a mistake)."""
    require_tensor("pred", pred)
    require_tensor("y", y)
    if pred.shape != y.shape:
        raise ValueError(
            f"pred has shape {tuple(pred.shape)} and y has {tuple(y.shape)}; expected the same: "
            "broadcasting them would compare predictions with other steps' targets."
        )


def require_square(name: str, W: Tensor) -> None:
    """Raise unless ``W`` is one finite, non-empty square matrix."""
    require_tensor(name, W)
    if W.dim() != 2 or W.shape[0] != W.shape[1] or W.shape[0] == 0:
        raise ValueError(
            f"{name} has shape {tuple(W.shape)}; expected a square matrix (n, n): "
            "eigenvalues and powers exist for square matrices only."
        )
    require_data(name, W)


def require_module(name: str, module: object) -> None:
    """Raise unless ``module`` is a ``torch.nn.Module``."""
    if not isinstance(module, nn.Module):
        raise TypeError(f"{name} is a {type(module).__name__}; expected a torch.nn.Module.")


def require_batch_first(module: nn.Module) -> None:
    """Raise if this is a ``torch.nn`` network whose call takes time as its first axis."""
    if isinstance(module, nn.RNNBase) and not module.batch_first:
        raise ValueError(
            f"this {type(module).__name__} reads (time, batch, features); expected "
            "(batch, time, features): make it with batch_first=True."
        )
