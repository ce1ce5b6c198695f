"""What a live figure asks of its kernel: the numbers it shows, computed by PyTorch.

PyTorch is imported when the first question comes, not before.
"""

from collections.abc import Iterable
from math import isfinite
from typing import Any

from rnnbook.figures.schema import complete_state
from rnnbook.gradient_flow import gradient_flow_table

# Which figures have a twin in PyTorch.
TABLES = {"gradient-flow": gradient_flow_table}


def answer(figure: str, asked: object) -> dict[str, Any] | None:
    """Answer a figure's message.

    Parameters
    ----------
    figure : str
        The name of the figure that asks.
    asked : object
        ``{"kind": "check", "id": …, "state": …}``; whatever came, for a page is not trusted.

    Returns
    -------
    dict or None
        ``{"kind": "check", "id": …}`` with the ``columns`` of the figure's table (a number that is
        not finite is None), their ``kinds`` and PyTorch's version ``torch``; or with the sentence
        ``error``. None if the message is no question that this figure can ask.
    """
    if figure not in TABLES or not isinstance(asked, dict) or asked.get("kind") != "check":
        return None
    if not isinstance(asked.get("id"), int):
        return None
    name = {"kind": "check", "id": asked["id"]}
    try:
        return {**name, **_computed(figure, asked.get("state"))}
    except (TypeError, ValueError) as error:
        return {**name, "error": str(error)}
    except Exception as error:  # the figure goes on, whatever fails here
        return {
            **name,
            "error": f"PyTorch cannot compute this here: {type(error).__name__}, {error}.",
        }


def _computed(figure: str, state: object) -> dict[str, Any]:
    if not isinstance(state, dict):
        raise TypeError(f"state is a {type(state).__name__}; expected names with their values.")
    table = TABLES[figure](**complete_state(figure, state))

    import torch

    columns = {label: finite(values) for label, values in table.columns.items()}
    return {"columns": columns, "kinds": table.kinds, "torch": torch.__version__.split("+")[0]}


def finite(values: Iterable[float]) -> list[float | None]:
    """Return numbers as they can be sent: None for what is not finite."""
    return [value if isfinite(value) else None for value in values]
