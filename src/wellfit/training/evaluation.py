"""Members of a population measured on the rows of their views."""

from __future__ import annotations

from typing import Any

from wellfit.engines.compiled.measure.predicted_loss import predicted_loss_and_error
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.numpy.prepared_view import weighted_rows
from wellfit.errors import InputError, quoted
from wellfit.frames import ResultFrame

PARTS = ("training", "validation", "test")


def evaluated(run: TrainingRun, part: str) -> ResultFrame:
    """Loss and error of the kept weights of every member on a part of its view; see `Population.evaluate`.

    Raises:
        InputError: there is no such part.
    """
    if part not in PARTS:
        raise InputError(f"A view's parts are {', '.join(PARTS)}; got {quoted(str(part))}.")
    return ResultFrame([_row(run, index, part) for index in range(len(run))])


def _row(run: TrainingRun, index: int, part: str) -> dict[str, Any]:
    member = run.members[index]
    rows = weighted_rows(member.plan.view.rows_of(part), run.weight)
    loss, error = predicted_loss_and_error(run.network(index), run.arrays, run.target, rows)
    return {"member": index, "view": member.plan.view.name, "seed": member.plan.seed, "status": member.status,
            "loss": loss, "error": error}  # fmt: skip
