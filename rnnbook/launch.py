"""Where the book and its repository are to be found, and the links that launch a file of it.

Addresses stand in one place, ``_config.yml``: ``repository: url``, ``launch_buttons`` and
``html: baseurl``. A repository that is not named there is the checkout's remote, if that is at
GitHub or GitLab. What is not known is "", and the button or code that needs it is left out.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import yaml  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from sphinx.application import Sphinx

REMOTE = re.compile(
    r"(?:https://(?:[^/@]*@)?|ssh://git@|git@)(?P<host>github\.com|gitlab\.com)"
    r"(?::\d+/|[:/])(?P<path>[\w.-]+(?:/[\w.-]+?)+)(?:\.git)?/?"
)
VIEWS = {".md": "lab/tree", ".ipynb": "voila/render"}  # chapters in JupyterLab, demos in Voilà


def site_address(root: Path) -> str:
    """Return where the book is published, with a slash at its end, or "" if nobody has said.

    The environment's ``RNNBOOK_SITE`` is asked first, then ``html: baseurl`` in ``_config.yml``.
    """
    address: str = os.environ.get("RNNBOOK_SITE") or _said(root, "html", "baseurl")
    return f"{address.rstrip('/')}/" if address else ""


def repository_address(root: Path) -> str:
    """Return the https address of the repository, or "" if it is not known."""
    return _said(root, "repository", "url").rstrip("/") or _address(_remote(root))


def launch_links(root: Path, file: str) -> dict[str, str]:
    """Return links that open a file of the repository on the services in ``launch_buttons``.

    Parameters
    ----------
    root : Path
        The project's folder.
    file : str
        A chapter (``book/depth.md``), which opens in JupyterLab, or a demo
        (``book/demos/gradient-flow.ipynb``), which Voilà shows.

    Returns
    -------
    dict of str to str
        Name of the service and address; empty where the repository is not known.
    """
    repository = repository_address(root)
    if not repository:
        return {}
    view, branch = VIEWS[Path(file).suffix], _said(root, "repository", "branch")
    links = {}
    if binder := _said(root, "launch_buttons", "binderhub_url").rstrip("/"):
        place = f"{_binder_name(repository)}/{branch or 'HEAD'}"
        links["Binder"] = f"{binder}/v2/{place}?urlpath={view}/{quote(file)}"
    if hub := _said(root, "launch_buttons", "jupyterhub_url").rstrip("/"):
        folder = repository.rsplit("/", 1)[1]
        asked = {"repo": repository, "urlpath": f"{view}/{folder}/{file}", "branch": branch}
        query = urlencode({key: value for key, value in asked.items() if value})
        links["JupyterHub"] = f"{hub}/hub/user-redirect/git-pull?{query}"
    return links


def _said(root: Path, part: str, name: str) -> str:
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    return config.get(part, {}).get(name) or ""


def _remote(root: Path) -> str:
    """Return what the checkout in this very folder calls its origin, or ""."""
    command = ["git", f"--git-dir={root / '.git'}", "config", "--get", "remote.origin.url"]
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:  # no git
        return ""


def _address(remote: str) -> str:
    """Return a remote's https address, without any password in it; "" if it is elsewhere."""
    match = REMOTE.fullmatch(remote)
    return f"https://{match['host']}/{match['path']}" if match else ""


def _binder_name(repository: str) -> str:
    host, path = urlsplit(repository).hostname, urlsplit(repository).path.strip("/")
    if host == "github.com":
        return f"gh/{path}"
    if host == "gitlab.com":
        return f"gl/{quote(path, safe='')}"
    return f"git/{quote(repository, safe='')}"


def note_addresses(app: "Sphinx", config: Any) -> None:
    """Make the addresses a setting of the build: after a change of one, pages are written anew."""
    root = Path(app.srcdir)
    config.launch_addresses = [site_address(root), *launch_links(root, "any.md").values()]


def add_buttons(
    app: "Sphinx", pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Give a chapter's page its launch buttons, in the theme's own form."""
    if "kernelspec" not in app.env.metadata.get(pagename, {}):
        return
    root = Path(app.srcdir)
    file = Path(app.env.doc2path(pagename)).relative_to(root).as_posix()
    buttons = [
        {
            "type": "link",
            "text": service,
            "tooltip": f"Open this page on {service}",
            "icon": f"_static/images/logo_{service.lower()}.svg",
            "url": url,
        }
        for service, url in launch_links(root, file).items()
    ]
    if buttons:
        group = {"type": "group", "tooltip": "Launch", "icon": "fas fa-rocket", "buttons": buttons}
        context["header_buttons"].append({**group, "label": "launch-buttons"})


def setup(app: "Sphinx") -> dict[str, bool]:
    """Connect the hook: this module is an extension of the book's build."""
    app.add_config_value("launch_addresses", [], "html")
    app.connect("config-inited", note_addresses)
    app.connect("html-page-context", add_buttons)  # after the theme's list of buttons is made
    return {"parallel_read_safe": True, "parallel_write_safe": True}
