"""Every built page: readable by all, in both colour schemes, at any width, and silent."""

from functools import cache
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

from .conftest import SITE

REDIRECT = "index.html"
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if "_static" not in path.relative_to(SITE).parts and path != SITE / REDIRECT
)
WIDTHS = (1280, 375, 320)
# Without preload: else axe itself asks for style sheets, at wrong addresses.
AXE = {"preload": False, "resultTypes": ["violations"]}

# What keeps an element within its own scrolled box is fine; what sticks out of the window is not.
STICKING_OUT = """() => {
  const scrolls = (node) => ["auto", "scroll"].includes(getComputedStyle(node).overflowX);
  const boxed = (node) => {
    for (let up = node.parentElement; up && up !== document.body; up = up.parentElement) {
      if (scrolls(up)) return true;
    }
    return false;
  };
  const edge = document.documentElement.clientWidth + 1;
  const found = [...document.querySelectorAll("main *")].filter((node) => {
    const box = node.getBoundingClientRect();
    const seen = node.checkVisibility({ visibilityProperty: true });
    const inFormula = node.parentElement.closest("mjx-container");
    return seen && !inFormula && box.width > 1 && box.right > edge && !boxed(node);
  }).map((node) => node.outerHTML.slice(0, 120));
  const page = document.scrollingElement;
  if (page.scrollWidth > page.clientWidth) found.push(`page ${page.scrollWidth} wide`);
  return found;
}"""


def settle(page) -> None:
    """Open what is folded, bring all that is alive into view, wait until formulas are set."""
    page.evaluate("""async () => {
      if (window.MathJax?.startup) await MathJax.startup.promise;
      document.querySelectorAll("main details").forEach((node) => { node.open = true; });
      document.querySelectorAll("main .toggle-button-hidden").forEach((node) => node.click());
      await document.fonts.ready;
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      for (let frames = 0; frames < 3; frames += 1) await frame(); // widths settle
    }""")
    for mount in page.locator("[data-figure], [data-predict]").all():
        mount.scroll_into_view_if_needed()
        mount.locator("input").first.wait_for()
    page.evaluate("window.scrollTo(0, 0)")


def axe_findings(page) -> list[str]:
    """Return what axe finds on the page as it stands, each with the elements it is about."""
    # A formula's drawing is hidden from screen readers and its letters are no text of the page: it
    # would cost axe half its time for nothing. What is read out in its place stays.
    page.evaluate('document.querySelectorAll("mjx-math").forEach((n) => n.replaceChildren())')
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{fault['id']}: {node['html']}" for fault in found for node in fault["nodes"]]


@cache
def soup(page: str) -> BeautifulSoup:
    """Return the page's markup as built."""
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")


@cache
def ids(page: str) -> set[str]:
    """Return the places on a page that a link may lead to."""
    return {node["id"] for node in soup(page).find_all(id=True)}


def test_the_site_opens_on_the_first_page(visit, http):
    assert "book/index.html" in PAGES
    with visit() as visited:
        visited.page.goto(f"{http}/{REDIRECT}")
        visited.page.wait_for_url(f"{http}/book/index.html")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_page_over_http(visit, http, page, scheme, width):
    with visit(width, scheme) as visited:
        visited.page.goto(f"{http}/{page}")
        settle(visited.page)
        assert visited.page.locator("html").get_attribute("data-theme") == scheme
        assert visited.page.evaluate(STICKING_OUT) == []
        assert visited.page.locator("mjx-merror").count() == 0
        assert axe_findings(visited.page) == []
        assert visited.complaints == []


@pytest.mark.parametrize("page", PAGES)
def test_page_from_a_file(visit, built, page):
    with visit() as visited:
        visited.page.goto((SITE / page).as_uri())
        settle(visited.page)
        assert visited.complaints == []


@pytest.mark.parametrize("page", PAGES)
def test_every_image_says_what_is_seen(built, page):
    for image in soup(page).select("main img"):
        alt = image.get("alt", "")
        assert len(alt) > 15, f"{image} has no alternative text"
        assert not alt.endswith((".svg", ".png")), f"{image} has its file's name for a text"


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(built, page):
    for tag, name in (("a", "href"), ("link", "href"), ("img", "src"), ("script", "src")):
        for node in soup(page).find_all(tag, **{name: True}):
            target = urlsplit(urljoin(f"http://book/{page}", node[name]))
            if target.hostname == "book" and target.scheme == "http":
                path = unquote(target.path).lstrip("/")
                assert (SITE / path).is_file(), f"{node} leads nowhere"
                place = unquote(target.fragment).partition("?")[0]  # "?" begins a figure's state
                if place and path.endswith(".html"):
                    assert place in ids(path), f"{node}: no such place on {path}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("host", ["http", "file"])
def test_the_search_finds_and_stays_silent(visit, http, host, scheme):
    root = http if host == "http" else SITE.as_uri()
    with visit(375, scheme) as visited:
        visited.page.goto(f"{root}/search.html?q=Jacobian")
        visited.page.locator("#search-results li a").first.wait_for()
        assert visited.page.evaluate(STICKING_OUT) == []
        assert axe_findings(visited.page) == []
        assert visited.complaints == []


def test_the_button_changes_the_colours(visit, http):
    with visit() as visited:
        visited.page.goto(f"{http}/book/index.html")
        themes = []
        for _ in range(3):
            themes.append(visited.page.locator("html").get_attribute("data-theme"))
            visited.page.locator("button.theme-switch-button:visible").first.click()
        assert set(themes) == {"light", "dark"}
        assert visited.complaints == []
