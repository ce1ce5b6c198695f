"""rnnbook.predict: what a question hands to its page, and which ones are refused."""

import json
import subprocess
import sys

import pytest
import torch
from bs4 import BeautifulSoup

import rnnbook
from rnnbook.questions import format_number

TEXTS = {"question": "How long?", "explanation": "So long."}


def ask(**given):
    return rnnbook.predict("mine", **{**TEXTS, **given})


def mount_of(asked) -> BeautifulSoup:
    html = asked._repr_mimebundle_()[0]["text/html"]
    return BeautifulSoup(html, "html.parser").find(id="predict-mine")


def test_neither_a_question_imports_torch():
    script = (
        "import sys, rnnbook\n"
        "rnnbook.predict('a', 'b', answer=1, tolerance=1, explanation='c')._repr_mimebundle_()\n"
        "assert 'torch' not in sys.modules and 'matplotlib' not in sys.modules\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_a_number_is_handed_over_to_six_digits():
    asked = ask(answer=torch.tensor(1 / 3, dtype=torch.float64), unit="steps", tolerance=0.5)
    assert asked.asked == {
        **TEXTS,
        "name": "mine",
        "answer": 0.333333,
        "shown": "0.333\N{NO-BREAK SPACE}steps",
        "unit": "steps",
        "tolerance": 0.5,
    }
    assert ask(answer=3, factor=2).asked["factor"] == 2


def test_a_choice_and_the_figure_that_shows_it():
    asked = ask(choices=("yes", "no"), answer="no", figure="flow", state={"seed": 1}).asked
    assert asked["choices"] == ["yes", "no"]
    assert asked["answer"] == asked["shown"] == "no"
    assert (asked["figure"], asked["state"]) == ("flow", {"seed": 1})


def test_the_mount_is_a_readable_question_with_its_answer_folded():
    asked = ask(
        question="Does |h_t| <b>grow</b>?",
        choices=["by 10^{-3}", '"no"'],
        answer="by 10^{-3}",
        explanation="x_{t+1}.",
    )
    mount = mount_of(asked)
    assert mount["data-predict"] == "mine"
    assert json.loads(mount["data-asked"]) == asked.asked
    assert mount.find("p").get_text() == "Predict, then look. Does |ht| <b>grow</b>?"
    assert [item.get_text() for item in mount.find_all("li")] == ["by 10−3", '"no"']
    assert mount.find("li").find("sup").get_text() == "−3"
    assert mount.find("details").get_text() == "The answerby 10−3. xt+1."
    assert mount.find("b") is None


def test_the_same_call_gives_the_same_output():
    bundles = [ask(answer=2.5, factor=2)._repr_mimebundle_()[0] for _ in range(2)]
    assert bundles[0]["text/html"] == bundles[1]["text/html"]
    assert bundles[0]["text/plain"] == "rnnbook.predict('mine')"
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]
    assert "render" in ask(answer=2.5, factor=2).trait_values(sync=True)["_esm"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (40.0, "40"),
        (-13796.0, "−13796"),
        (13796.2, "13800"),
        (0.0123456, "0.0123"),
        (0.5, "0.5"),
        (99.96, "100"),
        (2.656e-5, "2.66 × 10^{−5}"),
        (1e7, "1 × 10^{7}"),
        (0.0, "0"),
    ],
)
def test_numbers_are_shown_to_three_digits(value, shown):
    assert format_number(value) == shown


def test_what_is_no_question_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="tolerance is None and factor is None; expected one of"):
        ask(answer=1)
    with pytest.raises(ValueError, match="tolerance is 1 and factor is 2; expected one of the two"):
        ask(answer=1, tolerance=1, factor=2)
    with pytest.raises(ValueError, match="factor is 1 and answer is 3; expected a factor above 1"):
        ask(answer=3, factor=1)
    with pytest.raises(ValueError, match="answer is 0; expected a factor above 1 and an answer"):
        ask(answer=0, factor=2)
    with pytest.raises(ValueError, match="answer is inf; expected a finite number"):
        ask(answer=float("inf"), factor=2)
    with pytest.raises(ValueError, match="answer is 'c'; expected one of different choices"):
        ask(answer="c", choices=["a", "b"])
    with pytest.raises(ValueError, match="answer is 'a'; expected one of different choices"):
        ask(answer="a", choices=["a", "a"])
    with pytest.raises(ValueError, match="state is given without figure"):
        ask(answer=1, tolerance=1, state={"seed": 1})
    with pytest.raises(ValueError, match="name is 'a b'; expected a letter"):
        rnnbook.predict("a b", **TEXTS, answer=1, tolerance=1)


@pytest.mark.parametrize(
    ("wrong", "error", "sentence"),
    [
        ({"name": 3}, ValueError, "name is 3; expected a letter"),
        ({"answer": None}, TypeError, "answer is None; expected a number"),
        ({"answer": "five"}, TypeError, "answer is 'five'; expected a number"),
        ({"tolerance": -1}, ValueError, "tolerance is -1; expected 0 or more"),
        ({"tolerance": float("nan")}, ValueError, "tolerance is nan; expected 0 or more"),
        ({"figure": "f", "state": 3}, TypeError, "state is 3; expected a dict"),
        ({"choices": "xyz", "answer": "x"}, TypeError, "choices is 'xyz'; expected a list"),
    ],
)
def test_a_question_that_is_none_is_refused_in_a_sentence(wrong, error, sentence):
    given = {"name": "a", "question": "q", "answer": 1.0, "tolerance": 1, "explanation": "e"}
    with pytest.raises(error, match=sentence):
        rnnbook.predict(**{**given, **wrong})
