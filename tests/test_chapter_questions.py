"""Every chapter asks, computes its answers, and names figures and states that its page has."""

import ast
import json
import re
from functools import cache
from html import unescape
from urllib.parse import parse_qsl

import nbformat
import pytest
from bs4 import BeautifulSoup

from rnnbook.figures.schema import complete_state, read_schema
from tools import REFERENCES
from tools.reference import chapters

PAGES = {path.stem: path for path in chapters()}
CHAPTERS = [
    *("recurrent-networks", "gradients-through-time", "long-short-term-memory", "depth"),
]
LINK = re.compile(r'href="#([\w-]+)\?([^"]*)"')


@cache
def shown(page: str) -> BeautifulSoup:
    """What the page's cells show in the book."""
    cells = nbformat.read(REFERENCES / f"{page}.ipynb", 4).cells
    htmls = [o.get("data", {}).get("text/html", "") for cell in cells for o in cell.outputs]
    return BeautifulSoup("\n".join(htmls), "html.parser")


def asked_on(page: str) -> list[dict]:
    return [json.loads(mount["data-asked"]) for mount in shown(page).select("[data-predict]")]


def figures_on(page: str) -> dict[str, str]:
    """The live figures' mounts: id to name."""
    return {mount["id"]: mount["data-figure"] for mount in shown(page).select("[data-figure]")}


def value_of(field: dict, text: str) -> object:
    """A field's value from its text in an address."""
    if field["type"] == "boolean":
        return {"true": True, "false": False}[text]
    if field["type"] == "choice":
        return text
    return int(text) if field["type"] == "integer" else float(text)


def assert_a_state_of(page: str, id: str, state: dict) -> None:
    """Assert that the page has the figure, and the figure such a state."""
    assert id in figures_on(page), f"{page}: there is no figure #{id}"
    complete_state(figures_on(page)[id], state)


@pytest.mark.parametrize("page", CHAPTERS)
def test_every_chapter_asks_three_questions_and_has_a_live_figure(page):
    assert len(asked_on(page)) >= 3
    assert figures_on(page)


def test_a_question_has_its_name_for_itself():
    names = [asked["name"] for page in PAGES for asked in asked_on(page)]
    assert len(set(names)) == len(names)


def test_figures_answer_at_least_five():
    assert sum("figure" in asked for page in PAGES for asked in asked_on(page)) >= 5


@pytest.mark.parametrize("page", PAGES)
def test_the_figures_that_answer_are_on_the_page(page):
    for asked in asked_on(page):
        if "figure" in asked:
            assert_a_state_of(page, asked["figure"], asked["state"])


@pytest.mark.parametrize("page", PAGES)
def test_links_in_the_text_set_figures_of_the_page(page):
    for id, query in LINK.findall(PAGES[page].read_text(encoding="utf-8")):
        assert id in figures_on(page), f"{page}: there is no figure #{id}"
        fields = {f["name"]: f for f in read_schema(figures_on(page)[id])["state"]}
        pairs = parse_qsl(unescape(query), strict_parsing=True)
        state = {name: value_of(fields[name], text) for name, text in pairs}
        assert_a_state_of(page, id, state)


@pytest.mark.parametrize("page", PAGES)
def test_a_figures_id_is_no_headings(page):
    text = PAGES[page].read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$|^\(([\w-]+)\)=$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w]+", "-", "".join(found).lower()).strip("-") for found in headings}
    assert not slugs & set(figures_on(page))


@pytest.mark.parametrize("page", PAGES)
def test_answers_are_computed(page):
    cells = nbformat.read(REFERENCES / f"{page}.ipynb", 4).cells
    sources = [cell.source for cell in cells if "rnnbook.predict(" in cell.source]
    for call in (node for source in sources for node in ast.walk(ast.parse(source))):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "rnnbook.predict":
            (answer,) = (k.value for k in call.keywords if k.arg == "answer")
            names = [node for node in ast.walk(answer) if isinstance(node, ast.Name | ast.BinOp)]
            assert names, f"{page}: the answer {ast.unparse(answer)} is typed"
