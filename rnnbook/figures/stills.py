"""Draw the book's stills: ``python -m rnnbook.figures.stills`` writes ``stills/*``.

A still is what a reader sees where a figure is not alive: without JavaScript, and until a live one
exists. Numbers in its words are computed, like the picture.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from io import BytesIO
from itertools import pairwise
from math import comb
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.ticker import MultipleLocator

from rnnbook.dynamics import (
    descend_wall,
    error_wall,
    gaussian_coupling,
    lyapunov_exponent,
    mean_field_exponent,
    two_state_range,
    wall_bias,
)
from rnnbook.gradient_flow import gradient_flow_table
from rnnbook.plots import COLOURS, DASHES, GREY, STYLE, plot_gradient_norms, plot_state_norms

FOLDER = Path(__file__).parent / "stills"
BLUE, RED, GREEN, PURPLE = COLOURS[:4]
PALE = {BLUE: "#DCEBF5", RED: "#F7E3D9", GREEN: "#DDEFEA", PURPLE: "#F3E0E9"}


@dataclass(frozen=True)
class Description:
    """What is said of a still.

    Attributes
    ----------
    title : str
    alt : str
        What is seen.
    caption : str
        What to conclude.
    """

    title: str
    alt: str
    caption: str


def draw_unrolled_rnn() -> tuple[Figure, Description]:
    """Draw the network as a loop, and as the chain it becomes in time."""
    figure, ax = _canvas(width=12.4, height=5.2)
    y = 2.6
    _cell(ax, (0.8, y), "t")
    loop = "arc,angleA=0,angleB=0,armA=26,armB=26,rad=13"
    _arrow(ax, (1.35, y + 0.3), (1.35, y - 0.3), RED, connectionstyle=loop)
    ax.text(2.15, y, "$W_{hh}$", color=RED, ha="left", va="center")
    ax.text(0.95, y - 1.05, "$W_{xh}$", color=GREEN, ha="left", va="center")
    ax.text(0.65, y + 1.15, "$V$", color=PURPLE, ha="right", va="center")
    ax.text(3.5, y, "=", fontsize=20, ha="center", va="center")
    ax.text(4.3, y, "$h_0$", ha="center", va="center")
    for x, t in ((6.0, "1"), (8.2, "2"), (11.6, "T")):
        _cell(ax, (x, y), t)
    ax.text(9.9, y, "…", ha="center", va="center", fontsize=18)
    for left, right in ((4.6, 5.45), (6.55, 7.65), (8.75, 9.6), (10.2, 11.05)):
        _arrow(ax, (left, y), (right, y), RED)
        ax.text((left + right) / 2, y + 0.15, "$W_{hh}$", color=RED, ha="center", va="bottom")
    return figure, Description(
        title="A recurrent network, and the same network unrolled",
        alt=(
            "Left: one box h_t with an arrow W_xh from the input x_t below, an arrow V to the "
            "prediction above, and an arrow W_hh from itself to itself. Right, after an equals "
            "sign: a chain of boxes from h_0 through h_1 and h_2 to h_T, each with its own input "
            "and prediction, neighbours joined by an arrow W_hh."
        ),
        caption=(
            "The loop is a chain: one copy of the cell for each time step, every copy with the "
            "same weights. Backpropagation through time is backpropagation along this chain."
        ),
    )


def draw_stacked_rnn() -> tuple[Figure, Description]:
    """Draw three layers over four steps, and one of the ways a gradient takes back."""
    layers, steps = 3, 4
    figure, ax = _canvas(width=10.6, height=8.6)
    across, up = 2.4, 2.1

    def centre(t: int, layer: int) -> tuple[float, float]:
        return 1.6 + across * (t - 1), 1.9 + up * (layer - 1)

    for t in range(1, steps + 1):
        x, y = centre(t, 1)
        _arrow(ax, (x, y - 1.3), (x, y - 0.6), GREEN)
        ax.text(x, y - 1.6, f"$x_{t}$", ha="center", va="center")
        for layer in range(1, layers + 1):
            x, y = centre(t, layer)
            shape = "round,pad=0.02,rounding_size=0.2"
            box: dict[str, Any] = {"boxstyle": shape, "fc": PALE[BLUE], "ec": BLUE}
            ax.add_patch(FancyBboxPatch((x - 0.6, y - 0.5), 1.2, 1.0, **box))
            ax.text(x, y, f"$h_{t}^{{({layer})}}$", ha="center", va="center")
            if t < steps:
                _arrow(ax, (x + 0.65, y), (x + across - 0.65, y), RED)
            if layer < layers:
                _arrow(ax, (x, y + 0.55), (x, y + up - 0.55), GREEN)
    x, y = centre(steps, layers)
    _arrow(ax, (x, y + 0.55), (x, y + 1.25), PURPLE)
    ax.text(x, y + 1.55, rf"$\hat{{y}}_{steps}$", ha="center", va="center")
    way = [(4, 3), (3, 3), (3, 2), (2, 2), (1, 2), (1, 1)]
    for (t, layer), (t_next, layer_next) in pairwise(way):
        (x, y), (x_next, y_next) = centre(t, layer), centre(t_next, layer_next)
        dx, dy = 0.65 * (t_next - t), 0.55 * (layer_next - layer)
        shift = (0.0, -0.28) if t_next != t else (-0.28, 0.0)
        start = (x + dx + shift[0], y + dy + shift[1])
        end = (x_next - dx + shift[0], y_next - dy + shift[1])
        _arrow(ax, start, end, "black", lw=2.6)
    ways = comb(steps - 1 + layers - 1, layers - 1)
    return figure, Description(
        title="A stack of recurrent layers, unrolled",
        alt=(
            f"A grid of boxes: {layers} layers, {steps} time steps. In each row an arrow leads "
            "from every box to the next step's; in each column an arrow leads from every box to "
            f"the layer above. Inputs come in at the bottom; the prediction of step {steps} leaves "
            "at the upper right. Black arrows show one way back from there to the lower left: "
            "step by step either one to the left or one down."
        ),
        caption=(
            "Forwards a state goes to the next step and to the layer above. Backwards a gradient "
            f"goes to the step before and to the layer below: here in one of the {ways} ways from "
            "the last step of the top layer to the first step of the lowest."
        ),
    )


def draw_gradient_flow(**state: Any) -> tuple[Figure, Description]:
    """Draw the live figure at a state, its default one if none is given."""
    table = gradient_flow_table(**state)
    states = {f"${n}$": v for n, v in table.columns.items() if n in ("|h_t|", "|c_t|")}
    gradients = {f"${n}$": v for n, v in table.columns.items() if n.startswith("|dL/")}
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(6.0, 5.0), sharex=True)
    lengths = [value for values in states.values() for value in values]
    log = max(lengths) > 1e3
    plot_state_norms(states, log=log, ax=top)
    plot_gradient_norms(gradients, ax=bottom)
    top.set(xlabel="", ylabel="length of the state")
    bottom.set(ylabel="length of the gradient")
    if not log:
        top.set(ylim=(0, 1.1 * max(lengths)))
    if len(states) == 1:
        for ax in (top, bottom):
            ax.get_legend().remove()
        bottom.lines[0].set(color=RED, marker="s", linestyle=DASHES[1])
    first, last, T = table.dh_norms[0], table.dh_norms[-1], len(table.dh_norms)
    return figure, Description(
        title="Gradient flow",
        alt=(
            f"Two plots over the time steps 1 to {T}. Above, the norm of the hidden state, "
            f"between {min(table.h_norms):.2g} and {max(table.h_norms):.2g}. Below, on a log axis, "
            f"the norm of the gradient: {last:.2g} at step {T}, {first:.2g} at step 1."
        ),
        caption=_gradient_flow_caption(table.dh_norms),
    )


def _gradient_flow_caption(norms: tuple[float, ...]) -> str:
    first, last, steps = norms[0], norms[-1], len(norms) - 1
    if not 0 < first < float("inf"):
        return f"On its way back over {steps} steps the gradient is lost."
    verb, factor = ("shrinks", last / first) if first < last else ("grows", first / last)
    return (
        f"The gradient that reaches the state from the loss {verb} {factor:.3g}-fold on its way "
        f"back over {steps} steps."
    )


def draw_error_wall() -> tuple[Figure, Description]:
    """Draw Pascanu's error surface, and descent on it with and without clipping."""
    start, rate, updates, max_norm = (5.5, -2.6), 0.5, 60, 0.1
    free = descend_wall(*start, rate, updates).numpy()
    clipped = descend_wall(*start, rate, updates, max_norm).numpy()
    thrown = int(np.flatnonzero(np.abs(free[:, 0]) > 10)[0])

    figure, (above, below) = plt.subplots(2, 1, figsize=(6.0, 7.4), height_ratios=(1.7, 1))
    _wall_surface(above)
    leap = free[thrown] - free[thrown - 1]
    leap *= 0.4 / np.hypot(*leap)
    arrow = {"arrowstyle": "-|>", "color": RED, "lw": 2.5, "mutation_scale": 20}
    above.annotate("", free[thrown - 1] + leap, free[thrown - 1], arrowprops=arrow)
    above.plot(*free[:thrown].T, "o-", color=RED, ms=7, label="without clipping")
    above.plot(*clipped.T, "s-", color=BLUE, ms=3, lw=1.2, label=f"clipped to norm {max_norm}")
    above.legend(loc="lower left")
    low, high = _wall_cut(below)

    at_wall, end = error_wall(5.0, wall_bias(5.0)), error_wall(*clipped[-1])
    return figure, Description(
        title="The error wall",
        alt=(
            "Above: the loss in shades of grey over weight and bias, light above a slanting line "
            "and dark below it; the line is the wall. Gradient descent without clipping crosses it "
            f"a few times until, after {thrown - 1} updates, it is so near that the next leaves "
            "the picture. Clipped, it follows the wall up to the left in small steps. Below: the "
            "loss against the bias at w = 5, a cliff at the wall, within the band of biases, "
            f"{low:.3f} to {high:.3f}, that have two stable states."
        ),
        caption=(
            f"One unit, 50 steps. On the wall at w = 5 the loss is only {at_wall.loss:.4f} but its "
            f"gradient {at_wall.norm:.0f} long. Without clipping the update at the wall ends at "
            f"w = {free[thrown][0]:.0f}, where the loss is flat; clipped, it keeps its direction "
            f"alone, and {updates} updates reach a loss of {end.loss:.4f}."
        ),
    )


def _wall_surface(ax: Axes) -> None:
    """Draw the loss over (w, b) and the line on which x_0 is the unstable fixed point."""
    w, b = torch.linspace(4.2, 5.6, 141), torch.linspace(-3.2, -1.9, 131)
    ax.imshow(
        error_wall(w, b[:, None]).loss.numpy(),
        cmap="Greys",
        vmin=0,
        vmax=0.6,
        origin="lower",
        extent=(4.2, 5.6, -3.2, -1.9),
        aspect="auto",
        interpolation="nearest",
    )
    ax.text(4.85, -2.08, "small loss", ha="center")
    ax.text(5.25, -3.1, "large loss", ha="center", color="white")
    wall = [wall_bias(v) for v in w.tolist()]
    ax.plot(w.numpy(), wall, color="black", ls=DASHES[1], lw=1.4, label="wall")
    ax.set(xlabel="weight w", ylabel="bias b", xlim=(4.2, 5.6), ylim=(-3.2, -1.9))
    ax.grid(False)


def _wall_cut(ax: Axes) -> tuple[float, float]:
    """Draw the loss against b at w = 5; return the range of b with two stable states."""
    b = torch.linspace(-3.2, -1.9, 1301, dtype=torch.float64)
    low, high = two_state_range(5.0)
    ax.axvspan(low, high, color=PALE[GREEN], label="two stable states")
    ax.axvline(wall_bias(5.0), color="black", ls=DASHES[1], lw=1.4, label="wall")
    ax.plot(b.numpy(), error_wall(5.0, b).loss.numpy(), color=PURPLE, label="w = 5")
    ax.xaxis.set_major_locator(MultipleLocator(0.4))
    ax.set(xlabel="bias b", ylabel="loss L", xlim=(-3.2, -1.9))
    ax.legend(loc="upper right")
    return low, high


def draw_edge_of_chaos() -> tuple[Figure, Description]:
    """Draw the largest exponent against the gain: draws, and the limit of wide networks."""
    gains = np.arange(0.5, 3.01, 0.25)
    N, draws = 200, 10
    found = np.array(
        [
            lyapunov_exponent(
                torch.stack([gaussian_coupling(N, g, seed) for seed in range(draws)]), generator=0
            ).numpy()
            for g in gains
        ]
    )
    figure, ax = plt.subplots(figsize=(6.0, 4.2))
    fine = np.linspace(0.45, 3.05, 105)
    ax.axhline(0, color=GREY, ls="-", lw=0.9)
    ax.axvline(1, color=GREY, ls=DASHES[2], lw=1.2)
    ax.plot(fine, [mean_field_exponent(g) for g in fine], color=RED, label="N → ∞")
    many = np.repeat(gains, draws)
    ax.plot(many, found.ravel(), ls="", marker="o", ms=4, mfc="none", color=BLUE, label=f"N = {N}")
    ax.text(2.0, -0.17, "chaos: gradients grow", color=GREY, ha="left", va="center")
    ax.text(1.06, -0.6, "gradients vanish", color=GREY, ha="left", va="center")
    ax.set(xlabel="gain g", ylabel="largest exponent (nats per step)")
    ax.legend(loc="lower right")
    at = {g: found[int(np.flatnonzero(gains == g)[0])] for g in (0.5, 2.0)}
    return figure, Description(
        title="The edge of chaos",
        alt=(
            "The largest Lyapunov exponent against the gain g from 0.5 to 3. A curve for "
            "infinitely wide networks rises steeply from "
            f"{mean_field_exponent(0.5):.2f} to 0 at g = 1 and then slowly to "
            f"{mean_field_exponent(3.0):.2f} at g = 3. Ten random networks of {N} units at each "
            "gain lie near it."
        ),
        caption=(
            "Below g = 1 gradients vanish, above it they grow. Ten draws of "
            f"{N} units, median [smallest, largest]: {_spread(at[0.5])} at g = 0.5, "
            f"{_spread(at[2.0])} at g = 2. The sign changes at g = 1 exactly only as N → ∞."
        ),
    )


def draw_backward_routes() -> tuple[Figure, Description]:
    """Draw one step of backpropagation through time: what arrives at h_t, and what leaves."""
    figure, ax = _canvas(width=11.6, height=5.6)
    row, top, half = 2.2, 4.7, 0.55
    columns = {"a_t": 2.3, "h_t": 5.2, "a_{t+1}": 8.1, "h_{t+1}": 11.0}
    for name, x in columns.items():
        ax.text(x, row, f"${name}$", fontsize=16, ha="center", va="center")
    for x, t in ((5.2, "t"), (11.0, "{t+1}")):
        ax.text(x, top, rf"$\hat{{y}}_{t}$", fontsize=16, ha="center", va="center")
        _arrow(ax, (x - 0.2, row + 0.45), (x - 0.2, top - 0.5), GREY, lw=1.0)
        _arrow(ax, (x + 0.2, top - 0.5), (x + 0.2, row + 0.45), PURPLE, lw=2.4)
    for left, right, color in (
        (0.1, 2.3, RED),
        (2.3, 5.2, BLUE),
        (5.2, 8.1, RED),
        (8.1, 11.0, BLUE),
    ):
        _arrow(ax, (left + half, row + 0.2), (right - half, row + 0.2), GREY, lw=1.0)
        _arrow(ax, (right - half, row - 0.2), (left + half, row - 0.2), color, lw=2.4)
    for x, y, words, color in (
        (5.5, 3.5, "$V^⊤ e_t$", PURPLE),
        (6.65, 1.75, r"$W_{hh}^⊤ δ_{t+1}$", RED),
        (3.75, 1.75, r"$φ′(a_t) ⊙ \frac{dL}{dh_t}$", BLUE),
        (1.2, 1.75, "$δ_t$", RED),
    ):
        side = ("left", "center") if color == PURPLE else ("center", "top")
        ax.text(x, y, words, color=color, fontsize=14, ha=side[0], va=side[1])
    _arrow(ax, (2.3, row - 0.45), (2.3, 0.75), GREEN, lw=2.4)
    ax.text(2.3, 0.6, "$δ_t\\, h_{t-1}^⊤$ to $W_{hh}$", color=GREEN, ha="center", va="top")
    return figure, Description(
        title="Two routes arrive at a state",
        alt=(
            "A chain from left to right, a_t, h_t, a_{t+1}, h_{t+1}, with a prediction above each "
            "h. Thin grey arrows forwards, thick coloured ones backwards. Two thick arrows end at "
            "h_t: V transposed times e_t from its prediction above, and W_hh transposed times "
            "delta_{t+1} from a_{t+1} on its right. One leaves to a_t, multiplied by the slopes "
            "φ′(a_t); from a_t one goes on to the left as delta_t, and one down to the weights, "
            "as the outer product of delta_t and h_{t-1}."
        ),
        caption=(
            "What arrives at a state is the sum of what its own answer says and what the next "
            "step sends back. It passes the slopes, pays its part to the weights, and goes on."
        ),
    )


def draw_jacobian_product() -> tuple[Figure, Description]:
    """Draw dh_t/dh_k as a product of one-step Jacobians, with their sizes."""
    figure, ax = _canvas(width=11.0, height=6.7)
    row = 5.0
    _square(ax, (0.9, row), r"$\frac{dh_t}{dh_k}$", PURPLE, "$H × H$")
    for x, name in ((3.2, "$J_t$"), (5.5, "$J_{t-1}$"), (9.9, "$J_{k+1}$")):
        _square(ax, (x, row), name, BLUE, "$H × H$")
    for x, sign in ((2.05, "="), (4.35, "·"), (6.65, "·"), (7.7, "…"), (8.75, "·")):
        ax.text(x, row, sign, fontsize=20, ha="center", va="center")
    ax.plot([2.35, 2.35, 10.75, 10.75], [6.0, 6.15, 6.15, 6.0], color=GREY, ls="-", lw=1.2)
    ax.text(6.55, 6.25, "$t - k$ factors", ha="center", va="bottom", color=GREY)
    row = 1.9
    _square(ax, (3.2, row), "$J_s$", BLUE, "$H × H$")
    _square(ax, (5.5, row), "", GREEN, "diag $φ′(a_s)$\nnew each step")
    _square(ax, (7.8, row), "$W_{hh}$", RED, "$H × H$\nalways the same")
    ax.plot([4.75, 6.25], [row + 0.75, row - 0.75], color=GREEN, ls="-", lw=4)
    for x, sign in ((4.35, "="), (6.65, "·")):
        ax.text(x, row, sign, fontsize=20, ha="center", va="center")
    return figure, Description(
        title="The gradient's way back is a product of matrices",
        alt=(
            "Two rows of squares, each an H by H matrix. First row: dh_t/dh_k equals J_t times "
            "J_{t-1} and so on down to J_{k+1}, t - k factors. Second row: one factor J_s equals a "
            "diagonal matrix of the slopes at step s, which changes at every step, times W_hh, "
            "the same at every step."
        ),
        caption=(
            "From step t back to step k a gradient is multiplied by t − k Jacobians. From one to "
            "the next only the diagonal of slopes changes; the recurrent matrix comes back every "
            "time, so its powers set the pace."
        ),
    )


def draw_lstm_cell() -> tuple[Figure, Description]:
    """Draw one step of the LSTM: the line of the cell, the gates below, the way out."""
    figure, ax = _canvas(width=12.4, height=7.6)
    cell, low, gate = 6.8, 0.9, 2.5
    columns = {"f": 3.0, "i": 5.2, "g": 7.4, "o": 9.6}
    for name, x in columns.items():
        colour = RED if name == "g" else BLUE
        squash = r"$\tanh$" if name == "g" else r"$\sigma$"
        _block(ax, (x, gate), f"${name}_t$ = {squash}", colour, width=2.0)
        _arrow(ax, (x, low + 0.45), (x, gate - 0.45), GREY)
    _block(ax, (6.3, low), r"$W_{xh}\, x_t + b + W_{hh}\, h_{t-1}$", GREY, width=8.4)
    ax.text(0.6, low, "$h_{t-1}$", ha="center", va="center")
    _arrow(ax, (1.05, low), (2.1, low), GREY)
    ax.text(0.6, low - 0.75, "$x_t$", ha="center", va="center")
    _arrow(ax, (1.05, low - 0.7), (2.1, low - 0.25), GREY)

    keep, write, written, say = (3.0, cell), (6.3, 4.6), (6.3, cell), (9.6, 4.0)
    ax.text(0.6, cell, "$c_{t-1}$", ha="center", va="center")
    ax.text(11.7, cell, "$c_t$", ha="center", va="center")
    ends = (1.05, keep[0] - 0.35), (keep[0] + 0.35, written[0] - 0.35), (written[0] + 0.35, 11.3)
    for left, right in ends:
        _arrow(ax, (left, cell), (right, cell), GREEN, lw=3.4)
    for centre, sign in ((keep, "×"), (write, "×"), (written, "+"), (say, "×")):
        ax.add_patch(Circle(centre, 0.35, fc="white", ec="black", lw=1.6))
        ax.text(*centre, sign, fontsize=17, ha="center", va="center_baseline")
    _arrow(ax, (columns["f"], gate + 0.45), (keep[0], cell - 0.35), BLUE)
    _arrow(ax, (columns["i"], gate + 0.45), (write[0] - 0.2, write[1] - 0.3), BLUE)
    _arrow(ax, (columns["g"], gate + 0.45), (write[0] + 0.2, write[1] - 0.3), RED)
    _arrow(ax, (write[0], write[1] + 0.35), (written[0], cell - 0.35), RED)
    _arrow(ax, (columns["o"], gate + 0.45), (say[0], say[1] - 0.35), BLUE)
    _block(ax, (say[0], 5.4), r"$\tanh$", GREY, width=1.3)
    _arrow(ax, (say[0], cell), (say[0], 5.85), GREY)
    _arrow(ax, (say[0], 4.95), (say[0], say[1] + 0.35), GREY)
    _arrow(ax, (say[0] + 0.35, say[1]), (11.3, say[1]), PURPLE)
    ax.text(11.7, say[1], "$h_t$", ha="center", va="center")
    ax.text(2.8, 4.6, "keep", color=BLUE, ha="right", va="center")
    ax.text(5.35, 3.7, "listen", color=BLUE, ha="right", va="center")
    ax.text(10.1, 3.3, "speak", color=BLUE, ha="left", va="center")
    return figure, Description(
        title="One step of the LSTM",
        alt=(
            "A thick line runs along the top from c_{t-1} to c_t: first a product with the forget "
            "gate f_t, then a sum. What is added comes from below, the product of the input gate "
            "i_t and the candidate g_t. A branch of c_t goes down through a tanh and a product "
            "with the output gate o_t, and becomes h_t. The three gates, each a sigmoid, and the "
            "candidate, a tanh, are all computed from one row W_xh x_t + b + W_hh h_{t-1} at the "
            "bottom."
        ),
        caption=(
            "On the thick line from one cell state to the next there is one product and one sum, "
            "and no squashing function. All other ways from step to step lead out through h and "
            "back in at the bottom."
        ),
    )


DRAWINGS: dict[str, Callable[..., tuple[Figure, Description]]] = {
    "unrolled-rnn": draw_unrolled_rnn,
    "stacked-rnn": draw_stacked_rnn,
    "gradient-flow": draw_gradient_flow,
    "error-wall": draw_error_wall,
    "edge-of-chaos": draw_edge_of_chaos,
    "backward-routes": draw_backward_routes,
    "jacobian-product": draw_jacobian_product,
    "lstm-cell": draw_lstm_cell,
}


def still(name: str, **state: Any) -> tuple[bytes, Description]:
    """Draw a still as SVG; a live figure's at the state that is given."""
    with plt.rc_context({**STYLE, "font.size": 13}):  # type: ignore[dict-item]
        figure, description = DRAWINGS[name](**state)
        stream = BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Title": description.title})
        plt.close(figure)
    return stream.getvalue(), description


def draw(name: str, folder: Path) -> None:
    """Write one still, ``<name>.svg``, and what is said of it, ``<name>.json``."""
    picture, description = still(name)
    (folder / f"{name}.svg").write_bytes(picture)
    words = json.dumps(asdict(description), ensure_ascii=False, indent=2)
    (folder / f"{name}.json").write_text(words + "\n", encoding="utf-8")


def main(folder: Path = FOLDER) -> None:
    """Draw them all."""
    torch.set_num_threads(1)
    for name in DRAWINGS:
        draw(name, folder)
        print(f"{folder / name}.svg")


# Parts of the diagrams


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return axes without axes, whose unit is the same in both directions."""
    figure, ax = plt.subplots(figsize=(6.4, 6.4 * height / width))
    ax.set(xlim=(-0.2, width), ylim=(0, height), aspect="equal")
    ax.axis("off")
    return figure, ax


def _arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str, **options: Any
) -> None:
    style: dict[str, Any] = {
        "arrowstyle": "-|>",
        "mutation_scale": 14,
        "lw": 1.8,
        "shrinkA": 1,
        "shrinkB": 1,
    }
    ax.add_patch(FancyArrowPatch(start, end, color=color, **{**style, **options}))


def _cell(ax: Axes, centre: tuple[float, float], t: str) -> None:
    """Draw the state of step t with its input below and its prediction above."""
    x, y = centre
    shape = "round,pad=0.02,rounding_size=0.2"
    box = FancyBboxPatch((x - 0.5, y - 0.5), 1.0, 1.0, boxstyle=shape, fc=PALE[BLUE], ec=BLUE)
    ax.add_patch(box)
    ax.text(x, y, f"$h_{t}$", ha="center", va="center")
    _arrow(ax, (x, y - 1.55), (x, y - 0.55), GREEN)
    _arrow(ax, (x, y + 0.55), (x, y + 1.55), PURPLE)
    ax.text(x, y - 1.9, f"$x_{t}$", ha="center", va="center")
    ax.text(x, y + 1.95, rf"$\hat{{y}}_{t}$", ha="center", va="center")


def _block(ax: Axes, centre: tuple[float, float], name: str, color: str, width: float) -> None:
    """Draw a named operation as a box."""
    x, y = centre
    corner, shape = (x - width / 2, y - 0.4), "round,pad=0.02,rounding_size=0.15"
    face = PALE.get(color, "#EEEEEE")
    ax.add_patch(FancyBboxPatch(corner, width, 0.8, boxstyle=shape, fc=face, ec=color))
    ax.text(x, y, name, ha="center", va="center")


def _square(ax: Axes, centre: tuple[float, float], name: str, color: str, below: str) -> None:
    """Draw a matrix as a square, with words below it."""
    x, y = centre
    corner = (x - 0.85, y - 0.85)
    ax.add_patch(Rectangle(corner, 1.7, 1.7, facecolor=PALE[color], edgecolor=color, lw=1.8))
    ax.text(x, y, name, fontsize=17, ha="center", va="center")
    ax.text(x, y - 0.98, below, ha="center", va="top", fontsize=11)


def _spread(values: np.ndarray) -> str:
    return f"{np.median(values):.3f} [{values.min():.3f}, {values.max():.3f}]"


if __name__ == "__main__":
    main()
