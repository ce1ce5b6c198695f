"""Servers that a test starts and ends, on this machine alone."""

import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from tools import ROOT


def free_port() -> int:
    """Return a port of this machine that nothing uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(
    command: list[str], address: str, environment: dict[str, str], log
) -> Iterator[subprocess.Popen]:
    """Run a server until the block ends; wait first until it answers at the address."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = monotonic() + 60
        while not answers(address):
            assert process.poll() is None, f"the server ended:\n{log.read_text()}"
            assert monotonic() < deadline, f"no answer at {address}:\n{log.read_text()}"
            sleep(0.2)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(address: str) -> bool:
    """Tell whether a server answers at the address."""
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
