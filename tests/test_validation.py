"""Wrong input is answered with a sentence, with shape checks and without."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import rnnbook
from tests.wrong_input import CASES, complaint

FLAT = [(name, i) for name, cases in CASES.items() for i in range(len(cases))]


@pytest.mark.parametrize(("name", "index"), FLAT, ids=lambda v: str(v).replace(" ", "_"))
def test_the_sentence_under_shape_checks(name, index):
    assert complaint(CASES[name][index]) is None


def test_the_sentence_as_a_reader_sees_it():
    done = subprocess.run(
        [sys.executable, "-m", "tests.wrong_input"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    assert done.stdout == f"{len(FLAT)} cases\n"


def test_shapes_inside_are_checked_while_the_tests_run():
    # the cells' annotations say hidden twice: a square that is none is found
    with pytest.raises(Exception, match=r"(?i)type-check"):
        rnnbook.rnn_step(torch.zeros(2, 3), torch.zeros(2, 4), torch.zeros(3, 4), torch.tanh)


def test_what_is_right_goes_through():
    x = torch.zeros(1, 1, 1)
    for make in (rnnbook.RNNLayer, rnnbook.LSTMLayer, rnnbook.GRULayer):
        assert make(1, 1)(x)[0].shape == (1, 1, 1)
    assert rnnbook.loss_fn(x, x).shape == ()
    assert rnnbook.power_norms(torch.eye(1), 1).tolist() == [1.0]
    assert rnnbook.chrono_(rnnbook.LSTMLayer(1, 1), 3) is not None
