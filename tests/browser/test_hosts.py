"""The figure is alive, and alive once, wherever a reader meets it."""

import os
import sys

import nbformat
import pytest
from nbformat import v4
from playwright.sync_api import TimeoutError

from .conftest import SITE, free_port, serving

NAME = "gradient-flow"
FIGURE = '.rb:has(input[name="weight_scale"])'  # the root of what the figure draws, in every host
CHAPTER = "book/gradients-through-time.html"
QUESTION = f"""import rnnbook
rnnbook.predict(
    "two", "One and one?", answer=1 + 1, tolerance=0.1, explanation="Counted.",
    figure="{NAME}", state={{"weight_scale": 0.5}},
)"""
CONNECTED = """() => {
  const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""
TEXT = "(selector) => document.querySelector(selector).textContent"


def assert_alive(page, root: str) -> None:
    """Find one live figure in there, move its slider by the keyboard, see its table follow."""
    slider = page.locator(f'{root} input[name="weight_scale"]')
    slider.first.wait_for(timeout=60_000)
    assert slider.count() == 1
    assert page.locator(f"{root} table").count() == 1
    before, value = page.evaluate(TEXT, f"{root} table"), float(slider.input_value())
    for _ in range(5):
        slider.press("ArrowRight")
    page.wait_for_function(
        "([selector, before]) => document.querySelector(selector).textContent !== before",
        arg=[f"{root} table", before],
    )
    assert float(slider.input_value()) > value


def assert_asked(page) -> None:
    """Find one question, answer it by the keyboard, see it scored and its figure moved."""
    question = page.locator(".rb-question")
    assert question.count() == 1
    field = question.locator("input")
    field.fill("2")
    field.press("Enter")
    question.get_by_text("Right. It is 2").wait_for()
    slider = page.locator(f'{FIGURE} input[name="weight_scale"]')
    assert float(slider.input_value()) == 0.5
    page.get_by_role("link", name="Back to the question").press("Enter")
    assert question.evaluate("(root) => root === document.activeElement")


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_in_the_page_every_mount_holds_one(visit, http, scheme):
    with visit() as visited:
        address = (SITE / CHAPTER).as_uri() if scheme == "file" else f"{http}/{CHAPTER}"
        visited.page.goto(address)
        mounts = visited.page.locator(f'[data-figure="{NAME}"]')
        assert mounts.count() >= 1
        for mount in mounts.all():
            mount.scroll_into_view_if_needed()
            assert_alive(visited.page, f"#{mount.get_attribute('id')}")
        assert visited.page.locator(FIGURE).count() == mounts.count()
        assert visited.complaints == []


@pytest.mark.xdist_group("servers")
def test_in_voila(visit, tmp_path):
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tools.demos", f"--port={port}", "--no-browser"]
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}
    with serving(command, address, environment, tmp_path / "voila.log"), visit() as visited:
        visited.page.goto(f"{address}/voila/render/{NAME}.ipynb")
        assert_alive(visited.page, FIGURE)
        assert visited.errors() == []


@pytest.mark.xdist_group("servers")
def test_in_jupyterlab(visit, tmp_path):
    cells = [
        v4.new_code_cell(QUESTION),
        v4.new_code_cell(f'rnnbook.figure("{NAME}", weight_scale=1.6)'),
        v4.new_markdown_cell(f'<a href="#{NAME}?seed=3">The third draw.</a>'),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    (tmp_path / "work").mkdir()
    nbformat.write(notebook, tmp_path / "work" / "figure.ipynb")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = serving(lab(port, tmp_path), address, own_settings(tmp_path), tmp_path / "lab.log")
    with server, visit() as visited:
        visited.page.goto(f"{address}/lab/tree/figure.ipynb")
        run_all_cells(visited.page)
        assert_alive(visited.page, FIGURE)
        assert_asked(visited.page)
        visited.page.get_by_role("link", name="The third draw.").click()
        visited.page.wait_for_function(f"document.querySelector('[name=seed]').value === '3'")
        assert visited.errors() == []


def run_all_cells(page) -> None:
    """Run the notebook; JupyterLab at times loses a request that comes with the kernel's start."""
    page.wait_for_function(CONNECTED, timeout=60_000)
    for _ in range(3):
        page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
        try:
            page.locator(FIGURE).first.wait_for(timeout=20_000)
        except TimeoutError:
            continue
        return


def lab(port: int, folder) -> list[str]:
    """Return the command that starts JupyterLab on this machine alone, with no password."""
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        "--expose-app-in-browser",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder / 'work'}",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]


def own_settings(folder) -> dict[str, str]:
    """Return an environment in which JupyterLab finds and leaves nothing of the user's."""
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    names += ("JUPYTERLAB_SETTINGS_DIR", "IPYTHONDIR")
    return {**os.environ, **{name: str(folder / name.lower()) for name in names}}
