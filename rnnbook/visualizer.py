"""The course's gradient visualizer: sliders, and a picture redrawn from the reader's own module."""

from typing import Any

import torch
from ipywidgets import FloatSlider, Layout, interactive
from matplotlib.figure import Figure
from torch import Tensor, nn

from rnnbook.gradients import StateGradients, state_gradients
from rnnbook.networks import RecurrentRegressionModel
from rnnbook.plots import plot_gradient_norms, plot_state_norms, use_style
from rnnbook.spectra import spectral_radius
from rnnbook.tasks import generate_batch, loss_fn
