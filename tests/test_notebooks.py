"""Notebooks for download: a chapter's own cells, and text that needs nothing but Jupyter."""

import re

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

from rnnbook.notebooks import as_notebook, count
from tools import CHAPTERS, kernel_environment

PAGES = [path for path in sorted(CHAPTERS.glob("*.md")) if "kernelspec" in path.read_text("utf-8")]
MYST = re.compile(
    r"\{[\w:-]+\}`|^\s*(?:`{3,}|:{3,})\{|^:{3,}|^\([\w-]+\)=|^:[\w-]+:|\.md[)#]", re.M
)
HEAD = """---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""


def markdown(notebook) -> str:
    """Return the text of a notebook, less the cell that this module adds."""
    cells = [cell.source for cell in notebook.cells[1:] if cell.cell_type == "markdown"]
    return "\n\n".join(cells)


def converted(text: str, site: str = "") -> str:
    """Return what a chapter with this text reads like in its notebook."""
    return markdown(as_notebook(HEAD + text, site))


@pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
def test_a_notebook_has_the_chapters_code_and_none_of_its_myst(path):
    notebook = as_notebook(path.read_text(encoding="utf-8"))
    nbformat.validate(notebook)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert code == [cell.source for cell in jupytext.read(path).cells if cell.cell_type == "code"]
    assert MYST.findall(markdown(notebook)) == []


@pytest.mark.parametrize("stem", ["index", "choosing"])  # the fast ones; the build runs all cells
def test_a_notebook_runs_where_nothing_else_is(stem, tmp_path):
    notebook = as_notebook((CHAPTERS / f"{stem}.md").read_text(encoding="utf-8"))
    client = NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}})
    client.execute(env=kernel_environment())
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert outputs
    assert all(output.output_type != "error" for output in outputs)


def test_boxes_become_html_around_markdown():
    text = converted("```{admonition} Note\n:class: tip\n\nIs $a$ *so*?\n```")
    assert text == (
        '<div style="border-left: 3px solid #888; padding-left: 1em">\n\n'
        "**Note.**\n\nIs $a$ *so*?\n\n</div>"
    )


def test_what_is_folded_stays_folded():
    text = converted("````{admonition} Does `f` hold?\n:class: dropdown\n\n$$\na\n$$\n````\nAfter.")
    summary = "<details><summary>Does <code>f</code> hold?</summary>"
    assert text == f"{summary}\n\n$$\na\n$$\n\n</details>\n\nAfter."


def test_a_box_in_a_box():
    text = converted("````{prf:proof}\nOne.\n```{admonition} Aside\nTwo.\n```\n````")
    assert text.count("<div ") == text.count("</div>") == 2
    assert "**Proof.**" in text
    assert "**Aside.**" in text


def test_references_carry_the_pages_numbers():
    text = "$$\na\n$$\n\n$$\nb\n$$ (eq-b)\n\n$$\nc\n$$ (eq-c)\n\n"
    text += "```{prf:theorem} T\n:label: thm\nx\n```\n\nBy {eq}`eq-c`, {ref}`thm` and `{eq}`."
    assert count(text) == {"eq-b": "(1)", "eq-c": "(2)", "thm": "Theorem 1"}
    notebook = converted(text)
    assert "\nb\n\\tag{1}\n$$" in notebook
    assert "**Theorem 1 (T).**" in notebook
    assert notebook.endswith("By (2), [Theorem 1](#thm) and `{eq}`.")


def test_a_solution_is_folded_on_both_sides_of_its_code():
    start = "```{exercise} E\n:label: ex\nWhat?\n```\n\n````{solution-start} ex\n````\n\nFirst.\n\n"
    code = "```{code-cell} ipython3\n1\n```\n\n"
    end = "Then.\n\n````{solution-end}\n````\n\nAfter.\n"
    parts = re.split(r"\n\n(?=<details>)|(?<=</details>)\n\n", converted(start + code + end))
    assert parts[1] == "<details><summary>Solution to Exercise 1</summary>\n\nFirst.\n\n</details>"
    assert parts[2].startswith("<details><summary>Solution to Exercise 1, continued</summary>")
    assert "Then." in parts[2]
    assert parts[3] == "After."


@pytest.mark.parametrize(
    ("site", "leads_to"),
    [
        ("", ["depth.ipynb", "depth.ipynb#sec", "depth.ipynb#eq-a"]),
        (
            "https://example.org/b/",
            [
                f"https://example.org/b/book/depth.html{end}"
                for end in ("", "#sec", "#equation-eq-a")
            ],
        ),
    ],
)
def test_links_lead_to_the_site_or_to_the_other_notebooks(site, leads_to):
    text = converted("[a](depth.md) [b](depth.md#sec) [c](depth.md#eq-a) `[d](depth.md)`", site)
    assert re.findall(r"\]\(([^)]*)\)", text) == [*leads_to, "depth.md"]


def test_what_the_book_folds_is_folded_in_the_notebook():
    cell = "```{code-cell} ipython3\n:tags: [hide-input]\n\n1\n```\n"
    (_, code) = as_notebook(HEAD + cell).cells
    assert code.metadata["jupyter"] == {"source_hidden": True}


def test_the_first_cell_says_where_it_comes_from():
    first = as_notebook(HEAD + "Text.", "https://example.org/", "https://github.com/me/book").cells[
        0
    ]
    assert "(https://example.org/)" in first.source
    assert "(https://github.com/me/book)" in first.source
    assert "http" not in as_notebook(HEAD + "Text.").cells[0].source
