"""The kernel's answer to a figure: PyTorch's numbers, or a sentence; PyTorch only when asked."""

import json
import subprocess
import sys

import pytest
import torch

import rnnbook
from rnnbook.kernel import answer

OVERFLOWS = {
    "nonlinearity": "identity",
    "weight_scale": 5.0,
    "seq_len": 200,
    "precision": "float32",
}


def check(state, **other):
    return {"kind": "check", "id": 7, "state": state, **other}


def test_torch_is_imported_when_a_valid_state_is_asked_for_and_not_before():
    script = (
        "import sys, rnnbook\n"
        "shown = rnnbook.figure('gradient-flow')\n"
        "told = []\n"
        "shown.send = told.append\n"
        "def ask(state):\n"
        "    shown._handle_custom_msg({'kind': 'check', 'id': 1, 'state': state}, [])\n"
        "ask({'seed': -1})\n"
        "assert 'torch' not in sys.modules and 'seed is -1' in told[0]['error'], told\n"
        "ask({'seed': 1})\n"
        "assert 'torch' in sys.modules and told[1]['torch'], told\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("state", [{}, {"cell": "lstm", "seed": 3}, {"cell": "gru"}, OVERFLOWS])
def test_the_answer_is_the_table_and_can_be_sent(state):
    table = rnnbook.gradient_flow_table(**state)
    told = json.loads(json.dumps(answer("gradient-flow", check(state)), allow_nan=False))
    assert (told["kind"], told["id"]) == ("check", 7)
    assert torch.__version__.startswith(told["torch"])
    assert told["kinds"] == table.kinds
    for label, values in table.columns.items():
        finite = [value if abs(value) < float("inf") else None for value in values]
        assert told["columns"][label] == finite
    assert (None in told["columns"]["|h_t|"]) == (state is OVERFLOWS)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"weight_scale": 9}, "weight_scale is 9; expected a multiple of 0.05"),
        ({"weight_scale": float("nan")}, "weight_scale is nan"),
        ({"hidden_size": 10**9}, "hidden_size is 1000000000"),
        ({"cell": {"rnn": 1}}, "cell is {'rnn': 1}; expected one of"),
        ({"__class__": 1}, "has no __class__; expected of its state"),
        ([], "state is a list; expected names with their values"),
        (None, "state is a NoneType"),
    ],
)
def test_a_state_that_is_none_gets_the_schemas_sentence(state, sentence):
    told = answer("gradient-flow", check(state))
    assert sentence in told.pop("error")
    assert told == {"kind": "check", "id": 7}


@pytest.mark.parametrize(
    "asked",
    [None, 3, "check", [], {}, {"kind": "run"}, {"kind": "check", "id": "<b>", "state": {}}],
)
def test_what_is_no_question_gets_no_answer(asked):
    assert answer("gradient-flow", asked) is None


def test_another_figure_has_no_twin():
    assert answer("error-wall", check({})) is None


def test_what_fails_in_the_kernel_is_said(monkeypatch):
    def fails(**state):
        raise ImportError("No module named 'torch'")

    monkeypatch.setattr("rnnbook.kernel.TABLES", {"gradient-flow": fails})
    told = answer("gradient-flow", check({}))
    assert told["error"].startswith("PyTorch cannot compute this here: ImportError, No module")
