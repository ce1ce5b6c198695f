"""A lecture with Voilà: the first page, a module brought along, and what is killed or left."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from time import sleep

import pytest

from rnnbook.demos import read_demos
from tools.demos import DEMOS

from .conftest import free_port, serving
from .test_pages import axe_findings
from .test_stage import PAIR, opened, scales

pytestmark = pytest.mark.xdist_group("servers")
OPTIONS = (
    "--no-browser",
    "--preheat_kernel=False",  # a test opens one demo of several
    "--MappingKernelManager.cull_idle_timeout=2",
    "--MappingKernelManager.cull_interval=1",
)


@contextmanager
def voila(folder):
    """Serve the demos; yield where, and the server's process."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tools.demos", f"--port={port}", *OPTIONS]
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    with serving(command, address, environment, folder / "voila.log") as server:
        yield address, server


@pytest.fixture(scope="module")
def lecture(tmp_path_factory):
    """The address at which Voilà serves the demos."""
    with voila(tmp_path_factory.mktemp("lecture")) as (address, _):
        yield address


def demo(page, address: str, name: str = PAIR, figures: int = 2):
    """Open a demo and wait until its figures are alive."""
    return opened(page, f"{address}/voila/render/{name}.ipynb", figures)


def kernel_process(page) -> int:
    """The process of the page's kernel."""
    data = page.locator("#jupyter-config-data").text_content()
    kernel = re.search(r'"kernelId": ?"([\w-]+)"', data)[1]
    return int(subprocess.check_output(["pgrep", "-f", f"ipykernel_launcher.*{kernel}"]))


def gone(process: int) -> None:
    """Wait until a process has ended."""
    for _ in range(300):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        sleep(0.1)
    raise AssertionError(f"process {process} goes on")


def move_until(page, sentence: str) -> None:
    """Step the slider until the page says the sentence, and see that no step is lost."""
    steps = 0
    while sentence not in page.locator(".stage-notice").inner_text():
        page.keyboard.press("ArrowRight")
        steps += 1
        page.wait_for_timeout(100)
        assert steps < 60, "the page does not say what is gone"
    where = round(1 + 0.05 * steps, 2)
    assert scales(page) == [where, where]
    page.wait_for_function(f"location.hash.includes('weight_scale={where}')")


def see_it_go_on(page) -> None:
    """See that the figures still compute."""
    page.keyboard.press("3")
    assert scales(page) == [3, 3]
    table = page.locator(".rb tbody").first.text_content()
    page.keyboard.press("0")
    assert scales(page) == [1, 1]
    assert page.locator(".rb tbody").first.text_content() != table


def test_a_killed_kernel_is_missed_and_nothing_is_lost(visit, lecture):
    with visit() as visited:
        page = demo(visited.page, lecture)
        assert visited.errors() == []
        assert page.locator(".stage-notice").inner_text() == ""
        os.kill(kernel_process(page), signal.SIGKILL)
        move_until(page, "The kernel of this page has ended")
        see_it_go_on(page)
        page.keyboard.press("ArrowRight")
        page.wait_for_function("location.hash.includes('weight_scale=1.05')")
        page.reload()  # a new kernel takes up where the page was
        assert scales(opened(page, page.url, 2)) == [1.05, 1.05]


def test_a_killed_server_is_missed_and_nothing_is_lost(visit, tmp_path):
    with voila(tmp_path) as (address, server), visit() as visited:
        page = demo(visited.page, address)
        os.kill(server.pid, signal.SIGKILL)
        move_until(page, "The server does not answer")
        see_it_go_on(page)


def test_the_first_page_leads_to_the_demos(visit, lecture):
    with visit() as visited:
        page = visited.page
        page.goto(lecture)
        links = page.locator("main a")
        assert links.count() == len(read_demos(DEMOS))
        assert axe_findings(page) == []
        links.filter(has_text="linear network").click()
        page.locator(".rb input[name=weight_scale]").wait_for()
        assert page.get_by_role("heading", level=1).inner_text() == "A linear network that explodes"
        assert axe_findings(page) == []
        assert visited.errors() == []


def test_the_lecturers_module_follows_the_keys(visit, lecture):
    with visit() as visited:
        page = demo(visited.page, lecture, "your-module", 1)
        page.keyboard.press("2")
        page.wait_for_function("document.querySelectorAll('.rb tbody tr').length === 50")
        assert visited.errors() == []
        os.kill(kernel_process(page), signal.SIGKILL)
        page.get_by_text("the picture stays as it was").first.wait_for()
        assert page.locator(".rb tbody tr").count() == 50


def test_kernels_go_with_their_pages(visit, lecture):
    with visit() as stays, visit() as other:
        kept = kernel_process(demo(stays.page, lecture))
        left = kernel_process(demo(other.page, lecture))
        other.page.goto("about:blank")  # the page says so as it is left
        gone(left)
        lost = kernel_process(demo(other.page, lecture))
        other.page.context.close()  # as a phone that is switched off: nobody says a word
        gone(lost)
        stays.page.wait_for_timeout(3000)
        os.kill(kept, 0)  # who looks on keeps a kernel
        assert stays.page.locator(".stage-notice").inner_text() == ""
