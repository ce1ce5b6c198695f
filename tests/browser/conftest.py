"""A browser that reports what a page must not do, and servers on this machine alone."""

import functools
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from servers import free_port as free_port, serving as serving

from rnnbook.widgets import FIGURES
from tools import ROOT
from tools.browser import on_path

from .figure_page import write_page

SITE = ROOT / "_build" / "html"
HERE = {"127.0.0.1", "localhost", ""}  # no host: file:, data: and blob: addresses
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The Chromium found on the PATH, or Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=on_path(), args=QUIET)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page with all that went wrong on it and all it asked of other machines."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Take down console warnings and errors, exceptions, and requests that leave or fail."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def errors(self) -> list[str]:
        """Return the complaints but for console warnings: those of a host are its own affair."""
        return [text for text in self.complaints if not text.startswith("console warning")]

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console {message.type}: {message.text}")

    def _request(self, request) -> None:
        if (urlsplit(request.url).hostname or "") not in HERE:
            self.complaints.append(f"asked another machine: {request.url}")

    def _response(self, response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.url}")


@pytest.fixture
def visit(chromium):
    """Return a context manager that opens a fresh page of the given size and colour scheme."""

    @contextmanager
    def open_page(width: int = 1280, scheme: str = "light") -> Iterator[Visit]:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        visited = Visit(context.new_page())
        visited.listen()
        try:
            yield visited
        finally:
            print(*visited.complaints, sep="\n")  # shown where the test fails
            context.close()

    return open_page


@pytest.fixture(scope="session")
def built() -> None:
    """Fail in words where there is no built book to look at."""
    assert (SITE / "index.html").exists(), "build the book first: make book"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine, and give its address."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = functools.partial(Silent, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def http(built) -> Iterator[str]:
    """The address at which the built book is served."""
    with served(SITE) as address:
        yield address


@pytest.fixture(scope="session")
def figure_folder(tmp_path_factory) -> Path:
    """A folder with a page of three figures and the built scripts."""
    made = tmp_path_factory.mktemp("site")
    shutil.copytree(FIGURES / "dist", made / "_static" / "rnnbook")
    write_page(made)
    return made


@pytest.fixture(scope="session")
def figure_site(figure_folder) -> Iterator[str]:
    """That page's address on http."""
    with served(figure_folder) as address:
        yield f"{address}/index.html"


@pytest.fixture(params=["http", "file"])
def figure_address(request, figure_folder) -> str:
    """That page's address, over http and as a file."""
    if request.param == "file":
        return (figure_folder / "index.html").as_uri()
    return request.getfixturevalue("figure_site")
