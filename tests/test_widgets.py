"""rnnbook.figure: the widget, the mount point, the still; and no PyTorch on the way."""

import json
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup

import rnnbook
from rnnbook import widgets
from rnnbook.figures.schema import complete_state, read_schema

DEFAULTS = {field["name"]: field["default"] for field in read_schema("gradient-flow")["state"]}


def html_of(shown) -> BeautifulSoup:
    return BeautifulSoup(shown._repr_mimebundle_()[0]["text/html"], "html.parser")


@pytest.fixture
def still_folder(tmp_path, monkeypatch):
    """A folder of stills with one, "wall", that has no live figure."""
    (tmp_path / "wall.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    described = {"title": "Wall", "caption": "A <wall>.", "alt": "A wall.", "state": {"w": 5.0}}
    (tmp_path / "wall.json").write_text(json.dumps(described))
    monkeypatch.setattr(widgets, "STILLS", tmp_path)
    widgets.read_still.cache_clear()
    yield tmp_path
    widgets.read_still.cache_clear()


def test_neither_the_package_nor_a_figure_imports_torch():
    script = (
        "import sys, rnnbook\n"
        "assert 'torch' not in sys.modules and 'anywidget' not in sys.modules\n"
        "rnnbook.figure('gradient-flow', weight_scale=1.6)._repr_mimebundle_()\n"
        "assert 'torch' not in sys.modules and 'matplotlib' not in sys.modules\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_traits_are_the_schemas():
    shown = rnnbook.figure("gradient-flow", weight_scale=1.6)
    synced = shown.trait_values(sync=True)
    assert {n: synced[n] for n in DEFAULTS} == {**DEFAULTS, "weight_scale": 1.6}
    assert synced["initial"] == {**DEFAULTS, "weight_scale": 1.6}
    assert "render" in synced["_esm"]


def test_traits_refuse_what_the_schema_refuses():
    shown = rnnbook.figure("gradient-flow")
    shown.weight_scale = 33 * 0.05
    assert shown.weight_scale == 1.65
    with pytest.raises(ValueError, match=r"weight_scale is 1\.63; expected a multiple of 0\.05"):
        shown.weight_scale = 1.63
    with pytest.raises(TypeError, match="last_timestep_only is 1; expected True or False"):
        shown.last_timestep_only = 1
    assert shown.weight_scale == 1.65


def test_the_mount_holds_the_state_sorted_and_escaped():
    shown = rnnbook.figure("gradient-flow", id="mine", caption='<b> & "c"', nonlinearity="identity")
    mount = html_of(shown).find("figure")
    assert mount["data-figure"] == "gradient-flow"
    assert mount["id"] == "mine"
    state = {**DEFAULTS, "nonlinearity": "identity"}
    assert mount["data-state"] == json.dumps(complete_state("gradient-flow", state), sort_keys=True)
    assert mount.find("figcaption").get_text() == '<b> & "c"'
    assert mount.find("b") is None


def test_the_same_call_gives_the_same_output():
    bundles = [rnnbook.figure("gradient-flow", seed=3)._repr_mimebundle_()[0] for _ in range(2)]
    for key in ("text/html", "text/plain"):
        assert bundles[0][key] == bundles[1][key]
    views = [bundle["application/vnd.jupyter.widget-view+json"]["model_id"] for bundle in bundles]
    assert views[0] != views[1]
    assert eval(bundles[0]["text/plain"]).initial == {**DEFAULTS, "seed": 3}


def test_without_a_still_the_mount_says_what_would_be_seen(still_folder):
    shown = rnnbook.figure("gradient-flow", alt="What is <seen>.")
    assert html_of(shown).find(attrs={"data-still": True}).get_text() == "What is <seen>."


def test_a_still_drawn_at_another_state_says_so(still_folder):
    (still_folder / "gradient-flow.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (still_folder / "gradient-flow.json").write_text(
        '{"alt": "Seen.", "state": {"weight_scale": 1.6}}'
    )
    same = html_of(rnnbook.figure("gradient-flow", weight_scale=1.6))
    assert same.find("img")["alt"] == "Seen."
    assert same.find("img")["src"].startswith("data:image/svg+xml;base64,")
    assert same.find(attrs={"data-still": True}).get_text() == ""
    other = html_of(rnnbook.figure("gradient-flow", weight_scale=1.5, alt="Mine."))
    assert other.find("img")["alt"] == "Mine."
    note = other.find(attrs={"data-still": True}).get_text()
    assert note == "Drawn at weight_scale=1.6."


def test_a_figure_that_is_not_alive_is_its_still(still_folder):
    shown = rnnbook.figure("wall", w=5.0)
    figure = BeautifulSoup(shown._repr_html_(), "html.parser").find("figure")
    assert figure["data-still"] == figure["id"] == "wall"
    assert figure.find("img")["alt"] == "A wall."
    assert figure.find("figcaption").get_text() == "A <wall>."
    assert repr(shown) == "rnnbook.figure('wall')"
    with pytest.raises(ValueError, match=r"expected the state it shows, w=5\.0"):
        rnnbook.figure("wall", w=4.0)


def test_unknown_figures_states_and_ids_are_refused(still_folder):
    with pytest.raises(ValueError, match="no figure 'walls'; expected one of gradient-flow, wall"):
        rnnbook.figure("walls")
    with pytest.raises(TypeError, match="has no scale; expected of its state: weight_scale,"):
        rnnbook.figure("gradient-flow", scale=1)
    with pytest.raises(ValueError, match="nonlinearity is 'elu'; expected one of 'tanh'"):
        rnnbook.figure("gradient-flow", nonlinearity="elu")
    with pytest.raises(TypeError, match="hidden_size is '16'; expected a multiple of 1"):
        rnnbook.figure("gradient-flow", hidden_size="16")
    with pytest.raises(TypeError, match="seed is True; expected a multiple of 1"):
        rnnbook.figure("gradient-flow", seed=True)
    with pytest.raises(ValueError, match="id is 'a b'; expected a letter"):
        rnnbook.figure("gradient-flow", id="a b")
