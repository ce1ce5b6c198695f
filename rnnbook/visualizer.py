"""The course's gradient visualizer: two sliders, and a picture redrawn from the reader's module."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite

import matplotlib.pyplot as plt
from IPython.core.getipython import get_ipython
from IPython.display import display
from ipywidgets import FloatSlider, Layout, interactive
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import Tensor, nn

from rnnbook.gradients import StateGradients, state_gradients
from rnnbook.networks import RecurrentRegressionModel
from rnnbook.plots import plot_gradient_norms, plot_state_norms
from rnnbook.spectra import biggest_eig_magnitude
from rnnbook.tasks import generate_batch, loss_fn
from rnnbook.validation import require_module

STATES = ("steps", "h_list", "c_list")
MISSING = object()


class GradientVisualizer:
    r"""Scale a recurrent module's weights and biases, and see its states and gradients.

    One sequence of the running-mean task is drawn and kept; the module reads it, a linear
    read-out predicts, and :math:`|h_t|`, :math:`|dL/dh_t|` and, where there is a cell state,
    :math:`|dL/dc_t|` are drawn for every layer. The module is left as it was found.

    Parameters
    ----------
    rnn : Module
        Any recurrent module :func:`rnnbook.unroll` understands, one input feature a step.
        Parameters with two axes count as weights, those with one as biases.
    last_timestep_only : bool
        Take the loss on the last step alone, or on every step.
    seq_len : int, default 10
        T.
    recurrent_only : bool, default False
        Let the weight slider scale the recurrent weights alone.
    recurrent_names : sequence of str, default ("hidden_linear", "weight_hh")
        A parameter whose name holds one of these is a recurrent weight.

    Raises
    ------
    TypeError, ValueError
        If the module is not recurrent, hides its states, takes another number of features, or
        ``recurrent_only`` finds no recurrent weight by name.

    Notes
    -----
    Chapter: *Gradients through time*.
    """

    def __init__(
        self,
        rnn: nn.Module,
        last_timestep_only: bool,
        *,
        seq_len: int = 10,
        recurrent_only: bool = False,
        recurrent_names: Sequence[str] = ("hidden_linear", "weight_hh"),
    ) -> None:
        require_module("rnn", rnn)
        self.rnn = rnn
        self.last_timestep_only = last_timestep_only
        self.recurrent_names = tuple(recurrent_names)
        self.weights = [p for n, p in _weights(rnn) if not recurrent_only or self._is_recurrent(n)]
        if not self.weights:
            raise ValueError(
                f"no weight's name holds one of {self.recurrent_names}; expected recurrent_names "
                f"to pick from {[n for n, _ in _weights(rnn)]}."
            )
        self.biases = [p for p in rnn.parameters() if p.dim() == 1]
        like = self.weights[0]
        self.model = RecurrentRegressionModel(rnn)
        self.model.output_linear.to(like)
        self.x, self.y = (tensor.to(like) for tensor in generate_batch(seq_len=seq_len))
        self.gradients()  # a module that cannot be followed is refused here, not at a slider
        print(f"Data point: x={_rounded(self.x[0, :, 0])}, y={_rounded(self.y[0, :, 0])}")

    def gradients(self, weight_val: float = 1, bias_val: float = 1) -> StateGradients:
        """States and gradients of the module with its parameters scaled.

        Parameters
        ----------
        weight_val, bias_val : float
            Finite factors for the weights and the biases.

        Raises
        ------
        ValueError
            If a factor is NaN or infinite.
        """
        for name, value in (("weight_val", weight_val), ("bias_val", bias_val)):
            if not isfinite(value):
                raise ValueError(f"{name} is {value}; expected a finite factor.")
        with _scaled(self.weights, weight_val), _scaled(self.biases, bias_val), _states(self.rnn):
            return state_gradients(self.model, self.x, self._loss)

    def plot_visuals(self) -> tuple[Line2D, Line2D, Figure]:
        """Draw the two panels at scale one; return the first line of each, and the figure."""
        self.fig, self.axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
        plt.close(self.fig)  # shown by update_plots, not a second time at the cell's end
        self._draw(self.gradients())
        return self.axes[0].lines[0], self.axes[1].lines[0], self.fig

    def update_plots(self, weight_val: float = 0, bias_val: float = 0) -> None:
        """Scale the parameters, print the numbers and redraw the picture.

        Parameters
        ----------
        weight_val, bias_val : float
            Finite factors for the weights and the biases.

        Raises
        ------
        ValueError
            If a factor is NaN or infinite.
        """
        if not hasattr(self, "fig"):
            self.plot_visuals()
        result = self.gradients(weight_val, bias_val)
        for name, W in self._square_recurrent_weights():
            scaled = W * weight_val if any(W is p for p in self.weights) else W
            print(f"Biggest eigenvalue magnitude of {name}: {biggest_eig_magnitude(scaled):.3g}")
        for label, states in _labelled(h=result.h):
            print(f"|{label}|", _listed(_norms(states)))
        for label, gradients in _labelled(h=result.dh, c=result.dc):
            print(f"|dL/d{label}|", _listed(_norms(gradients)))
        self._draw(result)
        if get_ipython() is not None:
            display(self.fig)

    def create_visualization(self) -> interactive:
        """The two sliders over the picture, for a notebook or Voilà."""
        self.plot_visuals()
        return interactive(
            self.update_plots,
            weight_val=_slider("weight_scale"),
            bias_val=_slider("bias_scale"),
        )

    def _loss(self, pred: Tensor) -> Tensor:
        return loss_fn(pred, self.y, self.last_timestep_only)

    def _is_recurrent(self, name: str) -> bool:
        return any(part in name for part in self.recurrent_names)

    def _square_recurrent_weights(self) -> list[tuple[str, nn.Parameter]]:
        """The matrices whose eigenvalues matter: not a gated layer's, which are not square."""
        named = [(n, p) for n, p in _weights(self.rnn) if self._is_recurrent(n)]
        return [(n, p) for n, p in named if p.shape[0] == p.shape[1]]

    def _draw(self, result: StateGradients) -> None:
        for ax in self.axes:
            ax.clear()
        plot_state_norms({f"|{n}|": _norms(h) for n, h in _labelled(h=result.h)}, ax=self.axes[0])
        gradients = _labelled(h=result.dh, c=result.dc)
        plot_gradient_norms({f"|dL/d{n}|": _norms(g) for n, g in gradients}, ax=self.axes[1])


def _weights(module: nn.Module) -> list[tuple[str, nn.Parameter]]:
    return [(n, p) for n, p in module.named_parameters() if p.dim() == 2]


@contextmanager
def _scaled(parameters: Sequence[nn.Parameter], factor: float) -> Iterator[None]:
    """Parameters times a factor for a while; then the very same numbers again."""
    originals = [p.data for p in parameters]
    for p in parameters:
        p.data = p.data * factor
    try:
        yield
    finally:
        for p, original in zip(parameters, originals):
            p.data = original


@contextmanager
def _states(module: nn.Module) -> Iterator[None]:
    """Let the module run; then give it back the states of its own last call."""
    found = [(m, {n: m.__dict__.get(n, MISSING) for n in STATES}) for m in module.modules()]
    try:
        yield
    finally:
        for m, states in found:
            for name, value in states.items():
                if value is not MISSING:
                    setattr(m, name, value)
                elif name in m.__dict__:
                    delattr(m, name)


def _labelled(**columns: tuple[Tensor, ...]) -> list[tuple[str, Tensor]]:
    """One label a layer: h_t, or h_t of layer 1, 2, … in a stack."""
    return [
        (f"{name}_t" if len(layers) == 1 else f"{name}_t of layer {i}", values)
        for name, layers in columns.items()
        for i, values in enumerate(layers, start=1)
    ]


def _norms(states: Tensor) -> Tensor:
    return states[0].norm(dim=-1)


def _listed(numbers: Tensor) -> str:
    return " ".join(f"{number:.3g}" for number in numbers.tolist())


def _rounded(numbers: Tensor) -> list[float]:
    return [round(number, 2) for number in numbers.tolist()]


def _slider(name: str) -> FloatSlider:
    return FloatSlider(
        value=1, min=-5, max=5, step=0.05, description=name, layout=Layout(width="100%")
    )
