"""The image that Binder builds, as repo2docker reads it: that needs no container engine."""

import os
import re
import subprocess
import sys

import pytest

from tools import ROOT

BINDER = ROOT / ".binder"


def pins(text: str) -> dict[str, str]:
    """Return the versions that a file of requirements pins."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)$", text, re.MULTILINE))


def test_it_installs_what_readers_do_with_a_torch_for_cpus():
    theirs = (BINDER / "requirements.txt").read_text()
    ours = pins((ROOT / "requirements.txt").read_text())
    assert "-r ../requirements.txt" in theirs.splitlines()
    assert pins(theirs) == {"torch": f"{ours['torch']}+cpu"}


@pytest.mark.skipif(sys.platform == "win32", reason="repo2docker runs on Linux and macOS")
def test_repo2docker_reads_it(tmp_path):
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    environment = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    description = done.stdout + done.stderr
    assert "Building conda environment for python=3.11" in description
    in_order = [
        "COPY --chown=0:0 src/ ${REPO_DIR}/",
        'pip install --no-cache-dir -r ".binder/requirements.txt"',
        "RUN ./.binder/postBuild",
        'ENV R2D_ENTRYPOINT="${REPO_DIR}/.binder/start"',
    ]
    places = [description.find(step) for step in in_order]
    assert -1 not in places
    assert places == sorted(places)
