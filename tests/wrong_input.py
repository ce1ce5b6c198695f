"""What a reader may get wrong, and the sentence that answers.

Run as ``python -m tests.wrong_input``: without the shape checks that the tests switch on, as a
reader has it.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

import rnnbook as rb


class Wrong(NamedTuple):
    call: Callable[[], object]
    error: type[Exception]
    sentence: str


def x(*shape: int, dtype=torch.float32):
    return torch.zeros(shape, dtype=dtype)


SIZES = {
    "RNNLayer": rb.RNNLayer,
    "LSTMLayer": rb.LSTMLayer,
    "GRULayer": rb.GRULayer,
    "RNN": lambda D, H: rb.RNN(D, H, 1),
    "LSTM": lambda D, H: rb.LSTM(D, H, 1),
    "GRU": lambda D, H: rb.GRU(D, H, 1),
}
STACKS = {"RNN": rb.RNN, "LSTM": rb.LSTM, "GRU": rb.GRU}


def wrong_sizes(name: str, make) -> list[Wrong]:
    return [
        Wrong(lambda: make(2, 0), ValueError, "hidden_size is 0; expected at least 1"),
        Wrong(lambda: make(0, 3), ValueError, "input_size is 0; expected at least 1"),
        Wrong(lambda: make(2, -3), ValueError, "hidden_size is -3"),
        Wrong(lambda: make(2, 2.0), TypeError, r"hidden_size is 2\.0; expected a whole number"),
        Wrong(lambda: make("2", 3), TypeError, "input_size is '2'"),
        Wrong(lambda: make(2, True), TypeError, "hidden_size is True"),
    ]


def wrong_inputs(net: nn.Module) -> list[Wrong]:
    return [
        Wrong(lambda: net(x(4, 5)), ValueError, r"x has shape \(4, 5\); expected three axes"),
        Wrong(lambda: net(x(5)), ValueError, r"x has shape \(5,\)"),
        Wrong(lambda: net(x(1, 4, 5, 2)), ValueError, "expected three axes"),
        Wrong(lambda: net(x(4, 0, 2)), ValueError, "an empty batch or sequence has no states"),
        Wrong(lambda: net(x(0, 5, 2)), ValueError, "an empty batch or sequence has no states"),
        Wrong(lambda: net(x(4, 5, 3)), ValueError, "x has 3 features a step.*made for 2"),
        Wrong(lambda: net(x(4, 5, 0)), ValueError, "x has 0 features a step"),
        Wrong(lambda: net([[[1.0, 2.0]]]), TypeError, r"x is a list; expected a torch\.Tensor"),
        Wrong(lambda: net(x(4, 5, 2, dtype=torch.long)), TypeError, r"x holds torch\.int64"),
        Wrong(lambda: net(x(4, 5, 2, dtype=torch.float64)), TypeError, "float64 and the param"),
        Wrong(lambda: net(x(4, 5, 2).to("meta")), ValueError, "on meta and the parameters are on"),
    ]


def wrong_states(net: nn.Module, shape: tuple[int, ...]) -> list[Wrong]:
    data, short, long = x(4, 5, 2), x(*shape[:-1], 2), x(*shape).double()

    def run(state):
        lstm = isinstance(net, rb.LSTM | rb.LSTMLayer)
        return net(data, (x(*shape), state) if lstm else state)

    name = "c0" if isinstance(net, rb.LSTM | rb.LSTMLayer) else "h0"
    expected = re.escape(f"expected {shape}")
    return [
        Wrong(lambda: run(short), ValueError, f"{name} has shape .*{expected}"),
        Wrong(lambda: run(x(4)), ValueError, f"{name} has shape .*{expected}"),
        Wrong(lambda: run(long), TypeError, f"{name} is torch.float64 and the parameters"),
        Wrong(lambda: run("zeros"), TypeError, f"{name} is a str; expected"),
    ]


def wrong_pairs(net: nn.Module, shape: tuple[int, ...]) -> list[Wrong]:
    data, h = x(4, 5, 2), x(*shape)
    return [
        Wrong(lambda: net(data, h), TypeError, r"hc0 is a Tensor; expected a pair \(h0, c0\)"),
        Wrong(lambda: net(data, (h,)), TypeError, "hc0 is a tuple; expected a pair"),
        Wrong(lambda: net(data, (h[..., :1], h)), ValueError, "h0 has shape"),
    ]


def wrong_layers(make) -> list[Wrong]:
    return [
        Wrong(lambda: make(2, 3, 0), ValueError, "num_layers is 0; expected at least 1"),
        Wrong(lambda: make(2, 3, 1.5), TypeError, r"num_layers is 1\.5"),
        Wrong(lambda: make(2, 0, 2), ValueError, "hidden_size is 0"),
    ]


def wrong_matrices(call) -> list[Wrong]:
    return [
        Wrong(lambda: call(x(2, 3)), ValueError, r"W has shape \(2, 3\); expected a square matrix"),
        Wrong(lambda: call(x(3)), ValueError, "expected a square matrix"),
        Wrong(lambda: call(x(2, 3, 3)), ValueError, "expected a square matrix"),
        Wrong(lambda: call(x(0, 0)), ValueError, "expected a square matrix"),
        Wrong(lambda: call(torch.full((2, 2), torch.nan)), ValueError, "W holds 4 values .* NaN"),
        Wrong(lambda: call([[1.0]]), TypeError, "W is a list"),
        Wrong(lambda: call(torch.eye(2, dtype=torch.long)), TypeError, r"W holds torch\.int64"),
    ]


GRU = rb.GRU(2, 3, 1)
LINEAR = nn.Linear(2, 2)
STATE_GRADIENTS = [
    Wrong(lambda: rb.state_gradients(LINEAR, x(4, 5, 2), torch.sum), TypeError, "this Linear"),
    Wrong(lambda: rb.state_gradients(GRU, x(4, 5), torch.sum), ValueError, "expected three axes"),
    Wrong(
        lambda: rb.state_gradients(GRU, x(4, 5, 2), lambda h: h), TypeError, "a tensor with one"
    ),
    Wrong(lambda: rb.state_gradients(GRU, x(4, 5, 2), lambda h: 3.0), TypeError, r"returned 3\.0"),
    Wrong(
        lambda: rb.state_gradients(GRU, x(4, 5, 2), lambda h: h.detach().sum()),
        ValueError,
        "does not depend on the states",
    ),
    Wrong(
        lambda: rb.state_gradients(GRU, x(4, 5, 2), lambda h: x(1, 1).requires_grad_().sum()),
        ValueError,
        "does not depend on the states",
    ),
    Wrong(
        lambda: rb.state_gradients(GRU, x(4, 5, 2) * torch.nan, torch.sum), ValueError, "NaN"
    ),
]  # fmt: skip

LINEAR_FORM = [
    Wrong(lambda: rb.linear_state_gradients(x(2, 3), x(4, 3)), ValueError, "W_hh has shape"),
    Wrong(lambda: rb.linear_state_gradients(x(3, 3), x(4, 2)), ValueError, "direct has shape"),
    Wrong(lambda: rb.linear_state_gradients(x(3, 3), x(3)), ValueError, "direct has shape"),
    Wrong(lambda: rb.linear_state_gradients(x(3, 3), [[1.0]]), TypeError, "direct is a list"),
    Wrong(
        lambda: rb.linear_state_gradients(x(3, 3), x(4, 3).double()), TypeError, "direct is torch"
    ),
]

TIME_FIRST = nn.GRU(2, 3)


def truncated(module, data=None, steps=2):
    data = x(4, 5, 2) if data is None else data
    return rb.truncated_gradients(module, data, torch.sum, steps)


TRUNCATED = [
    Wrong(lambda: truncated(GRU, steps=0), ValueError, "steps is 0; expected at least 1"),
    Wrong(lambda: truncated(GRU, steps=1.5), TypeError, r"steps is 1\.5"),
    Wrong(lambda: truncated(GRU, x(4, 0, 2)), ValueError, "empty"),
    Wrong(lambda: truncated(GRU, x(4, 5, 2) * torch.nan), ValueError, "NaN"),
    Wrong(lambda: truncated("GRU"), TypeError, "module is a str"),
    Wrong(lambda: truncated(LINEAR), TypeError, "this Linear"),
    Wrong(lambda: truncated(nn.RNNCell(2, 3)), TypeError, "this RNNCell: it takes no sequence"),
    Wrong(lambda: truncated(TIME_FIRST), ValueError, "batch_first=True"),
]

CLIPPING = [
    *[
        wrong
        for clip in (rb.clip_by_norm, rb.clip_by_value)
        for wrong in (
            Wrong(lambda clip=clip: clip(x(2), 0), ValueError, "is 0; expected a number above 0"),
            Wrong(lambda clip=clip: clip(x(2), -1.0), ValueError, r"is -1\.0; expected"),
            Wrong(lambda clip=clip: clip(x(2), float("nan")), ValueError, "is nan; expected"),
            Wrong(lambda clip=clip: clip(x(2) * torch.nan, 1), ValueError, "gradient holds 2"),
            Wrong(lambda clip=clip: clip([1.0], 1), TypeError, "gradient is a list"),
        )
    ],
    *[
        Wrong(lambda n=norms: rb.steps_per_tenfold(n), ValueError, "expected at least two finite")
        for norms in ([1.0], [], [1.0, 0.0], [1.0, float("inf")], [1.0, float("nan")], [1.0, -2.0])
    ],
    Wrong(lambda: rb.steps_per_tenfold(x(2, 2) + 1), ValueError, "expected at least two finite"),
]

BOUNDS = [
    Wrong(lambda: rb.pascanu_bounds(x(2, 2), 0), ValueError, "gamma is 0; expected"),
    Wrong(lambda: rb.pascanu_bounds(x(2, 2), -1.0), ValueError, r"gamma is -1\.0"),
    Wrong(lambda: rb.pascanu_bounds(x(2, 2), float("nan")), ValueError, "gamma is nan"),
    Wrong(lambda: rb.power_norms(x(2, 2), 0), ValueError, "steps is 0"),
]

TASKS = [
    Wrong(lambda: rb.generate_batch(0), ValueError, "seq_len is 0; expected at least 1"),
    Wrong(lambda: rb.generate_batch(10, 0), ValueError, "batch_size is 0"),
    Wrong(lambda: rb.generate_batch(2.5), TypeError, r"seq_len is 2\.5"),
    Wrong(lambda: rb.generate_batch(generator="7"), TypeError, "generator is '7'; expected a seed"),
    Wrong(lambda: rb.generate_batch(generator=True), TypeError, "generator is True"),
    Wrong(lambda: rb.loss_fn(x(2, 3), x(2, 3, 1)), ValueError, r"pred has shape \(2, 3\) and y"),
    Wrong(lambda: rb.loss_fn(x(2, 3, 1), x(2, 4, 1)), ValueError, "expected the same"),
    Wrong(lambda: rb.loss_fn(x(2, 3, 1), x(2, 3, 1) * torch.nan), ValueError, "y holds 6 values"),
    Wrong(lambda: rb.loss_fn(x(3), x(3)), ValueError, r"expected \(batch, time, …\)"),
    Wrong(lambda: rb.loss_fn(x(2, 0, 1), x(2, 0, 1)), ValueError, "at least one step"),
    Wrong(lambda: rb.loss_fn([1.0], x(1, 1)), TypeError, "pred is a list"),
    Wrong(lambda: rb.loss_fn(x(1, 1), [1.0]), TypeError, "y is a list"),
    Wrong(lambda: rb.cost_of_doing_nothing(0), ValueError, "seq_len is 0"),
    Wrong(lambda: rb.cost_of_doing_nothing(2.0), TypeError, r"seq_len is 2\.0"),
    Wrong(lambda: rb.best_linear_kernel(0), ValueError, "seq_len is 0"),
    Wrong(lambda: rb.linear_kernel_loss([]), ValueError, "kernel is empty"),
]

STARTS = [
    *[
        Wrong(lambda start=start: start(LINEAR), TypeError, "this Linear holds no RNNLayer")
        for start in (
            rb.pytorch_default_,
            lambda m: rb.scaled_(m, 1.0),
            rb.orthogonal_,
            rb.identity_,
            lambda m: rb.forget_bias_(m, 1.0),
            lambda m: rb.chrono_(m, 9),
        )
    ],
    Wrong(lambda: rb.orthogonal_("net"), TypeError, "module is a str"),
    Wrong(lambda: rb.scaled_(GRU, -1.0), ValueError, r"gain is -1\.0; expected"),
    Wrong(lambda: rb.scaled_(GRU, float("nan")), ValueError, "gain is nan"),
    Wrong(lambda: rb.forget_bias_(GRU, 1.0), TypeError, "this GRU holds no LSTMLayer"),
    Wrong(lambda: rb.chrono_(rb.RNN(2, 3, 1), 9), TypeError, "this RNN holds no LSTMLayer"),
    Wrong(lambda: rb.chrono_(rb.LSTM(2, 3, 1), 2), ValueError, "t_max is 2; expected more than 2"),
]

MODELS = [
    Wrong(lambda: rb.RecurrentRegressionModel(LINEAR), TypeError, "a Linear without a hidden_size"),
    Wrong(lambda: rb.RecurrentRegressionModel("net"), TypeError, "recurrent_net is a str"),
    Wrong(lambda: rb.RecurrentRegressionModel(GRU, 0), ValueError, "output_dim is 0"),
    Wrong(lambda: rb.RecurrentRegressionModel(GRU, "4"), TypeError, "output_dim is '4'"),
    Wrong(lambda: rb.RecurrentRegressionModel(TIME_FIRST), ValueError, "batch_first=True"),
    Wrong(lambda: rb.RNNLayer(2, 3, "tanh"), TypeError, "nonlinearity is 'tanh'; expected"),
    Wrong(lambda: rb.RNN(2, 3, 1, None), TypeError, "nonlinearity is None"),
]

CASES: dict[str, list[Wrong]] = {
    **{f"sizes of {name}": wrong_sizes(name, make) for name, make in SIZES.items()},
    **{f"inputs of {name}": wrong_inputs(make(2, 3)) for name, make in SIZES.items()},
    **{f"states of {n}": wrong_states(m(2, 3), (4, 3)) for n, m in list(SIZES.items())[:3]},
    **{f"states of {n}": wrong_states(m(2, 3, 2), (2, 4, 3)) for n, m in STACKS.items()},
    **{f"layers of {name}": wrong_layers(make) for name, make in STACKS.items()},
    "pair of LSTMLayer": wrong_pairs(rb.LSTMLayer(2, 3), (4, 3)),
    "pair of LSTM": wrong_pairs(rb.LSTM(2, 3, 2), (2, 4, 3)),
    **{
        f"matrix of {call.__name__}": wrong_matrices(call)
        for call in (rb.spectrum, rb.spectral_radius, rb.spectral_norm, rb.pascanu_bounds)
    },
    "matrix of biggest_eig_magnitude": wrong_matrices(rb.biggest_eig_magnitude),
    "matrix of power_norms": wrong_matrices(lambda W: rb.power_norms(W, 3)),
    "state_gradients": STATE_GRADIENTS,
    "linear_state_gradients": LINEAR_FORM,
    "truncated_gradients": TRUNCATED,
    "clipping and rates": CLIPPING,
    "bounds": BOUNDS,
    "tasks": TASKS,
    "initialisation": STARTS,
    "models": MODELS,
}


def complaint(wrong: Wrong) -> str | None:
    """What is wrong with the answer to a wrong call; None if it is the promised one."""
    try:
        result = wrong.call()
    except Exception as error:
        if type(error) is not wrong.error:
            return f"raised {type(error).__name__}({error}), not a {wrong.error.__name__}"
        if not re.search(wrong.sentence, str(error), re.DOTALL):
            return f"said {error!s}, not {wrong.sentence}"
        return None if str(error).endswith(".") else f"is no sentence: {error!s}"
    return f"returned {result!r}, where it should say {wrong.sentence}"


def main() -> None:
    for name, cases in CASES.items():
        for index, wrong in enumerate(cases):
            if found := complaint(wrong):
                print(f"{name} [{index}] {found}")
    print(sum(len(cases) for cases in CASES.values()), "cases")


if __name__ == "__main__":
    main()
