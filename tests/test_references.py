"""The references in tests/reference are the chapters' own code, every cell of it run."""

import nbformat
import pytest

from tools import REFERENCES
from tools.reference import chapters, code_of

NAMES = [chapter.stem for chapter in chapters()]
UNCHECKED = {"nbval-skip", "nbval-raises-exception", "raises-exception"}


def test_there_are_chapters_and_each_has_its_reference():
    assert NAMES
    assert {path.stem for path in REFERENCES.glob("*.ipynb")} == set(NAMES)


@pytest.fixture(params=chapters(), ids=NAMES)
def pair(request):
    """A chapter's code as it stands, and its reference."""
    chapter = request.param
    return code_of(chapter).cells, nbformat.read(REFERENCES / f"{chapter.stem}.ipynb", 4).cells


def test_the_reference_has_the_chapters_code(pair):
    chapter, reference = pair
    advice = "the chapter's code changed: make reference, and read the difference"
    assert [cell.source for cell in reference] == [cell.source for cell in chapter], advice
    tags = [[cell.metadata.get("tags", []) for cell in cells] for cells in (reference, chapter)]
    assert tags[0] == tags[1], advice


def test_every_cell_was_run_in_order(pair):
    _, reference = pair
    counts = [cell.execution_count for cell in reference]
    assert counts == list(range(1, len(reference) + 1))


def test_no_cell_failed_or_goes_uncompared(pair):
    _, reference = pair
    for cell in reference:
        assert not UNCHECKED & set(cell.metadata.get("tags", []))
        assert "NBVAL_" not in cell.source
        assert all(output.output_type != "error" for output in cell.outputs)


def test_a_cell_with_ignored_output_is_followed_by_an_assertion(pair):
    _, reference = pair
    for cell, following in zip(reference, [*reference[1:], None]):
        if "nbval-ignore-output" in cell.metadata.get("tags", []):
            assert following is not None
            assert "assert" in following.source, f"nothing judges the output of: {cell.source}"


def test_nothing_is_printed_to_stderr(pair):
    _, reference = pair
    assert not [o.text for cell in reference for o in cell.outputs if o.get("name") == "stderr"]
