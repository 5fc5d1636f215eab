"""The oracle of a run (see oracle.py) with the techniques that change rows, targets and weights at random."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.engines.compiled.bench import Bench
from tests.engines.compiled.draws import bits, events, larger_shares, normals
from tests.engines.compiled.oracle import Oracle, strength_at
from tests.reference import noise
from wellfit.techniques.rows.cells import FEATURE_CUTOUT, ROW_SWAP
from wellfit.techniques.rows.mixing import CUTMIX, MIXUP
from wellfit.techniques.rows.noise import INPUT_NOISE, WEIGHT_NOISE
from wellfit.techniques.targets.label_changes import LABEL_NOISE

Array = NDArray[np.float64]


def cells_of(bench: Bench) -> noise.Cells:
    """The columns of each cell, from the encoding's tables."""
    encoding = bench.member.prepared.encoding
    numbers, marked = len(encoding.centre), list(encoding.marked)
    cells = [[j] + ([numbers + marked.index(j)] if j in marked else []) for j in range(numbers)]
    column = numbers + len(marked)
    for units in encoding.units:
        cells += [list(range(column, column + units))] if units else []
        column += units
    for factor, kind in zip(encoding.factors, encoding.sparse_kinds, strict=True):
        group = list(range(column, column + len(factor)))
        cells += [group] if kind == "text" else [[c] for c in group]
        column += len(factor)
    return cells


class NoisyOracle(Oracle):
    """Applies swap, cut-out, input noise, label noise, mixup, cutmix, smoothing and weight noise, in this order."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.cells = cells_of(bench)
        self.kind, self.outputs = bench.target.kind, bench.target.outputs
        raw = bench.arrays.numbers[bench.member.prepared.training.numbers]
        self.noisy = ~np.isnan(raw) & (bench.member.prepared.encoding.scale != 0)
        first, units = len(raw[0]) + len(bench.member.prepared.encoding.marked), bench.member.prepared.encoding.units
        tables = bench.member.prepared.encoding.tables
        self.whole = [first + sum(units[:j]) for j, rows in enumerate(tables) if rows]
        self.segments = bench.member.program.segments

    def strength(self, value: Any) -> float:
        return strength_at(value, self.t, self.total, self.per_epoch)

    def happened(self, probability: float, rows: int, columns: int, purpose: int, salt: int = 0) -> NDArray[np.bool_]:
        return events(probability, rows * columns, purpose, salt, self.seed, self.t).reshape(rows, columns)

    def prepared(self, picked: NDArray[np.int64]) -> tuple[Array, Any, Array]:
        x, y, w = super().prepared(picked)
        x = self.changed_rows(x, y, self.noisy[picked])
        y = self.noisy_labels(y)
        mixes = self.recipe.mixup.alpha or self.recipe.cutmix.alpha
        if self.kind == "classes" and (mixes or self.recipe.label_smoothing.epsilon):
            y = np.eye(self.outputs)[y]
        x, y, w = self.mixed(x, y, w)
        eps = self.strength(self.recipe.label_smoothing.epsilon)
        if eps:
            y = noise.smooth(y, self.outputs if self.kind == "classes" else 2, eps, self.recipe.label_smoothing.form)
        return x, y, w

    def changed_rows(self, x: Array, y: NDArray[Any], noisy: NDArray[np.bool_]) -> Array:
        recipe, rows, cells = self.recipe, len(x), len(self.cells)
        p = self.strength(recipe.swap.probability)
        if p:
            x = noise.swap(x, y, self.cells, self.happened(p, rows, cells, ROW_SWAP))
        p = self.strength(recipe.cutout.probability)
        if p:
            x = noise.cut_out(x, self.cells, self.happened(p, rows, cells, FEATURE_CUTOUT))
        sd = self.strength(recipe.input_noise.sd)
        if sd:
            n = normals(noisy.size, INPUT_NOISE, 0, self.seed, self.t).reshape(noisy.shape)
            x = x.copy()
            x[:, : noisy.shape[1]] += sd * n * noisy
        return x

    def noisy_labels(self, y: NDArray[Any]) -> NDArray[Any]:
        p = self.strength(self.recipe.label_noise.probability)
        if not p:
            return y
        classes = self.outputs if self.kind == "classes" else 2
        drawn = bits(2 * y.size, LABEL_NOISE, 0, self.seed, self.t)
        anew = (drawn[1::2] * classes) >> 32
        return np.where(drawn[::2] < int(p * 2**32), anew, y.ravel()).astype(y.dtype).reshape(y.shape)

    def mixed(self, x: Array, y: NDArray[Any], w: Array) -> tuple[Array, Any, Array]:
        recipe, rows = self.recipe, len(x)
        alpha = self.strength(recipe.mixup.alpha)
        if alpha:
            drawn = larger_shares(alpha, rows, MIXUP, self.seed, self.t)
            x, y, w = noise.mixup(x, y, w, drawn if recipe.mixup.draw == "row" else np.full(rows, drawn[0]), self.whole)
        alpha = self.strength(recipe.cutmix.alpha)
        if alpha:
            drawn = larger_shares(alpha, rows, CUTMIX, self.seed, self.t)
            shares = drawn if recipe.cutmix.draw == "row" else np.full(rows, drawn[0])
            hits = [
                self.happened(1 - share, rows, len(self.cells), CUTMIX, salt=1)[i] for i, share in enumerate(shares)
            ]
            x, y, w = noise.cutmix(x, y, w, self.cells, np.array(hits))
        return x, y, w

    def moved(self, there: dict[str, Array]) -> dict[str, Array]:
        chosen = self.recipe.weight_noise
        sd = self.strength(chosen.sd)
        moved = dict(there)
        for number, segment in enumerate(self.segments):
            if sd and (segment.role == "weight" or (chosen.biases and segment.role != "statistic")):
                part = there[segment.name]
                n = normals(part.size, WEIGHT_NOISE, number, self.seed, self.t).reshape(part.shape)
                moved[segment.name] = part + sd * n * (np.abs(part) if chosen.relative else 1.0)
        return moved
