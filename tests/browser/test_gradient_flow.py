"""The live figure in a page: every control, its table beside PyTorch's, its address, its exits."""

import csv
import os
import shutil
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

import rnnbook
from rnnbook.figures.schema import complete_state, read_schema
from rnnbook.widgets import FIGURES

from .conftest import free_port, serving

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Figures</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<script defer src="_static/rnnbook/loader.js"></script>
<style>figure {{ margin: 0 }} .far {{ height: 6000px }}</style></head>
<body><main><h1 id="gradient-flow-2">Figures</h1>{first}
<p class="far">Far below:</p>{second}{third}</main></body>
</html>"""
ROWS = """(id) => [...document.querySelectorAll(`#${id} tbody tr`)].map(
  (row) => [...row.children].map((cell) => cell.textContent))"""

NAME_OF_FOCUS = "document.activeElement.name || document.activeElement.textContent"


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """A page with three figures, two of one id, a heading of another, and the built scripts."""
    made = tmp_path_factory.mktemp("site")
    shutil.copytree(FIGURES / "dist", made / "_static" / "rnnbook")
    mounts = {
        "first": rnnbook.figure("gradient-flow", weight_scale=1.6, nonlinearity="identity"),
        "second": rnnbook.figure("gradient-flow", weight_scale=0.5),
        "third": rnnbook.figure("gradient-flow", id="last"),
    }
    page = PAGE.format(**{name: shown.mount() for name, shown in mounts.items()})
    (made / "index.html").write_text(page, encoding="utf-8")
    return made


@pytest.fixture(scope="session")
def site(folder, tmp_path_factory):
    """The page's address on http."""
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    command += ["--directory", str(folder)]
    address = f"http://127.0.0.1:{port}/index.html"
    log = tmp_path_factory.mktemp("log") / "server.log"
    with serving(command, address, dict(os.environ), log):
        yield address


@pytest.fixture(params=["http", "file"])
def address(request, folder) -> str:
    """The page's address, over http and as a file."""
    if request.param == "file":
        return (folder / "index.html").as_uri()
    return request.getfixturevalue("site")


def opened(visited, address: str, id: str = "gradient-flow"):
    """Open the page, wait for a figure to be alive, and return its root."""
    visited.page.goto(address)
    root = visited.page.locator(f"#{id}[data-live=yes]")
    root.wait_for()
    return root


def rows(page, id: str = "gradient-flow") -> list[list[str]]:
    """The figure's table, as it is after the next frame."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return page.evaluate(ROWS, id)


def pytorch_rows(**state) -> list[list[str]]:
    """What PyTorch puts into the table."""
    return [line.split() for line in str(rnnbook.gradient_flow_table(**state)).splitlines()[1:]]


def set_value(root, name: str, value) -> None:
    """Set a control as a reader does."""
    control = root.locator(f"[name={name}]")
    if isinstance(value, bool):
        control.set_checked(value)
    elif isinstance(value, str):
        control.select_option(value)
    else:
        control.fill(str(value))


def test_every_control_gives_pytorchs_numbers(visit, address):
    state = {"weight_scale": 1.6, "nonlinearity": "identity"}
    changes = {
        "weight_scale": -1.15,
        "bias_scale": -2.5,
        "nonlinearity": "tanh",
        "last_timestep_only": False,
        "hidden_size": 7,
        "seq_len": 23,
        "seed": 4294967295,
    }
    assert set(changes) == {field["name"] for field in read_schema("gradient-flow")["state"]}
    with visit() as visited:
        root = opened(visited, address)
        assert rows(visited.page) == pytorch_rows(**state)
        for name, value in changes.items():
            before = rows(visited.page)
            set_value(root, name, value)
            state[name] = value
            assert rows(visited.page) == pytorch_rows(**state), name
            assert rows(visited.page) != before, name
        root.get_by_role("button", name="Reset").click()
        assert rows(visited.page) == pytorch_rows(weight_scale=1.6, nonlinearity="identity")
        assert root.locator("[name=weight_scale]").input_value() == "1.6"
        assert visited.complaints == []


def test_a_mount_is_alive_once_and_not_before_it_comes_near(visit, address):
    with visit() as visited:
        opened(visited, address)
        mounts = visited.page.locator("[data-figure]")
        assert visited.page.locator(".rb").count() == 1
        ids = ["gradient-flow", "gradient-flow-3", "last"]
        assert [mount.get_attribute("id") for mount in mounts.all()] == ids
        mounts.last.scroll_into_view_if_needed()
        visited.page.locator("#last[data-live=yes]").wait_for()
        visited.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert visited.page.locator(".rb").count() == 3
        assert visited.page.locator("[data-still]").count() == 0
        assert rows(visited.page, "gradient-flow-3") == pytorch_rows(weight_scale=0.5)
        assert visited.complaints == []


def test_printing_makes_every_figure_alive(visit, site):
    with visit() as visited:
        opened(visited, site)
        visited.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        visited.page.locator("#last[data-live=yes]").wait_for()
        assert visited.page.locator(".rb").count() == 3


def test_the_address_carries_the_state(visit, address):
    with visit() as visited:
        root = opened(visited, address)
        set_value(root, "weight_scale", 0.75)
        set_value(root, "last_timestep_only", False)
        expected = "#gradient-flow?weight_scale=0.75&last_timestep_only=false"
        visited.page.wait_for_function("(hash) => location.hash === hash", arg=expected)
        shared = visited.page.url
    state = {"weight_scale": 0.75, "nonlinearity": "identity", "last_timestep_only": False}
    with visit() as visited:
        root = opened(visited, shared)
        assert rows(visited.page) == pytorch_rows(**state)
        root.get_by_role("button", name="Reset").click()
        visited.page.wait_for_function("location.hash === ''")
        assert visited.complaints == []


def test_a_link_sets_a_figure_and_brings_it_into_view(visit, address):
    with visit() as visited:
        opened(visited, address)
        visited.page.evaluate("location.hash = 'last?weight_scale=2.5&seed=5'")
        visited.page.locator("#last[data-live=yes]").wait_for()
        assert rows(visited.page, "last") == pytorch_rows(weight_scale=2.5, seed=5)
        visited.page.evaluate("location.hash = 'last?seed=6'")
        assert rows(visited.page, "last") == pytorch_rows(seed=6)
        assert visited.page.locator("#last").evaluate("(e) => e.getBoundingClientRect().top") < 900
        assert rows(visited.page) == pytorch_rows(weight_scale=1.6, nonlinearity="identity")
        assert visited.complaints == []


@pytest.mark.parametrize(
    "query",
    [
        "weight_scale=99&seed=-1&hidden_size=1e9&nonlinearity=relu&last_timestep_only=maybe",
        "weight_scale=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&%E0%A4%A=%E0%A4%A",
        "__proto__=1&constructor=1&seq_len=5.5&weight_scale=NaN",
        "?&;&=&#",
    ],
)
def test_a_bad_address_falls_back(visit, address, query):
    with visit() as visited:
        opened(visited, f"{address}#gradient-flow?{query}")
        assert rows(visited.page) == pytorch_rows(weight_scale=1.6, nonlinearity="identity")
        assert visited.page.locator("main img[src=x]").count() == 0
        assert visited.complaints == []


def test_a_number_that_is_none_is_marked_and_not_drawn(visit, site):
    with visit() as visited:
        root = opened(visited, site)
        seed = root.locator("[name=seed]")
        for bad in ("-1", "1.5", ""):
            seed.fill(bad)
            assert seed.get_attribute("aria-invalid") == "true"
            assert rows(visited.page) == pytorch_rows(weight_scale=1.6, nonlinearity="identity")
        seed.fill("0")  # what it was
        assert seed.get_attribute("aria-invalid") is None


def test_the_sentence_says_what_is_seen(visit, site):
    with visit() as visited:
        root = opened(visited, site)
        sentence = root.locator("output[aria-live=polite]")
        for scale, words in {0.5: "vanishes: a factor 10", 3: "explodes: a factor 10"}.items():
            set_value(root, "weight_scale", scale)
            sentence.filter(has_text=words).wait_for()
        norms = rnnbook.gradient_flow_table(weight_scale=3.0, nonlinearity="identity").dh_norms
        rate = abs(rnnbook.steps_per_tenfold(norms))
        assert f"every {rate:.1f} steps" in sentence.inner_text()
        set_value(root, "weight_scale", 0)
        sentence.filter(has_text="reaches step 10 alone").wait_for()
        assert root.locator("svg text", has_text="zero").count() == 1


def test_csv_holds_every_digit(visit, site):
    with visit() as visited:
        root = opened(visited, site)
        with visited.page.expect_download() as waiting:
            root.get_by_role("button", name="Download CSV").click()
        with open(waiting.value.path(), newline="") as file:
            lines = list(csv.reader(file))
    assert waiting.value.suggested_filename == "gradient-flow.csv"
    assert lines[0] == ["t", "h_norm", "dh_norm"]
    table = rnnbook.gradient_flow_table(weight_scale=1.6, nonlinearity="identity")
    for row, h, dh in zip(lines[1:], table.h_norms, table.dh_norms, strict=True):
        assert [float(row[1]), float(row[2])] == pytest.approx([h, dh], rel=1e-13)


def test_python_is_copied(visit, site):
    with visit() as visited:
        visited.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        root = opened(visited, site)
        root.get_by_role("button", name="Copy as Python").click()
        root.get_by_text("Copied.").wait_for()
        text = visited.page.evaluate("navigator.clipboard.readText()")
        assert "weight_scale=1.6,\n" in text
        compile(text, "copied", "exec")
        assert root.locator("textarea").is_hidden()


def test_without_a_clipboard_the_python_is_shown_selected(visit, site):
    with visit() as visited:
        visited.page.add_init_script("delete Navigator.prototype.clipboard")
        root = opened(visited, site)
        root.get_by_role("button", name="Copy as Python").click()
        field = root.get_by_role("textbox", name="Copy as Python")
        field.wait_for()
        assert visited.page.evaluate("getSelection().toString()") == field.input_value()
        assert field.input_value().startswith("import rnnbook\n")


def test_without_javascript_there_is_the_still_and_its_caption(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    mount = page.locator("#gradient-flow").first
    assert mount.locator("figcaption").inner_text() == read_schema("gradient-flow")["caption"]
    picture = mount.locator("[data-still] img")
    if picture.count():
        assert picture.evaluate("(image) => image.naturalWidth") > 200
        assert len(picture.get_attribute("alt")) > 15
    else:
        assert mount.locator("[data-still]").inner_text() == read_schema("gradient-flow")["alt"]
    context.close()


def test_every_control_is_reached_and_moved_by_keyboard(visit, site):
    with visit() as visited:
        root = opened(visited, site)
        root.locator("[name=weight_scale]").focus()
        reached = set()
        for _ in range(20):
            reached.add(visited.page.evaluate(NAME_OF_FOCUS))
            visited.page.keyboard.press("Tab")
        assert set(complete_state("gradient-flow", {})) <= reached
        assert {"Reset", "Copy as Python", "Download CSV", "Table"} <= reached
        root.locator("[name=weight_scale]").press("ArrowRight")
        expected = pytorch_rows(weight_scale=1.65, nonlinearity="identity")
        assert rows(visited.page) == expected


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375, 320])
def test_axe_finds_nothing_and_nothing_sticks_out(visit, site, scheme, width):
    with visit(width, scheme) as visited:
        root = opened(visited, site)
        root.get_by_role("button", name="Copy as Python").click()
        for folded in root.locator("details").all():
            folded.evaluate("(details) => { details.open = true; }")
        set_value(root, "seq_len", 200)
        report = Axe().run(visited.page)
        assert report.violations_count == 0, report.generate_report()
        page_width = visited.page.evaluate("document.scrollingElement.scrollWidth")
        assert page_width <= width
        assert visited.complaints == []


def test_a_figure_made_smaller_is_drawn_again(visit, site):
    with visit(1280) as visited:
        root = opened(visited, site)
        box = "(plot) => plot.viewBox.baseVal.width - plot.clientWidth"
        for width in (1280, 500, 320):
            visited.page.set_viewport_size({"width": width, "height": 900})
            visited.page.wait_for_timeout(100)
            assert root.locator("svg").first.evaluate(box) == 0
