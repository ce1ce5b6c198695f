"""Every decimal number in a chapter's prose is one that the page computes.

The rule, for a number with a decimal point outside code: rounded to the digits stated, it is a
number that a cell of the page prints, or one that stands in the page's code (a setting, or a bound
that an assertion holds); percentages count a hundredfold. Exempt are a line with a citation or the
word "quoted", a section's number after §, and alternative texts. Signs are not compared.
"""

import re
from pathlib import Path

import nbformat
import pytest

from tools import REFERENCES
from tools.reference import chapters

FENCE = re.compile(r"^\s*(`{3,}|:{3,})\s*(\{[\w:-]+\})?(.*)$")
CODE = {"{code-cell}", "{code-block}", "{code}", "{literalinclude}", "{figure}", "{image}"}
NUMBER = re.compile(
    r"(?<![\w.§])(\d+\.\d+)"
    r"(?:e([-+]?\d+)|\s*(?:\\times|\\cdot|×|·)\s*10\^\{?([-−+]?\d+)\}?)?(?!\.?\d)"
)


def prose_lines(text: str) -> list[tuple[int, str]]:
    """Return the numbered lines of a chapter that are not code."""
    lines, fences, kept = text.splitlines(), [], []
    start = lines.index("---", 1) + 1 if lines[0] == "---" else 0
    for number, line in enumerate(lines[start:], start=start + 1):
        match = FENCE.match(line)
        if match and fences and not match[2] and not match[3] and match[1] == fences[-1][0]:
            fences.pop()
        elif match and not any(code for _, code in fences):
            language_without_directive = match[2] is None and match[1][0] == "`"
            fences.append((match[1], match[2] in CODE or language_without_directive))
        elif not any(code for _, code in fences):
            kept.append((number, re.sub(r"`[^`]*`", "", line)))
    return kept


def decimals(line: str) -> list[tuple[str, float, float]]:
    """Return each decimal number of a line as it stands, its value, and half its last digit."""
    found = []
    for match in NUMBER.finditer(line):
        exponent = int((match[2] or match[3] or "0").replace("−", "-"))
        digits = len(match[1].split(".")[1])
        found.append(
            (match[0], float(match[1]) * 10.0**exponent, 0.5 * 10.0 ** (exponent - digits))
        )
    return found


def computed(reference: Path) -> list[float]:
    """Return every number that a page's cells print or hold, without its sign."""
    texts = []
    for cell in nbformat.read(reference, 4).cells:
        texts.append(cell.source)
        for output in cell.outputs:
            texts.append(output.get("text", ""))
            texts.append(output.get("data", {}).get("text/plain", ""))
    numbers = re.findall(r"(?<![\w.])\d+\.?\d*(?:e[-+]?\d+)?", "\n".join(texts))
    return [float(number) for number in numbers]


def unfounded(chapter: Path) -> list[str]:
    """Return the decimal numbers of a chapter's prose that its page does not compute."""
    values = computed(REFERENCES / f"{chapter.stem}.ipynb")
    wrong = []
    for number, line in prose_lines(chapter.read_text(encoding="utf-8")):
        if "references.md#" in line or "quoted" in line.lower():
            continue
        for stated, value, half in decimals(line):
            margin = half * (1 + 1e-9)
            if not any(abs(v - value) <= margin or abs(100 * v - value) <= margin for v in values):
                wrong.append(f"{chapter.name}:{number}: {stated}")
    return wrong


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.stem)
def test_every_number_in_the_prose_is_computed_on_the_page(chapter):
    assert unfounded(chapter) == []


def test_the_rule_finds_a_number_that_is_not_computed(tmp_path):
    chapter = chapters()[0]
    text = chapter.read_text(encoding="utf-8") + "\nIt is 0.123456789 of the whole.\n"
    changed = tmp_path / chapter.name
    changed.write_text(text, encoding="utf-8")
    assert [line.split(": ")[1] for line in unfounded(changed)][-1] == "0.123456789"
