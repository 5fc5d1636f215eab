"""A PyTorch training loop as one writes it by hand: one member at a time in each process, one process a core."""

from __future__ import annotations

import copy
import math

import torch
from task import CLIP, DECAY, DROPOUT, LEARNING_RATE, Net, make_rows
from torch import nn
from torch.nn.functional import cross_entropy

VARIANTS = {"with": "dropout, decay, clipping, stopping", "bare": "Adam alone"}


class Contender:
    """One nn.Sequential with fused Adam; it goes on training from run to run."""

    def __init__(self, net: Net, variant: str, members: int) -> None:
        torch.set_num_threads(1)
        self.net = net
        self.techniques = variant == "with"
        x, y = map(torch.from_numpy, make_rows(net))
        self.x, self.y = x[: net.rows], y[: net.rows]
        self.validation_x, self.validation_y = x[net.rows :], y[net.rows :]
        self.model = self.build()
        decay = DECAY if self.techniques else 0.0
        self.optimizer = torch.optim.AdamW(self.model.parameters(), LEARNING_RATE, weight_decay=decay, fused=True)
        self.best_loss, self.best_weights = math.inf, None

    def build(self) -> nn.Sequential:
        """The network."""
        parts: list[nn.Module] = []
        for inputs, outputs in self.net.layers[:-1]:
            parts += [nn.Linear(inputs, outputs), nn.ReLU()]
            parts += [nn.Dropout(DROPOUT)] if self.techniques else []
        return nn.Sequential(*parts, nn.Linear(*self.net.layers[-1]))

    def run(self, epochs: int) -> int:
        """Train for some epochs; the number of steps made."""
        for _ in range(epochs):
            self.epoch()
            if self.techniques:
                self.validate()
        return epochs * self.net.steps

    def epoch(self) -> None:
        """All training rows once, shuffled."""
        self.model.train()
        for rows in torch.randperm(self.net.rows).split(self.net.batch):
            self.optimizer.zero_grad()
            loss = cross_entropy(self.model(self.x[rows]), self.y[rows])
            loss.backward()
            if self.techniques:
                nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
            self.optimizer.step()

    @torch.no_grad()
    def validate(self) -> None:
        """Keep the best weights seen."""
        self.model.eval()
        loss = cross_entropy(self.model(self.validation_x), self.validation_y).item()
        if loss < self.best_loss:
            self.best_loss, self.best_weights = loss, copy.deepcopy(self.model.state_dict())
