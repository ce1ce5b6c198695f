"""The module that the demo "A module of your own" shows: change it, or name another file.

Any module will do that takes one number a step and keeps or returns its states, and is called
``module`` here: ``RNNBOOK_MODULE=~/my_rnn.py make demos``.
"""

import torch
from torch import nn


class LeakyRNN(nn.Module):
    """A simple recurrent network that keeps a share of its state at every step."""

    def __init__(self, hidden_size: int, kept: float) -> None:
        super().__init__()
        self.input_linear = nn.Linear(1, hidden_size)
        self.hidden_linear = nn.Linear(hidden_size, hidden_size, bias=False)
        self.kept = kept

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Read (batch, time, 1); return all states and the last one."""
        h = x.new_zeros(len(x), self.hidden_linear.out_features)
        self.h_list = []
        for x_t in x.unbind(dim=1):
            new = torch.tanh(self.input_linear(x_t) + self.hidden_linear(h))
            h = self.kept * h + (1 - self.kept) * new
            self.h_list.append(h)
        return torch.stack(self.h_list, dim=1), h


torch.manual_seed(0)
module = LeakyRNN(hidden_size=16, kept=0.9)
