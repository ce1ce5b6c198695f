"""What holds for every test: checked shapes, one thread, a fixed seed."""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import jaxtyping

# Before anything imports the package: every annotated shape in it is checked as the tests run.
jaxtyping.install_import_hook("rnnbook", "typechecker.check_shapes")

import matplotlib as mpl
import pytest
import torch

mpl.use("agg")
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _fixed_seed() -> None:
    torch.manual_seed(0)
