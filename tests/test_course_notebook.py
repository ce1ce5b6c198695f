"""The course's numbers come out of the package, and its notebook runs on an import from it.

Set RNNBOOK_COURSE_NOTEBOOK to the notebook's text to run that itself, its training shortened.
"""

import os
from pathlib import Path

import pytest
import torch

import rnnbook
from tests import course_notebook

NOTEBOOK = os.environ.get("RNNBOOK_COURSE_NOTEBOOK")
# The course prints four decimals and asks for less than this.
TOLERANCE = 1e-4

DATA = torch.tensor(
    [
        [[0.1, 0.15], [0.2, 0.25], [0.3, 0.35], [0.4, 0.45]],
        [[-0.1, -1.5], [-0.2, -2.5], [-0.3, -3.5], [-0.4, -0.45]],
    ]
)


def filled(module, value: float = -0.1):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(value)
    return module


def assert_all_units(got, steps) -> None:
    """Every unit computes the same, all parameters being equal: one number a sequence and step."""
    want = torch.tensor(steps).unsqueeze(-1).expand_as(got)
    assert float((got.detach() - want).abs().max()) < TOLERANCE


def test_one_unit_one_step():
    all_h, last_h = filled(rnnbook.RNNLayer(1, 1), 0.1)(torch.ones(1, 1, 1))
    assert all_h.shape == (1, 1, 1)
    assert all_h.item() == last_h.item() == pytest.approx(0.1973753273487091, abs=1e-7)


def test_a_linear_layer_of_eighteen_parameters():
    layer = filled(rnnbook.RNNLayer(2, 3, nonlinearity=lambda x: x))
    assert sum(p.numel() for p in layer.parameters()) == 18
    all_h, last_h = layer(DATA)
    h = [[-0.1250, -0.1075, -0.1328, -0.1452], [0.0600, 0.1520, 0.2344, -0.0853]]
    assert_all_units(all_h, h)
    assert_all_units(last_h, [-0.1452, -0.0853])


RNN_H = [[-0.1244, -0.1073, -0.1320, -0.1444], [0.0599, 0.1509, 0.2305, -0.0840]]
LSTM_H = [[-0.0273, -0.0420, -0.0514, -0.0583], [0.0159, 0.0568, 0.1142, 0.0369]]


def test_a_regression_model_of_thirty_four_parameters():
    model = filled(rnnbook.RecurrentRegressionModel(rnnbook.RNNLayer(2, 3), 4))
    assert sum(p.numel() for p in model.parameters()) == 34
    preds, all_h = model(DATA)
    assert preds.shape == (2, 4, 4)
    assert_all_units(all_h, RNN_H)
    pred = [[-0.0627, -0.0678, -0.0604, -0.0567], [-0.1180, -0.1453, -0.1692, -0.0748]]
    assert_all_units(preds, pred)


def test_the_loss():
    pred = torch.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    y = torch.tensor([[-1.1, -1.2, -1.3], [-1.4, -1.5, -1.6]])
    assert rnnbook.loss_fn(pred, y).item() == pytest.approx(3.0067, abs=TOLERANCE)
    last = rnnbook.loss_fn(pred, y, last_timestep_only=True)
    assert last.item() == pytest.approx(3.7, abs=TOLERANCE)


def test_an_lstm_layer():
    all_h, (last_h, last_c) = filled(rnnbook.LSTMLayer(2, 3))(DATA)
    assert_all_units(all_h, LSTM_H)
    assert_all_units(last_h, [-0.0583, 0.0369])
    assert_all_units(last_c, [-0.1280, 0.0759])


@pytest.mark.parametrize(
    ("layers", "h", "last"),
    [
        (1, RNN_H, [[-0.1444, -0.0840]]),
        (
            2,
            [[-0.0626, -0.0490, -0.0457, -0.0430], [-0.1174, -0.1096, -0.1354, -0.0342]],
            [[-0.1444, -0.0840], [-0.0430, -0.0342]],
        ),
    ],
)
def test_rnn_stacks(layers, h, last):
    all_h, last_h = filled(rnnbook.RNN(2, 3, layers))(DATA)
    assert_all_units(all_h, h)
    assert_all_units(last_h, last)


@pytest.mark.parametrize(
    ("layers", "h", "last_h", "last_c"),
    [
        (1, LSTM_H, [[-0.0583, 0.0369]], [[-0.1280, 0.0759]]),
        (
            3,
            [[-0.0212, -0.0296, -0.0329, -0.0343], [-0.0211, -0.0291, -0.0320, -0.0332]],
            [[-0.0583, 0.0369], [-0.0320, -0.0430], [-0.0343, -0.0332]],
            [[-0.1280, 0.0759], [-0.0666, -0.0907], [-0.0716, -0.0693]],
        ),
    ],
)
def test_lstm_stacks(layers, h, last_h, last_c):
    all_h, last = filled(rnnbook.LSTM(2, 3, layers))(DATA)
    assert_all_units(all_h, h)
    assert_all_units(last[0], last_h)
    assert_all_units(last[1], last_c)


# --- the notebook ------------------------------------------------------------------------------

PRINTED = '''
# A small notebook, printed and read back

```
[7]: ! pip install something
```

```
[1]: import torch as th
```

```
[2]: class Layer:
    """Defined over a page break."""

```
Lost between the fences.

```
    def forward(self): broken (
```

```
[3]: layer = RNNLayer(1, 2)
      x = th.FloatTensor([[[.5], [1.
   ↪5]]])
      want = th.FloatTensor([[0.1, 0.2], [0.3, 0.4]],

         [[0.5, 0.6],

```

```
[0.7, 0.8]])
assert layer(x)[0].shape == (1, 2, 2)
print(f'Max error: {th.max(th.abs(want - want).item())}')
```

```
Max error: 0.0
```

```
[4]: num_batches = 5000
number = len(want)
number
```

```
[4]: 2
```

```
[5]: gv = GradientVisualizer(RNNLayer(1, 2), True)
gv.create_visualization()
```
'''


def test_cells_are_told_from_what_they_printed():
    cells = course_notebook.cells_of(PRINTED)
    assert [cell.number for cell in cells] == [7, 1, 2, 3, 4, 5]
    assert [cell.is_magic for cell in cells] == [True] + [False] * 5
    assert [cell.defines for cell in cells] == [False, False, True, False, False, False]
    assert "[[[.5], [1.5]]]" in cells[3].source
    assert "[[[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.6], [0.7, 0.8]]]" in cells[3].source
    assert cells[3].mended == ["[[0.1", "th.max"]
    assert cells[4].source.endswith("number")


def test_the_other_cells_run_in_one_namespace():
    printed = course_notebook.run(PRINTED, num_batches=3)
    assert printed.keys() == {1, 3, 4, 5}
    assert course_notebook.errors_in(printed) == [0.0]
    assert "Data point" in printed[5]
    assert "Biggest eigenvalue magnitude" in printed[5]


def test_a_failing_cell_is_not_passed_over():
    with pytest.raises(AssertionError):
        course_notebook.run("```\n[1]: assert RNNLayer is None\n```\n")


def test_the_course_notebook_itself():
    """The file named in the environment; without one, the made-up notebook above."""
    text = Path(NOTEBOOK).read_text(encoding="utf-8") if NOTEBOOK else PRINTED
    printed = course_notebook.run(text, num_batches=5)
    errors = course_notebook.errors_in(printed)
    assert len(errors) == (20 if NOTEBOOK else 1)
    assert max(errors) < TOLERANCE
