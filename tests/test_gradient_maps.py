"""The picture of gradients over layers and time, read back from matplotlib's own objects."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import LogNorm

import rnnbook


@pytest.fixture(autouse=True)
def _style():
    with plt.rc_context():
        rnnbook.use_style()
        yield
        plt.close("all")


def panels(figure):
    return [ax for ax in figure.axes if ax.images]


def test_the_lowest_layer_is_at_the_bottom_and_steps_count_from_one():
    norms = torch.tensor([[0.1, 0.2, 0.3], [1.0, 2.0, 4.0]])
    (ax,) = panels(rnnbook.plot_gradient_maps({"two layers": norms}))
    image = ax.images[0]
    assert image.origin == "lower"
    assert image.get_extent() == [0.5, 3.5, 0.5, 2.5]
    assert np.allclose(np.asarray(image.get_array()), norms.numpy())
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time step t", "layer")


def test_several_maps_share_one_logarithmic_scale():
    maps = {"small": [[1e-8, 1e-6]], "large": [[1e-2], [10.0]]}
    figure = rnnbook.plot_gradient_maps(maps)
    scales = [ax.images[0].norm for ax in panels(figure)]
    assert [ax.get_title() for ax in panels(figure)] == ["small", "large"]
    assert all(isinstance(scale, LogNorm) for scale in scales)
    assert all((scale.vmin, scale.vmax) == (1e-8, 10.0) for scale in scales)
    assert len(figure.axes) == 3  # two maps and one bar of colours
    figure.canvas.draw()


def test_zero_and_overflow_are_marked_and_not_coloured():
    norms = np.array([[1.0, 0.0, 1e-3], [np.inf, 1e-2, 1e-1]])
    (ax,) = panels(rnnbook.plot_gradient_maps({"": norms}))
    shown = np.ma.filled(ax.images[0].get_array(), np.nan)
    assert np.isnan(shown[0, 1])
    assert np.isnan(shown[1, 0])
    marks = {line.get_label(): (line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines}
    assert marks == {"0": (2, 1), "overflow (inf)": (1, 2)}
    ax.figure.canvas.draw()


def test_a_map_of_equal_numbers_is_drawn():
    rnnbook.plot_gradient_maps({"flat": np.ones((2, 3))}).canvas.draw()


@pytest.mark.parametrize(
    ("maps", "error", "sentence"),
    [
        ([[1.0]], TypeError, "maps is a list; expected a dict"),
        ({}, ValueError, "maps is empty"),
        ({"a": [1.0, 2.0]}, ValueError, r"a has shape \(2,\); expected norms \(layers, time\)"),
        ({"a": [[-1.0]]}, ValueError, "a holds -1; expected norms"),
        ({"a": "text"}, TypeError, "a is a str"),
    ],
)
def test_wrong_maps(maps, error, sentence):
    with pytest.raises(error, match=sentence):
        rnnbook.plot_gradient_maps(maps)
