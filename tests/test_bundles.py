"""What is committed in dist/ is what the sources build, within the budgets."""

import gzip
import json
import re

import pytest

from tools import ROOT
from tools.npm import npm

DIST = ROOT / "rnnbook" / "figures" / "dist"


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    # The build itself fails where a bundle is larger than its budget.
    assert npm("run", "build", "--", "--outdir", str(folder)) == 0
    return folder


def test_the_committed_bundles_are_what_the_sources_build(rebuilt):
    names = sorted(path.name for path in rebuilt.iterdir())
    assert names == sorted(path.name for path in DIST.iterdir())
    for name in names:
        assert (DIST / name).read_bytes() == (rebuilt / name).read_bytes(), f"{name}: make figures"


def test_a_widget_is_one_file_and_a_page_script_a_classic_one():
    for path in DIST.glob("*.*js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^\s*import[ {*\"']", text, re.M), path.name
        assert ("export{" in text) == path.name.endswith(".widget.mjs"), path.name


def test_every_bundle_has_its_source_map():
    for path in DIST.glob("*.*js"):
        assert path.read_text(encoding="utf-8").rstrip().endswith(f"={path.name}.map")
        assert json.loads((DIST / f"{path.name}.map").read_text(encoding="utf-8"))["sources"]


BUDGETS = {"loader.js": 2, "page-shared.js": 45, "gradient-flow.js": 12}  # KB gzipped
WIDGET = 60


def test_bundles_are_within_what_a_reader_is_promised():
    """Measured apart from the build, which holds to numbers of its own."""
    widgets = {path.name: WIDGET for path in DIST.glob("*.widget.mjs")}
    assert "gradient-flow.widget.mjs" in widgets
    for name, kilobytes in {**BUDGETS, **widgets}.items():
        size = len(gzip.compress((DIST / name).read_bytes(), 9))
        assert size <= 1024 * kilobytes, f"{name}: {size / 1024:.1f} KB"


def test_a_budget_can_fail(tmp_path, capfd):
    assert npm("run", "build", "--", "--outdir", str(tmp_path), "--kilobytes", "0.5") != 0
    told = capfd.readouterr().out
    for path in tmp_path.glob("*.*js"):
        assert re.search(rf"^{re.escape(path.name)}: .* over its budget$", told, re.M), path.name


def test_the_build_holds_each_bundle_to_its_own_budget(tmp_path, capfd):
    assert npm("run", "build", "--", "--outdir", str(tmp_path)) == 0
    told = dict(re.findall(r"^(\S+): \S+ of (\S+) KB gzipped$", capfd.readouterr().out, re.M))
    assert {name: float(told[name]) for name in BUDGETS} == BUDGETS
    assert {float(kb) for name, kb in told.items() if name.endswith(".widget.mjs")} == {WIDGET}
    assert set(told) == {path.name for path in tmp_path.glob("*.*js")}


def test_others_work_goes_out_with_its_licence():
    text = (DIST / "LICENSES.txt").read_text(encoding="utf-8")
    sources = json.loads((DIST / "page-shared.js.map").read_text(encoding="utf-8"))["sources"]
    packages = {s.split("node_modules/")[1].split("/")[0] for s in sources if "node_modules" in s}
    assert {"d3-scale", "d3-shape"} <= packages
    licences = dict(part.split("\n\n", 1) for part in text.split("\n---\n\n"))
    for package in packages:
        assert "Copyright" in licences[package], package


def test_the_lock_names_no_address():
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())
