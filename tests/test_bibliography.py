"""Every citation is a link to a work of references.bib, by its authors' name and its year."""

import re

import pytest

from tools import CHAPTERS
from tools.bibliography import PAGE, page, works

LINK = re.compile(r"\[([^\]]+)\]\(references\.md#([^)]*)\)")
CITATIONS = [
    (path.name, text, key)
    for path in sorted(CHAPTERS.glob("*.md"))
    for text, key in LINK.findall(path.read_text(encoding="utf-8"))
]


def test_the_page_is_what_the_bibliography_gives():
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tools.bibliography"


def test_every_work_is_cited():
    assert {key for _, _, key in CITATIONS} == set(works())


@pytest.mark.parametrize(("page_name", "text", "key"), CITATIONS)
def test_a_citation_names_its_work(page_name, text, key):
    work = works()[key]
    names = [
        " ".join(person.prelast_names + person.last_names) for person in work.persons["author"]
    ]
    others = {1: names[0], 2: " and ".join(names[:2])}.get(len(names), f"{names[0]} et al.")
    year = work.fields["year"]
    assert text in (f"{others} ({year})", f"{others}, {year}"), page_name
