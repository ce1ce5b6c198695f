"""Checks annotated shapes while the tests run, and nothing else.

Functions without a shape in their signature are left alone: public entry points validate first,
and the tests read the sentences that a reader would see.
"""

from collections.abc import Callable

from beartype import BeartypeConf, beartype
from jaxtyping import AbstractArray

check_types = beartype(conf=BeartypeConf(is_pep484_tower=True))


def check_shapes(function: Callable) -> Callable:
    """Check the types of a function that has an array shape in its signature."""
    hints = getattr(function, "__annotations__", {}).values()
    shaped = any(isinstance(hint, type) and issubclass(hint, AbstractArray) for hint in hints)
    return check_types(function) if shaped else function
