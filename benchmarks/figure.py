"""Time the live figure: its arithmetic beside PyTorch's, and a slider's way to a painted frame."""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import Browser, Page, sync_playwright
from torch import nn

import rnnbook
from rnnbook.figures.schema import complete_state
from rnnbook.widgets import FIGURES
from tools.browser import on_path
from tools.npm import node_environment

TURNS = 5
LSTM = {"cell": "lstm", "hidden_size": 32, "seq_len": 100}
SIZES = {(16, 10): 8, (64, 200): 16}  # ms that the 95th percentile is to stay within
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Figure</title>
<script defer src="_static/rnnbook/loader.js"></script>
<style>main {{ max-width: 44rem; margin: auto }}</style></head>
<body><main>{}</main></body></html>"""
MOVE = """async (count) => {
  const slider = document.querySelector("[name=weight_scale]");
  for (let i = 0; i < count; i++) {
    await new Promise((done) => setTimeout(done, 20));
    await new Promise((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => { performance.mark("painted"); done(); };
      requestAnimationFrame(() => port2.postMessage(0));  // before the figure's own in this frame
      performance.mark("moved");
      slider.value = String(0.5 + 0.05 * (i % 40));
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}"""
COUNTED = """
A slider's input event to the painted frame, headless Chromium, {count} moves each; ms
work: processor time of the page's main thread in every task from the event's to the one in which
the frame is painted: state, network, forward, BPTT, all plots and words, style, layout, paint,
garbage. Not in it: what other programs take of the processor, the screen's own threads, and the
table, whose text is written in the task after. wall: what passes meanwhile, the wait for the
screen's next frame (up to 17) and other programs included."""


def median_and_95th(times: list[float]) -> str:
    """Write both, in ms."""
    return f"{statistics.median(times):8.2f}{statistics.quantiles(times, n=20)[-1]:8.2f}"


def in_node(rounds: int) -> list[float]:
    """Forward and BPTT by the figure's own modules."""
    environment = node_environment()
    node = shutil.which("node", path=environment["PATH"])
    assert node is not None
    given = json.dumps({"state": complete_state("gradient-flow", LSTM), "rounds": rounds})
    script = str(Path(__file__).with_name("lstm.mjs"))
    ran = subprocess.run([node, script, given], env=environment, capture_output=True, check=True)
    return json.loads(ran.stdout)


def in_torch(rounds: int, parameters: bool) -> list[float]:
    """``torch.nn.LSTM`` with autograd back to the input, or to the parameters as well."""
    H, T = LSTM["hidden_size"], LSTM["seq_len"]
    net, readout = nn.LSTM(1, H, batch_first=True).double(), nn.Linear(H, 1).double()
    for parameter in (*net.parameters(), *readout.parameters()):
        parameter.requires_grad_(parameters)
    x, y = (v.double() for v in rnnbook.generate_batch(T, 1, generator=0))
    times = []
    for _ in range(rounds + 10):
        given = x.clone().requires_grad_()
        start = time.perf_counter()
        loss = (readout(net(given)[0])[0, -1] - y[0, -1]).square().sum()
        loss.backward()
        times.append(1e3 * (time.perf_counter() - start))
    return times[10:]


def arithmetic_table(rounds: int) -> None:
    """Print the figure's LSTM in Node beside PyTorch's, taking turns."""
    found: dict[str, list[float]] = {}
    for _ in range(TURNS):
        for name, times in {
            "figure, Node": in_node(rounds // TURNS),
            "torch.nn.LSTM, to x": in_torch(rounds // TURNS, False),
            "torch.nn.LSTM, to all": in_torch(rounds // TURNS, True),
        }.items():
            found.setdefault(name, []).extend(times)
    size = f"hidden {LSTM['hidden_size']}, T={LSTM['seq_len']}"
    print(f"\nForward and BPTT of an LSTM, {size}, batch 1, 64 bits, one core; ms")
    print(f"{'':22}{'median':>8}{'95 %':>8}{'least':>8}")
    for name, times in found.items():
        print(f"{name:22}{median_and_95th(times)}{min(times):8.2f}")


def traced(browser: Browser, page: Page, count: int) -> tuple[list[float], list[float]]:
    """Move the slider so often; return each move's work and wall time."""
    categories = ["disabled-by-default-devtools.timeline", "blink.user_timing"]
    browser.start_tracing(page=page, categories=categories)
    page.evaluate(MOVE, count)
    events: list[dict[str, Any]] = json.loads(browser.stop_tracing())["traceEvents"]
    marks = [e for e in events if e["name"] in ("moved", "painted") and e["ph"] != "M"]
    marks.sort(key=lambda event: event["ts"])
    thread = (marks[0]["pid"], marks[0]["tid"])
    whole = [e for e in events if e["name"] == "RunTask" and e["ph"] == "X"]
    tasks = [e for e in whole if (e["pid"], e["tid"]) == thread]
    work, wall = [], []
    for moved, painted in zip(marks[::2], marks[1::2], strict=True):
        start, end = moved["ts"], painted["ts"]
        meanwhile = [e for e in tasks if e["ts"] + e["dur"] > start and e["ts"] + e["dur"] < end]
        work.append(sum(e["tdur"] for e in meanwhile) / 1e3)
        wall.append((end - start) / 1e3)
    return work, wall


def frame_table(count: int) -> None:
    """Print how long the figure takes from an event to its frame."""
    print(COUNTED.format(count=count))
    print(f"{'':22}{'work':>8}{'95 %':>8}{'wall':>8}{'95 %':>8}   95 % of the work is to be within")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "index.html"
        shutil.copytree(FIGURES / "dist", page_file.with_name("_static") / "rnnbook")
        page_file.write_text(PAGE.format(rnnbook.figure("gradient-flow").mount()), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=on_path(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(page_file.as_uri())
        page.locator("[data-live=yes]").wait_for()
        for (H, T), limit in SIZES.items():
            for cell in ("rnn", "lstm", "gru"):
                hash = f"#gradient-flow?cell={cell}&hidden_size={H}&seq_len={T}"
                page.evaluate("(hash) => { location.hash = hash; }", hash)
                page.wait_for_timeout(1500)  # until the worker has answered
                page.evaluate(MOVE, 50)  # until the engine has compiled it
                work, wall = traced(browser, page, count)
                name = f"{cell}, hidden {H}, T={T}"
                print(f"{name:22}{median_and_95th(work)}{median_and_95th(wall)}{limit:8}")
        browser.close()


def tables(rounds: int) -> None:
    """Print both tables, and how busy the machine is."""
    arithmetic_table(rounds)
    frame_table(rounds)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    torch.set_num_threads(1)
    tables(200)
