"""Chapters as notebooks for download, which any Jupyter shows and runs.

Plain Jupyter knows neither MyST's directives nor its roles. Here a box becomes HTML around plain
Markdown, a folded answer ``<details>``, and a reference the number that the page gives: equations,
exercises, theorems and their kin are counted in each chapter from 1.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jupytext
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from rnnbook.launch import repository_address, site_address

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FENCE = re.compile(r"(?P<fence>`{3,}|:{3,})(?:\{(?P<kind>[\w:-]+)\} *(?P<title>.*)|[\w-]*)")
OPTION = re.compile(r":(?P<name>[\w-]+):(?: (?P<value>.*))?")
LABEL = re.compile(r"\((?P<label>[\w-]+)\)=")
EQUATION = re.compile(r"\$\$ \((?P<label>[\w-]+)\)")
NUMBERED = re.compile(r"`{3,}\{(?:prf:)?(\w+)\}.*\n:label: ([\w-]+)")
ROLE = re.compile(r"\{(?:eq|ref|numref|prf:ref)\}`([\w-]+)`")
LINK = re.compile(r"\]\((?P<page>[\w-]+)\.md(?:#(?P<label>[\w-]+))?\)")
CODE = re.compile(r"(`+[^`]*`+)")
BOX = '<div style="border-left: 3px solid #888; padding-left: 1em">'


def as_notebook(text: str, site: str = "", repository: str = "") -> NotebookNode:
    """Return a chapter as a notebook without MyST, not yet run.

    Parameters
    ----------
    text : str
        The chapter's source.
    site : str
        The book's address, to which links to other chapters lead; "" lets them lead to the
        notebooks of these, in the same folder.
    repository : str
        Where the package is to be had, or "".
    """
    source = jupytext.reads(text, "md:myst")
    converter = _Converter(count(text), site)
    cells = [new_markdown_cell(_beginning(site, repository))]
    for cell in source.cells:
        if cell.cell_type == "markdown":
            cell.source = converter.convert(cell.source)
        else:
            cell.metadata = _code_metadata(cell.metadata)
        if cell.source.strip():
            cells.append(cell)
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return new_notebook(cells=cells, metadata={"kernelspec": source.metadata["kernelspec"]})


def count(text: str) -> dict[str, str]:
    """Return what each label of a chapter is called on its page: "(3)", "Theorem 1"."""
    equations = EQUATION.findall(text)
    names = {label: f"({number})" for number, label in enumerate(equations, start=1)}
    counted: Counter[str] = Counter()
    for kind, label in NUMBERED.findall(text):
        counted[kind] += 1
        names[label] = f"{kind.title()} {counted[kind]}"
    return names


class _Converter:
    """Turns the Markdown cells of one chapter, in their order, into plain Markdown."""

    def __init__(self, names: dict[str, str], site: str) -> None:
        self.names = names
        self.site = site
        self.solution = ""  # the exercise whose solution is open: it may stretch over cells

    def convert(self, source: str) -> str:
        parts: list[tuple[str, list[str]]] = [(self.solution, [])]
        folded = f"{self.solution}, continued"
        lines = iter(source.splitlines())
        for line in lines:
            fence = FENCE.fullmatch(line)
            kind = fence["kind"] if fence else None
            if fence and kind in ("solution-start", "solution-end"):
                list(_inside(lines, fence["fence"]))
                opens = kind == "solution-start"
                self.solution = f"Solution to {self.names[fence['title']]}" if opens else ""
                parts.append((self.solution, []))
            else:
                parts[-1][1].extend(self._block(line, lines))
        texts = []
        for index, (title, block) in enumerate(parts):
            text = "\n".join(block).strip()
            if title and text:
                texts.append(_fold(folded if index == 0 else title, text))
            elif title and index:
                texts.append(f"**{title}**")
            else:
                texts.append(text)
        return "\n\n".join(filter(None, texts))

    def _block(self, line: str, rest: Iterator[str]) -> list[str]:
        """Return what a line becomes, with what belongs to it of the lines after it."""
        if fence := FENCE.fullmatch(line):
            inside = list(_inside(rest, fence["fence"]))
            if fence["kind"] is None:
                return [line, *inside, fence["fence"]]
            return [self._directive(fence["kind"], fence["title"], inside), ""]
        if label := LABEL.fullmatch(line):
            return [f'<a id="{label["label"]}"></a>', ""]
        if equation := EQUATION.fullmatch(line):
            return [rf"\tag{{{self.names[equation['label']][1:-1]}}}", "$$"]
        if line.startswith(": "):  # the definition of the term in the line above
            return ["", self._inline(line[2:])]
        return [self._inline(line)]

    def _directive(self, kind: str, title: str, inside: list[str]) -> str:
        options: dict[str, str] = {}
        while inside and (option := OPTION.fullmatch(inside[0])):
            options[option["name"]] = option["value"] or ""
            inside.pop(0)
        lines = iter(inside)
        text = "\n".join(part for line in lines for part in self._block(line, lines)).strip()
        title = self._inline(title)
        if "dropdown" in options.get("class", "").split():
            return _fold(title, text)
        if kind != "admonition":
            name = self.names.get(options.get("label", ""), kind.removeprefix("prf:").title())
            title = f"{name} ({title})" if title else name
        anchor = f'<a id="{options["label"]}"></a>' if "label" in options else ""
        stop = "" if title[-1] in ".?!" else "."
        return f"{BOX}\n\n{anchor}**{title}{stop}**\n\n{text}\n\n</div>"

    def _inline(self, line: str) -> str:
        """Replace roles and links; what stands between backticks is code, or a role's own."""
        line = ROLE.sub(self._reference, line)
        parts = CODE.split(line)
        parts[::2] = [LINK.sub(self._link, part) for part in parts[::2]]
        return "".join(parts)

    def _reference(self, role: re.Match[str]) -> str:
        name = self.names[role[1]]
        return name if name.startswith("(") else f"[{name}](#{role[1]})"

    def _link(self, link: re.Match[str]) -> str:
        label = link["label"] or ""
        if not self.site:
            return f"]({link['page']}.ipynb{label and '#' + label})"
        anchor = f"equation-{label}" if label.startswith("eq-") else label
        return f"]({self.site}book/{link['page']}.html{anchor and '#' + anchor})"


def _inside(lines: Iterator[str], fence: str) -> Iterator[str]:
    """Yield the lines up to the one that closes a fence."""
    for line in lines:
        if line.rstrip() == fence:
            return
        yield line


def _fold(title: str, text: str) -> str:
    title = re.sub("`([^`]*)`", r"<code>\1</code>", title)  # Markdown is not read in a summary
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def _beginning(site: str, repository: str) -> str:
    book = "*Gradients Through Time*"
    if site:
        book = f"[{book}]({site})"
    source = f"[the book's repository]({repository})" if repository else "the book's repository"
    return (
        f"A chapter of {book}. Its cells run wherever `pip install -r requirements.txt` "
        f"has run in {source}."
    )


def _code_metadata(metadata: NotebookNode) -> NotebookNode:
    """Return a code cell's metadata, with the book's tags for folding as JupyterLab has them."""
    tags = metadata.get("tags", [])
    folded = {
        "source_hidden": "hide-input" in tags,
        "outputs_hidden": "hide-output" in tags,
        **metadata.get("jupyter", {}),
    }
    folds = {"jupyter": {key: True for key in folded if folded[key]}}
    return NotebookNode({**metadata, **folds} if folds["jupyter"] else metadata)


def offer(
    app: "Sphinx", pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Let a page's download button offer the notebook too."""
    if is_notebook(app, pagename):
        context["ipynb_source"] = f"{pagename}.ipynb"


def write_after_build(app: "Sphinx", exception: Exception | None) -> None:
    """Write the notebooks to where the download buttons lead."""
    if exception is None:
        root = Path(app.srcdir)
        site, repository = site_address(root), repository_address(root)
        for docname in filter(partial(is_notebook, app), app.env.found_docs):
            text = Path(app.env.doc2path(docname)).read_text(encoding="utf-8")
            target = Path(app.outdir) / "_sources" / f"{docname}.ipynb"
            nbformat.write(as_notebook(text, site, repository), target)


def is_notebook(app: "Sphinx", pagename: str) -> bool:
    """Whether a page is a chapter that opens as a notebook; some hold no code."""
    return "kernelspec" in app.env.metadata.get(pagename, {})


def setup(app: "Sphinx") -> dict[str, bool]:
    """Connect the hooks: this module is an extension of the book's build."""
    app.connect("html-page-context", offer)  # before the theme's buttons, at 501
    app.connect("build-finished", write_after_build)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
