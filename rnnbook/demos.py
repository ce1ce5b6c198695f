"""The demos: figures for a lecture, a page each, from ``book/demos``.

``demos.toml`` lists them in the gallery's order: the name of the notebook and one sentence; a
staged one adds a question for the class, the answers to vote on, and presets. Which figures a demo
shows, and the states they open with, stands in its notebook alone. Voilà shows it with a kernel;
the book's build writes the same figures into a page that needs none.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from rnnbook.launch import launch_links, site_address
from rnnbook.widgets import FIGURES, LiveFigure

if TYPE_CHECKING:
    from sphinx.application import Sphinx

LIST = "demos.toml"
BOOK = "Gradients Through Time"
STATIC_HEAD = (
    '<link rel="icon" href="../_static/favicon.svg">'
    '<script defer src="../_static/rnnbook/stage.js"></script>'
)
LOADER = '<script defer src="../_static/rnnbook/loader.js"></script>'  # heard of by the stage


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
        Whether the demo computes in its kernel, so that no static page can show it.
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


def figures_of(notebook: Path) -> list[LiveFigure]:
    """Return the figures that a demo's third cell shows, one or several side by side."""
    import_, build, show = nbformat.read(notebook, 4).cells
    names: dict[str, Any] = {}
    exec(import_.source, names)
    exec(build.source, names)
    shown = eval(show.source, names)
    return [shown] if isinstance(shown, LiveFigure) else list(shown.children)


def write_pages(
    folder: Path, target: Path, site: str, launch: Mapping[str, Mapping[str, str]] | None = None
) -> None:
    """Write the static pages of the demos, and the page that lists them.

    Parameters
    ----------
    folder : Path
        Where the notebooks are.
    target : Path
        Where the pages go: a folder beside the site's ``_static``.
    site : str
        The site's address, or "".
    launch : mapping of str to (mapping of str to str), optional
        Of each demo, by name, the services that run it with a kernel, and their links.
    """
    target.mkdir(exist_ok=True)
    links = {}
    for demo in read_demos(folder):
        services = (launch or {}).get(demo.name, {})
        if demo.needs_kernel:
            links.update({link: demo for link in services.values()})
        else:
            figures = figures_of(folder / f"{demo.name}.ipynb")
            page = static_page(demo, figures, site, services)
            (target / f"{demo.name}.html").write_text(page, "utf-8")
            links[f"{demo.name}.html"] = demo
    (target / "index.html").write_text(gallery(links, STATIC_HEAD), "utf-8")


def gallery(links: Mapping[str, Demo], head: str = "") -> str:
    """Return the page that lists demos, each under its link."""
    items = "".join(
        f'<li><a href="{escape(link)}">{escape(demo.title)}</a><br>{escape(demo.sentence)}</li>'
        for link, demo in links.items()
    )
    body = f'<main class="stage stage-list"><h1>Demos</h1><ul>{items}</ul></main>'
    return _page("Demos", head, body)


def static_page(
    demo: Demo, figures: list[LiveFigure], site: str, services: Mapping[str, str]
) -> str:
    """Return the page of a demo that needs no kernel, with links to services that have one."""
    mounts = "".join(figure.mount() for figure in figures)
    launch = "".join(
        f' <a href="{escape(link)}">With Python, on {service}</a>'
        for service, link in services.items()
    )
    links = (
        '<nav><a href="index.html">All demos</a> <a href="../book/index.html">The book</a>'
        f"{launch}</nav>"
    )
    body = f'{stage(demo, site, False)}<div class="stage-figures">{mounts}</div>{links}</main>'
    return _page(demo.title, STATIC_HEAD + LOADER, body)


def stage(demo: Demo, site: str, kernel: bool) -> str:
    """Return what stands over a demo's figures, with what its script asks; the tag stays open.

    In a static page it is the ``main`` that the figures go into. Voilà moves them elsewhere.
    """
    staged = {
        "page": f"{site}demos/{demo.name}.html" if site and not demo.needs_kernel else "",
        "kernel": kernel,
        "needed": demo.needs_kernel,
        "answers": demo.answers,
        "presets": demo.presets,
    }
    tag = "section" if kernel else "main"
    question = f'<p class="stage-question">{escape(demo.question)}</p>' if demo.question else ""
    return (
        f'<{tag} class="stage" aria-label="Demo" data-stage="{escape(json.dumps(staged))}">'
        f"<header><h1>{escape(demo.title)}</h1></header>{question}<div data-stage-bar></div>"
    )


def voila_resources(folder: Path, site: str) -> dict[str, Any]:
    """Return what Voilà's template puts into the pages of a folder's demos."""
    return {
        "style": _style(),
        "script": (FIGURES / "dist" / "stage.js").read_text(encoding="utf-8"),
        "stages": {demo.name: stage(demo, site, True) for demo in read_demos(folder)},
    }


def write_after_build(app: "Sphinx", exception: Exception | None) -> None:
    """Write the static pages once the book's own are written."""
    root = Path(app.srcdir)
    folder = root / "book" / "demos"
    if exception is None and (folder / LIST).exists():
        names = [demo.name for demo in read_demos(folder)]
        launch = {name: launch_links(root, f"book/demos/{name}.ipynb") for name in names}
        write_pages(folder, Path(app.outdir) / "demos", site_address(root), launch)


def setup(app: "Sphinx") -> dict[str, bool]:
    """Connect the hook: this module is an extension of the book's build."""
    app.connect("build-finished", write_after_build)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _page(title: str, head: str, body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} — {BOOK}</title><style>{_style()}</style>{head}</head>"
        f"<body>{body}</body></html>"
    )


def _style() -> str:
    return (FIGURES / "stage" / "stage.css").read_text(encoding="utf-8")


def _demo(folder: Path, name: str, said: dict[str, Any]) -> Demo:
    notebook = folder / f"{name}.ipynb"
    if not notebook.exists():
        raise ValueError(f"{LIST} lists {name!r}; expected a notebook {notebook.name} beside it.")
    known = [entry.name for entry in fields(Demo)][2:]
    if "sentence" not in said or not set(said) <= set(known):
        raise ValueError(
            f"{LIST} says {', '.join(said)} of {name!r}; expected a sentence and, where there is "
            f"more to say, of {', '.join(known)}."
        )
    return Demo(name, nbformat.read(notebook, 4).metadata["title"], **said)
