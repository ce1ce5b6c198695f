"""The demos before a class: by keys, side by side, hidden until the class has voted, and alone."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from time import sleep

import pytest

from rnnbook.demos import read_demos, write_pages
from tools.demos import DEMOS

from .conftest import SITE, free_port, served, serving
from .test_pages import axe_findings

NAMES = [demo.name for demo in read_demos(DEMOS) if not demo.needs_kernel]
PAIR = "tanh-or-identity"
SCALES = "[...document.querySelectorAll('.rb input[name=weight_scale]')].map((i) => +i.value)"
SMALLEST = """() => Math.min(...[...document.querySelectorAll(".stage *, .rb *")]
  .filter((n) => n.checkVisibility() && n.closest("kbd, sub, sup, table") === null
    && [...n.childNodes].some((c) => c.nodeType === Node.TEXT_NODE && c.data.trim()))
  .map((n) => {
    const range = document.createRange();
    range.selectNodeContents(n);
    return Math.min(...[...range.getClientRects()].map((r) => r.height));
  }))"""


def opened(page, address: str, figures: int = 1):
    """Open a demo and wait until its figures are alive."""
    page.goto(address)
    page.locator(".rb input[name=weight_scale]").nth(figures - 1).wait_for()
    return page


def scales(page) -> list[float]:
    """The weight scales as the figures have them, after the next frame."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return page.evaluate(SCALES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["http", "file"])
def test_every_demo_is_a_page_of_the_book(visit, http, name, scheme):
    with visit() as visited:
        address = f"{http}/demos/{name}.html"
        page = opened(
            visited.page, address if scheme == "http" else (SITE / f"demos/{name}.html").as_uri()
        )
        before = scales(page)
        page.keyboard.press("ArrowRight")
        assert scales(page) == [pytest.approx(value + 0.05) for value in before]
        assert visited.complaints == []


def test_the_gallery_leads_to_every_demo(visit, http):
    with visit() as visited:
        visited.page.goto(f"{http}/demos/index.html")
        links = visited.page.locator("main a").evaluate_all("(all) => all.map((a) => a.href)")
        assert links == [f"{http}/demos/{name}.html" for name in NAMES]
        assert visited.complaints == []


def test_keys_drive_both_figures(visit, http):
    with visit() as visited:
        page = opened(visited.page, f"{http}/demos/{PAIR}.html", 2)
        page.keyboard.press("3")
        assert scales(page) == [3, 3]
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Shift+ArrowLeft")
        assert scales(page) == [2.45, 2.45]
        kinds = "[...document.querySelectorAll('.rb [name=nonlinearity]')].map((i) => i.value)"
        assert page.evaluate(kinds) == ["tanh", "identity"]
        page.locator(".rb [name=seq_len]").first.fill("12")
        assert page.locator(".rb [name=seq_len]").nth(1).input_value() == "12"
        page.keyboard.press("ArrowRight")  # the slider's own key: the focus is there
        assert scales(page) == [2.45, 2.45]
        page.wait_for_function("location.hash.includes('weight_scale=2.45')")
        page.keyboard.press("0")
        assert scales(page) == [1, 1]
        page.goto("about:blank")
        assert scales(opened(page, f"{http}/demos/{PAIR}.html#identity?weight_scale=2", 2)) == [
            2,
            2,
        ]
        assert visited.complaints == []


def test_a_class_predicts_before_it_sees(visit, http):
    with visit() as visited:
        page = opened(visited.page, f"{http}/demos/{PAIR}.html", 2)
        shown = page.locator(".rb svg, .rb output, .rb-words, .rb-chaos")
        page.keyboard.press("p")
        assert shown.count() >= 4
        assert not any(part.is_visible() for part in shown.all())
        votes = page.get_by_role("group", name="Votes").locator("input")
        votes.first.fill("30")
        votes.nth(1).fill("10")
        assert page.locator("meter").first.evaluate("(meter) => meter.value") == 0.75
        page.keyboard.press("p")  # the field takes it: the focus is there
        assert not any(part.is_visible() for part in shown.all())
        page.get_by_role("button", name="Predict first").click()
        assert page.locator(".rb svg").first.is_visible()
        assert votes.first.is_visible()
        assert visited.complaints == []


def test_keys_are_listed_and_can_be_turned_off(visit, http):
    with visit() as visited:
        page = opened(visited.page, f"{http}/demos/gradient-flow.html")
        before = scales(page)
        page.keyboard.press("?")
        keys = page.get_by_role("dialog", name="Keys")
        assert "predict first" in keys.inner_text()
        keys.get_by_role("checkbox").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowRight")
        assert scales(page) == before
        page.get_by_role("button", name="Light or dark").click()
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.get_by_role("button", name="Full screen").click()
        page.wait_for_function("document.fullscreenElement")
        assert visited.complaints == []


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (3840, 2160)])
def test_type_is_readable_from_the_last_row(visit, http, size):
    with visit() as visited:
        visited.page.set_viewport_size({"width": size[0], "height": size[1]})
        page = opened(visited.page, f"{http}/demos/gradient-flow.html")
        page.wait_for_timeout(100)  # plots follow their size
        assert page.evaluate(SMALLEST) >= size[1] / 50


def test_a_code_leads_to_the_page_as_it_is_shown(visit, built, tmp_path):
    (tmp_path / "_static").symlink_to(SITE / "_static")
    write_pages(DEMOS, tmp_path / "demos", "https://book.example/")
    with served(tmp_path) as site, visit() as visited:
        page = opened(visited.page, f"{site}/demos/gradient-flow.html")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("q")
        link = page.get_by_role("dialog").get_by_role("link")
        address = "https://book.example/demos/gradient-flow.html#gradient-flow?weight_scale=1.65"
        assert link.inner_text() == address
        assert page.get_by_role("img", name=f"QR code of {address}").is_visible()
        assert visited.complaints == []


def test_where_no_address_is_known_there_is_no_code(visit, http):
    with visit() as visited:
        page = opened(visited.page, f"{http}/demos/gradient-flow.html")
        assert page.get_by_role("button", name="On your phone").count() == 0
        page.keyboard.press("q")
        assert page.get_by_role("dialog").count() == 0


@contextmanager
def lecture(visit, folder, name: str = PAIR, figures: int = 2, options: tuple[str, ...] = ()):
    """Serve the demos with Voilà and open one; yield the visit and the server's process."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    # No kernels kept ready: a test opens one demo of several.
    options = ("--no-browser", "--preheat_kernel=False", *options)
    command = [sys.executable, "-m", "tools.demos", f"--port={port}", *options]
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    with serving(command, address, environment, folder / "voila.log") as server, visit() as visited:
        opened(visited.page, f"{address}/voila/render/{name}.ipynb", figures)
        yield visited, server


def kernel_process(page) -> int:
    """The process of the page's kernel."""
    data = page.locator("#jupyter-config-data").text_content()
    kernel = re.search(r'"kernelId": ?"([\w-]+)"', data)[1]
    return int(subprocess.check_output(["pgrep", "-f", f"ipykernel_launcher.*{kernel}"]))


def moved(page, sentence: str) -> list[float]:
    """Step the slider until the page says the sentence; return where it must be, and is."""
    steps = 0
    while sentence not in page.locator(".stage-notice").inner_text():
        page.keyboard.press("ArrowRight")
        steps += 1
        page.wait_for_timeout(100)
        assert steps < 60, "the page does not say what is gone"
    return scales(page), [pytest.approx(round(1 + 0.05 * steps, 2))] * 2


@pytest.mark.xdist_group("servers")
@pytest.mark.parametrize("victim", ["kernel", "server"])
def test_what_is_killed_is_missed_and_nothing_is_lost(visit, tmp_path, victim):
    with lecture(visit, tmp_path) as (visited, server):
        page = visited.page
        assert visited.errors() == []
        assert page.locator(".stage-notice").inner_text() == ""
        process = kernel_process(page) if victim == "kernel" else server.pid
        os.kill(process, signal.SIGKILL)
        said = "The kernel of this page has ended" if victim == "kernel" else "The server does not"
        found, expected = moved(page, said)
        assert found == expected
        page.wait_for_function(f"location.hash.includes('weight_scale={found[0]}')")
        page.keyboard.press("3")
        assert scales(page) == [3, 3]
        table = page.locator(".rb tbody").first.text_content()
        page.keyboard.press("0")
        assert scales(page) == [1, 1]
        assert page.locator(".rb tbody").first.text_content() != table
        if victim == "kernel":  # a new one takes up where the page was
            page.keyboard.press("ArrowRight")
            page.wait_for_function("location.hash.includes('weight_scale=1.05')")
            page.reload()
            assert scales(opened(page, page.url, 2)) == [1.05, 1.05]


@pytest.mark.xdist_group("servers")
def test_the_first_page_of_voila_leads_to_the_demos(visit, tmp_path):
    with lecture(visit, tmp_path) as (visited, _):
        page = visited.page
        page.goto(page.url.split("/voila/")[0])
        links = page.locator("main a")
        assert links.count() == len(read_demos(DEMOS))
        assert axe_findings(page) == []
        links.filter(has_text="linear network").click()
        page.locator(".rb input[name=weight_scale]").wait_for()
        assert page.get_by_role("heading", level=1).inner_text() == "A linear network that explodes"
        assert axe_findings(page) == []
        assert visited.errors() == []


@pytest.mark.xdist_group("servers")
def test_the_lecturers_module_follows_keys_in_voila(visit, tmp_path):
    with lecture(visit, tmp_path, "your-module", 1) as (visited, _):
        page = visited.page
        page.keyboard.press("2")
        page.wait_for_function("document.querySelectorAll('.rb tbody tr').length === 50")
        assert visited.errors() == []
        os.kill(kernel_process(page), signal.SIGKILL)
        page.get_by_text("the picture stays as it was").first.wait_for()
        assert page.locator(".rb tbody tr").count() == 50


@pytest.mark.xdist_group("servers")
def test_kernels_go_with_their_pages(visit, tmp_path):
    idle = ("--MappingKernelManager.cull_idle_timeout=2", "--MappingKernelManager.cull_interval=1")
    with lecture(visit, tmp_path, options=idle) as (visited, _), visit() as other:
        kernel = kernel_process(visited.page)
        opened(other.page, visited.page.url, 2)
        left = kernel_process(other.page)
        other.page.goto("about:blank")  # the page says so as it is left
        gone(left)
        opened(other.page, visited.page.url, 2)
        lost = kernel_process(other.page)
        other.page.context.close()  # as a phone that is switched off: nobody says a word
        gone(lost)
        os.kill(kernel, 0)  # who looks on keeps a kernel
        visited.page.wait_for_timeout(3000)
        assert visited.page.locator(".stage-notice").inner_text() == ""


def gone(process: int) -> None:
    """Wait until a process has ended."""
    for _ in range(150):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        sleep(0.1)
    raise AssertionError(f"process {process} goes on")
