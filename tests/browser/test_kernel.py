"""A figure and its kernel: answers, silence, failures. The kernel is this process, not a server."""

import json
import shutil

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

import rnnbook
from rnnbook.gradient_flow import format_number
from rnnbook.kernel import answer
from rnnbook.widgets import FIGURES

from .conftest import served

BLANK = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A kernel</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>body { color: light-dark(#000, #fff); background: light-dark(#fff, #000);
color-scheme: light dark; margin: 0 }</style></head>
<body><main><h1>A kernel</h1><div id="figure"></div></main></body></html>"""

# A model as hosts give it. How it sends: "throws", "never" answers, answers "later" when told to,
# has no "send", or asks this process.
RENDER = """async ([file, values, sends]) => {
  const figure = (await import(`./${file}`)).default;
  const heard = {};
  const tell = (event, ...told) => (heard[event] ?? []).forEach((callback) => callback(...told));
  const fails = () => { throw new Error("this host does not do it"); };
  const model = {
    get: (name) => values[name],
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      tell(`change:${name}`);
    },
    on: (event, callback) => (heard[event] ??= []).push(callback),
    off: sends === "throws" ? fails : () => {},
    save_changes: sends === "throws" ? fails : async () => {
      if (values.result && sends !== "never") model.set("result", await moved(values));
    },
  };
  const answered = async (content) => tell("msg:custom", await asked(content));
  window.waiting = [];
  if (sends !== "no send") {
    model.send = (content) => {
      if (sends === "throws") fails();
      if (sends === "asks") answered(content);
      else waiting.push(() => answered(content));
    };
  }
  window.model = model;
  window.remove = await figure.render({ model, el: document.getElementById("figure") });
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page with nothing on it, and the widgets beside it."""
    folder = tmp_path_factory.mktemp("kernel")
    for file in (FIGURES / "dist").glob("*.widget.mjs"):
        shutil.copy(file, folder)
    (folder / "index.html").write_text(BLANK, encoding="utf-8")
    with served(folder) as root:
        yield f"{root}/index.html"


def show(visited, address: str, shown, sends: str = "asks", asked=None):
    """Render a widget's front end with the widget's own state; return its root."""
    page = visited.page
    page.expose_function("asked", asked or (lambda content: answer("gradient-flow", content)))
    page.expose_function("moved", lambda values: moved(shown, values))
    page.goto(address)
    values = {n: v for n, v in shown.get_state().items() if not n.startswith("_")}
    values = {n: v for n, v in values.items() if n not in ("layout", "tabbable", "tooltip")}
    file = "module" if "result" in values else "gradient-flow"
    page.evaluate(RENDER, [f"{file}.widget.mjs", json.loads(json.dumps(values)), sends])
    return page.locator(".rb")


def moved(shown, values):
    """What the widget computes when the page sets its state."""
    shown.set_state({name: values[name] for name in shown.initial})
    return shown.result


def said(root) -> str:
    return root.locator(".rb-checked").text_content()


def press(root) -> None:
    root.get_by_role("button", name="Check with PyTorch").press("Enter")


def columns(page) -> dict[str, list[str]]:
    """The table, by column."""
    rows = page.locator("table tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    return {head: list(values) for head, *values in zip(*rows, strict=True)}


def test_no_kernel_no_button(visit, address):
    with visit() as visited:
        root = show(visited, address, rnnbook.figure("gradient-flow"), "no send")
        assert root.get_by_role("button", name="New draw").count() == 1
        assert root.get_by_role("button", name="Check with PyTorch").count() == 0
        assert visited.complaints == []


def test_a_host_that_throws_is_said_and_nothing_breaks(visit, address):
    with visit() as visited:
        root = show(visited, address, rnnbook.figure("gradient-flow"), "throws")
        press(root)
        assert said(root) == "The kernel does not answer; the figure goes on without it."
        before = columns(visited.page)
        root.locator("[name=weight_scale]").press("ArrowRight")
        visited.page.wait_for_function("document.querySelector('.rb-checked').textContent === ''")
        assert columns(visited.page) != before
        visited.page.evaluate("remove()")
        assert root.count() == 0
        assert visited.complaints == []


def test_silence_is_said_and_a_late_answer_is_heard(visit, address):
    with visit() as visited:
        visited.page.clock.install()
        root = show(visited, address, rnnbook.figure("gradient-flow"), "later")
        press(root)
        assert said(root) == "PyTorch computes …"
        visited.page.clock.fast_forward(14_000)
        assert said(root) == "PyTorch computes …"
        visited.page.clock.fast_forward(2_000)
        assert said(root).startswith("The kernel does not answer")
        visited.page.evaluate("waiting[0]()")
        root.locator(".rb-checked", has_text="agrees").wait_for()
        assert root.locator(".rb-plot .rb-cross").count() == 20


def test_an_answer_to_an_earlier_state_is_not_shown(visit, address):
    with visit() as visited:
        root = show(visited, address, rnnbook.figure("gradient-flow"), "later")
        press(root)
        root.locator("[name=seed]").fill("5")
        visited.page.wait_for_function("document.querySelector('.rb-checked').textContent === ''")
        visited.page.evaluate("waiting[0]()")
        press(root)
        assert said(root) == "PyTorch computes …"
        assert root.locator(".rb-plot .rb-cross").count() == 0
        visited.page.evaluate("waiting[1]()")
        root.locator(".rb-checked", has_text="agrees").wait_for()
        assert visited.complaints == []


def test_an_error_is_its_sentence_and_no_markup(visit, address):
    def refuses(asked):
        return answer("gradient-flow", {**asked, "state": {"cell": "<b>x</b>"}})

    with visit() as visited:
        root = show(visited, address, rnnbook.figure("gradient-flow"), asked=refuses)
        press(root)
        root.locator(".rb-checked", has_text="cell is '<b>x</b>'; expected one of").wait_for()
        assert root.locator(".rb-checked b").count() == 0


def test_a_number_that_is_wrong_is_found(visit, address):
    def wrong(asked):
        told = answer("gradient-flow", asked)
        told["columns"]["|dL/dh_t|"][3] *= 1.01
        return told

    with visit() as visited:
        root = show(visited, address, rnnbook.figure("gradient-flow"), asked=wrong)
        press(root)
        sentence = root.locator(".rb-checked", has_text="differs, more than by rounding")
        sentence.wait_for()
        assert "0.0099, at |dL/dht|, t = 4." in sentence.text_content()


def test_in_a_chaotic_network_it_says_why_the_digits_differ(visit, address):
    chaotic = {"hidden_size": 64, "seq_len": 200, "weight_scale": 5.0, "recurrent_only": True}
    with visit() as visited:
        root = show(visited, address, rnnbook.figure("gradient-flow", **chaotic))
        press(root)
        root.locator(".rb-checked", has_text="differs, but only by rounding").wait_for()
        assert said(root).endswith(
            "The network is chaotic: rounding errors grow in it, here as in PyTorch."
        )


def reader(last_timestep_only=True, **given):
    torch.manual_seed(5)
    module = torch.nn.LSTM(1, 4, 3).double()
    return rnnbook.GradientVisualizer(module, last_timestep_only, **given)


def test_every_control_of_a_module_moves_what_pytorch_computes(visit, address):
    visualizer = reader()
    with visit() as visited:
        root = show(visited, address, visualizer.create_visualization())
        page = visited.page
        expected = dict(visualizer.opens)
        changes = {
            "weight_scale": ("ArrowRight", 1.05),
            "bias_scale": ("ArrowLeft", 0.95),
            "seq_len": ("ArrowRight", 11),
            "recurrent_only": (" ", True),
            "last_timestep_only": (" ", False),
        }
        for name, (key, value) in changes.items():
            root.locator(f"[name={name}]").press(key)
            expected[name] = value
            await_columns(page, visualizer.flow.measure(expected)["curves"])
        root.get_by_role("button", name="New draw").press("Enter")
        await_columns(page, visualizer.flow.measure({**expected, "seed": 1})["curves"])
        root.get_by_role("button", name="Reset").press("Enter")
        await_columns(page, visualizer.flow.measure(visualizer.opens)["curves"])
        assert root.locator(".rb-plane").is_hidden()
        assert said(root) == ""
        assert visited.complaints == []


def await_columns(page, curves) -> None:
    """Wait until the table shows these curves, all of them."""
    texts = [[format_number(value) for value in curve["values"]] for curve in curves]
    last = texts[0][-1]
    page.wait_for_function(
        "(last) => document.querySelector('tbody tr:last-child td').textContent === last", arg=last
    )
    assert list(columns(page).values())[1:] == texts


def test_a_point_of_the_plane_chooses_the_power_that_is_drawn(visit, address):
    torch.manual_seed(5)
    visualizer = rnnbook.GradientVisualizer(rnnbook.RNNLayer(1, 6).double(), True)
    with visit() as visited:
        root = show(visited, address, visualizer.create_visualization())
        page = visited.page
        root.locator(".rb-plane [data-point='4']").click(force=True)
        page.wait_for_function("model.get('result').state.mode > 1")
        mode = page.evaluate("model.get('mode')")
        await_columns(page, visualizer.flow.measure({**visualizer.opens, "mode": mode})["curves"])
        page.wait_for_function(
            "document.querySelector('.rb-words').textContent.includes('th larg')"
        )


def test_a_kernel_that_is_gone_leaves_the_picture_and_says_so(visit, address):
    with visit() as visited:
        visited.page.clock.install()
        root = show(visited, address, reader().create_visualization(), "never")
        before = columns(visited.page)
        root.locator("[name=weight_scale]").press("ArrowRight")
        visited.page.clock.run_for(1_000)
        assert said(root) == "PyTorch computes …"
        visited.page.clock.run_for(15_000)
        assert said(root) == "The kernel does not answer; the picture stays as it was."
        assert columns(visited.page) == before
        assert root.locator("[name=weight_scale]").input_value() == "1.05"


def test_a_module_that_fails_is_said_over_the_last_picture(visit, address):
    class Fails(torch.nn.Module):
        hidden_size = 3

        def __init__(self):
            super().__init__()
            self.layer = rnnbook.RNNLayer(1, 3)

        def forward(self, x):
            if x.shape[1] > 10:
                raise RuntimeError("<b>too long</b>")
            return self.layer(x)

    shown = rnnbook.GradientVisualizer(Fails(), True).create_visualization()
    with visit() as visited:
        root = show(visited, address, shown)
        before = columns(visited.page)
        root.locator("[name=seq_len]").press("ArrowRight")
        root.locator(".rb-checked", has_text="RuntimeError: <b>too long</b>").wait_for()
        assert columns(visited.page) == before
        root.locator("[name=seq_len]").press("ArrowLeft")
        visited.page.wait_for_function("document.querySelector('.rb-checked').textContent === ''")
        assert visited.complaints == []


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_sticks_out(visit, address, scheme, width):
    for shown in (rnnbook.figure("gradient-flow"), reader().create_visualization()):
        with visit(width, scheme) as visited:
            root = show(visited, address, shown)
            if root.get_by_role("button", name="Check with PyTorch").count():
                press(root)
                root.locator(".rb-checked", has_text="agrees").wait_for()
            for summary in root.locator("summary").all():
                summary.click()
            found = Axe().run(visited.page).response["violations"]
            assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
            assert visited.page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            )
