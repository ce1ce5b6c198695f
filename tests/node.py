"""Run a piece of JavaScript on the figures' modules and get back what it computes."""

import json
import shutil
import subprocess
from typing import Any

from tools import ROOT
from tools.npm import node_environment

CORE = (ROOT / "rnnbook" / "figures").as_uri()


def evaluate(imports: str, expression: str, given: object = None) -> Any:
    """Return the value of an expression of ``given``, computed by Node.

    ``imports`` are lines such as ``import { Draws } from "FIGURES/core/draws.mjs"``.
    """
    source = (
        f"{imports.replace('FIGURES', CORE)}\n"
        'import { readFileSync } from "node:fs";\n'
        "const given = JSON.parse(readFileSync(0, 'utf8'));\n"
        f"process.stdout.write(JSON.stringify({expression}));\n"
    )
    environment = node_environment()
    node = shutil.which("node", path=environment["PATH"])
    assert node is not None
    ran = subprocess.run(
        [node, "--input-type=module", "--eval", source],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
