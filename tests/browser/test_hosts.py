"""The figure is alive, and alive once, wherever a reader meets it; with a kernel, PyTorch too."""

import os
import sys

import nbformat
import pytest
import torch
from nbformat import v4
from playwright.sync_api import TimeoutError

import rnnbook
from rnnbook.gradient_flow import format_number

from .conftest import SITE, free_port, serving
from .figure_page import assert_every_control

NAME = "gradient-flow"
FIGURE = '.rb:has(select[name="cell"])'  # the root of what the figure draws, in every host
OWN = '.rb:has(input[name="weight_scale"]):not(:has(select))'  # the same of a reader's own module
CHAPTER = "book/gradients-through-time.html"
QUESTION = f"""import rnnbook
rnnbook.predict(
    "two", "One and one?", answer=1 + 1, tolerance=0.1, explanation="Counted.",
    figure="{NAME}", state={{"weight_scale": 0.5}},
)"""
OWN_MODULE = """import torch
torch.manual_seed(4)
visualizer = rnnbook.GradientVisualizer(torch.nn.LSTM(1, 4, 2).double(), True)
visualizer.create_visualization()"""
OWN_COLUMNS = [f"|{name}t| of layer {n}" for name in ("h", "c", "dL/dh", "dL/dc") for n in (1, 2)]
ROWS = "(root) => [...root.querySelectorAll('tr')].map((r) => [...r.cells].map((c) => c.innerText))"
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


def assert_checked(page) -> None:
    """Have PyTorch check the figure: crosses and a sentence, until the state changes."""
    figure = page.locator(FIGURE)
    figure.get_by_role("button", name="Check with PyTorch").click()
    said = figure.locator(".rb-checked")
    said.get_by_text(f"PyTorch {torch.__version__.split('+')[0]} agrees").wait_for(timeout=60_000)
    T = int(figure.locator('input[name="seq_len"]').input_value())
    assert figure.locator(".rb-plot .rb-cross").count() == 2 * T  # of states and of gradients
    figure.locator('input[name="weight_scale"]').press("ArrowLeft")
    page.wait_for_function(f"document.querySelector('{FIGURE} .rb-checked').textContent === ''")
    assert figure.locator(".rb-plot .rb-cross").count() == 0


def assert_shows_own_module(page) -> None:
    """Move the module's slider by the keyboard; the table is what state_gradients gives."""
    assert page.locator(OWN).count() == 1
    slider = page.locator(f'{OWN} input[name="weight_scale"]')
    for _ in range(8):
        slider.press("ArrowRight")
    scale = float(slider.input_value())
    assert scale == 1.4
    heads, expected = own_table(scale)
    last = expected[0][-1]
    page.locator(f"{OWN} details", has=page.locator("table")).locator("summary").click()
    page.locator(f"{OWN} td", has_text=last).wait_for()
    rows = page.locator(f"{OWN} table").evaluate(ROWS)
    assert rows == [["t", *heads], *([str(t), *row] for t, row in enumerate(expected, start=1))]


def own_table(scale: float) -> tuple[list[str], list[list[str]]]:
    """What the table of the module in the notebook says, by state_gradients."""
    torch.manual_seed(4)
    module = torch.nn.LSTM(1, 4, 2).double()
    visualizer = rnnbook.GradientVisualizer(module, True)
    read_out = visualizer.flow.read_out(0)
    with torch.no_grad():
        for p in module.parameters():
            p.mul_(scale if p.dim() == 2 else 1)
    flow = rnnbook.state_gradients(
        module, visualizer.x, lambda h: rnnbook.loss_fn(read_out(h), visualizer.y, True)
    )
    columns = [layer[0].norm(dim=-1).tolist() for layer in flow.h + flow.c + flow.dh + flow.dc]
    return OWN_COLUMNS, [[format_number(v) for v in row] for row in zip(*columns)]


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
        assert visited.page.get_by_text("Check with PyTorch").count() == 0  # no kernel, no button
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
        assert_checked(visited.page)
        for cell in ("lstm", "rnn"):
            assert_every_control(visited.page, FIGURE, cell)
        assert visited.errors() == []


@pytest.mark.xdist_group("servers")
def test_in_jupyterlab(visit, tmp_path):
    cells = [
        v4.new_code_cell(QUESTION),
        v4.new_code_cell(f'rnnbook.figure("{NAME}", weight_scale=1.6)'),
        v4.new_markdown_cell(f'<a href="#{NAME}?seed=3">The third draw.</a>'),
        v4.new_code_cell(OWN_MODULE),
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
        visited.page.wait_for_function("document.querySelector('[name=seed]').value === '3'")
        assert_checked(visited.page)
        for cell in ("lstm", "rnn"):
            assert_every_control(visited.page, FIGURE, cell)
        assert_shows_own_module(visited.page)
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
