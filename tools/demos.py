"""Serve the demos with Voilà, a gallery before them and no code: ``python -m tools.demos``.

What follows goes to Voilà: ``python -m tools.demos --port=9000 --no-browser``. Viewers get the
demos that ``book/demos/demos.toml`` lists and nothing else: see ``tools/demo_server.py``. The
environment's ``RNNBOOK_MODULE`` names the file whose ``module`` the demo *your-module* shows.
"""

import os
import sys
from pathlib import Path

from tools import ROOT, kernel_environment
from tools.demo_server import DemoServer

DEMOS = ROOT / "book" / "demos"
HOST = DEMOS / "host"  # Voilà's settings and the template that asks nothing of other machines


def environment() -> dict[str, str]:
    """Return an environment in which Jupyter looks for settings and templates in ``HOST`` first."""

    def first(name: str) -> str:
        return os.pathsep.join(filter(None, [str(HOST), os.environ.get(name)]))

    module = os.environ.get("RNNBOOK_MODULE")
    return {
        **kernel_environment(),
        **({"RNNBOOK_MODULE": str(Path(module).expanduser().resolve())} if module else {}),
        "JUPYTER_PATH": first("JUPYTER_PATH"),
        "JUPYTER_CONFIG_PATH": first("JUPYTER_CONFIG_PATH"),
    }


def main() -> None:
    """Run Voilà until it is interrupted."""
    print("Serving the demos: Voilà names the address; Ctrl-C ends it.", flush=True)
    os.environ.update(environment())
    DemoServer.launch_instance([str(DEMOS), *sys.argv[1:]])


if __name__ == "__main__":
    main()
