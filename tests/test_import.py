"""Importing the package costs next to nothing, and the stub file is the list of its names."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rnnbook

COURSE = {
    *("RNNLayer", "LSTMLayer", "RNN", "LSTM", "RecurrentRegressionModel", "generate_batch"),
    *("loss_fn", "biggest_eig_magnitude", "GradientVisualizer", "train", "train_all"),
}


def names_in_the_stub() -> list[str]:
    stub = Path(rnnbook.__file__).with_name("__init__.pyi")
    imports = ast.parse(stub.read_text()).body
    assert all(isinstance(node, ast.ImportFrom) for node in imports)
    return [alias.asname for node in imports for alias in node.names]


def modules_after(code: str) -> set[str]:
    code += "\nimport sys\nprint(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_imports_no_torch():
    heavy = {"torch", "numpy", "matplotlib", "jaxtyping", "ipywidgets", "tqdm", "anywidget"}
    assert not heavy & modules_after("import rnnbook")


def test_a_matrix_needs_no_plots():
    assert not {"matplotlib", "ipywidgets"} & modules_after("import rnnbook; rnnbook.spectrum")


def test_the_course_names_are_public():
    assert set(names_in_the_stub()) >= COURSE


def test_the_stub_lists_what_there_is():
    assert sorted(rnnbook.__all__) == sorted(names_in_the_stub())
    assert len(set(rnnbook.__all__)) == len(rnnbook.__all__)
    assert set(rnnbook.__all__) <= set(dir(rnnbook))


@pytest.mark.parametrize("name", names_in_the_stub())
def test_every_name_can_be_had(name):
    assert getattr(rnnbook, name).__name__ == name


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = rnnbook.no_such_name
