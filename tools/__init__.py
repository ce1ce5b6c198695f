"""The project's jobs, each run as ``python -m tools.<name>``; the Makefile adds the environment."""

import os
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHAPTERS = ROOT / "book"
REFERENCES = ROOT / "tests" / "reference"


def kernel_environment() -> dict[str, str]:
    """Return the environment in which chapters are executed: one thread, no progress bars."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TQDM_DISABLE": "1"}
