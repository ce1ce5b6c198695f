"""What a lecture asks of one machine: ``python -m benchmarks.lecture`` prints the figures.

Voilà first: from a request to the first live slider in a browser that has cached nothing, with
kernels kept ready and without; thirty viewers at once, their memory, and what is left when they
have gone. Then the static page: three hundred clients and five browsers at once, from one
small server, tools.serve. Nothing is asserted. Needs Chromium and Linux, and takes some minutes.
"""

import asyncio
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.async_api import Browser, Page, Playwright, async_playwright

from rnnbook.demos import write_pages
from rnnbook.widgets import FIGURES
from tools import ROOT
from tools.browser import on_path
from tools.demos import DEMOS

DEMO = "gradient-flow"
REPEATS = 7
VIEWERS = 30
CLIENTS = 300
BROWSERS = 5
LIVE = ".rb tbody tr"  # rows of numbers: the figure has computed and drawn
KERNEL_ID = "JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId"
Server = subprocess.Popen[bytes]


@contextmanager
def serving(port: int, *module: str, **environment: str) -> Iterator[Server]:
    """Run a Python module that serves until the block ends; wait first until its port answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not listens(port):
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait()


def listens(port: int) -> bool:
    """Tell whether something listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port that nothing uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def kernels(server: Server) -> set[int]:
    """Return the processes of a server's kernels."""
    asked = ["pgrep", "-P", str(server.pid)]
    return set(map(int, subprocess.run(asked, capture_output=True, text=True).stdout.split()))


def started_by(pid: int) -> str:
    """Return the command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_text()


def pss(pid: int) -> float:
    """Return a process's proportional share of memory in MB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE)[0]) / 1024


async def launch(playwright: Playwright) -> Browser:
    """Start a Chromium."""
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
    return await playwright.chromium.launch(executable_path=on_path(), args=arguments)


@asynccontextmanager
async def fresh_page(browser: Browser) -> AsyncIterator[Page]:
    """A page in a profile of its own, with nothing cached."""
    context = await browser.new_context()
    yield await context.new_page()
    await context.close()


async def first_slider(page: Page, address: str) -> float:
    """Open a demo; return the seconds until its figure is alive."""
    start = time.perf_counter()
    await page.goto(address, wait_until="commit")
    await page.locator(LIVE).first.wait_for(state="attached", timeout=120_000)
    return time.perf_counter() - start


async def leave(page: Page) -> None:
    """Go away as a reader does, so that the page can end its kernel."""
    await page.goto("about:blank")


async def one_by_one(browser: Browser, name: str, address: str, pause: float) -> None:
    """Time several viewers, each with the machine to itself."""
    seconds = []
    for _ in range(REPEATS):
        await asyncio.sleep(pause)  # the kernel that is kept ready is there again
        async with fresh_page(browser) as page:
            seconds.append(await first_slider(page, address))
            await leave(page)
    middle, low, high = statistics.median(seconds), min(seconds), max(seconds)
    print(
        f"request to live slider, {name}: median {middle:.2f} s of {REPEATS} ({low:.2f}–{high:.2f})"
    )


async def all_at_once(browser: Browser, address: str, server: Server) -> None:
    """Thirty viewers: how long, how much memory, and what stays when they leave."""
    before = pss(server.pid)
    contexts = [await browser.new_context() for _ in range(VIEWERS)]
    pages = [await context.new_page() for context in contexts]
    opening = (first_slider(page, address) for page in pages)
    results = await asyncio.gather(*opening, return_exceptions=True)
    seconds = [result for result in results if isinstance(result, float)]
    print(f"{VIEWERS} viewers at once: {len(seconds)} live, the last after {max(seconds):.1f} s")

    ids = [await page.evaluate(KERNEL_ID) for page in pages]
    theirs = {pid for pid in kernels(server) if any(id in started_by(pid) for id in ids)}
    own = statistics.median(map(pss, theirs))
    share = (pss(server.pid) - before) / VIEWERS
    print(f"  memory of each (PSS): {own:.0f} MB in its kernel, {share:.1f} MB in the server")

    start = time.perf_counter()
    await asyncio.gather(*map(leave, pages))
    while (left := theirs & kernels(server)) and time.perf_counter() - start < 60:
        await asyncio.sleep(0.2)
    gone = time.perf_counter() - start
    print(f"  of their {len(theirs)} kernels {len(left)} are left, {gone:.1f} s after they went")
    for context in contexts:
        await context.close()


async def fetch(address: str) -> bytes:
    """Fetch a file over a connection of its own."""
    url = urlsplit(address)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(f"GET {url.path} HTTP/1.0\r\nHost: {url.netloc}\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    status = head.split(b"\r\n")[0]
    if b" 200 " not in status:
        raise OSError(f"{address}: {status.decode()}")
    return body


async def client(address: str, files: dict[str, bytes]) -> float:
    """Fetch the page and all it is made of; return the seconds."""
    start = time.perf_counter()
    for path, content in files.items():
        if await fetch(urljoin(address, path)) != content:
            raise OSError(f"{path} came incomplete")
    return time.perf_counter() - start


async def a_whole_hall(playwright: Playwright, folder: Path, address: str) -> None:
    """Three hundred phones and five browsers open the static page together."""
    browsers = [await launch(playwright) for _ in range(BROWSERS)]
    asked: list[str] = []
    async with fresh_page(browsers[0]) as page:
        page.on("request", lambda request: asked.append(request.url))
        await first_slider(page, address)
    paths = {urlsplit(url).path for url in asked if url.startswith("http")}
    files = {path: (folder / path.lstrip("/")).read_bytes() for path in paths}
    pages = [await (await browser.new_context()).new_page() for browser in browsers]

    results = await asyncio.gather(
        *(client(address, files) for _ in range(CLIENTS)),
        *(first_slider(page, address) for page in pages),
        return_exceptions=True,
    )
    seconds = [result for result in results if isinstance(result, float)]
    failed = [result for result in results if not isinstance(result, float)]
    kilobytes = sum(map(len, files.values())) / 1024
    print(f"{CLIENTS} clients and {BROWSERS} browsers at once, {len(files)} files each,")
    middle, last = statistics.median(seconds), max(seconds)
    print(
        f"  {kilobytes:.0f} KB: {len(failed)} failed; median {middle:.1f} s, the last {last:.1f} s"
    )
    print(*(f"  {failure!r}" for failure in failed[:3]), sep="\n", end="\n" if failed else "")
    for browser in browsers:
        await browser.close()


async def main() -> None:
    """Print all figures."""
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the start")
    folder = Path(tempfile.mkdtemp())
    runtime = {"JUPYTER_RUNTIME_DIR": str(folder)}
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        port = free_port()
        demos = ("tools.demos", f"--port={port}", "--no-browser")
        demo = f"http://127.0.0.1:{port}/voila/render/{DEMO}.ipynb"
        with serving(port, *demos, "--preheat_kernel=False", **runtime):
            await one_by_one(browser, "cold", demo, 1)
        with serving(port, *demos, **runtime) as server:
            await one_by_one(browser, "preheated", demo, 5)
            await asyncio.sleep(5)
            await all_at_once(browser, demo, server)
        await browser.close()

        site = folder / "site"
        shutil.copytree(FIGURES / "dist", site / "_static" / "rnnbook")
        shutil.copy(ROOT / "book" / "theme" / "favicon.svg", site / "_static")
        write_pages(DEMOS, site / "demos", "")
        with serving(port, "tools.serve", str(port), str(site)):
            await a_whole_hall(playwright, site, f"http://127.0.0.1:{port}/demos/{DEMO}.html")
    shutil.rmtree(folder)
    print(f"load average {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    asyncio.run(main())
