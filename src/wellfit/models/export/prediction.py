"""Several networks' outputs become one prediction, as in `models.model.averaging`, and the prediction the outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.models.export.graph import BOOL, DOUBLE, FLOAT, INT64, STRING, Graph
from wellfit.tables.arrays import Label

f32 = np.float32
LEAST = np.float64(1e-300)  # so that a probability of 0 has a logarithm
Real = type[np.float32] | type[np.float64]


@dataclass(frozen=True)
class PredictedTarget:
    """What is predicted, and how members are averaged.

    kind: of the target.
    labels: as of a `Model`.
    average: as of a `Model`.
    weights: of the members, adding up to 1.
    temperature: of their probabilities; None for none.
    name: of the task, "" for a single target.
    """

    kind: str
    labels: tuple[Label, ...]
    average: str
    weights: NDArray[np.float64]
    temperature: float | None = None
    name: str = ""

    @property
    def real(self) -> Real:
        """The precision: with a temperature the smallest probabilities count, which float32 does not hold."""
        return np.float32 if self.temperature is None else np.float64


def add_prediction(g: Graph, single: list[str], target: PredictedTarget) -> None:
    """Add the outputs of the graph: predictions of each member's outputs (rows, outputs), averaged."""
    z = g.join([g.op("Unsqueeze", one, np.array([0], np.int64)) for one in single], axis=0)
    prefix = f"{target.name}: " if target.name else ""
    if target.kind in ("numbers", "counts"):
        values = (
            _median(g, z, target.weights) if target.average == "median" else _mean(g, z, target.weights.astype(f32))
        )
        shape: tuple[int, ...] = (len(target.labels),)
        if shape == (1,):
            values, shape = g.reshape(values, -1), ()
        what = "numbers" if target.kind == "numbers" else "expected counts"
        g.output(f"{prefix}prediction", values, FLOAT, shape, f"{what}: {list(target.labels)}")
        return
    p = _combined_probabilities(g, z, target)
    columns = len(target.labels)
    if target.kind == "labels":
        decided = g.cast(g.op("Greater", p, f32(0.5)), INT64)
        g.output(f"{prefix}labels", decided, INT64, (columns,), f"1 for yes, 0 for no: {list(target.labels)}")
    else:
        table, kind = label_table(target.labels)
        decided = g.op("Gather", table, g.op("ArgMax", p, axis=1, keepdims=0))
        g.output(f"{prefix}label", decided, kind, (), "the most probable class")
    g.output(f"{prefix}probabilities", p, FLOAT, (columns,), f"of {list(target.labels)}, in this order")


def _combined_probabilities(g: Graph, z: str, target: PredictedTarget) -> str:
    """(rows, columns) from logits (members, rows, outputs)."""
    weights, real = target.weights.astype(target.real), target.real
    if target.temperature is not None:
        z = g.cast(z, DOUBLE)
    if target.average == "logits":
        p = probabilities(g, _mean(g, z, weights), target.kind, real)
    else:
        single = probabilities(g, z, target.kind, real)
        votes = _votes(g, single, target) if target.average == "majority" else single
        p = _mean(g, votes, weights)
    return p if target.temperature is None else g.cast(_tempered(g, p, target.kind, target.temperature), FLOAT)


def probabilities(g: Graph, z: str, kind: str, real: Real) -> str:
    """Probabilities from logits (..., outputs); of two classes from one logit, side by side."""
    if kind == "classes":
        return g.op("Softmax", z, axis=-1)
    if kind == "binary":
        z = g.join([g.op("Neg", z), z], axis=-1)
    return logistic(g, z, real)


def logistic(g: Graph, z: str, real: Real) -> str:
    """1 / (1 + exp(-z)), from the side that does not overflow. Not ONNX's Sigmoid, which some runtimes cut at 1e-8."""
    e = g.op("Exp", g.op("Neg", g.op("Abs", z)))
    return g.div(g.op("Where", g.op("GreaterOrEqual", z, real(0)), real(1), e), g.add(real(1), e))


def _votes(g: Graph, single: str, target: PredictedTarget) -> str:
    """1 where a member's choice lies, 0 elsewhere."""
    if target.kind == "labels":
        chosen = g.op("Greater", single, target.real(0.5))
    else:
        best = g.op("ArgMax", single, axis=-1, keepdims=1)
        chosen = g.op("Equal", best, np.arange(len(target.labels)))
    return g.cast(chosen, FLOAT if target.temperature is None else DOUBLE)


def _tempered(g: Graph, p: str, kind: str, temperature: float) -> str:
    """softmax(log(p) / T) of averaged probabilities in float64; of several labels each by itself, beside its no."""

    def cooled(q: str) -> str:
        return g.div(g.op("Log", g.op("Max", q, LEAST)), np.float64(temperature))

    if kind == "labels":
        return logistic(g, g.sub(cooled(p), cooled(g.sub(np.float64(1), p))), np.float64)
    return g.op("Softmax", cooled(p), axis=-1)


def _mean(g: Graph, values: str, weights: NDArray[Any]) -> str:
    """The weighted mean over the first axis, in the precision of the weights."""
    if len(weights) == 1:
        return g.op("Squeeze", values, np.array([0], np.int64))
    return g.total(g.mul(values, weights[:, None, None]), 0)


def _median(g: Graph, values: str, weights: NDArray[np.float64]) -> str:
    """The weighted median over the first axis: the middle of the smallest values with half, and above half, of the
    weight. Weights are added up in float64, for their sum must hit the half.
    """
    count = len(weights)
    ranked, order = g.ops("TopK", 2, values, np.array([count], np.int64), axis=0, largest=0, sorted=1)
    below = g.op("CumSum", g.op("Gather", weights, order), np.int64(0))

    def first(reached: str) -> str:
        place = g.op("ArgMax", g.cast(reached, FLOAT), axis=0, keepdims=1)
        return g.op("Squeeze", g.op("GatherElements", ranked, place, axis=0), np.array([0], np.int64))

    low = first(g.op("GreaterOrEqual", below, np.float64(0.5 - 1e-9)))
    high = first(g.op("Greater", below, np.float64(0.5 + 1e-9)))
    return g.mul(g.add(low, high), f32(0.5))


def label_table(labels: Sequence[Label]) -> tuple[NDArray[np.generic], int]:
    """Class names as a constant of their common type (text where the types differ), and that type."""
    kinds = {type(label) for label in labels}
    if kinds == {bool}:
        return np.array(labels, bool), BOOL
    if kinds == {int} and all(-(2**63) <= label < 2**63 for label in labels):  # type: ignore[operator]
        return np.array(labels, np.int64), INT64
    if kinds == {float}:
        return np.array(labels, np.float64), DOUBLE
    return np.array([str(label) for label in labels], object), STRING
