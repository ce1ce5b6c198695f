"""The jobs say in words what is missing, and start nothing that is not asked for."""

import pytest

from tools import book, browser, check, npm


def test_no_browser_to_be_had_is_said(monkeypatch, capsys):
    monkeypatch.setattr(browser, "installed", lambda: False)
    monkeypatch.setattr(browser, "install", lambda: None)
    assert browser.main() == 1
    assert "install Chromium or Chrome" in capsys.readouterr().err


def test_a_browser_on_the_path_is_enough(monkeypatch, tmp_path):
    program = tmp_path / "google-chrome"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser, "install", lambda: pytest.fail("installed another browser"))
    assert browser.main() == 0
    assert browser.on_path() == str(program)


def test_an_old_node_is_passed_over(monkeypatch, tmp_path):
    for name in ("node", "npm"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho v18.0.0\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    first = npm.node_environment()["PATH"].split(":")[0]
    assert first != str(tmp_path)
    assert npm.major_version(f"{first}/node") >= 20


def test_the_page_is_named_where_none_can_be_opened(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(book.webbrowser, "open", lambda address: pytest.fail("opened a page"))
    book.show(tmp_path / "index.html")
    assert str(tmp_path / "index.html") in capsys.readouterr().out


def test_checks_stop_at_the_first_that_fails(monkeypatch, capsys):
    ran = []
    stages = {"one": lambda: ran.append(1) or 0, "two": lambda: 3, "three": lambda: ran.append(3)}
    monkeypatch.setattr(check, "STAGES", stages)
    monkeypatch.setattr(check.sys, "argv", ["check"])
    assert check.main() == 3
    assert ran == [1]
    assert "two failed" in capsys.readouterr().out


def test_an_unknown_check_is_refused_in_words(monkeypatch, capsys):
    monkeypatch.setattr(check.sys, "argv", ["check", "everything"])
    assert check.main() == 2
    assert "everything" in capsys.readouterr().out
