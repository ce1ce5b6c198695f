"""A page with live figures, and what a test reads off them."""

import csv
import math
from pathlib import Path
from urllib.parse import urlencode

import rnnbook

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Figures</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<script defer src="_static/rnnbook/loader.js"></script>
<style>body {{ color: light-dark(#000, #fff); background: light-dark(#fff, #000);
color-scheme: light dark }} figure {{ margin: 0 }} .far {{ height: 6000px }}</style></head>
<body><main><h1 id="gradient-flow-2">Figures</h1>{first}
<p class="far">Far below:</p>{second}{third}</main></body>
</html>"""
FIRST = {"weight_scale": 1.6, "nonlinearity": "identity"}  # what the first figure opens with
# The frame after the one in which the figure draws, and the task in which it writes its table.
NEXT_FRAME = """new Promise((done) => requestAnimationFrame(() =>
  requestAnimationFrame(() => setTimeout(done))))"""
FOLLOW = """async (hash) => {
  const heard = new Promise((done) => addEventListener("hashchange", done, { once: true }));
  if (new URL(hash, location.href).href === location.href) return;
  location.hash = hash;
  await heard;
}"""
ROWS = """(root) => [...document.querySelectorAll(`${root} tbody tr`)].map(
  (row) => [...row.children].map((cell) => cell.textContent))"""
STATE = """(root) => Object.fromEntries([...root.querySelectorAll("input, select")].map(
  ({ name, type, value, checked, valueAsNumber }) =>
    [name, type === "checkbox" ? checked : Number.isFinite(valueAsNumber) ? valueAsNumber : value]
))"""
COUNTS = {"nonlinearity": {"rnn"}, "forget_bias": {"lstm", "gru"}}  # the rest: in every cell
CHANGES = {
    "weight_scale": -1.15,
    "bias_scale": -2.5,
    "nonlinearity": "sigmoid",
    "forget_bias": 1.35,
    "recurrent_only": True,
    "hidden_size": 7,
    "seq_len": 23,
    "seed": 4294967295,
    "mode": 3,
    "last_timestep_only": False,  # the last: it takes the mode's curve away
}
READ = f"""async () => {{
  await {NEXT_FRAME};
  const make = URL.createObjectURL;
  let file;
  URL.createObjectURL = (blob) => {{ file = blob; return make(blob); }};
  const root = document.getElementById("gradient-flow");
  [...root.querySelectorAll("button")].find((b) => b.textContent === "Download CSV").click();
  URL.createObjectURL = make;
  const plain = (cell) => cell.innerHTML.replace(/<(sub|sup)>(.*?)<.\\1>/g,
    (_, tag, text) => (tag === "sub" ? "_" : "^") + text);
  return {{
    csv: await file.text(),
    labels: [...root.querySelectorAll("thead th")].map(plain).slice(1),
    rows: ({ROWS})("#gradient-flow").map((row) => row.slice(1)),
  }};
}}"""


def write_page(folder: Path) -> None:
    """Write a page with three figures, two of one id, a heading of another."""
    mounts = {
        "first": rnnbook.figure("gradient-flow", **FIRST),
        "second": rnnbook.figure("gradient-flow", weight_scale=0.5),
        "third": rnnbook.figure("gradient-flow", id="last"),
    }
    page = PAGE.format(**{name: shown.mount() for name, shown in mounts.items()})
    (folder / "index.html").write_text(page, encoding="utf-8")


def opened(visited, address: str, id: str = "gradient-flow"):
    """Open the page, wait for a figure to be alive, and return its root."""
    visited.page.goto(address)
    root = visited.page.locator(f"#{id}[data-live=yes]")
    root.wait_for()
    return root


def rows(page, root: str = "#gradient-flow") -> list[list[str]]:
    """The figure's table, as it is after the next frame."""
    page.evaluate(f"() => {NEXT_FRAME}")
    return page.evaluate(ROWS, root)


def pytorch_rows(**state) -> list[list[str]]:
    """What PyTorch puts into the table."""
    return [line.split() for line in str(rnnbook.gradient_flow_table(**state)).splitlines()[1:]]


def figure_now(page) -> dict:
    """All that the first figure shows, to every digit: its CSV and, for what is none, its table."""
    read = page.evaluate(READ)
    numbers = list(zip(*list(csv.reader(read["csv"].splitlines()))[1:], strict=True))[1:]
    words = list(zip(*read["rows"], strict=True))
    columns = [
        {
            "label": label,
            "values": [v if math.isfinite(v := float(text)) else None for text in column],
            "kinds": [kind_of(text) for text in shown],
        }
        for label, column, shown in zip(read["labels"], numbers, words, strict=True)
    ]
    return {"columns": columns}


def kind_of(text: str) -> str:
    return {"0": "zero", "underflow": "underflow", "overflow": "overflow"}.get(text, "number")


def fragment(state: dict, id: str = "gradient-flow") -> str:
    """The fragment of an address that sets a figure."""
    texts = {name: str(v).lower() if isinstance(v, bool) else v for name, v in state.items()}
    return f"#{id}?{urlencode(texts)}"


def set_value(root, name: str, value) -> None:
    """Set a control as a reader does."""
    control = root.locator(f"[name={name}]")
    if isinstance(value, bool):
        control.set_checked(value)
    elif isinstance(value, str):
        control.select_option(value)
    else:
        control.fill(str(value))


def assert_every_control(page, selector: str, cell: str) -> dict:
    """Move each control; each that counts changes the table, to PyTorch's, text for text."""
    root = page.locator(selector)
    root.get_by_role("button", name="Reset").click()
    set_value(root, "cell", cell)
    state = root.evaluate(STATE)
    assert state.keys() == {*CHANGES, "cell", "precision"}
    assert rows(page, selector) == pytorch_rows(**state)
    for name, value in CHANGES.items():
        if cell not in COUNTS.get(name, {cell}):
            assert root.locator(f"[name={name}]").is_disabled()
            continue
        before = rows(page, selector)
        set_value(root, name, value)
        state[name] = value
        assert rows(page, selector) == pytorch_rows(**state), name
        assert rows(page, selector) != before, name
    return state
