"""The demos: listed, three cells each, and no PyTorch for a viewer to wait for."""

import json
import re
from html import unescape
from urllib.parse import parse_qsl

import nbformat
import pytest
from nbclient import NotebookClient

from rnnbook.demos import (
    figures_of,
    gallery,
    read_demos,
    site_address,
    voila_resources,
    write_pages,
)
from rnnbook.figures.schema import complete_state
from tools import ROOT, kernel_environment
from tools.demos import DEMOS, environment

LISTED = read_demos(DEMOS)
STATIC = [demo for demo in LISTED if not demo.needs_kernel]
SITE = "https://book.example/"
ids = [demo.name for demo in STATIC]


def notebook_of(demo):
    return nbformat.read(DEMOS / f"{demo.name}.ipynb", 4)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "demos"
    write_pages(DEMOS, folder, SITE)
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_every_notebook_is_listed_and_every_demo_says_what_it_shows():
    assert {path.stem for path in DEMOS.glob("*.ipynb")} == {demo.name for demo in LISTED}
    assert all(demo.sentence.endswith(".") and demo.title for demo in LISTED)


@pytest.mark.parametrize("demo", LISTED, ids=lambda demo: demo.name)
def test_a_demo_is_three_cells_not_yet_run(demo):
    cells = notebook_of(demo).cells
    assert [cell.cell_type for cell in cells] == ["code"] * 3
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)


@pytest.mark.parametrize("demo", STATIC, ids=ids)
def test_it_shows_a_widget_and_imports_no_torch(demo):
    notebook = notebook_of(demo)
    notebook.cells.append(
        nbformat.v4.new_code_cell("import sys; assert 'torch' not in sys.modules")
    )
    NotebookClient(notebook).execute(env=kernel_environment())
    shown = notebook.cells[2].outputs[0].data
    assert "application/vnd.jupyter.widget-view+json" in shown


def shown_module(environment) -> dict:
    """What the demo of the lecturer's own module shows."""
    notebook = nbformat.read(DEMOS / "your-module.ipynb", 4)
    NotebookClient(notebook, resources={"metadata": {"path": str(DEMOS)}}).execute(env=environment)
    return notebook.cells[2].outputs[0].data


def test_the_lecturers_module_is_shown_from_its_file(tmp_path, monkeypatch):
    assert "LeakyRNN" in shown_module(kernel_environment())["text/plain"]
    mine = tmp_path / "mine.py"
    mine.write_text("import rnnbook\nmodule = rnnbook.GRU(1, 5, 2)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RNNBOOK_MODULE", "mine.py")
    shown = shown_module(environment())
    assert "GRU" in shown["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in shown


@pytest.mark.parametrize("demo", STATIC, ids=ids)
def test_its_presets_are_states_of_its_figures(demo):
    assert len(demo.presets) <= 9  # one a key
    for figure in figures_of(DEMOS / f"{demo.name}.ipynb"):
        for preset in demo.presets:
            complete_state(figure.figure_name, {**figure.initial, **preset["state"]})


@pytest.mark.parametrize("demo", STATIC, ids=ids)
def test_its_page_holds_the_same_figures_in_the_same_states(demo, pages):
    figures = figures_of(DEMOS / f"{demo.name}.ipynb")
    mounts = re.findall(r'id="([\w-]+)" data-state="([^"]*)"', pages[demo.name])
    found = [(name, json.loads(unescape(state))) for name, state in mounts]
    assert found == [(figure.mount_id, figure.initial) for figure in figures]
    assert len({name for name, _ in found}) == len(found)  # so that each has its own address
    assert f"{SITE}demos/{demo.name}.html" in pages[demo.name]


@pytest.mark.parametrize("demo", LISTED, ids=lambda demo: demo.name)
def test_voilas_page_knows_the_static_one_where_there_is_one(demo):
    written = voila_resources(DEMOS, SITE)["stages"][demo.name]
    staged = json.loads(unescape(re.search(r'data-stage="([^"]*)"', written)[1]))
    expected = "" if demo.needs_kernel else f"{SITE}demos/{demo.name}.html"
    assert staged["page"] == expected
    assert staged["kernel"]


def test_a_staged_demo_asks_the_class_and_has_presets():
    staged = [demo for demo in LISTED if demo.question]
    assert len(staged) >= 3
    for demo in staged:
        assert demo.question.endswith("?")
        assert len(demo.answers) >= 2
        assert len(demo.presets) >= 3


def test_the_gallery_has_a_sentence_and_a_link_for_each():
    text = gallery({f"{demo.name}.html": demo for demo in LISTED})
    for demo in LISTED:
        assert f'href="{demo.name}.html"' in text
        assert demo.sentence in unescape(text)


def test_the_address_of_the_site_is_known_in_one_place(tmp_path, monkeypatch):
    monkeypatch.delenv("RNNBOOK_SITE", raising=False)
    config = tmp_path / "_config.yml"
    config.write_text("html: {favicon: x}", encoding="utf-8")
    assert site_address(tmp_path) == ""
    config.write_text("html: {baseurl: https://a.example/book}", encoding="utf-8")
    assert site_address(tmp_path) == "https://a.example/book/"
    monkeypatch.setenv("RNNBOOK_SITE", SITE)
    assert site_address(tmp_path) == SITE
    assert isinstance(site_address(ROOT), str)


def test_without_an_address_no_page_claims_one(tmp_path):
    write_pages(DEMOS, tmp_path / "demos", "")
    for path in (tmp_path / "demos").iterdir():
        assert "http" not in re.sub(r"data:image\S*", "", path.read_text(encoding="utf-8"))


def test_a_wrong_list_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "demos.toml").write_text('nothing.sentence = "x"', encoding="utf-8")
    with pytest.raises(ValueError, match=r"'nothing'; expected a notebook nothing\.ipynb"):
        read_demos(tmp_path)
    (tmp_path / "nothing.ipynb").write_text(
        (DEMOS / "gradient-flow.ipynb").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (tmp_path / "demos.toml").write_text('nothing.speech = "x"', encoding="utf-8")
    with pytest.raises(ValueError, match="says speech of 'nothing'; expected a sentence"):
        read_demos(tmp_path)


LINK = re.compile(r'href="\.\./demos/([\w-]+)\.html(?:#([^"]*))?"')
LINKS = [
    (path.name, *found)
    for path in sorted((ROOT / "book").glob("*.md"))
    for found in LINK.findall(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("link", LINKS, ids=lambda link: f"{link[1]}#{link[2]}")
def test_links_to_demos_open_them_in_states_that_they_have(link):
    _, name, fragment = link
    assert name in ["index", *(demo.name for demo in STATIC)]
    for mount, query in (part.split("?") for part in fragment.split(";") if part):
        (figure,) = (
            shown for shown in figures_of(DEMOS / f"{name}.ipynb") if shown.mount_id == mount
        )
        state = {key: read(text) for key, text in parse_qsl(query, strict_parsing=True)}
        complete_state(figure.figure_name, {**figure.initial, **state})


def read(text: str) -> object:
    """A value as an address writes it."""
    return json.loads(text) if re.fullmatch(r"true|false|-?[\d.]+", text) else text


def test_the_teaching_page_leads_to_every_demo():
    assert {name for page, name, _ in LINKS if page == "teaching.md"} == {"index", *ids}
