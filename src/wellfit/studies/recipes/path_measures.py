"""What a path measures of each network: exact zeros, unread columns, weights by column, and where classes divide."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.compiled.measure.sparsity import column_weights, weight_sparsity
from wellfit.engines.contract.network import Network
from wellfit.errors import InputError, quoted
from wellfit.models.model.prediction import point_prediction
from wellfit.reprs import short_repr
from wellfit.studies.base import StudyTable
from wellfit.studies.base.losses import predicted
from wellfit.tables import Schema, read_table
from wellfit.tables.arrays import Arrays, Target
from wellfit.training import Population

Float64 = NDArray[np.float64]
MOST_DEGREE = 20
CELLS = 1800  # of all panels of the decision regions


@dataclass(frozen=True)
class Measures:
    """Of one trained network; NaN of a diverged one.

    zeros: share of weights that are exactly 0. unread: columns without any weight. norm: of all weights.
    columns: (columns,) the size of the weights that read each.
    """

    zeros: float
    unread: float
    norm: float
    columns: Float64

    __repr__ = short_repr


def measures_of(population: Population, columns: int) -> list[Measures]:
    """Of each member. columns: of the table."""
    missing = Measures(math.nan, math.nan, math.nan, np.full(columns, math.nan))
    run = population.engine
    return [
        missing if member.status == "diverged" else _measured(run.network(k)) for k, member in enumerate(run.members)
    ]


def _measured(network: Network) -> Measures:
    weights = network.weights()
    every = np.concatenate([weights[s.name].ravel() for s in network.segments if s.role == "weight"])
    unread = len(weight_sparsity(network).unread_columns)
    norm = float(np.sqrt(np.square(every.astype(np.float64)).sum()))
    return Measures(float((every == 0).mean()), float(unread), norm, column_weights(network))


@dataclass(frozen=True)
class Plane:
    """The two number columns of a table, over which decision regions are drawn.

    names: of the columns. points: (rows, 2). degree: of the products that the networks read; 1: the columns alone.
    """

    names: tuple[str, str]
    points: Float64
    degree: int

    __repr__ = short_repr


def plane_of(table: StudyTable, degree: int | None) -> Plane | None:
    """The plane of a table of classes and two number columns; None of any other.

    Raises:
        InputError: products are asked for, and the table is not one of two number columns; or a degree out of range.
    """
    arrays, names = table.rows.arrays, table.schema.input_names
    two = arrays.numbers.shape[1] == 2 and len(names) == 2 and arrays.image is None
    if degree is not None and not (two and not np.isnan(arrays.numbers).any()):
        raise InputError(
            f"degree makes products of two number columns without missing values; got {len(names)} columns."
        )
    if degree is not None and not 1 <= degree <= MOST_DEGREE:
        raise InputError(f"degree is a whole number from 1 to {MOST_DEGREE}; got {quoted(degree)}.")
    classes = table.rows.target.kind in ("binary", "classes")
    if not two or not (classes or degree is not None) or np.isnan(arrays.numbers).any():
        return None
    return Plane((names[0], names[1]), arrays.numbers.astype(np.float64), degree or 1)


def with_products(table: StudyTable, plane: Plane) -> StudyTable:
    """The table with all products of the two columns up to the plane's degree as its columns."""
    if plane.degree == 1:
        return table
    columns = products(plane, plane.points)
    frame = read_table(columns)
    schema = Schema.infer(frame, kinds=dict.fromkeys(columns, "number"))
    return replace(table, schema=schema, rows=replace(table.rows, arrays=schema.arrays(frame)))


def products(plane: Plane, points: Float64) -> dict[str, Float64]:
    """All products of two columns up to a degree, by name. points: (rows, 2).

    >>> plane = Plane(("a", "b"), np.array([[2.0, 3.0]]), 2)
    >>> {name: float(values[0]) for name, values in products(plane, plane.points).items()}
    {'a': 2.0, 'b': 3.0, 'a^2': 4.0, 'a b': 6.0, 'b^2': 9.0}
    """
    found = {}
    for degree in range(1, plane.degree + 1):
        for chosen in combinations_with_replacement((0, 1), degree):
            found[_product_name(plane.names, chosen)] = np.prod(points[:, list(chosen)], axis=1)
    return found


def _product_name(names: tuple[str, str], chosen: tuple[int, ...]) -> str:
    powers = [(name, chosen.count(k)) for k, name in enumerate(names) if k in chosen]
    return " ".join(name if power == 1 else f"{name}^{power}" for name, power in powers)


def grid_of(plane: Plane, panels: int) -> Float64:
    """Points (cells, 2) of a grid over the plane, a little beyond the rows."""
    side = max(int(math.sqrt(CELLS / panels)), 8)
    ends = np.array([plane.points.min(axis=0), plane.points.max(axis=0)])
    reach = 0.04 * (ends[1] - ends[0])
    lines = [np.linspace(ends[0, k] - reach[k], ends[1, k] + reach[k], side) for k in (0, 1)]
    across, up = np.meshgrid(*lines)
    return np.column_stack([across.ravel(), up.ravel()])


def regions(network: Network, plane: Plane, points: Float64, target: Target) -> list[str]:
    """The label that a network predicts at each point (points, 2)."""
    columns = np.column_stack(list(products(plane, points).values())).astype(np.float32)
    arrays = Arrays(np.ascontiguousarray(columns), np.empty((len(points), 0), np.int32))
    values = predicted(network, arrays, target)
    return [str(label) for label in point_prediction(values, target.kind, target.labels)]
