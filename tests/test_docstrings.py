"""Every public name says what it computes, and its docstring knows its parameters."""

import importlib
import inspect
import pkgutil
import re

import pytest

import rnnbook

PUBLIC = [getattr(rnnbook, name) for name in rnnbook.__all__]
MODULES = [m.name for m in pkgutil.iter_modules(rnnbook.__path__, "rnnbook.")]
# Their docstring sends the reader to the one that has the list.
ELSEWHERE = {"spectral_radius", "spectral_norm", "biggest_eig_magnitude"}


def methods_of(cls: type) -> list:
    return [f for n, f in vars(cls).items() if inspect.isfunction(f) and not n.startswith("_")]


def described(thing) -> list:
    return [thing, *(methods_of(thing) if inspect.isclass(thing) else [])]


def parameters_of(thing) -> list[str]:
    return [name for name in inspect.signature(thing).parameters if name not in ("self", "args")]


def test_every_module_says_what_it_is():
    assert len(MODULES) > 10
    for name in MODULES:
        assert importlib.import_module(name).__doc__, name


@pytest.mark.parametrize("thing", PUBLIC, ids=lambda thing: thing.__name__)
def test_every_public_name_is_documented(thing):
    for part in described(thing):
        text = inspect.getdoc(part)
        assert text, f"{part.__qualname__} has no docstring"
        first = text.split("\n\n")[0]
        assert re.search(r"[.:]$", first), f"{part.__qualname__}: {first!r} is no sentence"


@pytest.mark.parametrize("thing", PUBLIC, ids=lambda thing: thing.__name__)
def test_its_parameters_are_described(thing):
    if thing.__name__ in ELSEWHERE or issubclass_of_tuple(thing):
        return
    text = inspect.getdoc(thing)
    for name in parameters_of(thing):
        assert re.search(rf"\b{re.escape(name)}\b", text), f"{thing.__name__}: {name} is not there"


def issubclass_of_tuple(thing) -> bool:
    return inspect.isclass(thing) and issubclass(thing, tuple)


@pytest.mark.parametrize("thing", PUBLIC, ids=lambda thing: thing.__name__)
def test_what_raises_says_so(thing):
    if not inspect.isfunction(thing):
        return
    source, text = inspect.getsource(thing), inspect.getdoc(thing)
    if re.search(r"^\s+raise |require_\w+\(", source.replace(text, ""), re.MULTILINE):
        assert re.search(r"^Raises\n-|errors are", text, re.MULTILINE), f"{thing.__name__}"
