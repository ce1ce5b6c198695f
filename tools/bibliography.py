"""Write the page of references from references.bib: ``python -m tools.bibliography``.

The page is plain Markdown, which JupyterLab and a notebook show as the book does. Each work stands
after a label, its key, and a chapter cites it by a link: [Elman (1990)](references.md#elman1990).
"""

import sys

from pybtex.backends.markdown import Backend
from pybtex.database import Entry, parse_file
from pybtex.plugin import find_plugin

from tools import CHAPTERS

WORKS = CHAPTERS / "references.bib"
PAGE = CHAPTERS / "references.md"


class Plain(Backend):
    """Markdown without a backslash before each full stop."""

    def format_str(self, text: str) -> str:
        """Escape what Markdown would take for emphasis, and nothing else."""
        return text.replace("*", r"\*").replace("_", r"\_")


def works() -> dict[str, Entry]:
    """Return the works of the bibliography by their keys."""
    return dict(parse_file(WORKS).entries)


def page() -> str:
    """Return the page: its head as it stands, then each work after its label."""
    head = PAGE.read_text(encoding="utf-8").partition("\n(")[0]
    style = find_plugin("pybtex.style.formatting", "plain")()
    entries = style.format_bibliography(parse_file(WORKS))
    listed = [f"({entry.key})=\n{line(entry.text.render(Plain()))}\n" for entry in entries]
    return "\n".join([head, *listed])


def line(text: str) -> str:
    """Return the text on one line."""
    return " ".join(text.split())


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
