"""The figure in Chromium over many states: equal to PyTorch, whatever the address asks for."""

import os
import random

import pytest

from rnnbook.figures.schema import read_schema
from tests.equality import (
    STATES,
    assert_equal_to_pytorch,
    assert_most_need_no_allowance,
    random_state,
)

from .figure_page import FOLLOW, NEXT_FRAME, figure_now, fragment, opened

FRAGMENTS = int(os.environ.get("RNNBOOK_FRAGMENTS", "400"))  # 10,000 take some minutes
NAMES = [field["name"] for field in read_schema("gradient-flow")["state"]]
HOSTILE = [
    *("", "0", "-5", "5", "1.6", "9e99", "1e-400", "NaN", "Infinity", "0x10", "١", "64", "200"),
    *(
        "true",
        "false",
        "null",
        "undefined",
        "tanh",
        "relu",
        "lstm",
        "gru",
        "float32",
        "constructor",
    ),
    *("%E0%A4%A", "%00", "%", "1;2", "?", "&", "=", "#", "a" * 5000, "\U0001f600", "\u202e", "'\""),
    *("<img src=x onerror=fail()>", "%3Cscript%3Efail()%3C/script%3E", "javascript:fail()"),
    *("</style><svg onload=fail()>", "{{7*7}}", "${fail()}", "../../etc/passwd", "4294967296"),
]
OTHERS = ["__proto__", "constructor", "toString", "<b>", "style", "", "id", "caption", "initial"]
IDS = ["gradient-flow", "gradient-flow-3", "last", "gradient-flow-2", "nowhere", "<b>", "__proto__"]
SET = f"""async (hash) => {{
  await ({FOLLOW})(hash);
  await {NEXT_FRAME};
  const root = document.getElementById("gradient-flow");
  const values = Object.fromEntries([...root.querySelectorAll("input, select")].map(
    (input) => [input.name, input.type === "checkbox" ? input.checked : input.value]));
  const ENTRY = /^(\\d[\\d.e-]*|underflow|overflow)$/;
  const rows = [...root.querySelectorAll("tbody tr")];
  const cells = [...root.querySelectorAll("tbody td")];
  const shown = [...root.querySelectorAll("[viewBox]")].map((e) => e.getAttribute("viewBox"));
  const drawn = [...root.querySelectorAll(".rb-plot path, .rb-plot circle, .rb-plane circle")];
  return {{
    values,
    steps: rows.length,
    empty: cells.filter((cell) => !ENTRY.test(cell.textContent)).length,
    points: root.querySelectorAll(".rb-plane [data-point]").length,
    drawn: drawn.length,
    nowhere: drawn.filter((mark) => /NaN|Infinity|undefined/.test(mark.outerHTML)).length
      + shown.filter((box) => /NaN/.test(box)).length,
    words: root.querySelector(".rb-words").textContent,
    foreign: document.querySelectorAll("main :is(img[src=x], script, b, svg[onload])").length,
  }};
}}"""


def test_the_figure_in_the_browser_is_pytorch(visit, figure_site):
    """What Node computes, here by the built figure: set by the address, read off its CSV."""
    choose = random.Random(26)
    states = [random_state(choose) for _ in range(STATES or 120)]
    figures = []
    with visit() as visited:
        opened(visited, figure_site)
        for state in states:
            visited.page.evaluate(FOLLOW, fragment(state))
            figures.append(figure_now(visited.page))
        assert visited.complaints == []
    assert_most_need_no_allowance(states, assert_equal_to_pytorch(states, figures))


def hostile_fragment(choose: random.Random) -> str:
    """Draw a fragment: some of it well-formed, most of it not."""
    parts = []
    for _ in range(choose.randint(1, 3)):
        names = [choose.choice(NAMES if choose.random() < 0.8 else OTHERS) for _ in range(9)]
        pairs = [f"{name}={choose.choice(HOSTILE)}" for name in names[: choose.randint(0, 9)]]
        sign = choose.choice(["?", "?", "?", "??", "", "&"])
        parts.append(f"{choose.choice(IDS)}{sign}{'&'.join(pairs)}")
    if choose.random() < 0.5:  # a valid state, so that the figure does move between
        parts.append(fragment(random_state(choose))[1:])
    return "#" + ";".join(parts)


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_hostile_addresses_one_after_another(visit, figure_folder, figure_site, scheme):
    address = figure_site if scheme == "http" else (figure_folder / "index.html").as_uri()
    choose = random.Random(27)
    fields = {field["name"]: field for field in read_schema("gradient-flow")["state"]}
    seen = set()
    with visit() as visited:
        visited.page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
        opened(visited, address)
        visited.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        visited.page.locator("#last[data-live=yes]").wait_for()
        for _ in range(FRAGMENTS // (1 if scheme == "http" else 10)):
            hash = hostile_fragment(choose)
            found = visited.page.evaluate(SET, hash)
            values = found["values"]
            for name, value in values.items():
                assert is_valid(fields[name], value), (hash, name, value)
            assert found["steps"] == int(values["seq_len"]), hash
            assert found["points"] == int(values["hidden_size"]), hash
            assert found["empty"] == found["nowhere"] == found["foreign"] == 0, (hash, found)
            assert found["drawn"] > 3, (hash, found)
            assert found["words"].endswith("."), hash
            seen.add(tuple(values.values()))
            assert visited.complaints == [], hash
    assert len(seen) > FRAGMENTS // 40


def is_valid(field: dict, value) -> bool:
    if field["type"] == "boolean":
        return isinstance(value, bool)
    if field["type"] == "choice":
        return value in field["choices"]
    steps = float(value) / field["step"]
    in_range = field["min"] <= float(value) <= field["max"]
    return in_range and abs(steps - round(steps)) < 1e-6
