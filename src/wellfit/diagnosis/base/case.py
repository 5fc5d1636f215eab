"""What rules read: a recipe, a table, the networks trained by the recipe, and what they are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.recipe import Recipe
from wellfit.reprs import short_repr
from wellfit.studies.base import StudyTable
from wellfit.tables.arrays import View

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
NETWORK = "network"  # the layer of what is measured over all layers together


@dataclass(frozen=True)
class Series:
    """A quantity of a layer as it was probed: after how many updates, and its values; (probes,) each."""

    updates: Int64
    values: Float64

    __repr__ = short_repr

    @property
    def first(self) -> float:
        """The value of the first probe."""
        return float(self.values[0])

    @property
    def last(self) -> float:
        """The value of the last probe."""
        return float(self.values[-1])


@dataclass(frozen=True)
class PredictedRows:
    """Some rows of a view as the kept weights predict them.

    rows: (n,) row numbers of the table. values: probabilities (n, classes) or numbers (n, outputs).
    losses, errors: (n,) as in `wellfit.statistics.row_losses`. weight: (n,).
    """

    rows: Int64
    values: Float64
    losses: Float64
    errors: Float64
    weight: Float64

    __repr__ = short_repr

    @property
    def loss(self) -> float:
        """The weighted mean loss; NaN without rows."""
        return float(np.average(self.losses, weights=self.weight)) if self.weight.sum() > 0 else float("nan")

    @property
    def error(self) -> float:
        """The weighted mean error; NaN without rows."""
        return float(np.average(self.errors, weights=self.weight)) if self.weight.sum() > 0 else float("nan")


@dataclass(frozen=True)
class TrainedNetwork:
    """One trained network, as rules see it.

    recipe, seed, view, place: how it was trained; place is the number of its view in the case.
    status: "finished", "stopped", "diverged", "out_of_budget" or "interrupted".
    updates, kept_update, updates_per_epoch: how far it got, after which update its weights were kept, and how many an
        epoch has.
    parameters: how many numbers are trained. layers: names of its layers, input side first ("hidden0", ..., "output").
    history: a column each of `Population.history`, (evaluations,).
    probes: by layer and quantity as `Population.probes` names them; what was not measured is not there.
    training, validation: at most 2,000 rows of each part as the kept weights predict them; None: there are none, or it
        diverged. `test` is never here: rules do not see it.
    """

    recipe: Recipe
    seed: int
    view: View
    place: int
    status: str
    updates: int
    kept_update: int
    updates_per_epoch: int
    parameters: int
    layers: tuple[str, ...]
    history: Mapping[str, Float64]
    probes: Mapping[tuple[str, str], Series] = field(default_factory=dict)
    training: PredictedRows | None = None
    validation: PredictedRows | None = None

    __repr__ = short_repr

    def probe(self, layer: str, quantity: str) -> Series | None:
        """A probed quantity; None where it was not measured."""
        return self.probes.get((layer, quantity))


@dataclass(frozen=True)
class Case:
    """What a doctor knows. Rules read it and never change it.

    recipe: that is judged. table: its rows; None: not known.
    networks: trained by the recipe, on views and from seeds; empty: none.
    references: networks of other recipes on the same views, by name ("default recipe", ...).
    baselines: mean loss (views,) of simple predictors on each view's validation rows: "constant", "linear",
        "1-nearest-neighbour", as in `wellfit.statistics.baselines`.
    later: rows that the model is to predict, without use of their target (test rows, new rows); None: none are known.
    later_by: the column by which the later rows were set apart, in which they differ by construction; None: none.
    search: what a search tried, as `wellfit.statistics.result.SearchResult.record` and the like; None: none was run.
    """

    recipe: Recipe | None = None
    table: StudyTable | None = None
    networks: tuple[TrainedNetwork, ...] = ()
    references: Mapping[str, tuple[TrainedNetwork, ...]] = field(default_factory=dict)
    baselines: Mapping[str, Float64] = field(default_factory=dict)
    later: StudyTable | None = None
    search: Any = None
    later_by: str | None = None

    __repr__ = short_repr

    @property
    def trained(self) -> tuple[TrainedNetwork, ...]:
        """The networks that did not diverge."""
        return tuple(one for one in self.networks if one.status != "diverged")
