"""What the plots show, read back from matplotlib's own objects."""

import math
import subprocess
import sys
from fractions import Fraction

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from nbclient import NotebookClient

import rnnbook
from rnnbook import plots


@pytest.fixture(autouse=True)
def _style():
    with plt.rc_context():
        rnnbook.use_style()
        yield
        plt.close("all")


def line(ax, label):
    (found,) = [one for one in ax.lines if one.get_label() == label]
    return found


def shown(ax, label):
    return list(line(ax, label).get_ydata())


def marks(ax, kind):
    """Return where the marks of a kind stand: their x, and their height in the axes."""
    found = [one for one in ax.lines if one.get_gid() == f"beyond-{kind}"]
    return [(x, y) for one in found for x, y in zip(one.get_xdata(), one.get_ydata())]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def draw(ax):
    ax.figure.canvas.draw()  # what lazy layout or a bad limit would raise comes out here


# Style


@pytest.mark.parametrize("colour", [*plots.COLOURS, plots.GREY])
def test_colours_stand_out_from_the_panel(colour):
    def luminance(colour):
        rgb = np.array(to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    panel = luminance(plt.rcParams["axes.facecolor"])
    assert (panel + 0.05) / (luminance(colour) + 0.05) >= 3  # WCAG 2.2, 1.4.11


def test_curves_differ_in_more_than_colour():
    T = np.arange(1.0, 7.0)
    ax = rnnbook.plot_gradient_norms({str(i): T * i for i in range(1, 6)})
    drawn = ax.lines[:5]
    assert len({one.get_color() for one in drawn}) == 5
    assert len({one.get_marker() for one in drawn}) == 5
    assert len({str(one._unscaled_dash_pattern) for one in drawn}) == 5


def test_a_notebook_gets_the_same_svg_twice_without_a_date():
    code = (
        "import rnnbook\nrnnbook.use_style()",
        "import matplotlib.pyplot as plt\n"
        "rnnbook.plot_gradient_norms({'RNN': [0.1, 0.0, 1.0]})\nplt.show()",
    )
    pictures = []
    for _ in range(2):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in code])
        NotebookClient(notebook, timeout=120).execute()
        (output,) = notebook.cells[1].outputs
        pictures.append(output.data["image/svg+xml"])
    assert pictures[0] == pictures[1]
    assert "<dc:date>" not in pictures[0]
    assert "fill: #ffffff" in pictures[0]  # an opaque panel, for dark pages


def test_plots_do_without_torch():
    code = (
        "import sys, rnnbook; rnnbook.use_style(); rnnbook.plot_state_norms({'a': [1.0, 2.0]}); "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"MPLBACKEND": "agg"})


# Log axes


def test_what_a_log_axis_cannot_show_is_marked_as_what_it_is():
    norms = [1e-300, 0.0, 1e-310, math.inf, math.nan, 2.0]
    ax = rnnbook.plot_gradient_norms({"RNN": norms})
    draw(ax)
    np.testing.assert_array_equal(shown(ax, "RNN"), [1e-300, *[math.nan] * 4, 2.0])
    assert marks(ax, "zero") == [(2, 0.0)]
    assert marks(ax, "underflow") == [(3, 0.0)]
    assert marks(ax, "overflow") == [(4, 1.0)]
    assert marks(ax, "nan") == [(5, 1.0)]
    assert legend(ax) == ["RNN", "0", "underflow", "overflow (inf)", "not a number"]
    assert ax.get_yscale() == "log"
    assert ax.get_ylim()[0] <= 1e-300
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time step t", "|dL/dh_t|")


def test_underflow_is_that_of_the_numbers_own_type():
    double = torch.tensor([1e-40, 1.0], dtype=torch.float64)
    ax = rnnbook.plot_gradient_norms({"double": double, "single": double.float()})
    assert shown(ax, "double")[0] == 1e-40
    assert marks(ax, "underflow") == [(1, 0.0)]  # 1.2e-38 is single's smallest normal number
    assert legend(ax) == ["double", "single", "underflow"]


@pytest.mark.parametrize("value", [0.0, math.inf, math.nan, 1e-320])
def test_a_curve_that_cannot_be_shown_at_all_still_makes_a_picture(value):
    ax = rnnbook.plot_gradient_norms({"RNN": [value] * 3})
    draw(ax)
    assert len(legend(ax)) == 2


@pytest.mark.parametrize("norms", [[3e-308, 1.7e308], [1e300, 1e300], [3e-308], [1.7e308]])
def test_the_ends_of_the_range_of_numbers_fit_on_the_axis(norms):
    ax = rnnbook.plot_gradient_norms({"RNN": norms})
    draw(ax)
    low, high = ax.get_ylim()
    assert 0 < low <= min(norms)
    assert max(norms) <= high < math.inf


def test_bounds_are_drawn_without_markers_below_the_curves():
    ax = rnnbook.plot_gradient_norms({"RNN": [0.25, 1.0]}, bounds={"ρ^(T−t)": [0.5, 1.0]})
    assert shown(ax, "ρ^(T−t)") == [0.5, 1.0]
    assert line(ax, "ρ^(T−t)").get_marker() == "None"
    assert line(ax, "ρ^(T−t)").get_color() == plots.GREY


def test_state_norms_are_linear_and_log_when_asked():
    norms = {"RNN": torch.tensor([1.0, 0.0, 3.0], requires_grad=True)}
    ax = rnnbook.plot_state_norms(norms)
    assert (ax.get_yscale(), shown(ax, "RNN")) == ("linear", [1.0, 0.0, 3.0])
    ax = rnnbook.plot_state_norms(norms, log=True)
    assert (ax.get_yscale(), marks(ax, "zero")) == ("log", [(2, 0.0)])
    assert ax.get_ylabel() == "|h_t|"


def test_a_given_axes_is_drawn_on():
    _, (left, right) = plt.subplots(1, 2)
    assert rnnbook.plot_state_norms({"RNN": [1.0, 2.0]}, ax=right) is right
    assert not left.lines
    assert shown(right, "RNN") == [1.0, 2.0]


def test_power_norms_stand_between_the_powers_of_radius_and_norm():
    W = torch.tensor([[0.8, 0.5], [0.0, 0.8]], dtype=torch.float64)
    norms = rnnbook.power_norms(W, 20)
    radius, norm = rnnbook.spectral_radius(W), rnnbook.spectral_norm(W)
    ax = rnnbook.plot_power_norms(norms, radius, norm)
    lower, middle, upper = (np.array(shown(ax, k)) for k in ("ρ^k", "‖W^k‖", "σ₁^k"))
    assert lower.tolist() == pytest.approx([0.8**k for k in range(1, 21)], rel=1e-12)
    assert upper[2] == pytest.approx(float(norm) ** 3, rel=1e-12)
    assert (lower < middle).all()
    assert (middle <= upper * (1 + 1e-12)).all()


def test_power_norms_of_a_nilpotent_and_of_an_exploding_matrix():
    ax = rnnbook.plot_power_norms([2.0, 0.0], 0.0, 2.0)
    draw(ax)
    assert marks(ax, "zero") == [(1, 0.0), (2, 0.0), (2, 0.0)]  # ρ^1, ρ^2, ‖W^2‖
    ax = rnnbook.plot_power_norms([1e300, math.inf], 1e300, 1e300)
    draw(ax)
    assert marks(ax, "overflow") == [(2, 1.0)] * 3


# Matrices


def image(ax):
    return np.ma.filled(ax.images[0].get_array().astype(float), math.nan)


def test_jacobian_norms_are_a_triangle_with_row_one_at_the_top():
    norms = torch.tensor(
        [[1.0, 9.0, 9.0], [0.5, 1.0, 9.0], [0.0, 1e-310, 1.0]], dtype=torch.float64
    )
    ax = rnnbook.plot_jacobian_norms(norms)
    draw(ax)
    nan = math.nan
    np.testing.assert_array_equal(image(ax), [[1, nan, nan], [0.5, 1, nan], [nan, nan, 1]])
    assert tuple(ax.images[0].get_extent()) == (0.5, 3.5, 3.5, 0.5)
    places = {one.get_label(): [*one.get_xdata(), *one.get_ydata()] for one in ax.lines}
    assert places == {"0": [1, 3], "underflow": [2, 3]}  # k, t
    assert (ax.images[0].norm.vmin, ax.images[0].norm.vmax) == (0.5, 1.0)


@pytest.mark.parametrize("value", [0.0, 1.0, math.inf])
def test_jacobian_norms_that_are_all_alike_still_make_a_picture(value):
    draw(rnnbook.plot_jacobian_norms(np.full((3, 3), value)))


def test_triangle_is_coloured_symmetrically_about_zero():
    ax = rnnbook.plot_triangle(torch.tensor([[0.5, 7.0], [-2.0, 1.0]]))
    np.testing.assert_array_equal(image(ax), [[0.5, math.nan], [-2.0, 1.0]])
    assert ax.images[0].colorbar.ax.get_ylabel() == "dŷ_t/dx_k"
    assert (ax.images[0].norm.vmin, ax.images[0].norm.vmax) == (-2.0, 2.0)


def test_triangle_of_an_exploding_network_marks_what_overflowed():
    ax = rnnbook.plot_triangle([[0.5, 0.0, 0.0], [math.inf, -3.0, 0.0], [math.nan, 1.0, 0.0]])
    draw(ax)
    nan = math.nan
    np.testing.assert_array_equal(image(ax), [[0.5, nan, nan], [nan, -3.0, nan], [nan, 1.0, 0.0]])
    places = {one.get_label(): [*one.get_xdata(), *one.get_ydata()] for one in ax.lines}
    assert places == {"overflow (inf)": [1, 2], "not a number": [1, 3]}  # k, t
    assert (ax.images[0].norm.vmin, ax.images[0].norm.vmax) == (-3.0, 3.0)


def test_triangles_that_are_compared_share_one_scale():
    figure = rnnbook.plot_triangles({"learned": np.eye(3), "exact": -4 * np.tri(3)})
    figure.canvas.draw()
    panels = [ax for ax in figure.axes if ax.get_title()]
    assert [ax.get_title() for ax in panels] == ["learned", "exact"]
    assert {(ax.images[0].norm.vmin, ax.images[0].norm.vmax) for ax in panels} == {(-4.0, 4.0)}
    assert len(figure.axes) == 3  # one colour bar


def test_spectrum_shows_eigenvalues_beside_the_circles_of_one_and_of_the_radius():
    ax = rnnbook.plot_spectrum(torch.tensor([0.3 + 0.4j, 0.3 - 0.4j, -0.2]))
    draw(ax)
    found = line(ax, "eigenvalues")
    assert found.get_xdata().tolist() == pytest.approx([0.3, 0.3, -0.2])
    assert found.get_ydata().tolist() == pytest.approx([0.4, -0.4, 0.0])
    for label, radius in (("unit circle", 1.0), ("radius ρ = 0.500", 0.5)):
        circle = line(ax, label)
        assert np.hypot(circle.get_xdata(), circle.get_ydata()) == pytest.approx(radius)
    assert ax.get_aspect() == 1


# Training


def test_losses_are_means_over_blocks_with_the_line_of_doing_nothing():
    losses = np.linspace(1, 2, 1000)
    ax = rnnbook.plot_losses({"RNN": losses.tolist()}, nothing=0.2929)
    draw(ax)
    drawn = line(ax, "RNN")
    assert drawn.get_xdata().tolist() == list(range(5, 1001, 5))
    assert drawn.get_ydata()[1] == pytest.approx(losses[5:10].mean())
    assert shown(ax, "doing nothing: 0.2929") == [0.2929, 0.2929]
    assert ax.get_xlabel() == "batch (means of 5)"
    assert ax.get_yscale() == "log"


def test_losses_of_few_batches_are_drawn_one_by_one():
    ax = rnnbook.plot_losses({"RNN": [3.0, 2.0, 1.0]})
    assert shown(ax, "RNN") == [3.0, 2.0, 1.0]
    assert ax.get_xlabel() == "batch"


def test_losses_of_several_seeds_are_their_median_in_a_band():
    ax = rnnbook.plot_losses({"RNN": [[1.0, 1.0], [2.0, 5.0], [9.0, 3.0]]})
    assert shown(ax, "RNN") == [2.0, 3.0]
    (band,) = ax.collections
    corners = {(x, y) for x, y in band.get_paths()[0].vertices}
    assert {(1.0, 1.0), (1.0, 9.0), (2.0, 1.0), (2.0, 5.0)} <= corners


def test_a_training_that_broke_down_is_seen():
    ax = rnnbook.plot_losses({"RNN": [1.0, math.inf, math.nan]})
    draw(ax)
    assert (marks(ax, "overflow"), marks(ax, "nan")) == ([(2, 1.0)], [(3, 1.0)])


def test_predictions_of_one_sequence_with_the_targets_that_count():
    x, y = rnnbook.generate_batch(4, 1, generator=0)
    every = rnnbook.plot_predictions(x, y, {"RNN": y + 1})
    assert shown(every, "target y_t") == y.flatten().tolist()
    assert shown(every, "input x_t") == x.flatten().tolist()
    assert shown(every, "RNN") == pytest.approx((y + 1).flatten().tolist())
    last = rnnbook.plot_predictions(x[0], y[0], {"RNN": y[0]}, last_timestep_only=True)
    assert shown(last, "target y_t") == y.flatten().tolist()[-1:]
    (faint,) = [one for one in last.lines if one.get_alpha() is not None]
    assert faint.get_ydata().tolist() == y.flatten().tolist()[:-1]


def test_kernels_start_at_lag_zero_and_may_be_fractions():
    ax = rnnbook.plot_kernels({"best": [Fraction(1, 2), Fraction(-1, 4)], "ours": torch.ones(3)})
    assert line(ax, "best").get_xdata().tolist() == [0, 1]
    assert shown(ax, "best") == [0.5, -0.25]  # a kernel may be negative: no log axis
    assert not marks(ax, "nan")


# Sentences


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: rnnbook.plot_state_norms([1.0, 2.0]),
            TypeError,
            "norms is a list; expected a dict",
        ),
        (lambda: rnnbook.plot_state_norms({}), ValueError, "norms is empty"),
        (lambda: rnnbook.plot_state_norms({"a": []}), ValueError, "a has shape \\(0,\\)"),
        (
            lambda: rnnbook.plot_state_norms({"a": "one"}),
            TypeError,
            "a is a str that does not read",
        ),
        (lambda: rnnbook.plot_state_norms({"a": [[1.0], [1.0, 2.0]]}), TypeError, "of one shape"),
        (lambda: rnnbook.plot_gradient_norms({"a": torch.ones(2, 3)}), ValueError, "one axis"),
        (
            lambda: rnnbook.plot_gradient_norms({"a": [1.0], "b": [1.0, 2.0]}),
            ValueError,
            "The curves have {'a': 1, 'b': 2} steps; expected as many",
        ),
        (
            lambda: rnnbook.plot_gradient_norms({"a": [1.0]}, bounds={"b": [1.0, 2.0]}),
            ValueError,
            "expected 1 steps each",
        ),
        (lambda: rnnbook.plot_gradient_norms({"a": [-3.0]}), ValueError, "a holds -3; expected"),
        (lambda: rnnbook.plot_power_norms([], 1.0, 1.0), ValueError, "has shape \\(0,\\)"),
        (lambda: rnnbook.plot_jacobian_norms(torch.ones(2, 3)), ValueError, "a square matrix"),
        (lambda: rnnbook.plot_jacobian_norms(-torch.ones(2, 2)), ValueError, "norms holds -1"),
        (lambda: rnnbook.plot_triangle(torch.ones(1, 2, 2)), ValueError, "a square matrix"),
        (lambda: rnnbook.plot_triangles({}), ValueError, "matrices is empty"),
        (lambda: rnnbook.plot_triangles({"a": [1.0]}), ValueError, "a has shape \\(1,\\)"),
        (lambda: rnnbook.plot_spectrum(torch.eye(2)), ValueError, "expected one axis \\(n,\\)"),
        (lambda: rnnbook.plot_losses({"a": torch.ones(2, 2, 2)}), ValueError, "expected losses"),
        (lambda: rnnbook.plot_losses({"a": []}), ValueError, "expected losses"),
        (lambda: rnnbook.plot_kernels({"a": torch.ones(2, 2)}), ValueError, "one axis \\(lags,\\)"),
        (
            lambda: rnnbook.plot_predictions(torch.ones(2, 3, 1), torch.ones(3), {"a": [1.0] * 3}),
            ValueError,
            "choose one of a batch with x\\[0\\]",
        ),
        (
            lambda: rnnbook.plot_predictions([1.0], [1.0, 2.0], {"a": [1.0]}),
            ValueError,
            "{'x': 1, 'y': 2, 'a': 1}",
        ),
    ],
)
def test_bad_input_is_answered_in_words_and_leaves_no_figure(call, error, words):
    with pytest.raises(error, match=words):
        call()
    assert not plt.get_fignums()
