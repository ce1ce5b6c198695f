"""The course's gradient visualizer: the reader's own module in the figure *gradient-flow*."""

from collections.abc import Sequence
from math import isfinite

import matplotlib.pyplot as plt
from IPython.core.getipython import get_ipython
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import Tensor, nn

from rnnbook.gradients import StateGradients
from rnnbook.module_figure import ModuleFigure, module_figure, module_schema
from rnnbook.module_flow import ModuleFlow, number_layers, of_layer
from rnnbook.networks import RecurrentRegressionModel
from rnnbook.plots import plot_gradient_norms, plot_state_norms
from rnnbook.spectra import biggest_eig_magnitude
from rnnbook.validation import require_module, require_size


class GradientVisualizer:
    r"""Scale a recurrent module's weights and biases, and see its states and gradients.

    The module reads one sequence of the running-mean task and a linear read-out predicts from its
    states; :math:`|h_t|`, :math:`|dL/dh_t|` and, where there is a cell state, :math:`|c_t|` and
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
    seed : int, default 0
        Which sequence and which read-out: those of ``rnnbook.figure("gradient-flow", seed=…)``.
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
        seed: int = 0,
        recurrent_only: bool = False,
        recurrent_names: Sequence[str] = ("hidden_linear", "weight_hh"),
    ) -> None:
        require_module("rnn", rnn)
        if isinstance(rnn, RecurrentRegressionModel):
            raise TypeError(
                "rnn is a RecurrentRegressionModel; expected the recurrent network alone, which "
                "gets a read-out here: give model.recurrent_net."
            )
        require_size("seq_len", seq_len)
        self.rnn = rnn
        self.flow = ModuleFlow(rnn, recurrent_names)
        if recurrent_only and not self.flow.recurrent:
            raise ValueError(
                f"no weight's name holds one of {tuple(recurrent_names)}; expected recurrent_names "
                f"to pick from {list(self.flow.weights)}."
            )
        self.opens = {
            "weight_scale": 1.0,
            "bias_scale": 1.0,
            "recurrent_only": bool(recurrent_only),
            "seq_len": seq_len,
            "last_timestep_only": bool(last_timestep_only),
            "seed": seed,
            "mode": 1,
        }
        self.x, self.y = self.flow.data(seed, seq_len)
        self.gradients()  # a module that cannot be followed is refused here, not at a slider
        print(f"Data point: x={_first(self.x)}, y={_first(self.y)}")

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
        return self.flow.run({**self.opens, "weight_scale": weight_val, "bias_scale": bias_val})

    def create_visualization(self) -> ModuleFigure:
        """The live figure, for a notebook or Voilà; in the book's page its picture."""
        flow = self.flow
        points = len(flow.matrix) if flow.matrix is not None else 0
        applies = {
            "weight_scale": bool(flow.weights),
            "bias_scale": bool(flow.biases),
            "recurrent_only": 0 < len(flow.recurrent) < len(flow.weights),
            "mode": points > 1,
        }
        opens = {name: value for name, value in self.opens.items() if applies.get(name, True)}
        schema = module_schema(type(self.rnn).__name__, opens, points)
        return module_figure(schema, lambda state: flow.measure({**self.opens, **state}))

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
        for name, W in self.flow.scaled_matrices({"weight_scale": weight_val}).items():
            print(f"Biggest eigenvalue magnitude of {name}: {biggest_eig_magnitude(W):.3g}")
        for label, norms in {**_states(result), **_gradients(result)}.items():
            print(label, " ".join(f"{norm:.3g}" for norm in norms.tolist()))
        self._draw(result)
        if get_ipython() is not None:
            display(self.fig)

    def _draw(self, result: StateGradients) -> None:
        for ax in self.axes:
            ax.clear()
        plot_state_norms(_states(result), ax=self.axes[0])
        plot_gradient_norms(_gradients(result), ax=self.axes[1])


def _states(result: StateGradients) -> dict[str, Tensor]:
    return _norms("|h_t|", result.h)


def _gradients(result: StateGradients) -> dict[str, Tensor]:
    return _norms("|dL/dh_t|", result.dh) | _norms("|dL/dc_t|", result.dc)


def _norms(label: str, layers: tuple[Tensor, ...]) -> dict[str, Tensor]:
    numbered = number_layers(layers, len(layers))
    return {label + of_layer(i): values[0].norm(dim=-1) for i, values in numbered}


def _first(sequence: Tensor) -> str:
    """Write the first ten numbers of a sequence, rounded."""
    numbers = [f"{number:.2f}" for number in sequence[0, :10, 0].tolist()]
    more = sequence.shape[1] - len(numbers)
    return f"[{', '.join(numbers)}{f', … {more} more' if more else ''}]"
