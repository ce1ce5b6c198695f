"""The demos: three cells, and no PyTorch for a viewer to wait for."""

import nbformat
import pytest
from nbclient import NotebookClient

from tools import kernel_environment
from tools.demos import DEMOS

NOTEBOOKS = sorted(DEMOS.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_demo_is_three_cells_that_show_a_widget_and_import_no_torch(path):
    notebook = nbformat.read(path, 4)
    assert [cell.cell_type for cell in notebook.cells] == ["code"] * 3
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells)
    notebook.cells.append(
        nbformat.v4.new_code_cell("import sys; assert 'torch' not in sys.modules")
    )
    NotebookClient(notebook).execute(env=kernel_environment())
    shown = notebook.cells[2].outputs[0].data
    assert "application/vnd.jupyter.widget-view+json" in shown


def test_there_are_demos():
    assert NOTEBOOKS
