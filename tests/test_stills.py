"""The committed stills are what the package draws, and say what is seen."""

import base64
import json
import re
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pytest

import rnnbook
from rnnbook.figures import stills

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
PNG = re.compile(r"data:image/png;base64,\s*([A-Za-z0-9+/=\s]+)")
NAMED = re.compile(r'(?<=[#"])[A-Za-z]+[0-9a-f]{10}(?=[")])')  # matplotlib hashes shapes into names

# How far a coordinate may move, in points (1/72 inch). Byte for byte the files are the same only on
# one machine: libraries round exp and tanh differently in the last digit. 0.02 is below what is
# seen. A chaotic trajectory is another one after such a difference: with activations moved by one
# unit in the last place, exponents over 1000 steps moved by up to 0.009 nats, 1.9 points of their
# picture, so 5 points are allowed there, and 0.02 nats in its words.
CHAOTIC = {"edge-of-chaos": 5.0}
SEEN = 0.02


def parts(svg: str) -> tuple[str, list[float], list[np.ndarray]]:
    """Split a picture into what is not a number, its numbers, and its embedded images."""
    images = [plt.imread(BytesIO(base64.b64decode(data))) for data in PNG.findall(svg)]
    text = NAMED.sub("", PNG.sub("", svg))
    return NUMBER.sub("", text), [float(n) for n in NUMBER.findall(text)], images


def differences(ours: str, theirs: str, tolerance: float) -> list[str]:
    """Say in what two pictures differ beyond the tolerance."""
    (text, numbers, images), (text2, numbers2, images2) = parts(ours), parts(theirs)
    if text != text2 or len(numbers) != len(numbers2) or len(images) != len(images2):
        return ["another structure"]
    far = [f"{a} -> {b}" for a, b in zip(numbers, numbers2) if abs(a - b) > tolerance]
    for a, b in zip(images, images2):
        if a.shape != b.shape or np.abs(a - b).max() > 2 / 255:
            far.append("another image")
    return far


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stills")
    stills.main(folder)
    return folder


@pytest.mark.parametrize("name", stills.DRAWINGS)
def test_still_is_what_is_drawn_now(name, rebuilt):
    tolerance = CHAOTIC.get(name, SEEN)
    committed, drawn = (f / f"{name}.svg" for f in (stills.FOLDER, rebuilt))
    far = differences(committed.read_text("utf-8"), drawn.read_text("utf-8"), tolerance)
    assert not far, f"{name}.svg is out of date, `make stills` draws it anew: {far[:5]}"
    ours, theirs = ((f / f"{name}.json").read_text("utf-8") for f in (stills.FOLDER, rebuilt))
    words = differences(ours, theirs, 0.02 if name in CHAOTIC else 0)
    assert not words, f"{name}.json is out of date, `make stills` writes it anew: {words[:5]}"


def test_a_moved_point_a_changed_word_and_a_changed_image_are_noticed():
    svg = (stills.FOLDER / "error-wall.svg").read_text("utf-8")
    first = re.search(r"M (\d+\.\d+)", svg)
    moved = svg[: first.start(1)] + str(float(first[1]) + 0.05) + svg[first.end(1) :]
    assert not differences(svg, svg, SEEN)
    assert differences(svg, moved, SEEN) == [f"{first[1]} -> {float(first[1]) + 0.05}"]
    assert differences(svg, svg.replace("stroke-width", "stroke", 1), SEEN) == ["another structure"]
    blank = BytesIO()
    plt.imsave(blank, np.zeros_like(parts(svg)[2][0]), format="png")
    data = base64.b64encode(blank.getvalue()).decode()
    repainted = PNG.sub(f"data:image/png;base64,{data}", svg)
    assert differences(svg, repainted, SEEN) == ["another image"]


def test_every_committed_still_is_drawn_by_the_package():
    files = {path.name for path in stills.FOLDER.iterdir()}
    assert files == {f"{name}.{kind}" for name in stills.DRAWINGS for kind in ("svg", "json")}


@pytest.mark.parametrize("name", stills.DRAWINGS)
def test_still_stands_alone_on_any_page(name):
    svg = (stills.FOLDER / f"{name}.svg").read_text("utf-8")
    assert len(svg) < 150_000
    assert re.search(r'<g id="patch_1">\s*<path d="[^"]*"\s*style="fill: #ffffff', svg)
    assert "<dc:date>" not in svg
    links = re.findall(r'(?:href|src)="([^"]*)"', svg) + re.findall(r"url\(([^)]*)\)", svg)
    assert all(link.startswith(("#", "data:")) for link in links)


@pytest.mark.parametrize("name", stills.DRAWINGS)
def test_still_says_what_is_seen_and_what_to_conclude(name):
    words = json.loads((stills.FOLDER / f"{name}.json").read_text("utf-8"))
    assert set(words) == {"title", "alt", "caption"}
    assert len(words["alt"]) > 100
    assert len(words["caption"]) > 50
    assert not re.match(r"(an? )?(image|picture|figure|plot) of", words["alt"], re.IGNORECASE)
    assert "<" not in words["alt"] + words["caption"]


def test_error_wall_caption_has_the_numbers_of_the_closed_form():
    words = json.loads((stills.FOLDER / "error-wall.json").read_text("utf-8"))
    assert "0.0060" in words["caption"]
    assert "779" in words["caption"]
    at_wall = rnnbook.error_wall(5.0, rnnbook.wall_bias(5.0))
    assert (f"{at_wall.loss:.4f}", f"{at_wall.norm:.0f}") == ("0.0060", "779")
