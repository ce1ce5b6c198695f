"""Pictures of recorded values, in one style for the whole book; no model inside.

Every function takes tensors, arrays or lists and draws on ``ax``, or on a new figure's axes, which
it returns. A log axis is never floored: where a value is zero, below the smallest normal number of
its type, infinite or not a number, the line has a gap and a mark at the edge says which.
"""

import sys
from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

# Okabe and Ito's colours (2008), the ones below 3:1 against white replaced by darker neighbours.
COLOURS = ("#0072B2", "#B8480B", "#00805E", "#AA3377", "#8A6100", "#000000")
DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (9, 2)), "-")
MARKERS = ("o", "s", "^", "D", "v", "P")
GREY = "#5A5A5A"
OUTSIDE = "#E4E4E4"

STYLE: dict[str, Any] = {
    "axes.edgecolor": GREY,
    "axes.facecolor": "white",
    "axes.grid": True,
    "axes.labelsize": 12,
    "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=DASHES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 12,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "figure.figsize": (6.0, 3.6),
    "font.size": 12,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "image.cmap": "viridis",
    "legend.fontsize": 11,
    "legend.framealpha": 0.9,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",  # a reader's machine need not have the font
    "svg.hashsalt": "rnnbook",
}

# What a log axis cannot show: its marker, at the top or at the bottom edge, and its name.
BEYOND = {
    "zero": ("v", "none", 0.0, "0"),
    "underflow": ("v", "full", 0.0, "underflow"),
    "overflow": ("^", "full", 1.0, "overflow (inf)"),
    "nan": ("x", "full", 1.0, "not a number"),
}
SMOOTHED_POINTS = 200
WHOLE: dict[str, Any] = {"integer": True, "steps": [1, 2, 5, 10]}


def use_style() -> None:
    """Give matplotlib the book's style and, in a notebook, vector output without a date."""
    plt.rcParams.update(STYLE)  # type: ignore[arg-type]
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("svg", metadata={"Date": None})


def plot_state_norms(
    norms: Mapping[str, Any], *, log: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw |h_t| against t.

    Parameters
    ----------
    norms : mapping of a label to (time,)
    log : bool, default False
        A log axis, for states that explode or vanish.
    ax : Axes, optional

    Raises
    ------
    TypeError, ValueError
        If there is no curve, or one is not a list of numbers over time, or lengths differ.
    """
    curves = _norm_curves("norms", norms)
    ax = _axes(ax)
    _draw_curves(ax, curves, log=log)
    return _label_time(ax, "|h_t|")


def plot_gradient_norms(
    norms: Mapping[str, Any],
    *,
    bounds: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw |dL/dh_t| against t on a log axis.

    Parameters
    ----------
    norms : mapping of a label to (time,)
        Norms, not logarithms.
    bounds : mapping of a label to (time,), optional
        Drawn in grey without markers, for example ρ^(T−t).
    ax : Axes, optional

    Raises
    ------
    TypeError, ValueError
        If there is no curve, or one is not a list of numbers over time, or lengths differ.
    """
    curves = _norm_curves("norms", norms)
    limits = _norm_curves("bounds", bounds, len(next(iter(curves.values())))) if bounds else {}
    ax = _axes(ax)
    _draw_curves(ax, curves, log=True, bounds=limits)
    return _label_time(ax, "|dL/dh_t|")


def plot_jacobian_norms(norms: Any, *, ax: Axes | None = None) -> Axes:
    """Draw ‖dh_t/dh_k‖ for every k ≤ t as a triangle, colours on a log scale.

    Parameters
    ----------
    norms : (time, time)
        Row t, column k; what stands above the diagonal is not drawn.
    ax : Axes, optional

    Raises
    ------
    TypeError, ValueError
        If ``norms`` is not a square matrix of numbers.
    """
    values, kinds = _triangle("norms", norms, log=True)
    _require_norms("norms", values)
    ax = _axes(ax)
    seen = values[kinds == "shown"]
    low, high = (seen.min(), seen.max()) if seen.size else (0.1, 1.0)
    norm = LogNorm(low, high if high > low else 10 * low)
    _draw_triangle(ax, values, kinds, norm=norm, label="‖dh_t/dh_k‖")
    ax.set(xlabel="from time step k", ylabel="to time step t")
    return ax


def plot_triangle(matrix: Any, *, limit: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw dŷ_t/dx_k for every k ≤ t: what each prediction takes from each input.

    Parameters
    ----------
    matrix : (time, time)
        Row t, column k; what stands above the diagonal is not drawn.
    limit : float, optional
        The magnitude at which colours end; the largest of the matrix if not given. Give pictures
        that are compared the same.
    ax : Axes, optional

    Raises
    ------
    TypeError, ValueError
        If ``matrix`` is not a square matrix of numbers.
    """
    values, kinds = _triangle("matrix", matrix, log=False)
    ax = _axes(ax)
    limit = limit or _largest(values, kinds)
    colours: dict[str, Any] = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
    _draw_triangle(ax, values, kinds, label="dŷ_t/dx_k", **colours)
    ax.set(xlabel="input at time step k", ylabel="prediction at time step t")
    return ax


def plot_triangles(matrices: Mapping[str, Any]) -> Figure:
    """Draw several triangles dŷ_t/dx_k side by side on one colour scale.

    Parameters
    ----------
    matrices : mapping of a title to (time, time)

    Raises
    ------
    TypeError, ValueError
        If there is none, or one is not a square matrix of numbers.
    """
    _require_mapping("matrices", matrices, "(time, time)")
    limit = max(_largest(*_triangle(title, m, log=False)) for title, m in matrices.items())
    count = len(matrices)
    figure, axes = plt.subplots(1, count, figsize=(2.9 * count, 3.1), squeeze=False, sharey=True)
    for ax, (title, matrix) in zip(axes[0], matrices.items(), strict=True):
        plot_triangle(matrix, limit=limit, ax=ax)
        ax.set(title=title, xlabel="input k", ylabel="prediction t" if ax is axes[0][0] else "")
    for image in [ax.images[0] for ax in axes[0][:-1]]:
        image.colorbar.remove()
    return figure


def plot_gradient_maps(maps: Mapping[str, Any]) -> Figure:
    """Draw |dL/dh_t| for every layer and step, several networks on one log colour scale.

    Parameters
    ----------
    maps : mapping of a title to (layers, time)
        The lowest layer first; it is drawn at the bottom, where the input comes in.

    Raises
    ------
    TypeError, ValueError
        If there is none, or one is not a matrix of norms.
    """
    _require_mapping("maps", maps, "(layers, time)")
    tables = {title: _gradient_map(title, norms) for title, norms in maps.items()}
    kinds = {title: _kinds(values, log=True) for title, values in tables.items()}
    seen = np.concatenate([v[kinds[title] == "shown"] for title, v in tables.items()])
    low, high = (seen.min(), seen.max()) if seen.size else (0.1, 1.0)
    scale = LogNorm(low, high if high > low else 10 * low)
    count = len(maps)
    size = (6.0, 0.9 + 1.7 * count)
    figure, axes = plt.subplots(count, 1, figsize=size, squeeze=False, sharex=True)
    for ax, (title, values) in zip(axes[:, 0], tables.items()):
        layers, steps = values.shape
        ax.set_facecolor(OUTSIDE)
        ax.grid(False)
        shown = np.where(kinds[title] == "shown", values, np.nan)
        extent = (0.5, steps + 0.5, 0.5, layers + 0.5)
        image = ax.imshow(
            shown, extent=extent, origin="lower", aspect="auto", interpolation="nearest", norm=scale
        )
        _mark_cells(ax, kinds[title])
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(8, **WHOLE))
        ax.set(title=title if count > 1 else "", ylabel="layer")
    axes[-1, 0].set_xlabel("time step t")
    figure.colorbar(image, ax=list(axes[:, 0]), label="|dL/dh_t|", shrink=0.9)
    return figure


def plot_spectrum(eigenvalues: Any, *, ax: Axes | None = None) -> Axes:
    """Draw eigenvalues in the complex plane with the unit circle and the circle of radius ρ.

    Parameters
    ----------
    eigenvalues : (n,), complex or real
    ax : Axes, optional

    Raises
    ------
    TypeError, ValueError
        If ``eigenvalues`` is not a non-empty list of numbers.
    """
    values = _array("eigenvalues", eigenvalues, complex)
    _require_axis("eigenvalues", values, "one axis (n,)")
    ax = _axes(ax)
    angle = np.linspace(0, 2 * np.pi, 121)
    radius = float(np.abs(values).max())
    ax.plot(np.cos(angle), np.sin(angle), color=GREY, ls="-", lw=1.2, label="unit circle")
    circle = radius * np.cos(angle), radius * np.sin(angle)
    ax.plot(*circle, color=COLOURS[1], ls=DASHES[1], lw=1.4, label=f"radius ρ = {radius:.3f}")
    ax.plot(values.real, values.imag, ls="", marker="o", color=COLOURS[0], label="eigenvalues")
    ax.set_aspect("equal", adjustable="datalim")
    ax.set(xlabel="real part", ylabel="imaginary part")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def plot_power_norms(norms: Any, radius: float, norm: float, *, ax: Axes | None = None) -> Axes:
    """Draw ‖W^k‖ for k = 1, 2, … on a log axis, between ρ^k and σ₁^k.

    Parameters
    ----------
    norms : (steps,)
        Entry k − 1 is ‖W^k‖.
    radius, norm : float
        The spectral radius ρ and the spectral norm σ₁ of W.
    ax : Axes, optional

    Raises
    ------
    TypeError, ValueError
        If ``norms`` is not a non-empty list of numbers.
    """
    curves = _norm_curves("norms", {"‖W^k‖": norms})
    k = np.arange(1, len(curves["‖W^k‖"]) + 1)
    with np.errstate(over="ignore", under="ignore"):
        bounds = {"σ₁^k": float(norm) ** k.astype(float), "ρ^k": float(radius) ** k.astype(float)}
    ax = _axes(ax)
    _draw_curves(ax, curves, log=True, bounds=bounds)
    ax.axhline(1, color=GREY, ls="-", lw=0.9, zorder=1)
    ax.set(xlabel="power k", ylabel="‖W^k‖")
    return ax


def plot_losses(
    losses: Mapping[str, Any], nothing: float | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw training losses on a log axis, with the line of doing nothing.

    Parameters
    ----------
    losses : mapping of a label to (batches,) or (seeds, batches)
        Means over blocks of batches are drawn, 200 points at most; of several seeds the median,
        with a band from the smallest to the largest.
    nothing : float, optional
        The loss of doing nothing.
    ax : Axes, optional

    Raises
    ------
    TypeError, ValueError
        If there is no curve, or one is not made of numbers.
    """
    _require_mapping("losses", losses, "(batches,)")
    tables = {label: _loss_table(label, values) for label, values in losses.items()}
    ax = _axes(ax)
    block = -(-max(t.shape[1] for t in tables.values()) // SMOOTHED_POINTS)
    for i, (label, table) in enumerate(tables.items()):
        batch, means = _block_means(table, block)
        _draw_line(ax, batch, np.median(means, axis=0), label, i, log=True, markers=False)
        if len(table) > 1:
            edges = means.min(axis=0), means.max(axis=0)
            ax.fill_between(batch, *edges, color=_colour(i), alpha=0.2, lw=0)
    _set_log_scale(ax)
    if nothing is not None:
        line: dict[str, Any] = {"color": GREY, "ls": (0, (2, 2)), "lw": 1.4}
        ax.axhline(nothing, label=f"doing nothing: {nothing:.4g}", **line)
    ax.set(xlabel="batch" if block == 1 else f"batch (means of {block})", ylabel="loss")
    _add_legend(ax)
    return ax


def plot_predictions(
    x: Any,
    y: Any,
    predictions: Mapping[str, Any],
    last_timestep_only: bool = False,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw one sequence: inputs, targets, and what networks predicted.

    Parameters
    ----------
    x, y : (time,)
        Axes of length one are dropped, so (1, time, 1) will do.
    predictions : mapping of a label to (time,)
    last_timestep_only : bool, default False
        Whether only the last target counts: the others are drawn faint.
    ax : Axes, optional

    Raises
    ------
    TypeError, ValueError
        If one is not a single sequence of numbers, or lengths differ.
    """
    _require_mapping("predictions", predictions, "(time,)")
    sequences = {"x": _one_sequence("x", x), "y": _one_sequence("y", y)}
    curves = {k: _one_sequence(k, v) for k, v in predictions.items()}
    _require_same_length(sequences | curves)
    ax = _axes(ax)
    t = np.arange(1, len(sequences["x"]) + 1)
    ax.plot(t, sequences["x"], ls="", marker=".", color=GREY, label="input x_t")
    counted = slice(-1, None) if last_timestep_only else slice(None)
    target: dict[str, Any] = {
        "color": "black",
        "ls": "",
        "marker": "o",
        "fillstyle": "none",
        "ms": 9,
    }
    ax.plot(t[counted], sequences["y"][counted], label="target y_t", **target)
    if last_timestep_only:
        ax.plot(t[:-1], sequences["y"][:-1], alpha=0.3, **target)
    for i, (label, values) in enumerate(curves.items()):
        _draw_line(ax, t, values, label, i, log=False)
    _add_legend(ax)
    return _label_time(ax, "value")


def plot_kernels(kernels: Mapping[str, Any], *, ax: Axes | None = None) -> Axes:
    """Draw the weight that a prediction gives to the input j steps back, against the lag j.

    Parameters
    ----------
    kernels : mapping of a label to (lags,)
    ax : Axes, optional

    Raises
    ------
    TypeError, ValueError
        If there is no kernel, or one is not a list of numbers.
    """
    _require_mapping("kernels", kernels, "(lags,)")
    arrays = {label: _array(label, values) for label, values in kernels.items()}
    for label, weights in arrays.items():
        _require_axis(label, weights, "one axis (lags,)")
    ax = _axes(ax)
    for i, (label, weights) in enumerate(arrays.items()):
        _draw_line(ax, np.arange(len(weights)), weights, label, i, log=False)
    ax.xaxis.set_major_locator(MaxNLocator(**WHOLE))
    ax.set(xlabel="lag j (steps back)", ylabel="weight a_j")
    _add_legend(ax)
    return ax


# Drawing


def _axes(ax: Axes | None) -> Axes:
    return plt.subplots()[1] if ax is None else ax


def _colour(i: int) -> str:
    return COLOURS[i % len(COLOURS)]


def _label_time(ax: Axes, ylabel: str) -> Axes:
    ax.xaxis.set_major_locator(MaxNLocator(**WHOLE))
    ax.set(xlabel="time step t", ylabel=ylabel)
    return ax


def _draw_curves(
    ax: Axes,
    curves: Mapping[str, np.ndarray],
    *,
    log: bool,
    bounds: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Draw curves over the steps 1, 2, …, and bounds in grey below them."""
    bounds = bounds or {}
    for i, (label, values) in enumerate(bounds.items()):
        t = np.arange(1, len(values) + 1)
        style: dict[str, Any] = {"color": GREY, "ls": DASHES[1 + i % 4], "markers": False}
        _draw_line(ax, t, values, label, i, log=log, **style)
    for i, (label, values) in enumerate(curves.items()):
        _draw_line(ax, np.arange(1, len(values) + 1), values, label, i, log=log)
    if log:
        _set_log_scale(ax)
    _add_legend(ax)


def _draw_line(
    ax: Axes,
    x: np.ndarray,
    values: np.ndarray,
    label: str,
    i: int,
    *,
    log: bool,
    markers: bool = True,
    color: str | None = None,
    ls: Any = None,
) -> None:
    """Draw one curve with gaps, and at the edges the marks of what the axis cannot show."""
    kinds = _kinds(values, log=log)
    color = color or _colour(i)
    ax.plot(
        x,
        np.where(kinds == "shown", values, np.nan),
        color=color,
        ls=DASHES[i % len(DASHES)] if ls is None else ls,
        marker=MARKERS[i % len(MARKERS)] if markers else None,
        markevery=max(1, len(x) // 20) if markers else None,
        label=label,
    )
    for kind, (marker, fill, height, _) in BEYOND.items():
        where = x[kinds == kind]
        where = where[:: max(1, len(where) // 20)]
        if len(where):
            ax.plot(
                where,
                np.full(len(where), height),
                color=color,
                ls="",
                marker=marker,
                fillstyle=fill,
                markersize=8,
                clip_on=False,
                transform=ax.get_xaxis_transform(),
                gid=f"beyond-{kind}",
            )


def _set_log_scale(ax: Axes) -> None:
    """Make the y axis logarithmic.

    Near the ends of the range of numbers matplotlib's limits and ticks would overflow, so they are
    set here.
    """
    shown = np.concatenate([line.get_ydata() for line in ax.lines if line.get_gid() is None])
    decades = np.log10(shown[np.isfinite(shown)].astype(np.float64))
    if decades.size == 0 or np.abs(decades).max() < 250:
        ax.set_yscale("log")
        return
    low, high = decades.min(), decades.max()
    margin = 0.05 * (high - low) or 1.0
    low, high = max(low - margin, -307.6), min(high + margin, 308.25)
    ticks = MaxNLocator(6, integer=True).tick_values(low, high)
    ax.set_autoscaley_on(False)
    ax.set_yscale("log")
    ax.set_ylim(10.0**low, 10.0**high)
    ax.yaxis.set_major_locator(FixedLocator([10.0**k for k in ticks if low <= k <= high]))
    ax.yaxis.set_minor_locator(NullLocator())


def _add_legend(ax: Axes) -> None:
    """Name the curves and what lies beyond the axis, above the axes, where nothing is hidden."""
    handles, labels = ax.get_legend_handles_labels()
    drawn = {line.get_gid() for line in ax.lines}
    for kind, (marker, fill, _, name) in BEYOND.items():
        if f"beyond-{kind}" in drawn:
            mark: dict[str, Any] = {
                "marker": marker,
                "fillstyle": fill,
                "ls": "",
                "color": GREY,
                "markersize": 8,
            }
            handles.append(Line2D([], [], **mark))
            labels.append(name)
    columns = ax.bbox.width / ax.figure.dpi / (0.65 + 0.07 * max(map(len, labels)))
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.6}
    ax.legend(handles, labels, ncols=max(1, int(columns)), columnspacing=1.2, **place)


def _draw_triangle(
    ax: Axes, values: np.ndarray, kinds: np.ndarray, *, label: str, **colours: Any
) -> None:
    """Draw a matrix with steps counted from 1 and row 1 at the top, and mark what has no colour."""
    edge = len(values) + 0.5
    ax.set_facecolor(OUTSIDE)
    ax.grid(False)
    values = np.where(kinds == "shown", values, np.nan)
    image = ax.imshow(values, extent=(0.5, edge, edge, 0.5), interpolation="nearest", **colours)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(6, **WHOLE))
    ax.figure.colorbar(image, ax=ax, label=label, shrink=0.9)
    _mark_cells(ax, kinds)


def _mark_cells(ax: Axes, kinds: np.ndarray) -> None:
    """Mark the cells of the triangle that the scale cannot colour."""
    handles = []
    for kind, (marker, fill, _, name) in BEYOND.items():
        t, k = np.nonzero(kinds == kind)
        if len(t):
            step = max(1, len(t) // 100)
            style: dict[str, Any] = {
                "marker": marker,
                "fillstyle": fill,
                "ls": "",
                "color": COLOURS[1],
                "ms": 4,
            }
            handles += ax.plot(k[::step] + 1, t[::step] + 1, label=name, **style)
    if handles:
        ax.legend(handles=handles, loc="upper right")


# Reading values


def _array(name: str, values: Any, dtype: type | None = None) -> np.ndarray:
    """Numbers of a tensor, an array or a list, a float's own precision kept."""
    try:
        if hasattr(values, "detach"):
            values = values.detach().cpu().resolve_conj().numpy()
        if dtype is None:
            kind = getattr(values, "dtype", None)
            dtype = kind if kind in (np.float32, np.float64) else np.float64
        return np.asarray(values, dtype=dtype)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{name} is a {type(values).__name__} that does not read as numbers of one shape; "
            "expected a tensor, an array or a list of numbers."
        ) from error


def _require_mapping(name: str, values: Any, shape: str) -> None:
    if not isinstance(values, Mapping):
        raise TypeError(
            f"{name} is a {type(values).__name__}; expected a dict from a label to its values "
            f'of shape {shape}: {{"RNN": values}}.'
        )
    if not values:
        raise ValueError(f"{name} is empty; expected at least one label with values to draw.")


def _require_axis(name: str, values: np.ndarray, expected: str) -> None:
    if values.ndim != 1 or values.size == 0:
        raise ValueError(
            f"{name} has shape {values.shape}; expected {expected} with at least one number."
        )


def _require_same_length(curves: Mapping[str, np.ndarray], length: int | None = None) -> None:
    lengths = {label: len(values) for label, values in curves.items()}
    if len({*lengths.values()} | ({length} if length else set())) > 1:
        wanted = f"{length} steps each" if length else "as many steps each"
        raise ValueError(f"The curves have {lengths} steps; expected {wanted}.")


def _require_norms(name: str, values: np.ndarray) -> None:
    if (values < 0).any():
        raise ValueError(
            f"{name} holds {float(np.nanmin(values)):.3g}; expected norms or losses, which are "
            "never negative: give them, not their logarithms."
        )


def _norm_curves(name: str, curves: Any, length: int | None = None) -> dict[str, np.ndarray]:
    _require_mapping(name, curves, "(time,)")
    arrays = {label: _array(label, values) for label, values in curves.items()}
    for label, values in arrays.items():
        _require_axis(label, values, "one axis (time,)")
        _require_norms(label, values)
    _require_same_length(arrays, length)
    return arrays


def _one_sequence(name: str, values: Any) -> np.ndarray:
    array = _array(name, values)
    if array.size == 0 or array.size != max(array.shape, default=0):
        raise ValueError(
            f"{name} has shape {array.shape}; expected one sequence (time,): "
            f"choose one of a batch with {name}[0]."
        )
    return array.reshape(-1)


def _triangle(name: str, values: Any, *, log: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return a square matrix, NaN above its diagonal, and of each entry what the scale shows."""
    matrix = _array(name, values)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ValueError(
            f"{name} has shape {matrix.shape}; expected a square matrix (time, time): "
            "of a batch, choose one sequence."
        )
    inside = np.tri(len(matrix), dtype=bool)
    matrix = np.where(inside, matrix, np.nan)
    return matrix, np.where(inside, _kinds(matrix, log=log), "outside")


def _largest(values: np.ndarray, kinds: np.ndarray) -> float:
    """Return the largest magnitude that can be shown; 1 if there is none above 0."""
    return float(np.abs(values[kinds == "shown"]).max(initial=0)) or 1.0


def _gradient_map(title: str, norms: Any) -> np.ndarray:
    values = _array(title, norms)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f"{title} has shape {values.shape}; expected norms (layers, time).")
    _require_norms(title, values)
    return values


def _kinds(values: np.ndarray, *, log: bool) -> np.ndarray:
    """Say of each value whether the axis shows it, or what it is instead."""
    kinds = np.full(values.shape, "shown", dtype=object)
    if log:
        kinds[values < np.finfo(values.dtype).tiny] = "underflow"
        kinds[values == 0] = "zero"
    kinds[np.isinf(values)] = "overflow"
    kinds[np.isnan(values)] = "nan"
    return kinds


def _loss_table(label: str, values: Any) -> np.ndarray:
    table = np.atleast_2d(_array(label, values))
    if table.ndim != 2 or table.size == 0:
        raise ValueError(
            f"{label} has shape {table.shape}; expected losses (batches,) or (seeds, batches)."
        )
    _require_norms(label, table)
    return table


def _block_means(table: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the last batch of each whole block, counted from 1, and the means over blocks."""
    seeds, batches = table.shape
    whole = max(1, batches // block)
    size = min(block, batches)
    means = table[:, : whole * size].reshape(seeds, whole, size).mean(axis=2)
    return np.arange(1, whole + 1) * size, means
