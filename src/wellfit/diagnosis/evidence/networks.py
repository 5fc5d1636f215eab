"""The networks of a training run as rules see them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.base.case import PredictedRows, Series, TrainedNetwork
from wellfit.engines.compiled.network.predict import predict
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.network import Network
from wellfit.engines.contract.probes import probe_table
from wellfit.engines.contract.segments import TRAINED_ROLES
from wellfit.models.model.prediction import combined_values
from wellfit.statistics.row_losses import row_losses

Int64 = NDArray[np.int64]
MOST_ROWS = 2000  # of a part that are predicted


def networks_of(run: TrainingRun, members: Sequence[int] | None = None) -> tuple[TrainedNetwork, ...]:
    """Networks of a training run as rules see them. Test rows are never looked at.

    run: the engine's. members: their numbers; None (default): all.
    """
    chosen = range(len(run)) if members is None else members
    places: dict[tuple[bytes, bytes], int] = {}
    found = []
    for index in chosen:
        view = run.members[index].plan.view
        place = places.setdefault((view.training.tobytes(), view.validation.tobytes()), len(places))
        found.append(_network(run, index, place))
    return tuple(found)


def _network(run: TrainingRun, index: int, place: int) -> TrainedNetwork:
    member = run.members[index]
    sound = member.status != "diverged"
    network = run.network(index) if sound and not run.target.tasks else None
    view, rows = member.plan.view, member.prepared
    training = None if network is None else predicted_rows(network, run, np.unique(rows.clean.numbers))
    validation = None if network is None else predicted_rows(network, run, view.validation)
    probes = _probes(member)
    names = [f"hidden{place}" for place in range(len(member.recipe.hidden))]
    return TrainedNetwork(
        recipe=member.recipe, seed=member.plan.seed, view=view, place=place, status=member.status,
        updates=member.update, kept_update=member.best_update, updates_per_epoch=member.horizon.per_epoch,
        parameters=sum(one.end - one.begin for one in member.program.segments if one.role in TRAINED_ROLES),
        layers=(*names, "output"),
        history={name: np.array(member.history.column(name)) for name in member.history.columns},
        probes=probes, training=training, validation=validation,
    )  # fmt: skip


def predicted_rows(network: Network, run: TrainingRun, rows: Int64) -> PredictedRows | None:
    """Rows as a network predicts them, at most 2,000, evenly taken; None where no row counts."""
    rows = rows[run.weight[rows] > 0]
    if not len(rows):
        return None
    if len(rows) > MOST_ROWS:
        rows = rows[np.linspace(0, len(rows) - 1, MOST_ROWS).astype(np.int64)]
    target = run.target.take(rows)
    outputs = predict(network, run.arrays.take(rows))[None]
    values = combined_values(outputs, run.target.kind, "mean", np.ones(1), None)
    losses, errors = row_losses(target, values)
    return PredictedRows(rows, values, losses, errors, run.weight[rows].astype(np.float64))


def _probes(member: Member) -> dict[tuple[str, str], Series]:
    if member.probes is None or not member.probes.keys:
        return {}
    table = probe_table([member.probes])
    return {
        (str(layer), str(quantity)): Series(part["update"].to_numpy(), part["value"].to_numpy())
        for (layer, quantity), part in table.group_by("layer", "quantity", maintain_order=True)
    }
