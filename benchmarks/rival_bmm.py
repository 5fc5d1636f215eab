"""PyTorch, many members of one shape at once: their weights in one tensor, each layer one batched product.

Each process (one a core) trains its own batch of members. Each member has its own rows, masks, clipping and best
weights; dropout rate, decay and learning rate are common to all, which is cheaper than a value for each.
"""

from __future__ import annotations

import torch
from task import CLIP, DECAY, DROPOUT, LEARNING_RATE, Net, make_rows
from torch import Tensor
from torch.nn.functional import cross_entropy, dropout

VARIANTS = {"with": "dropout, decay, clipping, stopping", "bare": "Adam alone"}


def member_choices(net: Net) -> tuple[int, ...]:
    """Numbers of members worth trying, the likeliest first; the fastest is used."""
    return {32: (128, 32), 64: (64, 16, 128), 256: (8, 2, 16)}.get(net.widths[1], (2, 1, 4))


class Contender:
    """Stacked parameters with fused Adam; training goes on from run to run."""

    def __init__(self, net: Net, variant: str, members: int) -> None:
        torch.set_num_threads(1)
        self.net, self.members = net, members
        self.techniques = variant == "with"
        x, y = map(torch.from_numpy, make_rows(net))
        self.x, self.y = x[: net.rows], y[: net.rows]
        self.validation_x = x[net.rows :].expand(members, -1, -1)
        self.validation_y = y[net.rows :].expand(members, -1)
        self.weights = [torch.randn(members, a, b) * (2 / a) ** 0.5 for a, b in net.layers]
        self.biases = [torch.zeros(members, 1, b) for _, b in net.layers]
        self.parameters = [p.requires_grad_() for p in self.weights + self.biases]
        decay = DECAY if self.techniques else 0.0
        self.optimizer = torch.optim.AdamW(self.parameters, LEARNING_RATE, weight_decay=decay, fused=True)
        self.best_loss = torch.full((members,), torch.inf)
        self.best_weights = [p.detach().clone() for p in self.parameters]

    def forward(self, x: Tensor, training: bool) -> Tensor:
        """Outputs (members, rows, classes) of inputs (members, rows, columns)."""
        for weights, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = torch.baddbmm(bias, x, weights).relu()
            if training and self.techniques:
                x = dropout(x, DROPOUT)
        return torch.baddbmm(self.biases[-1], x, self.weights[-1])

    def run(self, epochs: int) -> int:
        """Train all members for some epochs; the number of member-steps made."""
        for _ in range(epochs):
            order = torch.rand(self.members, self.net.rows).argsort(dim=1)
            for rows in order.split(self.net.batch, dim=1):
                self.step(rows)
            if self.techniques:
                self.validate()
        return epochs * self.net.steps * self.members

    def step(self, rows: Tensor) -> None:
        """One update of every member. The members' losses are summed: each gets its own gradient."""
        self.optimizer.zero_grad()
        outputs = self.forward(self.x[rows], training=True)
        loss = cross_entropy(outputs.flatten(0, 1), self.y[rows].flatten(), reduction="sum") / self.net.batch
        loss.backward()
        if self.techniques:
            self.clip()
        self.optimizer.step()

    @torch.no_grad()
    def clip(self) -> None:
        """Bring the norm of each member's gradient to CLIP where it is larger."""
        gradients = [p.grad for p in self.parameters]
        norms = torch.stack([g.flatten(1).norm(dim=1) for g in gradients]).norm(dim=0)
        scale = (CLIP / norms).clamp(max=1.0)[:, None, None]
        torch._foreach_mul_(gradients, [scale] * len(gradients))

    @torch.no_grad()
    def validate(self) -> None:
        """Keep each member's best weights."""
        outputs = self.forward(self.validation_x, training=False).transpose(1, 2)
        losses = cross_entropy(outputs, self.validation_y, reduction="none").mean(dim=1)
        better = losses < self.best_loss
        self.best_loss = torch.where(better, losses, self.best_loss)
        for best, parameter in zip(self.best_weights, self.parameters, strict=True):
            torch.where(better[:, None, None], parameter, best, out=best)
