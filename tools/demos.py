"""Serve the demos with Voilà, one figure a page and no code: ``python -m tools.demos``.

What follows goes to Voilà: ``python -m tools.demos --port=9000 --no-browser``.
"""

import os
import sys

from voila.app import main as voila

from tools import ROOT, kernel_environment

DEMOS = ROOT / "book" / "demos"
HOST = DEMOS / "host"  # Voilà's settings and the template that asks nothing of other machines


def environment() -> dict[str, str]:
    """Return an environment in which Jupyter looks for settings and templates in ``HOST`` first."""

    def first(name: str) -> str:
        return os.pathsep.join(filter(None, [str(HOST), os.environ.get(name)]))

    return {
        **kernel_environment(),
        "JUPYTER_PATH": first("JUPYTER_PATH"),
        "JUPYTER_CONFIG_PATH": first("JUPYTER_CONFIG_PATH"),
    }


def main() -> None:
    """Run Voilà until it is interrupted."""
    names = ", ".join(path.stem for path in sorted(DEMOS.glob("*.ipynb")))
    print(f"Serving {names}: Voilà names the address; Ctrl-C ends it.", flush=True)
    os.environ.update(environment())
    sys.argv = ["voila", str(DEMOS), *sys.argv[1:]]
    voila()


if __name__ == "__main__":
    main()
