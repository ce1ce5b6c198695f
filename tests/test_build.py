"""The build: no change of the package is missed, no failure forgotten, and pages are clean."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

import rnnbook
from rnnbook import sphinxext
from tools import ROOT

pytestmark = pytest.mark.xdist_group("build")  # these tests share a book

PAGE = """---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# {title}

```{{code-cell}} python
{code}
```
"""
PROBE = "from rnnbook import probe; print('probe', probe.VALUE)"
FIGURE = "import rnnbook; rnnbook.figure('gradient-flow')"


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    """A book of two pages with the project's own configuration and a copy of its package."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("rnnbook", "tools", "book/theme"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "_config.yml", folder)
    toc = "format: jb-book\nroot: book/index\nchapters:\n  - file: book/figure\n"
    (folder / "_toc.yml").write_text(toc)
    (folder / "rnnbook" / "probe.py").write_text("VALUE = 1\n")
    write(folder, "index", PROBE)
    write(folder, "figure", FIGURE)
    code, printed = build(folder)
    assert code == 0, printed
    return folder


def write(folder: Path, name: str, code: str, end: str = "") -> None:
    """Write a page with one cell."""
    page = PAGE.format(title=name.title(), code=code) + end
    (folder / "book" / f"{name}.md").write_text(page)


def build(folder: Path) -> tuple[int, str]:
    """Build the book as `make book` does, with the copy of the package; return code and output."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.book"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "CI": "true"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def html(folder: Path, name: str) -> str:
    """Return a built page."""
    return (folder / "_build" / "html" / "book" / f"{name}.html").read_text(encoding="utf-8")


def test_an_edit_of_prose_executes_nothing(book):
    write(book, "index", PROBE, end="\nMore prose.\n")
    code, printed = build(book)
    assert code == 0, printed
    assert "More prose." in html(book, "index")
    assert "Executing" not in printed


def test_an_edit_of_the_package_executes_every_page_again(book):
    (book / "rnnbook" / "probe.py").write_text("VALUE = 2\n")
    code, printed = build(book)
    assert code == 0, printed
    assert "probe 2" in html(book, "index")
    assert printed.count("Executing ") == 2  # beforehand, and by no other way


def test_a_failed_build_fails_again_until_it_is_mended(book):
    write(book, "index", PROBE, end="\n{doc}`nowhere`\n")
    for _ in range(2):
        code, printed = build(book)
        assert code != 0
        assert "nowhere" in printed
    write(book, "index", PROBE)
    code, printed = build(book)
    assert code == 0, printed


def test_a_cell_that_raises_or_warns_fails_the_build(book):
    for cell in ("1 / 0", "import sys; print('careful', file=sys.stderr)"):
        write(book, "index", cell)
        assert build(book)[0] != 0
    write(book, "index", PROBE)
    assert build(book)[0] == 0


def test_only_a_page_with_a_figure_loads_figures(book):
    assert "rnnbook/loader.js" in html(book, "figure")
    assert "rnnbook/loader.js" not in html(book, "index")
    assert (book / "_build" / "html" / "_static" / "rnnbook" / "loader.js").is_file()


def test_a_page_with_a_figure_holds_no_widget_state(book):
    assert 'data-figure="gradient-flow"' in html(book, "figure")
    assert "widget-state" not in html(book, "figure")


def test_a_page_offers_its_notebook_and_no_launch_where_no_address_is_known(book):
    page = html(book, "index")
    assert "launch-buttons" not in page
    assert 'href="../_sources/book/index.ipynb"' in page
    notebook = nbformat.read(book / "_build" / "html" / "_sources" / "book" / "index.ipynb", 4)
    assert [cell.source for cell in notebook.cells if cell.cell_type == "code"] == [PROBE]


def test_a_page_and_its_notebook_count_alike(book):
    counted = "\n$$\na\n$$\n\n$$\nb\n$$ (eq-b)\n\n"
    counted += "```{exercise} One\n:label: ex-one\nx\n```\n\n"
    for kind, name in (("definition", "A"), ("theorem", "B"), ("theorem", "C")):
        counted += f"```{{prf:{kind}}} {name}\n:label: label-{name}\nx\n```\n\n"
    write(book, "index", PROBE, end=counted + "See {eq}`eq-b`.\n")
    code, printed = build(book)
    assert code == 0, printed
    notebook = nbformat.read(book / "_build" / "html" / "_sources" / "book" / "index.ipynb", 4)
    text = "\n".join(cell.source for cell in notebook.cells)
    page = " ".join(BeautifulSoup(html(book, "index"), "html.parser").get_text().split())
    for name in (
        "Exercise 1 (One)",
        "Definition 1 (A)",
        "Theorem 1 (B)",
        "Theorem 2 (C)",
        "See (1).",
    ):
        assert name in text
        assert name in page


def test_a_known_address_gives_every_page_its_launch_button(book):
    remote = "https://github.com/someone/book.git"
    subprocess.run(["git", "init", "-q", book], check=True)
    subprocess.run(["git", "-C", book, "remote", "add", "origin", remote], check=True)
    code, printed = build(book)  # no page was edited
    assert code == 0, printed
    for name in ("index", "figure"):
        link = f"https://mybinder.org/v2/gh/someone/book/HEAD?urlpath=lab/tree/book/{name}.md"
        assert link in html(book, name)
    shutil.rmtree(book / ".git")


@pytest.mark.parametrize("change", ["edit", "add", "rename"])
def test_the_fingerprint_follows_every_file(tmp_path, change):
    package = tmp_path / "package"
    (package / "figures").mkdir(parents=True)
    still = package / "figures" / "still.svg"
    still.write_text("<svg/>")
    before = sphinxext.fingerprint(package)
    assert sphinxext.fingerprint(package) == before
    if change == "edit":
        still.write_text("<svg></svg>")
    elif change == "add":
        (package / "new.py").touch()
    else:
        still.rename(package / "figures" / "other.svg")
    assert sphinxext.fingerprint(package) != before


def test_the_fingerprint_follows_the_libraries(tmp_path, monkeypatch):
    before = sphinxext.fingerprint(tmp_path)
    monkeypatch.setattr(sphinxext.metadata, "version", lambda name: "0")
    assert sphinxext.fingerprint(tmp_path) != before


def test_a_figure_has_a_still_of_its_own_state():
    figure = rnnbook.figure("gradient-flow", cell="lstm", forget_bias=2.0, seq_len=40)
    context = {"body": f"<p>Before</p>{figure.mount()}<p>After</p>"}
    sphinxext.draw_stills(None, "page", "", context, None)
    norms = rnnbook.gradient_flow_table(cell="lstm", forget_bias=2.0, seq_len=40).dh_norms
    assert f"{norms[-1]:.2g} at step 40, {norms[0]:.2g} at step 1." in context["body"]
    assert "Drawn at" not in context["body"]
    assert context["body"].endswith("</figcaption></figure><p>After</p>")


def test_a_still_keeps_the_alternative_text_that_a_chapter_gave_it():
    figure = rnnbook.figure("gradient-flow", alt="What “we” see <here>.", seed=3)
    context = {"body": figure.mount()}
    sphinxext.draw_stills(None, "page", "", context, None)
    assert context["body"].count('alt="What “we” see &lt;here&gt;."') == 1
    assert context["body"] != figure.mount()
