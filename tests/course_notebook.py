"""Run a course notebook's text with its definitions replaced by one import from the package.

    python -m tests.course_notebook NOTEBOOK.txt [--num-batches N]

The text is a notebook printed to pages and read back: code cells stand in fences and begin with
their number, a page break splits a cell into several fences, and long lines go on after an arrow.
Cells that define classes or functions are left out, and so are installation and magics; every
other cell runs as it stands, in one namespace. ``--num-batches`` shortens the training cell, and
only if it is asked for.
"""

import argparse
import ast
import contextlib
import io
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

IMPORT = (
    "from rnnbook import (GradientVisualizer, LSTM, LSTMLayer, RNN, RNNLayer, "
    "RecurrentRegressionModel, biggest_eig_magnitude, generate_batch, loss_fn, train, train_all)"
)
LABEL = re.compile(r"\[(\d+)\]: ?")
ARROWS = re.compile(r"␣?\s*\n\s*[↪↳]")
LITERAL = re.compile(r"FloatTensor\((\[[^()]*\])\)")
ROW = re.compile(r"\[([^\[\]]+)\](\]*)")


@dataclass
class Cell:
    number: int
    source: str
    mended: list[str] = field(default_factory=list)

    @property
    def defines(self) -> bool:
        return self.source.startswith(("class ", "def "))

    @property
    def is_magic(self) -> bool:
        return self.source.startswith(("!", "%"))


def cells_of(text: str) -> list[Cell]:
    """The code cells in order; a number that comes again belongs to that cell's output."""
    cells: list[Cell] = []
    for block in blocks_of(text):
        label = LABEL.match(block)
        if label and int(label[1]) not in {cell.number for cell in cells}:
            cells.append(Cell(int(label[1]), dedented(block[label.end() :])))
        elif not label and cells and goes_on(cells[-1], block):
            cells[-1].source += "\n" + dedented(block)
    for cell in cells:
        if not cell.defines:
            cell.source, cell.mended = mend(cell.source)
    return cells


def blocks_of(text: str) -> Iterator[str]:
    """What stands between fences, arrows taken out."""
    for block in re.findall(r"^ *```[^\n]*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE):
        joined = ARROWS.sub("", block).replace("␣", "").strip("\n\f ")
        if joined:
            yield joined


def dedented(block: str) -> str:
    """The first line, and the others without the indent that the cell's number gave them."""
    first, _, rest = block.partition("\n")
    return f"{first}\n{textwrap.dedent(rest)}".rstrip()


def goes_on(cell: Cell, block: str) -> bool:
    """Whether an unnumbered block is more of the cell, and not what the cell printed."""
    return cell.defines or not parses(cell.source) or begins_with_code(dedented(block))


def begins_with_code(block: str) -> bool:
    """Whether its first lines are Python; a page may end in the middle of a later statement."""
    lines = block.splitlines()
    return any(parses("\n".join(lines[:end])) for end in range(1, len(lines) + 1))


def parses(source: str) -> bool:
    try:
        ast.parse(mend(source)[0])
    except SyntaxError:
        return False
    return True


# --- what the reading back spoilt ------------------------------------------------------------


def mend(source: str) -> tuple[str, list[str]]:
    """Set right the brackets of tensors and one parenthesis; also return what was changed."""
    mended = []

    def rebuilt(match: re.Match) -> str:
        if is_rectangular(match[1]):
            return match[0]
        mended.append(match[1].split(",")[0])
        return f"FloatTensor({regrouped(match[1])})"

    source = LITERAL.sub(rebuilt, source)
    source, count = re.subn(r"th\.max\(([^}]*)\.item\(\)\)\}", r"th.max(\1).item()}", source)
    return source, mended + ["th.max"] * count


def is_rectangular(literal: str) -> bool:
    """Whether it is one list, of numbers or of lists of the same shape, three deep at most."""
    try:
        shape = shape_of(ast.literal_eval(literal))
    except (SyntaxError, ValueError):
        return False
    return len(shape) <= 3


def shape_of(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        if isinstance(value, tuple):
            raise ValueError("several lists, not one")
        return ()
    shapes = {shape_of(item) for item in value}
    if len(shapes) != 1:
        raise ValueError("not rectangular")
    return (len(value), *shapes.pop())


def regrouped(literal: str) -> str:
    """Rows in groups: a group ends where more than the row's own bracket closes."""
    rows = ROW.findall(literal)
    groups: list[list[str]] = [[]]
    for numbers, closing in rows:
        groups[-1].append(f"[{numbers}]")
        if closing:
            groups.append([])
    joined = ["[" + ", ".join(group) + "]" for group in groups if group]
    deep = len(joined) > 1 or literal.startswith("[[[") or literal.endswith("]]]")
    return "[" + ", ".join(joined) + "]" if deep else joined[0]


# --- running ---------------------------------------------------------------------------------


def run(text: str, num_batches: int | None = None) -> dict[int, str]:
    """Run the notebook; what each cell printed, by its number."""
    import matplotlib as mpl

    mpl.use("agg")
    namespace: dict[str, object] = {}
    exec(IMPORT, namespace)
    printed = {}
    for cell in cells_of(text):
        if cell.defines or cell.is_magic:
            continue
        source = cell.source
        if num_batches is not None:
            source = re.sub(
                r"^num_batches = \d+$", f"num_batches = {num_batches}", source, flags=re.M
            )
        printed[cell.number] = run_cell(source, f"<cell {cell.number}>", namespace)
    return printed


def run_cell(source: str, name: str, namespace: dict[str, object]) -> str:
    """Run a cell as a notebook does, which shows the last value; sliders are moved as well."""
    import matplotlib.pyplot as plt

    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(tree, name, "exec"), namespace)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)
            move_sliders(value, namespace)
    plt.close("all")
    return out.getvalue()


def move_sliders(value: object, namespace: dict[str, object]) -> None:
    if not hasattr(value, "weight_scale"):
        return
    visualizer = namespace.get("gv")
    for place in (0.0, 1.0, 1.6, -5.0):
        value.weight_scale = place
        value.bias_scale = place  # type: ignore[attr-defined]
        assert value.result["state"]["bias_scale"] == place  # type: ignore[attr-defined]
        assert value.result["error"] == ""  # type: ignore[attr-defined]
        visualizer.update_plots(place, place)  # type: ignore[union-attr]


def errors_in(printed: dict[int, str]) -> list[float]:
    """Every "max error" that the notebook printed."""
    text = "\n".join(printed.values())
    return [float(number) for number in re.findall(r"(?i)max error[^:\n]*: ([-+.\de]+)", text)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--num-batches", type=int)
    arguments = parser.parse_args()
    text = arguments.notebook.read_text(encoding="utf-8")
    for cell in cells_of(text):
        kind = "replaced" if cell.defines else "left out" if cell.is_magic else "run"
        print(f"[{cell.number}] {kind}{', mended: ' if cell.mended else ''}{cell.mended or ''}")
    printed = run(text, arguments.num_batches)
    for number, out in printed.items():
        print(f"--- [{number}]\n{out}", end="")
    print(f"largest error printed: {max(errors_in(printed)):.2e} of {len(errors_in(printed))}")


if __name__ == "__main__":
    main()
