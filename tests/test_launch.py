"""Launch links: to the very page, from the address that is known, and none where none is."""

import shutil
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from rnnbook.demos import write_pages
from rnnbook.launch import launch_links, repository_address, site_address
from tools import ROOT

CHAPTERS = [
    f"{line.split(':')[1].strip()}.md"
    for line in (ROOT / "_toc.yml").read_text().splitlines()
    if line.strip().startswith(("root:", "- file:"))
]
DEMOS = [path.relative_to(ROOT).as_posix() for path in (ROOT / "book/demos").glob("*.ipynb")]


@pytest.fixture
def checkout(tmp_path):
    """A folder with the project's configuration, and a git checkout that knows no remote."""
    shutil.copy(ROOT / "_config.yml", tmp_path)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def add_remote(checkout, address):
    subprocess.run(["git", "-C", checkout, "remote", "add", "origin", address], check=True)


def say(checkout, part, name, value):
    """Change an address in the configuration."""
    path = checkout / "_config.yml"
    config = yaml.safe_load(path.read_text())
    config[part][name] = value
    path.write_text(yaml.safe_dump(config))


@pytest.mark.parametrize(
    ("remote", "address", "name"),
    [
        (
            "https://github.com/someone/book.git",
            "https://github.com/someone/book",
            "gh/someone/book",
        ),
        ("https://github.com/someone/book", "https://github.com/someone/book", "gh/someone/book"),
        ("git@github.com:someone/book.git", "https://github.com/someone/book", "gh/someone/book"),
        ("ssh://git@github.com/some.one/b.k", "https://github.com/some.one/b.k", "gh/some.one/b.k"),
        ("ssh://git@github.com:22/me/b/", "https://github.com/me/b", "gh/me/b"),
        ("https://gitlab.com/group/book.git", "https://gitlab.com/group/book", "gl/group%2Fbook"),
        ("git@gitlab.com:a/b/book.git", "https://gitlab.com/a/b/book", "gl/a%2Fb%2Fbook"),
        ("https://me:secret@github.com/me/book", "https://github.com/me/book", "gh/me/book"),
    ],
)
def test_the_checkouts_remote_is_the_repository(checkout, remote, address, name):
    add_remote(checkout, remote)
    assert repository_address(checkout) == address
    assert launch_links(checkout, "book/depth.md") == {
        "Binder": f"https://mybinder.org/v2/{name}/HEAD?urlpath=lab/tree/book/depth.md"
    }


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "/srv/git/book",
        "file:///srv/book.git",
        "git@example.org:me/book.git",
        "https://example.org/github.com/me/book",
        "https://github.com/me",
        "http://127.0.0.1:3000/a/b",
    ],
)
def test_without_a_known_address_there_is_no_link(checkout, remote):
    if remote:
        add_remote(checkout, remote)
    assert repository_address(checkout) == ""
    assert launch_links(checkout, "book/depth.md") == {}


def test_a_copy_inside_another_checkout_is_not_taken_for_it(checkout):
    add_remote(checkout, "https://github.com/someone/else")
    copy = checkout / "copy"
    copy.mkdir()
    shutil.copy(ROOT / "_config.yml", copy)
    assert repository_address(copy) == ""


def test_without_git_there_is_no_link(checkout, monkeypatch):
    add_remote(checkout, "https://github.com/someone/book")
    monkeypatch.setenv("PATH", "")
    assert launch_links(checkout, "book/depth.md") == {}


def test_what_the_configuration_says_comes_before_the_remote(checkout):
    add_remote(checkout, "https://github.com/someone/fork")
    say(checkout, "repository", "url", "https://git.example.org/course/book/")
    say(checkout, "repository", "branch", "autumn")
    say(checkout, "launch_buttons", "binderhub_url", "https://binder.example.org/")
    name = "git/https%3A%2F%2Fgit.example.org%2Fcourse%2Fbook/autumn"
    path = "book/demos/gradient-flow.ipynb"
    assert launch_links(checkout, path) == {
        "Binder": f"https://binder.example.org/v2/{name}?urlpath=voila/render/{path}"
    }


def test_a_course_may_have_a_hub_of_its_own(checkout):
    add_remote(checkout, "https://github.com/someone/book")
    say(checkout, "launch_buttons", "binderhub_url", "")
    say(checkout, "launch_buttons", "jupyterhub_url", "https://hub.example.org")
    links = launch_links(checkout, "book/depth.md")
    address = urlsplit(links.pop("JupyterHub"))
    assert links == {}
    assert address.netloc + address.path == "hub.example.org/hub/user-redirect/git-pull"
    assert parse_qs(address.query) == {
        "repo": ["https://github.com/someone/book"],
        "urlpath": ["lab/tree/book/book/depth.md"],  # the clone's folder, then the chapter's
    }


@pytest.mark.parametrize("file", CHAPTERS + DEMOS)
def test_every_link_leads_to_a_file_that_is_there(checkout, file):
    add_remote(checkout, "https://github.com/someone/book")
    (link,) = launch_links(checkout, file).values()
    (path,) = parse_qs(urlsplit(link).query)["urlpath"]
    view = "lab/tree/" if file in CHAPTERS else "voila/render/"
    assert path.startswith(view)
    assert (ROOT / path.removeprefix(view)).is_file()


def test_the_sites_address_is_known_or_absent(checkout, monkeypatch):
    monkeypatch.delenv("RNNBOOK_SITE", raising=False)
    assert site_address(checkout) == ""
    say(checkout, "html", "baseurl", "https://example.org/book")
    assert site_address(checkout) == "https://example.org/book/"
    monkeypatch.setenv("RNNBOOK_SITE", "https://example.net/")
    assert site_address(checkout) == "https://example.net/"


def test_a_demos_page_links_to_it_and_only_where_it_can_be_launched(tmp_path):
    links = {
        "gradient-flow": {"Binder": "https://b.example/?urlpath=voila/render/flow"},
        "your-module": {"Binder": "https://b.example/?urlpath=voila/render/own"},
    }
    write_pages(ROOT / "book/demos", tmp_path / "with", "", links)
    page = (tmp_path / "with" / "gradient-flow.html").read_text()
    assert f'<a href="{links["gradient-flow"]["Binder"]}">With Python, on Binder</a>' in page
    assert (
        f'<a href="{links["your-module"]["Binder"]}">' in (tmp_path / "with/index.html").read_text()
    )
    write_pages(ROOT / "book/demos", tmp_path / "without", "")
    assert "Binder" not in (tmp_path / "without" / "gradient-flow.html").read_text()
    assert "your-module" not in (tmp_path / "without" / "index.html").read_text()
