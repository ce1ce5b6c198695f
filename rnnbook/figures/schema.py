"""The one description of a figure's state: ``state/<name>.json``.

The figure's controls and its address in the page read the same file (``state/schema.mjs``).
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "state"


@cache
def read_schema(figure: str) -> dict[str, Any]:
    """Return a live figure's name, title, caption, alternative text and state."""
    schema: dict[str, Any] = json.loads((FOLDER / f"{figure}.json").read_text(encoding="utf-8"))
    return schema


def complete_state(figure: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return a figure's whole state: what is given, checked, and defaults for the rest.

    Raises
    ------
    TypeError
        If a name is not of this figure, or a value of the wrong kind.
    ValueError
        If a value is out of its range or off its step.
    """
    fields = {field["name"]: field for field in read_schema(figure)["state"]}
    if unknown := sorted(set(given) - set(fields)):
        raise TypeError(
            f"{figure!r} has no {', '.join(unknown)}; expected of its state: {', '.join(fields)}."
        )
    return {n: check_value(f, given.get(n, f["default"])) for n, f in fields.items()}


def check_value(field: dict[str, Any], value: object) -> bool | int | float | str:
    """Return the value as the field holds it, or raise a sentence."""
    if field["type"] == "choice":
        return _check_choice(field, value)
    if field["type"] == "boolean":
        if not isinstance(value, bool):
            raise TypeError(f"{field['name']} is {value!r}; expected True or False.")
        return value
    return _check_number(field, value)


def _check_choice(field: dict[str, Any], value: object) -> str:
    if not isinstance(value, str) or value not in field["choices"]:
        choices = ", ".join(map(repr, field["choices"]))
        raise ValueError(f"{field['name']} is {value!r}; expected one of {choices}.")
    return value


def _check_number(field: dict[str, Any], value: object) -> int | float:
    name, low, high, step = (field[key] for key in ("name", "min", "max", "step"))
    expected = f"expected a multiple of {step} from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}; {expected}.")
    if not low <= value <= high:
        raise ValueError(f"{name} is {value!r}; {expected}.")
    steps = round(value / step)
    if abs(value / step - steps) > 1e-6:
        raise ValueError(f"{name} is {value!r}; {expected}.")
    if field["type"] == "integer":
        return steps * int(step)
    return round(steps * step, len(str(step).partition(".")[2])) + 0.0  # + 0.0: no negative zero
