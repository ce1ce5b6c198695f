"""Run every check there is, one stage after the other, and stop at the first that fails.

``python -m tools.check`` runs them all; ``python -m tools.check unit book`` the named ones.
"""

import subprocess
import sys
import time
from collections.abc import Callable

from tools import ROOT, browser, kernel_environment
from tools.npm import npm


def python(*arguments: str) -> int:
    """Run a module of the environment's Python in the project's folder."""
    return subprocess.call([sys.executable, "-m", *arguments], cwd=ROOT, env=kernel_environment())


def lint() -> int:
    """Check style, format and types of the Python code."""
    return (
        python("ruff", "check", ".") or python("ruff", "format", "--check", ".") or python("mypy")
    )


def front_end() -> int:
    """Check style and types of the figures' JavaScript, and run its tests."""
    return npm("run", "lint") or npm("run", "check") or npm("test")


def unit() -> int:
    """Run the Python tests, and the examples in docstrings and README."""
    places = ["tests", "rnnbook", "README.md", "--ignore=tests/browser"]
    examples = ["--doctest-modules", "--doctest-glob=README.md"]
    return python("pytest", *places, *examples, "-n", "auto", "--dist=loadgroup")


def book() -> int:
    """Build every page, with warnings as errors."""
    return python("tools.book", "--all")


def outputs() -> int:
    """Compare what the chapters print with tests/reference."""
    return python(
        "pytest",
        "tests/reference",
        "--nbval",
        "--nbval-sanitize-with=tests/nbval_sanitize.cfg",
        "-n",
        "auto",
        "--dist=loadfile",
    )


def pages() -> int:
    """Try the built pages, JupyterLab and Voilà in a browser."""
    return browser.main() or python("pytest", "tests/browser", "-n", "auto", "--dist=loadgroup")


STAGES: dict[str, Callable[[], int]] = {
    "lint": lint,
    "front-end": front_end,
    "unit": unit,
    "book": book,
    "outputs": outputs,
    "pages": pages,
}


def main() -> int:
    """Run the named stages, or all."""
    names = sys.argv[1:] or list(STAGES)
    if unknown := set(names) - set(STAGES):
        print(f"There is no stage {', '.join(sorted(unknown))}; there are {', '.join(STAGES)}.")
        return 2
    for name in names:
        print(f"\n=== {name}: {STAGES[name].__doc__}", flush=True)
        start = time.monotonic()
        if code := STAGES[name]():
            print(f"=== {name} failed", flush=True)
            return code
        print(f"=== {name} passed in {time.monotonic() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
