"""The demos: figures for a lecture, one page each, from ``book/demos``.

``demos.toml`` lists them in the gallery's order, each with the name of its notebook and one
sentence; a staged one adds a question for the class, the answers to vote on, and presets. The
figures and the states they open with stand in the notebook alone.
"""

import tomllib
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import nbformat

LIST = "demos.toml"


@dataclass(frozen=True)
class Demo:
    """One entry of the list.

    Parameters
    ----------
    name : str
        The notebook's, without its ending.
    title : str
        From the notebook's metadata.
    sentence : str
        What the gallery says of it.
    question : str
        What the class is asked before it sees the curve; empty where there is none.
    answers : list of str
        What the class may vote for.
    presets : list of dict
        ``{"label": …, "state": {…}}``, for the number keys; the figure's own if there are none.
    needs_kernel : bool
        Whether its figure computes in the kernel, so that no static page can show it.
    """

    name: str
    title: str
    sentence: str
    question: str = ""
    answers: list[str] = field(default_factory=list)
    presets: list[dict[str, Any]] = field(default_factory=list)
    needs_kernel: bool = False


def read_demos(folder: Path) -> list[Demo]:
    """Return the demos that a folder lists.

    Raises
    ------
    ValueError
        If the list names a demo without a notebook, or says what is not said of a demo.
    """
    listed = tomllib.loads((folder / LIST).read_text(encoding="utf-8"))
    return [_demo(folder, name, said) for name, said in listed.items()]


def _demo(folder: Path, name: str, said: dict[str, Any]) -> Demo:
    notebook = folder / f"{name}.ipynb"
    if not notebook.exists():
        raise ValueError(f"{LIST} lists {name!r}; expected a notebook {notebook.name} beside it.")
    title = nbformat.read(notebook, 4).metadata["title"]
    try:
        return Demo(name, title, **said)
    except TypeError as error:
        raise ValueError(f"{LIST}, {name!r}: {error}.") from None


def gallery(demos: list[Demo]) -> str:
    """Return the page that lists them."""
    items = "".join(
        f'<li><a href="voila/render/{demo.name}.ipynb">{escape(demo.title)}</a>'
        f"<p>{escape(demo.sentence)}</p>"
        for demo in demos
    )
    return f"<!doctype html><title>Demos</title><ul>{items}</ul>"
