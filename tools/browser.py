"""Find a Chromium for the browser tests, or install one: ``python -m tools.browser``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def on_path() -> str | None:
    """Return the path of a Chromium or Chrome on the PATH, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def playwrights_own() -> bool:
    """Tell whether Playwright has a Chromium of its own installed."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def installed() -> bool:
    """Tell whether there is a browser the tests can start."""
    return on_path() is not None or playwrights_own()


def install() -> None:
    """Install Chromium from Debian where that is possible, else Playwright's own."""
    root_on_debian = shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0
    if root_on_debian and subprocess.call(["apt-get", "update", "-q"]) == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.call(["apt-get", "install", "-q", "-y", "chromium"], env=quiet)
    if not installed():
        subprocess.call([sys.executable, "-m", "playwright", "install", "chromium"])


def main() -> int:
    """Make sure of a browser; say so where none can be had."""
    if not installed():
        install()
    if installed():
        return 0
    print(
        "The browser tests need Chromium, and neither the PATH nor apt-get nor Playwright has one: "
        "install Chromium or Chrome and run this again.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
