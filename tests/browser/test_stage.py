"""The demos before a class: by keys, side by side, hidden until the class has voted, and alone."""

import pytest
from playwright.sync_api import expect

from rnnbook.demos import read_demos, write_pages
from tools.demos import DEMOS

from .conftest import SITE, served

NAMES = [demo.name for demo in read_demos(DEMOS) if not demo.needs_kernel]
PAIR = "tanh-or-identity"
SCALES = "[...document.querySelectorAll('.rb input[name=weight_scale]')].map((i) => +i.value)"
SMALLEST = """() => Math.min(...[...document.querySelectorAll(".stage *, .rb *")]
  .filter((n) => n.checkVisibility() && n.closest("kbd, sub, sup, table") === null
    && [...n.childNodes].some((c) => c.nodeType === Node.TEXT_NODE && c.data.trim()))
  .map((n) => {
    const range = document.createRange();
    range.selectNodeContents(n);
    return Math.min(...[...range.getClientRects()].map((r) => r.height));
  }))"""


def opened(page, address: str, figures: int = 1):
    """Open a demo and wait until its figures are alive."""
    page.goto(address)
    page.locator(".rb input[name=weight_scale]").nth(figures - 1).wait_for()
    return page


def scales(page) -> list[float]:
    """The weight scales as the figures have them, two frames on."""
    for _ in range(2):
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return page.evaluate(SCALES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["http", "file"])
def test_every_demo_is_a_page_of_the_book(visit, http, name, scheme):
    with visit() as visited:
        address = f"{http}/demos/{name}.html"
        page = opened(
            visited.page, address if scheme == "http" else (SITE / f"demos/{name}.html").as_uri()
        )
        before = scales(page)
        page.keyboard.press("ArrowRight")
        assert scales(page) == [pytest.approx(value + 0.05) for value in before]
        assert visited.complaints == []


def test_the_gallery_leads_to_every_demo(visit, http):
    with visit() as visited:
        visited.page.goto(f"{http}/demos/index.html")
        links = visited.page.locator("main a").evaluate_all("(all) => all.map((a) => a.href)")
        assert links == [f"{http}/demos/{name}.html" for name in NAMES]
        assert visited.complaints == []


def test_keys_drive_both_figures(visit, http):
    with visit() as visited:
        page = opened(visited.page, f"{http}/demos/{PAIR}.html", 2)
        page.keyboard.press("3")
        assert scales(page) == [3, 3]
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Shift+ArrowLeft")
        assert scales(page) == [2.45, 2.45]
        kinds = "[...document.querySelectorAll('.rb [name=nonlinearity]')].map((i) => i.value)"
        assert page.evaluate(kinds) == ["tanh", "identity"]
        page.locator(".rb [name=seq_len]").first.fill("12")
        expect(page.locator(".rb [name=seq_len]").nth(1)).to_have_value("12")
        page.keyboard.press("ArrowRight")  # the slider's own key: the focus is there
        assert scales(page) == [2.45, 2.45]
        page.wait_for_function("location.hash.includes('weight_scale=2.45')")
        page.keyboard.press("0")
        assert scales(page) == [1, 1]
        page.goto("about:blank")
        assert scales(opened(page, f"{http}/demos/{PAIR}.html#identity?weight_scale=2", 2)) == [
            2,
            2,
        ]
        assert visited.complaints == []


def test_a_class_predicts_before_it_sees(visit, http):
    with visit() as visited:
        page = opened(visited.page, f"{http}/demos/{PAIR}.html", 2)
        shown = page.locator(".rb svg, .rb output, .rb-words, .rb-chaos")
        page.keyboard.press("p")
        assert shown.count() >= 4
        assert not any(part.is_visible() for part in shown.all())
        votes = page.get_by_role("group", name="Votes").locator("input")
        votes.first.fill("30")
        votes.nth(1).fill("10")
        assert page.locator("meter").first.evaluate("(meter) => meter.value") == 0.75
        page.keyboard.press("p")  # the field takes it: the focus is there
        assert not any(part.is_visible() for part in shown.all())
        page.get_by_role("button", name="Predict first").click()
        assert page.locator(".rb svg").first.is_visible()
        assert votes.first.is_visible()
        assert visited.complaints == []


def test_keys_are_listed_and_can_be_turned_off(visit, http):
    with visit() as visited:
        page = opened(visited.page, f"{http}/demos/gradient-flow.html")
        before = scales(page)
        page.keyboard.press("?")
        keys = page.get_by_role("dialog", name="Keys")
        assert "predict first" in keys.inner_text()
        keys.get_by_role("checkbox").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowRight")
        assert scales(page) == before
        page.get_by_role("button", name="Light or dark").click()
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.get_by_role("button", name="Full screen").click()
        page.wait_for_function("document.fullscreenElement")
        assert visited.complaints == []


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (3840, 2160)])
def test_type_is_readable_from_the_last_row(visit, http, size):
    with visit() as visited:
        visited.page.set_viewport_size({"width": size[0], "height": size[1]})
        page = opened(visited.page, f"{http}/demos/gradient-flow.html")
        page.wait_for_timeout(100)  # plots follow their size
        assert page.evaluate(SMALLEST) >= size[1] / 50


def test_a_code_leads_to_the_page_as_it_is_shown(visit, built, tmp_path):
    (tmp_path / "_static").symlink_to(SITE / "_static")
    write_pages(DEMOS, tmp_path / "demos", "https://book.example/")
    with served(tmp_path) as site, visit() as visited:
        page = opened(visited.page, f"{site}/demos/gradient-flow.html")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("q")
        link = page.get_by_role("dialog").get_by_role("link")
        address = "https://book.example/demos/gradient-flow.html#gradient-flow?weight_scale=1.65"
        assert link.inner_text() == address
        assert page.get_by_role("img", name=f"QR code of {address}").is_visible()
        assert visited.complaints == []


def test_where_no_address_is_known_there_is_no_code(visit, http):
    with visit() as visited:
        page = opened(visited.page, f"{http}/demos/gradient-flow.html")
        assert page.get_by_role("button", name="On your phone").count() == 0
        page.keyboard.press("q")
        assert page.get_by_role("dialog").count() == 0


# Voilà's page where its widget manager has given a widget up, which comes at the third look.
GIVEN_UP = """<!doctype html><html lang="en"><head><title>Late</title>
<link rel="icon" href="data:,"></head><body>
<main class="stage" data-stage='{"page": "", "kernel": true, "needed": false,
"answers": [], "presets": []}'><header></header><div data-stage-bar></div></main>
<script src="_static/rnnbook/stage.js"></script>
<div id="place"><script type="application/vnd.voila.cell-output+json">
{"data": {"application/vnd.jupyter.widget-view+json": {"model_id": "m"}}}</script></div>
<script>
let looks = 0;
const manager = {
  get_model: async (id) => (++looks < 3 ? Promise.reject(new Error("widget model not found")) : id),
  create_view: async (model) => {
    const el = document.createElement("p");
    el.textContent = `the widget ${model}`;
    return { el };
  },
};
globalThis.jupyterapp = { widgetManagerPromise: { promise: Promise.resolve(manager) } };
addEventListener("load", () => place.replaceChildren("Error displaying widget: model not found"));
</script></body></html>"""


def test_a_widget_that_voila_gave_up_is_shown_when_it_comes(visit, figure_folder):
    (figure_folder / "late.html").write_text(GIVEN_UP, encoding="utf-8")
    with served(figure_folder) as site, visit() as visited:
        visited.page.goto(f"{site}/late.html")
        visited.page.get_by_text("the widget m").wait_for()
        assert visited.page.get_by_text("Error displaying widget").count() == 0
        assert visited.complaints == []
