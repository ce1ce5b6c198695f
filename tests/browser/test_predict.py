"""A question in a page: committed, revealed, scored, kept, forgotten."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

import rnnbook
from rnnbook.widgets import FIGURES

from .conftest import free_port, serving
from .figure_page import pytorch_rows, rows

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Questions</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<script defer src="_static/rnnbook/loader.js"></script>
<style>body {{ color: light-dark(#000, #fff); background: light-dark(#fff, #000);
color-scheme: light dark }} figure {{ margin: 0 }} .far {{ height: 3000px }}</style></head>
<body><main><h1>Questions</h1>{number}{ratio}{choice}<p class="far">Far below:</p>
{figure}<p class="far">The end.</p></main></body></html>"""


def questions() -> dict[str, str]:
    """A number by its distance, one by its ratio, and a choice that a figure answers."""
    asked = {
        "number": rnnbook.predict(
            "half",
            "How much of h_t is left?",
            answer=1 / 2,
            tolerance=0.1,
            explanation="<b>W_hh</b>",
        ),
        "ratio": rnnbook.predict(
            "tenfold", "Over how many?", answer=40, factor=2, unit="steps", explanation="Slowly."
        ),
        "choice": rnnbook.predict(
            "edge",
            "With weights 2.5 times as large, the gradient",
            choices=["vanishes", "explodes, by <i>10^{3}</i>"],
            answer="explodes, by <i>10^{3}</i>",
            explanation="See the curve.",
            figure="flow",
            state={"weight_scale": 2.5, "last_timestep_only": False},
        ),
        "figure": rnnbook.figure("gradient-flow", id="flow"),
    }
    return {name: shown.mount() for name, shown in asked.items()}


@pytest.fixture(scope="session")
def question_folder(tmp_path_factory) -> Path:
    """A page with three questions, a figure far below them, and the built scripts."""
    made = tmp_path_factory.mktemp("questions")
    shutil.copytree(FIGURES / "dist", made / "_static" / "rnnbook")
    (made / "index.html").write_text(PAGE.format(**questions()), encoding="utf-8")
    return made


@pytest.fixture(scope="session")
def question_site(question_folder, tmp_path_factory):
    """The page's address on http."""
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    command += ["--directory", str(question_folder)]
    address = f"http://127.0.0.1:{port}/index.html"
    log = tmp_path_factory.mktemp("log") / "server.log"
    with serving(command, address, dict(os.environ), log):
        yield address


@pytest.fixture(params=["http", "file"])
def address(request, question_folder) -> str:
    """The page's address, over http and as a file."""
    if request.param == "file":
        return (question_folder / "index.html").as_uri()
    return request.getfixturevalue("question_site")


def opened(visited, address: str) -> dict:
    """Open the page and return its questions, alive."""
    visited.page.set_default_timeout(10_000)
    visited.page.goto(address)
    visited.page.wait_for_function(
        "() => document.querySelectorAll('[data-predict][data-live=yes]').length === 3"
    )
    return {n: visited.page.locator(f"#predict-{n}") for n in ("half", "tenfold", "edge")}


def commit(question, guess: str) -> None:
    """Answer as a reader does."""
    if question.locator("input[type=radio]").count():
        question.get_by_label(guess).check()
    else:
        question.locator("input").fill(guess)
    question.get_by_role("button", name="Commit").click()


def verdict(question) -> str:
    return question.get_by_role("status").text_content()


def score(question) -> str:
    return question.locator("summary").text_content()


def test_a_guess_is_judged_scored_kept_and_forgotten(visit, address):
    with visit() as visited:
        asked = opened(visited, address)
        assert asked["half"].get_by_text("<b>Whh</b>").is_hidden()
        assert asked["half"].locator("summary").is_hidden()
        commit(asked["half"], "0.59")
        assert verdict(asked["half"]) == "Right. It is 0.5; you said 0.59, off by 0.090."
        assert asked["half"].get_by_text("<b>Whh</b>").is_visible()
        commit(asked["tenfold"], "4")
        assert (
            verdict(asked["tenfold"])
            == "Not this time. It is 40\N{NO-BREAK SPACE}steps; you said 4, 10 times too small."
        )
        for question in asked.values():
            assert score(question) == "This chapter: 1 of 2 right, 1 to answer"
        assert asked["half"].locator("input").is_disabled()

        asked = opened(visited, address)  # again, from what was kept
        assert verdict(asked["half"]).startswith("Right.")
        assert asked["half"].locator("input").input_value() == "0.59"
        assert score(asked["edge"]) == "This chapter: 1 of 2 right, 1 to answer"

        asked["half"].get_by_role("button", name="Forget this answer").click()
        assert verdict(asked["half"]) == ""
        assert asked["half"].locator("input").input_value() == ""
        assert score(asked["half"]) == "This chapter: 0 of 1 right, 2 to answer"
        asked["edge"].locator("summary").click()
        assert "The whole book: 0 of 1 right." in asked["edge"].inner_text()
        asked["edge"].get_by_role("button", name="Forget every answer").click()
        assert score(asked["tenfold"]) == "This chapter: 0 of 0 right, 3 to answer"
        assert visited.page.evaluate("localStorage.length") == 0
        assert asked["tenfold"].get_by_role("button", name="Commit").is_visible()
        assert visited.complaints == []


def test_a_figure_shows_the_answer_and_a_link_leads_back(visit, address):
    with visit() as visited:
        page = visited.page
        asked = opened(visited, address)
        commit(asked["edge"], "vanishes")
        page.locator("#flow[data-live=yes]").wait_for()
        assert rows(page, "#flow") == pytorch_rows(weight_scale=2.5, last_timestep_only=False)
        top = "(element) => element.getBoundingClientRect().top"
        assert abs(page.locator("#flow").evaluate(top)) < 200
        note = page.locator("#flow .rb-answer")
        assert "Not this time. You said “vanishes”. The answer: “explodes, by" in note.inner_text()
        assert "See the curve." in note.inner_text()
        assert note.locator("sup").inner_text() == "3"
        assert "See the curve." in page.evaluate("document.activeElement.textContent")
        page.keyboard.press("Enter")  # a second one does nothing
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Back to the question"
        page.keyboard.press("Enter")
        page.wait_for_function("document.activeElement.id === 'predict-edge'")
        assert 0 < asked["edge"].evaluate(top) < 900

        page.goto("about:blank")  # and later, from what was kept: nothing moves by itself
        asked = opened(visited, address)
        assert page.evaluate("scrollY") == 0
        assert page.locator("#flow[data-live]").count() == 0
        asked["edge"].get_by_role("link", name="Show it in the figure").click()
        page.locator("#flow[data-live=yes]").wait_for()
        assert rows(page, "#flow") == pytorch_rows(weight_scale=2.5, last_timestep_only=False)
        assert visited.complaints == []


def test_no_guess_and_no_number_are_said_in_a_sentence(visit, question_site):
    with visit() as visited:
        asked = opened(visited, question_site)
        for name, words in {"half": "Nothing is written", "edge": "Nothing is chosen"}.items():
            asked[name].get_by_role("button", name="Commit").click()
            assert words in asked[name].get_by_role("alert").inner_text()
            assert verdict(asked[name]) == ""
        for typed in ("1e", "50%", "0,5"):
            asked["half"].locator("input").fill(typed)
            asked["half"].locator("input").press("Enter")
            said = asked["half"].get_by_role("alert").inner_text()
            assert said.startswith(f"“{typed}” is not a number; write one such as 0.5")
        assert asked["half"].locator("input").get_attribute("aria-invalid") == "true"
        commit(asked["half"], "1e-1")
        assert verdict(asked["half"]).startswith("Not this time. It is 0.5; you said 0.1")
        assert asked["half"].get_by_role("alert").inner_text() == ""


@pytest.mark.parametrize(
    "storage",
    [
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })",
        "Object.defineProperty(window, 'localStorage', { value: null })",
        "Storage.prototype.setItem = () => { throw new Error('full'); }",
    ],
)
def test_where_nothing_can_be_kept_the_score_lasts_as_long_as_the_page(visit, address, storage):
    with visit() as visited:
        visited.page.add_init_script(storage)
        asked = opened(visited, address)
        commit(asked["half"], "0.5")
        assert verdict(asked["half"]) == "Right. It is 0.5."
        assert score(asked["tenfold"]) == "This chapter: 1 of 1 right, 2 to answer"
        asked["half"].locator("summary").click()
        assert "until you leave it" in asked["half"].inner_text()
        asked["half"].get_by_role("button", name="Forget this answer").click()
        assert score(asked["tenfold"]) == "This chapter: 0 of 0 right, 3 to answer"
        assert visited.complaints == []


@pytest.mark.parametrize("kept", ["{", "null", "[1]", '{"half": 1, "edge": {"guess": "<b>"}}'])
def test_what_is_kept_badly_is_not_read(visit, question_site, kept):
    with visit() as visited:
        visited.page.goto(question_site)
        visited.page.evaluate("(text) => localStorage.setItem('rnnbook-predict', text)", kept)
        asked = opened(visited, question_site)
        assert score(asked["half"]) == "This chapter: 0 of 0 right, 3 to answer"
        commit(asked["half"], "0.5")
        assert score(asked["half"]) == "This chapter: 1 of 1 right, 2 to answer"
        assert visited.complaints == []


def test_a_minus_as_the_page_prints_it_counts(visit, question_site):
    with visit() as visited:
        asked = opened(visited, question_site)
        commit(asked["half"], "−12")
        assert verdict(asked["half"]) == (
            "Not this time. It is 0.5; you said −12: the sign differs."
        )
        asked = opened(visited, question_site)
        assert asked["half"].locator("input").input_value() == "−12"


def test_by_keyboard_alone(visit, question_site):
    with visit() as visited:
        asked, keys = opened(visited, question_site), visited.page.keyboard
        keys.press("Tab")
        keys.type("0.5")
        keys.press("Enter")
        assert verdict(asked["half"]).startswith("Right.")
        assert visited.page.evaluate("document.activeElement.role") == "status"
        keys.press("Enter")  # a second one does not forget the answer
        assert verdict(asked["half"]).startswith("Right.")
        keys.press("Tab")
        assert visited.page.evaluate("document.activeElement.textContent") == "Forget this answer"
        keys.press("Enter")
        assert visited.page.evaluate("document.activeElement.type") == "text"
        keys.type("7")
        keys.press("Tab")  # the button to commit
        keys.press("Space")
        assert verdict(asked["half"]).startswith("Not this time.")
        keys.press("Tab")  # to forget it
        keys.press("Tab")  # the score
        keys.press("Enter")
        assert asked["half"].locator("details").get_attribute("open") is not None
        for _ in range(5):  # to forget all; the second question's input, button and score
            keys.press("Tab")
        assert visited.page.evaluate("document.activeElement.type") == "radio"
        keys.press("ArrowDown")
        keys.press("ArrowDown")
        keys.press("ArrowUp")
        keys.press("Enter")
        assert verdict(asked["edge"]).startswith("Right. “explodes")


def test_without_javascript_the_answer_is_folded(chromium, question_site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(question_site)
    edge = page.locator("#predict-edge")
    assert edge.locator("li").all_inner_texts() == ["vanishes", "explodes, by <i>103</i>"]
    assert edge.locator("details p").is_hidden()
    edge.locator("summary").click()
    assert edge.locator("details p").inner_text() == "explodes, by <i>103</i>. See the curve."
    assert page.locator("#predict-half p sub").all_inner_texts() == ["t", ""]  # one is folded
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375, 320])
def test_axe_finds_nothing_and_nothing_sticks_out(visit, question_site, scheme, width):
    with visit(width, scheme) as visited:
        asked = opened(visited, question_site)
        asked["half"].get_by_role("button", name="Commit").click()  # with a complaint
        commit(asked["tenfold"], "40")
        commit(asked["edge"], "vanishes")
        visited.page.locator("#flow[data-live=yes]").wait_for()
        for folded in visited.page.locator("details").all():
            folded.evaluate("(details) => { details.open = true; }")
        report = Axe().run(visited.page)
        assert report.violations_count == 0, report.generate_report()
        assert visited.page.evaluate("document.scrollingElement.scrollWidth") <= width
        assert visited.complaints == []


def test_a_page_with_questions_alone_loads_no_plots(visit, question_site):
    with visit() as visited:
        asked_for: list[str] = []
        visited.page.on("request", lambda request: asked_for.append(request.url.split("/")[-1]))
        opened(visited, question_site)
        assert [name for name in asked_for if name.endswith(".js")] == ["loader.js", "predict.js"]


def test_a_figure_that_was_asked_for_stays_in_view_while_the_page_grows(visit, address):
    grow = """(height) => {
      document.documentElement.style.overflowAnchor = "none"; // the browser's own help, if any
      const late = document.createElement("p");
      late.style.height = `${height}px`;
      document.querySelector("h1").after(late);
      return new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)));
    }"""
    with visit() as visited:
        page = visited.page
        page.goto(f"{address}#flow?weight_scale=2")
        page.locator("#flow[data-live=yes]").wait_for()
        top = "(element) => element.getBoundingClientRect().top"
        for _ in range(2):
            page.evaluate(grow, 700)
            assert abs(page.locator("#flow").evaluate(top)) < 100
        page.mouse.wheel(0, -200)  # the reader goes elsewhere: it is let go
        page.wait_for_timeout(200)
        before = page.evaluate("scrollY")
        page.evaluate(grow, 700)
        assert page.evaluate("scrollY") == before
        assert visited.complaints == []
