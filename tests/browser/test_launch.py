"""What a launch button leads to, as Binder serves it: each chapter runs, and reads like the book.

The slow chapters are opened as well where the environment says ``EVERY_CHAPTER=1``; the build runs
their cells anyway.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from rnnbook.notebooks import as_notebook
from tools import CHAPTERS, ROOT, kernel_environment

from .conftest import free_port, serving
from .test_hosts import CONNECTED, FIGURE, NAME, assert_alive, lab, own_settings

pytestmark = pytest.mark.xdist_group("servers")

FAST = ["choosing", "index", "notation", "references", "teaching"]
PAGES = sorted(
    path.stem for path in CHAPTERS.glob("*.md") if "kernelspec" in path.read_text(encoding="utf-8")
)
OPENED = PAGES if "EVERY_CHAPTER" in os.environ else FAST
OPEN = """path => {
  const context = window.jupyterapp?.shell.currentWidget?.context;
  return context?.path === path && context.isReady;
}"""
RUN = "() => { jupyterapp.commands.execute('notebook:run-all-cells'); }"
CELLS = """() => {
  const { cells } = jupyterapp.shell.currentWidget.content.model.sharedModel;
  return cells.map((cell) => cell.toJSON());
}"""
RAN = """() => {
  const code = jupyterapp.shell.currentWidget.content.model.sharedModel.cells
    .filter((cell) => cell.cell_type === "code");
  const failed = code.some((cell) => cell.outputs.some((output) => output.output_type === "error"));
  return failed || code.every((cell) => cell.execution_count !== null);
}"""
# Only what is in view is in the page: each cell is brought there before it is read.
READ = """async () => {
  const notebook = jupyterapp.shell.currentWidget.content;
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const texts = [];
  for (let round = 0; round < 2; round += 1) { // what a cell refers to may stand after it
    texts.length = 0;
    for (const [index, cell] of notebook.widgets.entries()) {
      if (cell.model.type !== "markdown") continue;
      await notebook.scrollToItem(index);
      const shown = () => cell.node.querySelector(".myst, .jp-RenderedMarkdown");
      for (let tries = 0; tries < 100 && !shown()?.textContent.trim(); tries += 1) await pause(50);
      await pause(round * 200);
      const text = shown().cloneNode(true);
      text.querySelectorAll("annotation, code, mjx-container").forEach((node) => node.remove());
      const marked = [...text.querySelectorAll(".text-yellow-600, .text-red-600, .myst-error")];
      texts.push([text.textContent, marked.map((node) => node.outerHTML)]);
    }
  }
  return texts;
}"""
# JupyterLab's cell toolbar measures a cell that jupyterlab-myst has not drawn yet.
OF_JUPYTERLAB = {"exception: Cannot read properties of undefined (reading 'node')"}
RAW = re.compile(r"\{[\w:-]+\}|:::|```|\$\$|\(\w+-[\w-]+\)=|\]\(|^\s*:\w+:", re.MULTILINE)


@pytest.fixture(scope="module")
def binder(tmp_path_factory):
    """JupyterLab on a copy of the project, set up and started by the files in ``.binder``."""
    folder = tmp_path_factory.mktemp("binder")
    for name in ("book", ".binder"):
        shutil.copytree(ROOT / name, folder / "work" / name)
    shutil.copy(ROOT / "_config.yml", folder / "work")
    home = own_settings(folder)
    home.update(kernel_environment() | home, REPO_DIR=str(folder / "work"))
    home["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), home["PATH"]])
    subprocess.run([".binder/postBuild"], cwd=folder / "work", env=home, check=True)
    yield from started(folder, home)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """JupyterLab without jupyterlab-myst, on the notebooks for download and nothing else."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "work").mkdir()
    for stem in PAGES:
        notebook = as_notebook((CHAPTERS / f"{stem}.md").read_text(encoding="utf-8"))
        nbformat.write(notebook, folder / "work" / f"{stem}.ipynb")
    home = {**kernel_environment(), **own_settings(folder)}
    settings = Path(home["JUPYTER_CONFIG_DIR"]) / "labconfig"
    settings.mkdir(parents=True)
    disabled = {"disabledExtensions": {"jupyterlab-myst": True}}
    (settings / "page_config.json").write_text(json.dumps(disabled))
    yield from started(folder, home)


def started(folder, environment):
    """Run JupyterLab in a folder; the repository's start script comes first where there is one."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    start = folder / "work" / ".binder" / "start"
    command = [str(start)] * start.exists() + lab(port, folder)
    with serving(command, address, environment, folder / "lab.log"):
        yield address


@pytest.mark.parametrize("stem", OPENED)
def test_a_chapter_runs_and_shows_no_myst(visit, binder, stem):
    with visit() as visited:
        visited.page.goto(f"{binder}/lab/tree/book/{stem}.md?reset")
        assert_reads_and_runs(visited, f"book/{stem}.md", jupytext.read(CHAPTERS / f"{stem}.md"))


@pytest.mark.parametrize("stem", OPENED)
def test_a_downloaded_notebook_runs_and_shows_no_myst(visit, plain, stem):
    with visit() as visited:
        visited.page.goto(f"{plain}/lab/tree/{stem}.ipynb?reset")
        notebook = as_notebook((CHAPTERS / f"{stem}.md").read_text(encoding="utf-8"))
        assert_reads_and_runs(visited, f"{stem}.ipynb", notebook)


def test_a_demo_opens_in_voila(visit, binder):
    with visit() as visited:
        visited.page.goto(f"{binder}/voila/render/book/demos/gradient-flow.ipynb")
        assert_alive(visited.page, FIGURE)
        assert visited.page.locator("pre, .jp-InputArea").count() == 0  # the book's template
        assert visited.errors() == []


def assert_reads_and_runs(visited, path, notebook) -> None:
    """Wait for the notebook, run it whole, read all its text, move every figure."""
    page, kinds = visited.page, [cell.cell_type for cell in notebook.cells]
    page.wait_for_function(OPEN, arg=path, timeout=60_000)
    page.wait_for_function(CONNECTED, timeout=60_000)
    if "code" in kinds:
        run(page)
    texts = page.evaluate(READ)
    assert len(texts) == kinds.count("markdown")
    for text, marked in texts:
        assert text.strip()
        assert RAW.findall(text) == []
        assert marked == []
    cells = page.evaluate(CELLS)
    assert [cell["source"] for cell in cells] == [cell.source for cell in notebook.cells]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output["output_type"] == "error"] == []
    figures = [
        index
        for index, cell in enumerate(cells)
        if "rnnbook.figure(" in cell["source"] and f'"{NAME}"' in cell["source"]
    ]
    for index in figures:
        page.evaluate("i => jupyterapp.shell.currentWidget.content.scrollToItem(i)", index)
        assert_alive(page, f".jp-Notebook [data-windowed-list-index='{index}'] {FIGURE}")
    assert set(visited.errors()) <= OF_JUPYTERLAB


def run(page) -> None:
    """Run all cells; JupyterLab at times loses a request that comes with the kernel's start."""
    page.evaluate(RUN)
    page.wait_for_timeout(3000)
    if page.evaluate("() => !jupyterapp.shell.currentWidget.content.widgets.some(w => w.prompt)"):
        page.evaluate(RUN)
    page.wait_for_function(RAN, timeout=1_800_000)
