"""The live figures for notebooks and the book, and stills for what is not alive yet.

Nothing here imports PyTorch: a figure computes in the browser.
"""

import base64
import json
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from rnnbook.figures.schema import check_value, complete_state, read_schema
from rnnbook.kernel import answer

FIGURES = Path(__file__).parent / "figures"
STILLS = FIGURES / "stills"
ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class StateTrait(traitlets.TraitType[Any, Any]):
    """One entry of a figure's state: the schema's default, the schema's check."""

    def __init__(self, field: dict[str, Any]) -> None:
        super().__init__(field["default"])
        self.field = field
        self.tag(sync=True)

    def validate(self, obj: object, value: object) -> object:
        """Return the value as the field holds it, or raise a sentence."""
        return check_value(self.field, value)


class LiveFigure(anywidget.AnyWidget):
    """A figure that is alive: a widget in JupyterLab and Voilà, a mount point in the book.

    Its state are synced traits, one for each entry of the figure's schema; :func:`figure` makes it.
    """

    figure_name = ""
    mount_id = traitlets.Unicode().tag(sync=True)
    initial = traitlets.Dict().tag(sync=True)  # what the reset button goes back to
    caption = traitlets.Unicode().tag(sync=True)

    def __init__(self, mount_id: str, caption: str, alt: str | None, state: dict[str, Any]) -> None:
        self.alt = alt
        super().__init__(mount_id=mount_id, initial=state, caption=caption, **state)
        self.on_msg(self._answer)

    def _answer(self, _: object, asked: object, buffers: object) -> None:
        told = answer(self.figure_name, asked)
        if told is not None:
            self.send(told)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        assert bundle is not None  # only a widget without a view has none
        return {**bundle[0], "text/plain": repr(self), "text/html": self.mount()}, bundle[1]

    def mount(self) -> str:
        """Return the figure's place in a page: the state it opens with, a still, the caption."""
        state = json.dumps(self.initial, sort_keys=True)
        return (
            f'<figure class="rnnbook-figure" data-figure="{self.figure_name}" '
            f'id="{self.mount_id}" data-state="{escape(state)}">'
            f"<div data-still>{self.still()}</div>"
            f"<figcaption>{escape(self.caption)}</figcaption></figure>"
        )

    def still(self) -> str:
        """Return what is seen without JavaScript: the picture, and which state it shows."""
        described = read_still(self.figure_name)
        if described is None:
            return f"<p>{escape(self.alt or read_schema(self.figure_name)['alt'])}</p>"
        drawn = complete_state(self.figure_name, described.get("state", {}))
        other = {n: value for n, value in drawn.items() if value != self.initial[n]}
        note = f"<p>Drawn at {escape(_arguments(other))}.</p>" if other else ""
        return picture(self.figure_name, self.alt or described["alt"]) + note

    def __repr__(self) -> str:
        return f"rnnbook.figure({self.figure_name!r}, {_arguments(self.initial)})"


class Still:
    """A figure that is not alive yet: its picture and its caption."""

    def __init__(self, name: str, mount_id: str, caption: str, alt: str) -> None:
        self.name = name
        self.mount_id = mount_id
        self.caption = caption
        self.alt = alt

    def _repr_html_(self) -> str:
        return (
            f'<figure class="rnnbook-figure" data-still="{self.name}" id="{self.mount_id}">'
            f"{picture(self.name, self.alt)}"
            f"<figcaption>{escape(self.caption)}</figcaption></figure>"
        )

    def __repr__(self) -> str:
        return f"rnnbook.figure({self.name!r})"


def figure(
    name: str,
    *,
    id: str | None = None,
    caption: str | None = None,
    alt: str | None = None,
    **state: Any,
) -> LiveFigure | Still:
    """Show a figure of the book: alive where there is a live one, else its still.

    Parameters
    ----------
    name : str
        For example ``"gradient-flow"``.
    id : str, optional
        The figure's own in its page, when the page has more than one of a name; the name if none
        is given. Links to it set its state: ``#gradient-flow?weight_scale=1.6``.
    caption, alt : str, optional
        Instead of the figure's own: what it shows and what is seen.
    **state
        What the figure opens with; its defaults for the rest.

    Returns
    -------
    LiveFigure or Still

    Raises
    ------
    TypeError, ValueError
        If there is no such figure, or the state is not one of its states.
    """
    if name not in live_figures():
        return _still_figure(name, id, caption, alt, state)
    schema = read_schema(name)
    return _live_class(name)(
        mount_id=_checked_id(name if id is None else id),
        caption=schema["caption"] if caption is None else caption,
        alt=alt,
        state=complete_state(name, state),
    )


def live_figures() -> list[str]:
    """Return the names of the figures that are alive."""
    return sorted(path.stem for path in (FIGURES / "state").glob("*.json"))


def stills() -> list[str]:
    """Return the names of the figures that have a still."""
    return sorted(path.stem for path in STILLS.glob("*.svg"))


@cache
def read_still(name: str) -> dict[str, Any] | None:
    """Return what is said of a still (its alt, caption and state), or None if there is none."""
    path = STILLS / f"{name}.json"
    if not path.exists():
        return None
    described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return described


def picture(name: str, alt: str) -> str:
    """Return a still as an image."""
    return as_image((STILLS / f"{name}.svg").read_bytes(), alt)


def as_image(svg: bytes, alt: str) -> str:
    """Return a picture as an image that carries itself, so that it shows wherever the HTML does."""
    source = f"data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')}"
    return f'<img src="{source}" alt="{escape(alt)}" style="max-width: 100%; height: auto">'


@cache
def _live_class(name: str) -> type[LiveFigure]:
    esm = (FIGURES / "dist" / f"{name}.widget.mjs").read_text(encoding="utf-8")
    traits = {field["name"]: StateTrait(field) for field in read_schema(name)["state"]}
    class_name = "".join(part.capitalize() for part in name.split("-"))
    return type(class_name, (LiveFigure,), {"figure_name": name, "_esm": esm, **traits})


def _still_figure(
    name: str, id: str | None, caption: str | None, alt: str | None, state: dict[str, Any]
) -> Still:
    described = read_still(name) if name in stills() else None
    if described is None:
        known = ", ".join(sorted({*live_figures(), *stills()}))
        raise ValueError(f"there is no figure {name!r}; expected one of {known}.")
    shown = described.get("state", {})
    if not state.items() <= shown.items():
        raise ValueError(
            f"{name!r} is a still; expected the state it shows, {_arguments(shown) or 'none'}, "
            f"but it was asked for {_arguments(state)}."
        )
    return Still(
        name,
        _checked_id(name if id is None else id),
        described["caption"] if caption is None else caption,
        described["alt"] if alt is None else alt,
    )


def _checked_id(id: str) -> str:
    if not ID.fullmatch(id):
        raise ValueError(
            f"id is {id!r}; expected a letter, then letters, digits, '-' or '_': it stands in "
            "the page's address."
        )
    return id


def _arguments(state: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in sorted(state.items()))
