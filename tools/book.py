"""Build the book: execute what changed, take any warning as an error, open or name its first page.

``python -m tools.book`` builds what changed; ``python -m tools.book --all`` builds every page.
"""

import os
import shutil
import subprocess
import sys
import webbrowser
from pathlib import Path

from tools import ROOT, kernel_environment

BUILD = ROOT / "_build"
FIRST_PAGE = BUILD / "html" / "book" / "index.html"
UNFINISHED = BUILD / ".unfinished"


def build(every_page: bool) -> int:
    """Run Jupyter Book and return its exit code.

    Sphinx remembers a page that was read with a warning as done. So what it remembers is dropped
    if the last build did not come to its end; what chapters printed stays in the execution cache.
    """
    if UNFINISHED.exists():
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
    BUILD.mkdir(exist_ok=True)
    UNFINISHED.touch()
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command += ["build", str(ROOT), "-W", "-n", "--keep-going"]
    code = subprocess.call(command + ["--all"] * every_page, cwd=ROOT, env=kernel_environment())
    if code == 0:
        UNFINISHED.unlink()
    return code


def show(page: Path) -> None:
    """Open the page where there is a screen to open it on; else say where it is."""
    screen = sys.platform in ("darwin", "win32") or "DISPLAY" in os.environ
    if not screen or "CI" in os.environ or not webbrowser.open(page.as_uri()):
        print(f"The book is built. Open {page} in a browser.")


def main() -> int:
    """Build, then show the first page."""
    code = build(every_page="--all" in sys.argv[1:])
    if code:
        print("The book was not built: what is wrong stands above.", file=sys.stderr)
    else:
        show(FIRST_PAGE)
    return code


if __name__ == "__main__":
    sys.exit(main())
