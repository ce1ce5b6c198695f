"""A chapter as the tests read it: what its cells printed, and what its prose says."""

import re

import jupytext
import nbformat

from tools import CHAPTERS, REFERENCES

NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
DECIMAL = re.compile(r"(?<![\w.§])\d+\.\d+(?!\.\d)")


class Chapter:
    """The stored outputs of one chapter, and its text."""

    def __init__(self, stem):
        self.cells = nbformat.read(REFERENCES / f"{stem}.ipynb", 4).cells
        outputs = [output for cell in self.cells for output in cell.outputs]
        self.printed = "".join(o.text for o in outputs if o.output_type == "stream")
        self.code = "\n".join(cell.source for cell in self.cells)
        text = jupytext.read(CHAPTERS / f"{stem}.md").cells
        self.prose = [cell.source for cell in text if cell.cell_type == "markdown"]

    def found(self, pattern):
        """Return the numbers of the one printed place of this form.

        ``#`` stands for a number, a space for any white space.
        """
        regex = re.sub(r"(\\ )+", r"\\s+", re.escape(pattern)).replace(r"\#", rf"\s*({NUMBER})")
        places = re.findall(regex, self.printed)
        assert len(places) == 1, f"{pattern!r} was printed {len(places)} times"
        return [places[0]] if isinstance(places[0], str) else list(places[0])

    def numbers(self, pattern):
        """Return what :meth:`found` does, as numbers."""
        return [float(text) for text in self.found(pattern)]

    def assert_printed(self, pattern, *values):
        """Assert that the numbers printed there are these, to the digits shown."""
        texts = self.found(pattern)
        assert len(texts) == len(values)
        for text, value in zip(texts, values):
            assert same_digits(text, value), f"{pattern!r}: printed {text}, derived {value!r}"

    def decimals_of_the_prose(self):
        """Return every decimal number of the text, with its line."""
        lines = [line for source in self.prose for line in source.splitlines()]
        return [(number, line) for line in lines for number in DECIMAL.findall(line)]

    def is_printed_or_set(self, number):
        """Whether a cell printed this number, to at least its digits, or has it in its code."""
        decimals = len(number.partition(".")[2])
        known = re.findall(r"\d+\.\d+", self.printed + self.code)
        known = [n for n in known if len(n.partition(".")[2]) >= decimals]
        return number in {f"{float(n):.{decimals}f}" for n in known}


def same_digits(printed, value):
    """Whether a number, rounded as it was printed, is what was printed."""
    mantissa, _, exponent = printed.partition("e")
    decimals = len(mantissa.partition(".")[2])
    if exponent:
        return f"{value:.{decimals}e}" == printed
    return float(f"{value:.{decimals}f}") == float(printed)
