"""Execute every chapter and keep its code cells with what they printed in ``tests/reference``.

``python -m tools.reference`` refreshes them all; read the difference as a result. Prose is left
out, so that an edit of prose never makes a reference stale.
"""

import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from tools import CHAPTERS, REFERENCES, kernel_environment

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
SVG = "image/svg+xml"
DRAWING = re.compile(r"<svg.*</svg>", re.DOTALL)  # what tests/nbval_sanitize.cfg does not compare


def code_of(chapter: Path) -> NotebookNode:
    """Return a notebook of the chapter's code cells, tags included, not yet run."""
    cells = [
        new_code_cell(cell.source, id=f"cell-{number}", metadata=tags_of(cell))
        for number, cell in enumerate(
            cell for cell in jupytext.read(chapter).cells if cell.cell_type == "code"
        )
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def tags_of(cell: NotebookNode) -> dict[str, list[str]]:
    """Return the part of a cell's metadata that says how its output is compared."""
    return {"tags": list(cell.metadata["tags"])} if cell.metadata.get("tags") else {}


def chapters() -> list[Path]:
    """Return the chapters that hold code, in the order of their names."""
    return [path for path in sorted(CHAPTERS.glob("*.md")) if code_of(path).cells]


def execute(chapter: Path) -> NotebookNode:
    """Return the chapter's code after a run, less what changes from run to run."""
    notebook = code_of(chapter)
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(CHAPTERS)}})
    client.execute(env=kernel_environment())
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.outputs:
            data = output.get("data", {})
            if WIDGET_VIEW in data:
                data[WIDGET_VIEW]["model_id"] = ""
            if SVG in data:
                data[SVG] = DRAWING.sub("<svg/>", data[SVG])
    return notebook


def main() -> int:
    """Refresh the references and remove those whose chapter is gone."""
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    REFERENCES.mkdir(exist_ok=True)
    names = {f"{chapter.stem}.ipynb" for chapter in chapters()}
    for reference in REFERENCES.glob("*.ipynb"):
        if reference.name not in names:
            reference.unlink()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for chapter, notebook in zip(chapters(), pool.map(execute, chapters())):
            nbformat.write(notebook, REFERENCES / f"{chapter.stem}.ipynb")
            print(f"Executed {chapter.name}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
