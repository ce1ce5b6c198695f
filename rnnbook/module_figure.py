"""The figure *gradient-flow* of a reader's own module: PyTorch computes, the figure draws.

:class:`rnnbook.GradientVisualizer` makes it, and says what is computed. Nothing here imports
PyTorch.
"""

import base64
import io
import re
import warnings
from collections.abc import Callable
from functools import cache
from html import escape
from typing import Any

import anywidget
import traitlets

from rnnbook.figures.schema import read_schema
from rnnbook.gradient_flow import format_number
from rnnbook.widgets import FIGURES, StateTrait

# What a control does to a module, where that is not what it does to the figure's own network.
HELP = {
    "weight_scale": "Multiplies the module's matrices; 1 leaves them as they are.",
    "bias_scale": "Multiplies the module's biases, its parameters with one axis.",
    "recurrent_only": "On: the weight scale multiplies the recurrent matrices alone.",
    "seed": "Which sequence is read, and which read-out predicts from the states.",
    "mode": "Counted from the largest: the eigenvalue whose powers are drawn.",
}
ALIVE = (
    "Drawn by PyTorch when this page was made. To move it, open the chapter in JupyterLab and run "
    "the cell: there it has its controls."
)
POWERS = (
    " Dashed and dotted: powers of the recurrent matrix alone, whatever else the module does to "
    "its state."
)
LONGEST = 300  # characters of an error that are shown


class ModuleFigure(anywidget.AnyWidget):
    """A module's figure: a widget where there is a kernel, a picture in the book's page.

    Its state are synced traits, one for each entry of the schema; ``result`` is what was computed
    for a state. While the kernel computes, the page keeps only the latest state.
    """

    mount_id = traitlets.Unicode("gradient-visualizer").tag(sync=True)
    schema = traitlets.Dict().tag(sync=True)
    initial = traitlets.Dict().tag(sync=True)  # what the reset button goes back to
    caption = traitlets.Unicode().tag(sync=True)
    result = traitlets.Dict().tag(sync=True)

    def __init__(
        self, schema: dict[str, Any], compute: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> None:
        self._compute = compute
        initial = {field["name"]: field["default"] for field in schema["state"]}
        super().__init__(
            schema=schema,
            initial=initial,
            caption=schema["caption"],
            result={**compute(initial), "state": initial, "error": ""},
            **initial,
        )
        self.observe(self._follow, list(initial))

    def _follow(self, _: object) -> None:
        """Compute for the state as it is now; the first of several changes does it for all."""
        state = {name: getattr(self, name) for name in self.initial}
        if state != self.result["state"]:
            self.result = self._computed(state)

    def _computed(self, state: dict[str, Any]) -> dict[str, Any]:
        try:
            with warnings.catch_warnings(action="ignore"):  # said when the figure was made
                return {**self._compute(state), "state": state, "error": ""}
        except Exception as error:  # a reader's module may fail in any way; the figure goes on
            return {**self.result, "state": state, "error": describe_error(error)}

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        assert bundle is not None  # only a widget without a view has none
        return {**bundle[0], "text/plain": repr(self), "text/html": self.still()}, bundle[1]

    def still(self) -> str:
        """Return what a page without a kernel shows: picture, table, and how to get it alive."""
        curves = self.result["curves"]
        data = base64.b64encode(_picture(curves)).decode("ascii")
        return (
            f'<figure class="rnnbook-figure"><img src="data:image/svg+xml;base64,{data}" '
            f'alt="{escape(_described(curves))}" style="max-width: 100%; height: auto">'
            f"<figcaption>{escape(self.caption)} {ALIVE}</figcaption>"
            f"<details><summary>Table</summary>{_table(curves)}</details></figure>"
        )

    def __repr__(self) -> str:
        return self.schema["title"]


def module_figure(
    schema: dict[str, Any], compute: Callable[[dict[str, Any]], dict[str, Any]]
) -> ModuleFigure:
    """Return the figure of what ``compute`` returns for a state.

    Parameters
    ----------
    schema : dict
        From :func:`module_schema`.
    compute : callable
        From a state to ``{"loss", "curves", "points", "precision"}`` as the figure draws them.
    """
    traits = {field["name"]: StateTrait(field) for field in schema["state"]}
    made = type("ModuleFigure", (ModuleFigure,), {"_esm": _esm(), **traits})
    return made(schema, compute)


def module_schema(name: str, opens: dict[str, Any], points: int) -> dict[str, Any]:
    """Return the schema of a module's figure: the entries of *gradient-flow* that apply to it.

    Parameters
    ----------
    name : str
        What the module is called: its class.
    opens : dict
        The entries that apply, each with the value that the figure opens with.
    points : int
        How many eigenvalues there are to choose from.
    """
    fields = [f for f in read_schema("gradient-flow")["state"] if f["name"] in opens]
    state = [_opened(field, opens[field["name"]]) for field in fields]
    for field in state:
        if field["name"] == "mode":
            field["max"] = points
    caption = f"States and gradients of {name}, computed by PyTorch from the module itself."
    return {
        "name": "module",
        "title": f"Gradient flow in {name}",
        "caption": caption + (POWERS if points else ""),
        "state": state,
    }


def _opened(field: dict[str, Any], value: Any) -> dict[str, Any]:
    """Let an entry open with a value, which its range takes in; here it depends on no other."""
    opened = {key: told for key, told in field.items() if key not in ("only", "most")}
    opened |= {"default": value, "help": HELP.get(field["name"], field["help"])}
    if "min" in field:
        opened |= {"min": min(field["min"], value), "max": max(field["max"], value)}
    return opened


def describe_error(error: Exception) -> str:
    """Return a sentence that says how a module failed."""
    cause = error.__cause__ or error
    first = str(cause).strip().split("\n")[0][:LONGEST]
    return f"With these settings the module fails: {type(cause).__name__}: {first}"


@cache
def _esm() -> str:
    return (FIGURES / "dist" / "module.widget.mjs").read_text(encoding="utf-8")


def _picture(curves: list[dict[str, Any]]) -> bytes:
    """Draw the curves as the figure does, as SVG."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    from rnnbook.plots import STYLE, plot_gradient_norms, plot_state_norms

    drawn = {
        role: {c["label"]: _numbers(c) for c in curves if c["role"] == role}
        for role in ("state", "gradient", "path")
    }
    named = max(len(drawn["gradient"]) + len(drawn["path"]), len(drawn["state"]))
    with rc_context(STYLE):  # type: ignore[arg-type]
        figure = Figure(figsize=(6, 5.2 + 0.25 * named))  # room for the names above the axes
        upper, lower = figure.subplots(2, 1)  # one above the other: read on a phone as well
        plot_gradient_norms(drawn["gradient"], bounds=drawn["path"], ax=upper)
        plot_state_norms(drawn["state"], ax=lower)
        upper.set_ylabel("length of the gradient")
        lower.set_ylabel("length of the state")
        svg = io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None})
    return svg.getvalue()


def _numbers(curve: dict[str, Any]) -> list[float]:
    return [float("inf") if value is None else value for value in curve["values"]]


def _described(curves: list[dict[str, Any]]) -> str:
    """Return the alternative text: where each measured curve begins and ends."""
    ends = [
        f"{c['label']} is {_entry(c, 0)} at step 1 and {_entry(c, -1)} at step {len(c['values'])}"
        for c in curves
        if c["role"] != "path"
    ]
    return f"Curves over the time steps: {'; '.join(ends)}."


def _table(curves: list[dict[str, Any]]) -> str:
    labels = ["t", *(_markup(curve["label"]) for curve in curves)]
    heads = "".join(f'<th scope="col">{label}</th>' for label in labels)
    rows = [
        f'<tr><th scope="row">{t + 1}</th>' + "".join(f"<td>{_entry(c, t)}</td>" for c in curves)
        for t in range(len(curves[0]["values"]))
    ]
    body = "</tr>".join(rows)
    return (
        '<div style="overflow-x: auto" tabindex="0" role="group" aria-label="Table">'
        '<table style="border-collapse: separate; border-spacing: 0.75rem 0">'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tr></tbody></table></div>"
    )


def _markup(label: str) -> str:
    return re.sub("_(.)", r"<sub>\1</sub>", re.sub(r"\^(.)", r"<sup>\1</sup>", escape(label)))


def _entry(curve: dict[str, Any], t: int) -> str:
    kind: str = curve["kinds"][t]
    if kind == "number":
        return format_number(curve["values"][t])
    return "0" if kind == "zero" else kind
