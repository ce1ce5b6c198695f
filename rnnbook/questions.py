"""Questions that the reader answers before the page does: *predict, then look*.

Nothing here imports PyTorch. The page scores the guess and keeps the score in the reader's browser.
"""

import json
import math
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

import anywidget
import traitlets

from rnnbook.widgets import FIGURES, ID

SCRIPT = re.compile(r"([_^])(?:\{([^{}]+)\}|(\w+))", re.ASCII)  # as in view/question.mjs


class Question(anywidget.AnyWidget):
    """A question: a widget in JupyterLab and Voilà, a mount point in the book's page.

    :func:`predict` makes it.
    """

    asked = traitlets.Dict().tag(sync=True)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        assert bundle is not None  # only a widget without a view has none
        return {**bundle[0], "text/plain": repr(self), "text/html": self.mount()}, bundle[1]

    def mount(self) -> str:
        """Return the question's place in a page; without JavaScript its answer is folded."""
        name, shown = self.asked["name"], self.asked["shown"]
        choices = "".join(f"<li>{_markup(c)}</li>" for c in self.asked.get("choices", []))
        return (
            f'<div class="rnnbook-question" data-predict="{name}" id="predict-{name}" '
            f'data-asked="{escape(json.dumps(self.asked, sort_keys=True))}">'
            f"<p><strong>Predict, then look.</strong> {_markup(self.asked['question'])}</p>"
            f"{f'<ul>{choices}</ul>' if choices else ''}"
            f"<details><summary>The answer</summary><p>{_markup(shown)}. "
            f"{_markup(self.asked['explanation'])}</p></details></div>"
        )

    def __repr__(self) -> str:
        return f"rnnbook.predict({self.asked['name']!r})"


def predict(
    name: str,
    question: str,
    *,
    answer: Any,
    explanation: str,
    choices: Sequence[str] | None = None,
    unit: str = "",
    tolerance: float | None = None,
    factor: float | None = None,
    figure: str | None = None,
    state: dict[str, Any] | None = None,
) -> Question:
    """Ask the reader for a number or a choice, then show the answer and score the guess.

    Texts are plain; ``_`` and ``^`` set what follows, a word or something in braces, below and
    above the line: ``"h_t"``, ``"10^{-3}"``.

    Parameters
    ----------
    name : str
        The question's own in the whole book; the score is kept under it.
    question : str
        What is asked.
    answer : float or str
        Computed, not typed: a number, or one of the choices.
    explanation : str
        Why it is so, in a sentence or two; shown with the answer.
    choices : sequence of str, optional
        What can be chosen; without them a number is asked for.
    unit : str, optional
        Of the number: ``"steps"``, ``"per cent"``, ``"powers of ten"``.
    tolerance, factor : float, optional
        How far off a number is still right, by its distance or by its ratio to the answer; one of
        the two.
    figure : str, optional
        The id of a figure of the page that shows the answer.
    state : dict, optional
        What that figure is set to.

    Returns
    -------
    Question

    Raises
    ------
    TypeError, ValueError
        If the answer is none to this question, or nothing says how a number is scored.

    Examples
    --------
    >>> import rnnbook
    >>> rnnbook.predict(
    ...     "nine-tenths",
    ...     "A unit keeps 0.9 a step. What part of a message is left after 100 steps?",
    ...     answer=0.9**100,
    ...     factor=3,
    ...     explanation="Each step multiplies.",
    ... )
    rnnbook.predict('nine-tenths')
    """
    if not isinstance(name, str) or not ID.fullmatch(name):
        raise ValueError(f"name is {name!r}; expected a letter, then letters, digits, '-' or '_'.")
    if state is not None and figure is None:
        raise ValueError("state is given without figure; expected the id of the figure to set.")
    if not isinstance(state, dict | None):
        raise TypeError(f"state is {state!r}; expected a dict of what the figure is set to.")
    if isinstance(choices, str):
        raise TypeError(f"choices is {choices!r}; expected a list of what can be chosen.")
    scored = (
        _number(answer, unit, tolerance, factor)
        if choices is None
        else _choice(answer, list(choices))
    )
    shows = {} if figure is None else {"figure": figure, "state": state or {}}
    texts = {"name": name, "question": question, "explanation": explanation}
    return _class()(asked={**texts, **scored, **shows})


def _number(
    answer: Any, unit: str, tolerance: float | None, factor: float | None
) -> dict[str, Any]:
    try:
        exact = float(answer)
    except (TypeError, ValueError):
        raise TypeError(
            f"answer is {answer!r}; expected a number, or choices to ask for."
        ) from None
    value = float(f"{exact:.6g}")  # alike on every machine, to the digits a page shows
    if not math.isfinite(value):
        raise ValueError(f"answer is {answer}; expected a finite number.")
    if (tolerance is None) == (factor is None):
        raise ValueError(
            f"tolerance is {tolerance} and factor is {factor}; expected one of the two."
        )
    if tolerance is not None and not tolerance >= 0:
        raise ValueError(f"tolerance is {tolerance}; expected 0 or more.")
    shown = format_number(value) + (f"\N{NO-BREAK SPACE}{unit}" if unit else "")
    told = {"answer": value, "shown": shown, "unit": unit}
    if factor is None:
        return {**told, "tolerance": tolerance}
    if factor <= 1 or value == 0:
        raise ValueError(
            f"factor is {factor} and answer is {answer}; expected a factor above 1 and an answer "
            "that is not 0."
        )
    return {**told, "factor": factor}


def _choice(answer: Any, choices: list[str]) -> dict[str, Any]:
    if answer not in choices or len(set(choices)) != len(choices):
        raise ValueError(f"answer is {answer!r}; expected one of different choices: {choices}.")
    return {"answer": answer, "shown": answer, "unit": "", "choices": choices}


def format_number(value: float) -> str:
    """Return a number to three digits, or a whole number below a million with all of them."""
    if value == round(value) and abs(value) < 1e6:
        return f"{value:.0f}".replace("-", "−")
    mantissa, power = f"{value:.2e}".split("e")
    if -3 <= int(power) < 6:
        text = f"{float(f'{value:.3g}'):.12f}".rstrip("0").rstrip(".")
    else:
        text = f"{mantissa.rstrip('0').rstrip('.')} × 10^{{{int(power)}}}"
    return text.replace("-", "−")


def _markup(text: str) -> str:
    def script(match: re.Match[str]) -> str:
        tag = "sub" if match[1] == "_" else "sup"
        return f"<{tag}>{(match[2] or match[3]).replace('-', '−')}</{tag}>"

    return SCRIPT.sub(script, escape(text))


@cache
def _class() -> type[Question]:
    esm = (FIGURES / "dist" / "predict.widget.mjs").read_text(encoding="utf-8")
    return type("Question", (Question,), {"_esm": esm})
