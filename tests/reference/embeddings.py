"""Embeddings of numbers and of categories in PyTorch float64, one number and one table at a time.

Of x (rows, encoded columns) the first `numbers` columns are scaled numbers, and `tables` says which later columns hold
a row of which table. The result has each number's embedding, then all other encoded columns but those of tables (the
numbers too, for "periodic_bias" and "none"), then the tables' rows.

Parameters: "input.frequencies" and "input.phases" (numbers, frequencies); "input.map": for each number with features a
matrix (size, features), flat, one after the other; "input.offset" (numbers with features x size);
"input.categories": all tables one under the other (rows, table_size).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def piecewise(x: Tensor, edges: NDArray[np.float64]) -> Tensor:
    """Gorishniy, Rubachev & Babenko 2022, equation 1, read bin by bin: (rows, bins) of x (rows,)."""
    bins = len(edges) - 1
    columns = []
    for t in range(bins):
        low, high = float(edges[t]), float(edges[t + 1])
        share = (x - low) / (high - low)
        if t > 0:
            share = torch.where(x < low, torch.zeros_like(x), share)
        if t < bins - 1:
            share = torch.where(x >= high, torch.ones_like(x), share)
        columns.append(share)
    return torch.stack(columns, dim=1)


@dataclass(frozen=True)
class Embedding:
    """form: "none", "piecewise", "periodic" or "periodic_bias"."""

    encoded: int
    numbers: int
    form: str = "none"
    edges: tuple[NDArray[np.float64], ...] = ()
    frequencies: int = 0
    size: int = 0
    tables: Mapping[int, int] = field(default_factory=dict)
    table_size: int = 0

    def features(self, j: int) -> int:
        counts = {"none": 0, "periodic": 2 * self.frequencies, "periodic_bias": self.frequencies}
        return counts[self.form] if self.form in counts else max(len(self.edges[j]) - 1, 0)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        features = [self.features(j) for j in range(self.numbers)]
        if self.frequencies:
            found["input.frequencies"] = (self.numbers, self.frequencies)
        if self.form == "periodic_bias":
            found["input.phases"] = (self.numbers, self.frequencies)
        if self.size and any(features):
            found["input.map"] = (sum(features) * self.size,)
            found["input.offset"] = (sum(count > 0 for count in features) * self.size,)
        if self.tables:
            found["input.categories"] = (sum(self.tables.values()), self.table_size)
        return found

    @property
    def width(self) -> int:
        """Columns of the result."""
        zeros = {name: torch.zeros(shape, dtype=torch.float64) for name, shape in self.shapes.items()}
        return int(self(torch.zeros((1, self.encoded), dtype=torch.float64), zeros).shape[1])

    def __call__(self, x: Tensor, p: Mapping[str, Tensor]) -> Tensor:
        parts, weights, offsets = [], 0, 0
        for j in range(self.numbers):
            count = self.features(j)
            if not count:
                continue
            f = self.feature(x[:, j], j, p)
            if self.size:
                linear = p["input.map"][weights : weights + self.size * count].reshape(self.size, count)
                f = torch.nn.functional.linear(f, linear, p["input.offset"][offsets : offsets + self.size])
                weights, offsets = weights + self.size * count, offsets + self.size
                f = f if self.form == "periodic_bias" else torch.relu(f)
            parts.append(f)
        first = 0 if self.form in ("none", "periodic_bias") else self.numbers
        parts.append(x[:, [c for c in range(first, self.encoded) if c not in self.tables]])
        begin = 0
        for column, rows in self.tables.items():
            table = p["input.categories"][begin : begin + rows]
            parts.append(torch.nn.functional.embedding(x[:, column].long(), table))
            begin += rows
        return torch.cat(parts, dim=1)

    def feature(self, x: Tensor, j: int, p: Mapping[str, Any]) -> Tensor:
        if self.form == "piecewise":
            return piecewise(x, self.edges[j])
        angle = 2 * torch.pi * x[:, None] * p["input.frequencies"][j]
        if self.form == "periodic_bias":
            return torch.cos(angle + p["input.phases"][j])
        return torch.cat([torch.cos(angle), torch.sin(angle)], dim=1)
