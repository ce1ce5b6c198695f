"""The little the book's build needs beyond its extensions.

An executed chapter depends on its own cells and on the package it imports, but the execution cache
keys on the cells alone. Here the cache's folder is named by a fingerprint of the package and of the
libraries that compute, so that a change of either executes and reads every chapter again. What is
not in the cache is executed on all cores before the pages are read one after the other.

A page that holds a figure or a question gets their loader; a page without gets nothing.
"""

import hashlib
import json
import os
import platform
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from importlib import metadata
from pathlib import Path
from typing import Any

from docutils.nodes import make_id
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from myst_nb.core.read import create_nb_reader
from myst_nb.sphinx_ import NbMetadataCollector, SphinxEnvType
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.fileutil import copy_asset

PACKAGE = Path(__file__).parent
FIGURES = PACKAGE / "figures" / "dist"
LOGGER = logging.getLogger(__name__)
LIBRARIES = ("torch", "numpy", "matplotlib", "matplotlib-inline", "anywidget", "ipywidgets")


def fingerprint(package: Path = PACKAGE) -> str:
    """Return a hash of every file of the package, of Python's version and of the libraries'."""
    digest = hashlib.sha256(platform.python_version().encode())
    for name in LIBRARIES:
        digest.update(f"{name} {metadata.version(name)}\n".encode())
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(package).as_posix()}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def choose_cache(app: Sphinx, config: Config) -> None:
    """Name the execution cache by the fingerprint and drop the caches of earlier ones.

    The path is a setting that the environment depends on: a new one makes Sphinx read every page.
    """
    caches = Path(app.outdir).parent / ".jupyter_cache"
    current = caches / fingerprint()
    for old in caches.glob("*"):
        if old != current:
            shutil.rmtree(old)
    config.nb_execution_cache_path = str(current)


def execute_side_by_side(app: Sphinx, env: SphinxEnvType, docnames: list[str]) -> None:
    """Execute the chapters that the cache lacks, as many at a time as there are cores.

    One that fails is left to myst-nb, which executes it once more and says what is wrong.
    """
    cache = get_cache(app.config.nb_execution_cache_path)
    paths = [Path(env.doc2path(docname)) for docname in docnames]
    missing = [(path, code) for path in paths if (code := uncached(cache, env, path))]

    def execute(chapter: tuple[Path, NotebookNode]) -> tuple[Path, ExecutionResult]:
        path, code = chapter
        LOGGER.info("Executing %s", path.name)
        timeout = app.config.nb_execution_timeout
        return path, single_nb_execution(code, str(path.parent), timeout, allow_errors=False)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, result in pool.map(execute, missing):
            if result.err is None:
                LOGGER.info("Executed %s in %.0f s", path.name, result.time)
                seconds = {"execution_seconds": result.time}
                bundle = CacheBundleIn(result.nb, str(path), data=seconds)
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def uncached(cache: JupyterCacheAbstract, env: SphinxEnvType, path: Path) -> NotebookNode | None:
    """Return the page's code if it has any and the cache does not hold what it printed."""
    text = path.read_text(encoding="utf-8")
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
    if reader is None:
        return None
    notebook: NotebookNode = reader.read(text)
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return notebook
    return None


def add_figure_loader(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Add the loader where something is alive, and leave out the widget state no page uses."""
    NbMetadataCollector.get_js_files(app.env, pagename).pop("ipywidgets_state", None)
    if re.search("data-(figure|predict)=", context.get("body", "")):
        app.add_js_file("rnnbook/loader.js", loading_method="defer")


MOUNT = re.compile(
    r'data-figure="(?P<name>[\w-]+)" id="[\w-]+" data-state="(?P<state>[^"]*)">'
    r"<div data-still>(?P<still>.*?)</div>",
    re.DOTALL,
)


def draw_stills(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Give each live figure a still of its own state, for print and readers without JavaScript."""
    if "body" in context:
        context["body"] = MOUNT.sub(_with_own_still, context["body"])


def _with_own_still(mount: re.Match[str]) -> str:
    from rnnbook.figures import stills  # imports PyTorch: only where there is one to draw
    from rnnbook.widgets import as_image, read_still

    if mount["name"] not in stills.DRAWINGS:
        return mount[0]
    picture, described = stills.still(mount["name"], **json.loads(unescape(mount["state"])))
    committed = read_still(mount["name"])
    own = re.search('alt="([^"]*)"', mount["still"])
    if own and committed and unescape(own[1]) != committed["alt"]:
        alt = unescape(own[1])  # the chapter's own words
    else:
        alt = described.alt
    return mount[0].replace(mount["still"], as_image(picture, alt))


def name_labels(app: Sphinx, env: SphinxEnvType) -> None:
    """Let a link name a label in another page, ``page.md#label``, as it may a heading there."""
    labels = dict(env.get_domain("std").anonlabels)
    for label, equation in env.get_domain("math").equations.items():
        labels[label] = equation[0], make_id(f"equation-{label}")
    for label, (docname, anchor) in labels.items():
        env.metadata[docname].setdefault("myst_slugs", {}).setdefault(label, (0, anchor, label))


MENDED = {
    '<th class="head"><p></p></th>': "<td></td>",  # a heading that says nothing is none
}


def mend_markup(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Replace the markup of docutils that a screen reader stumbles over."""
    for fault, mended in MENDED.items():
        if "body" in context:
            context["body"] = context["body"].replace(fault, mended)


def copy_figures(app: Sphinx, exception: Exception | None) -> None:
    """Copy what pages need of the built figures to where the loader is looked for."""
    if exception is None:
        target = Path(app.outdir) / "_static" / "rnnbook"
        copy_asset(FIGURES, target, excluded=lambda path: ".widget." in path)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the hooks."""
    app.connect("config-inited", choose_cache)
    app.connect("env-before-read-docs", execute_side_by_side)
    app.connect("env-updated", name_labels)
    app.connect("html-page-context", add_figure_loader, priority=400)  # before myst-nb's, at 500
    app.connect("html-page-context", draw_stills)
    app.connect("html-page-context", mend_markup)
    app.connect("build-finished", copy_figures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
