"""The live figure in a page: every control, its table beside PyTorch's, its words, its exits."""

import csv
import math
import re
import subprocess
import sys

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

import rnnbook
from rnnbook.figures.schema import complete_state, read_schema
from tests.equality import assert_equal_to_pytorch

from .figure_page import (
    COUNTS,
    FIRST,
    FOLLOW,
    assert_every_control,
    figure_now,
    fragment,
    opened,
    pytorch_rows,
    rows,
    set_value,
)

SCHEMA = read_schema("gradient-flow")
PRESETS = {preset["label"]: preset["state"] for preset in SCHEMA["presets"]}
WIDEST = {"cell": "lstm", "hidden_size": 64, "seq_len": 200, "forget_bias": 5}
FOCUS = """() => {
  const { name, textContent, className } = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  const seen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
  return { name: name || (className === "rb-scroll" ? className : textContent), seen };
}"""
MOTION = """(root) => [root, ...root.querySelectorAll("*")].flatMap((element) =>
  [null, "::before", "::after"].flatMap((part) => {
    const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(element, part);
    const still = animationName === "none" && /^(0s(, )?)+$/.test(transitionDuration);
    return still && scrollBehavior === "auto" ? [] : [element.outerHTML.slice(0, 80)];
  }))"""


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_every_control_gives_pytorchs_numbers(visit, figure_address, cell):
    with visit() as visited:
        root = opened(visited, figure_address)
        assert rows(visited.page) == pytorch_rows(**FIRST)
        state = assert_every_control(visited.page, "#gradient-flow", cell)
        wide = figure_now(visited.page)
        set_value(root, "precision", "float32")
        narrow = figure_now(visited.page)
        assert_equal_to_pytorch([{**state, "precision": "float32"}], [narrow])
        assert narrow != wide
        root.get_by_role("button", name="Reset").click()
        assert rows(visited.page) == pytorch_rows(**FIRST)
        assert root.locator("[name=weight_scale]").input_value() == "1.6"
        assert visited.complaints == []


def test_a_point_of_the_plane_is_chosen_by_a_click(visit, figure_address):
    with visit() as visited:
        root = opened(visited, figure_address)
        for cell in ("rnn", "gru"):
            set_value(root, "cell", cell)
            assert rows(visited.page) == pytorch_rows(**FIRST, cell=cell)
            point = root.locator(".rb-plane [data-point='15']")
            point.click()
            assert rows(visited.page) == pytorch_rows(**FIRST, cell=cell, mode=16)
            assert "rb-chosen" in point.get_attribute("class")
            assert root.locator("[name=mode]").input_value() == "16"
            root.get_by_role("button", name="Reset").click()
        assert visited.complaints == []


def test_the_plane_shows_pytorchs_eigenvalues(visit, figure_site):
    model, _, _ = rnnbook.gradient_flow_network(**FIRST)
    exact = torch.linalg.eigvals(model.recurrent_net.hidden_linear.weight.detach())
    with visit() as visited:
        points = opened(visited, figure_site).locator(".rb-plane [data-point] title")
        told = sorted(float(t.split("magnitude ")[1]) for t in points.all_text_contents())
    assert told == pytest.approx(sorted(exact.abs().tolist()), rel=5e-3)  # three digits


@pytest.mark.parametrize("label", PRESETS)
def test_a_preset_is_pytorchs_to_the_digits_that_are_said_to_hold(visit, figure_site, label):
    state = PRESETS[label]
    with visit() as visited:
        root = opened(visited, figure_site)
        button = root.get_by_role("button", name=label, exact=True)
        button.click()
        found = figure_now(visited.page)
        assert_equal_to_pytorch([complete_state("gradient-flow", state)], [found])
        chaos = root.locator(".rb-chaos")
        chaos.filter(has_text="machine").wait_for()  # from the worker
        if "All digits" in chaos.inner_text():
            assert rows(visited.page) == pytorch_rows(**state)
        pressed = root.locator("[aria-pressed=true]").all_text_contents()
        assert pressed == [label]
        assert visited.complaints == []


def test_new_draw_is_the_next_seed(visit, figure_site):
    with visit() as visited:
        root = opened(visited, figure_site)
        root.get_by_role("button", name="New draw").click()
        assert rows(visited.page) == pytorch_rows(**FIRST, seed=1)
        set_value(root, "seed", 4294967295)
        root.get_by_role("button", name="New draw").click()
        assert rows(visited.page) == pytorch_rows(**FIRST, seed=0)


def test_a_mount_is_alive_once_and_not_before_it_comes_near(visit, figure_address):
    with visit() as visited:
        opened(visited, figure_address)
        mounts = visited.page.locator("[data-figure]")
        assert visited.page.locator(".rb").count() == 1
        ids = ["gradient-flow", "gradient-flow-3", "last"]
        assert [mount.get_attribute("id") for mount in mounts.all()] == ids
        mounts.last.scroll_into_view_if_needed()
        visited.page.locator("#last[data-live=yes]").wait_for()
        visited.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert visited.page.locator(".rb").count() == 3
        assert visited.page.locator("[data-still]").count() == 0
        assert rows(visited.page, "#gradient-flow-3") == pytorch_rows(weight_scale=0.5)
        assert visited.complaints == []


def test_what_is_far_away_loads_the_loader_alone(visit, figure_folder, figure_site):
    page = (figure_folder / "index.html").read_text(encoding="utf-8")
    far = page.replace("<h1", '<p class="far">Far above.</p><h1')
    (figure_folder / "far.html").write_text(far, encoding="utf-8")
    with visit() as visited:
        asked_for = []
        visited.page.on("request", lambda request: asked_for.append(request.url.split("/")[-1]))
        visited.page.goto(figure_site.replace("index.html", "far.html"))
        visited.page.wait_for_timeout(500)
        assert asked_for == ["far.html", "loader.js"]
        visited.page.locator("h1").scroll_into_view_if_needed()
        visited.page.locator("#gradient-flow[data-live=yes]").wait_for()
        assert asked_for[2:] == ["page-shared.js", "gradient-flow.js"]
        assert visited.complaints == []


def test_printing_makes_every_figure_alive(visit, figure_site):
    with visit() as visited:
        opened(visited, figure_site)
        visited.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        visited.page.locator("#last[data-live=yes]").wait_for()
        assert visited.page.locator(".rb").count() == 3


def test_the_address_carries_the_state(visit, figure_address):
    with visit() as visited:
        root = opened(visited, figure_address)
        set_value(root, "weight_scale", 0.75)
        set_value(root, "last_timestep_only", False)
        expected = "#gradient-flow?weight_scale=0.75&last_timestep_only=false"
        visited.page.wait_for_function("(hash) => location.hash === hash", arg=expected)
        shared = visited.page.url
    with visit() as visited:
        root = opened(visited, shared)
        changed = {"weight_scale": 0.75, "last_timestep_only": False}
        assert rows(visited.page) == pytorch_rows(**{**FIRST, **changed})
        root.get_by_role("button", name="Reset").click()
        visited.page.wait_for_function("location.hash === ''")
        assert visited.complaints == []


def test_a_copied_link_opens_the_same_state(visit, figure_address):
    state = {"weight_scale": -2.5, "cell": "lstm", "forget_bias": 3, "recurrent_only": True}
    with visit() as visited:
        visited.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        root = opened(visited, figure_address)
        for name, value in state.items():
            set_value(root, name, value)
        root.get_by_role("button", name="Copy link").click()
        root.get_by_text("Copied.").wait_for()
        link = visited.page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(figure_address)
    with visit() as visited:
        root = opened(visited, link)
        assert rows(visited.page) == pytorch_rows(**{**FIRST, **state})
        assert root.locator("[name=forget_bias]").input_value() == "3"
        assert root.locator("[name=recurrent_only]").is_checked()
        assert visited.complaints == []


def test_a_link_sets_a_figure_and_brings_it_into_view(visit, figure_address):
    with visit() as visited:
        opened(visited, figure_address)
        visited.page.evaluate(FOLLOW, "#last?weight_scale=2.5&seed=5")
        visited.page.locator("#last[data-live=yes]").wait_for()
        assert rows(visited.page, "#last") == pytorch_rows(weight_scale=2.5, seed=5)
        visited.page.evaluate(FOLLOW, "#last?seed=6")
        assert rows(visited.page, "#last") == pytorch_rows(seed=6)
        assert visited.page.locator("#last").evaluate("(e) => e.getBoundingClientRect().top") < 900
        assert rows(visited.page) == pytorch_rows(**FIRST)
        assert visited.complaints == []


@pytest.mark.parametrize(
    "query",
    [
        "weight_scale=99&seed=-1&hidden_size=1e9&nonlinearity=elu&last_timestep_only=maybe",
        "weight_scale=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&%E0%A4%A=%E0%A4%A",
        "__proto__=1&constructor=1&seq_len=5.5&weight_scale=NaN",
        "?&;&=&#",
    ],
)
def test_a_bad_address_falls_back(visit, figure_address, query):
    with visit() as visited:
        opened(visited, f"{figure_address}#gradient-flow?{query}")
        assert rows(visited.page) == pytorch_rows(**FIRST)
        assert visited.page.locator("main img[src=x]").count() == 0
        assert visited.complaints == []


def test_a_number_that_is_none_is_marked_and_not_drawn(visit, figure_site):
    with visit() as visited:
        root = opened(visited, figure_site)
        seed = root.locator("[name=seed]")
        for bad in ("-1", "1.5", ""):
            seed.fill(bad)
            assert seed.get_attribute("aria-invalid") == "true"
            assert rows(visited.page) == pytorch_rows(**FIRST)
        seed.fill("0")  # what it was
        assert seed.get_attribute("aria-invalid") is None


def test_the_sentence_says_what_is_seen(visit, figure_site):
    with visit() as visited:
        root = opened(visited, figure_site)
        sentence = root.locator("output[aria-live=polite]")
        for scale, words in {0.5: "vanishes: a factor 10", 3: "explodes: a factor 10"}.items():
            set_value(root, "weight_scale", scale)
            sentence.filter(has_text=words).wait_for()
        norms = rnnbook.gradient_flow_table(weight_scale=3.0, nonlinearity="identity").dh_norms
        rate = abs(rnnbook.steps_per_tenfold(norms))
        assert f"every {rate:.1f} steps" in sentence.inner_text()
        model, _, _ = rnnbook.gradient_flow_network(weight_scale=3.0)
        radius = rnnbook.spectral_radius(model.recurrent_net.hidden_linear.weight).item()
        pace = f"magnitude {radius:.3g}: by itself it would grow a gradient tenfold every "
        assert f"{pace}{1 / math.log10(radius):.1f} steps." in sentence.inner_text()
        set_value(root, "weight_scale", 0)
        sentence.filter(has_text="reaches step 10 alone").wait_for()
        assert root.locator("svg text", has_text="zero").count() == 1
        set_value(root, "cell", "lstm")
        sentence.filter(has_text="The largest mean forget gate is 0.").wait_for()


def test_the_chaos_sentence_comes_from_a_worker(visit, figure_address):
    """A stable linear network's exponent is ln ρ; at the "Chaos" preset it is above 0."""
    state = {"nonlinearity": "identity", "weight_scale": 0.8, "seed": 3}
    model, _, _ = rnnbook.gradient_flow_network(**state)
    radius = rnnbook.spectral_radius(model.recurrent_net.hidden_linear.weight).item()
    with visit() as visited:
        root = opened(visited, figure_address + fragment(state))
        told = root.locator(".rb-chaos")
        told.filter(has_text="Not chaotic").wait_for()
        exponent = re.search(r"exponent −([\d.]+) nats", told.inner_text())
        assert float(exponent[1]) == pytest.approx(-math.log(radius), abs=0.01)
        root.get_by_role("button", name="Chaos", exact=True).click()
        told.filter(has_text=re.compile("^Chaotic: .* not even the first digit agrees")).wait_for()
        assert len(visited.page.workers) == 1
        assert visited.page.workers[0].url.startswith("blob:")
        assert visited.complaints == []


def test_csv_holds_every_digit(visit, figure_site):
    with visit() as visited:
        root = opened(visited, figure_site)
        set_value(root, "cell", "lstm")
        with visited.page.expect_download() as waiting:
            root.get_by_role("button", name="Download CSV").click()
        with open(waiting.value.path(), newline="") as file:
            lines = list(csv.reader(file))
    assert waiting.value.suggested_filename == "gradient-flow.csv"
    assert lines[0] == ["t", "h_norm", "c_norm", "dh_norm", "dc_norm", "power", "direct"]
    table = rnnbook.gradient_flow_table(**FIRST, cell="lstm")
    exact = zip(*table.columns.values(), strict=True)
    for line, numbers in zip(lines[1:], exact, strict=True):
        assert [float(text) for text in line[1:]] == pytest.approx(numbers, rel=1e-12)


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_copied_python_prints_the_table(visit, figure_site, cell):
    with visit() as visited:
        visited.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        root = opened(visited, figure_site)
        set_value(root, "cell", cell)
        root.get_by_role("button", name="Copy as Python").click()
        root.get_by_text("Copied.").wait_for()
        text = visited.page.evaluate("navigator.clipboard.readText()")
        shown = rows(visited.page)
        assert root.locator("textarea:visible").count() == 0
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert [line.split() for line in ran.stdout.splitlines()[1:]] == shown, ran.stderr


@pytest.mark.parametrize("label", ["Copy as Python", "Copy link"])
def test_without_a_clipboard_the_text_is_shown_selected(visit, figure_site, label):
    with visit() as visited:
        visited.page.add_init_script("delete Navigator.prototype.clipboard")
        root = opened(visited, figure_site)
        root.get_by_role("button", name=label).click()
        field = root.get_by_role("textbox", name=label)
        field.wait_for()
        assert visited.page.evaluate("getSelection().toString()") == field.input_value()
        begins = "import rnnbook\n" if label == "Copy as Python" else figure_site
        assert field.input_value().startswith(begins)
        assert root.locator("textarea:visible").count() == 1


def test_without_javascript_there_is_the_still_and_its_caption(chromium, figure_site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(figure_site)
    mount = page.locator("#gradient-flow").first
    assert mount.locator("figcaption").inner_text() == SCHEMA["caption"]
    picture = mount.locator("[data-still] img")
    assert picture.evaluate("(image) => image.naturalWidth") > 200
    assert len(picture.get_attribute("alt")) > 15
    context.close()


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_every_control_is_reached_and_moved_by_keyboard(visit, figure_site, cell):
    """In the order in which it is seen, what is focused outlined; each key changes the figure."""
    keys = {"choice": "ArrowDown", "boolean": "Space", "number": "ArrowRight"}
    keys["integer"] = keys["number"]
    state = complete_state("gradient-flow", {**FIRST, "cell": cell})
    with visit() as visited:
        root = opened(visited, figure_site + fragment(state))
        page = visited.page
        named = root.locator("input, select, button, summary, .rb-scroll").evaluate_all(
            """(all) => all.filter((e) => !e.disabled && e.checkVisibility())
              .map((e) => e.name || (e.className === "rb-scroll" ? e.className : e.textContent))"""
        )
        root.locator("button").first.focus()
        page.keyboard.press("Shift+Tab")
        reached = []
        for _ in named:
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUS)
            assert focused["seen"], focused
            reached.append(focused["name"])
        assert reached == named
        count = {name for name in state if cell in COUNTS.get(name, {cell})}
        assert count | {"Reset", "Copy as Python", "Download CSV", "Table"} <= set(reached)
        for field in SCHEMA["state"]:
            name = field["name"]
            if name not in count or name == "cell":
                continue
            control = root.locator(f"[name={name}]")
            control.press("ArrowUp" if name == "seed" else keys[field["type"]])
            value = control.evaluate("(e) => e.type === 'checkbox' ? e.checked : e.value")
            moved = value if isinstance(value, bool) else type(state[name])(value)
            assert moved != state[name], name
            state[name] = moved
            assert_equal_to_pytorch([state], [figure_now(page)])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375, 320])
def test_axe_finds_nothing_and_nothing_sticks_out(visit, figure_site, scheme, width):
    with visit(width, scheme) as visited:
        visited.page.add_init_script("delete Navigator.prototype.clipboard")
        root = opened(visited, figure_site)
        for state in (PRESETS["Chaos"], PRESETS["Underflow"], WIDEST):
            visited.page.evaluate(FOLLOW, fragment(state))
            root.get_by_role("button", name="Copy as Python").click()
            for folded in root.locator("details").all():
                folded.evaluate("(details) => { details.open = true; }")
            root.locator(".rb-chaos").filter(has_text="machine").wait_for()
            report = Axe().run(visited.page)
            assert report.violations_count == 0, report.generate_report()
            page_width = visited.page.evaluate("document.scrollingElement.scrollWidth")
            assert page_width <= width
        assert visited.complaints == []


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_by_itself(visit, figure_site, motion):
    """No animation or transition, whatever the reader prefers: there is nothing to reduce."""
    with visit() as visited:
        visited.page.emulate_media(reduced_motion=motion)
        root = opened(visited, figure_site)
        for state in (WIDEST, PRESETS["Chaos"]):
            visited.page.evaluate(FOLLOW, fragment(state))
            root.locator(".rb-chaos").filter(has_text="machine").wait_for()
            assert root.evaluate(MOTION) == []
            assert visited.page.evaluate("document.getAnimations().length") == 0


def test_a_figure_made_smaller_is_drawn_again(visit, figure_site):
    with visit(1280) as visited:
        root = opened(visited, figure_site)
        box = "(plot) => plot.viewBox.baseVal.width - plot.clientWidth"
        for width in (1280, 500, 320):
            visited.page.set_viewport_size({"width": width, "height": 900})
            visited.page.wait_for_timeout(100)
            assert root.locator("svg.rb-plot").first.evaluate(box) == 0
