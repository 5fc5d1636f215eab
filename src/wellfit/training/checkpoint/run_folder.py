"""The folder of a training run.

plan.json, data.safetensors, starts.safetensors    what does not change, see `plan_file`
member-00000.safetensors   one member's state, rewritten when it has changed
decisions.json             how each member ended, run after run
schema.json                how the table is read
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wellfit.engines.compiled.run.member_state import member_state
from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.budget import Budget
from wellfit.engines.contract.saver import MemberState
from wellfit.errors import InputError, reason
from wellfit.parsing import NONSENSE
from wellfit.tables import Schema
from wellfit.training.checkpoint.fingerprint import fingerprint
from wellfit.training.checkpoint.member_file import member_file, restore_member, save_state
from wellfit.training.checkpoint.plan_file import PLAN, budget_of, read_plan, rebuild, save_plans
from wellfit.training.checkpoint.sealed import read_json, write_json

DECISIONS = "decisions.json"
SCHEMA = "schema.json"


class RunFolder:
    """Writes a run's checkpoints into its folder: the `Saver` of a training run."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    @classmethod
    def begin(cls, folder: str | Path, run: TrainingRun, budget: Budget, schema: Schema | None = None) -> RunFolder:
        """Make the folder and write what does not change.

        Raises:
            InputError: the folder cannot be written, or already holds a run.
        """
        made = cls(folder)
        path, shown = made.folder, repr(str(made.folder))
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"The folder {shown} cannot be made: {error.strerror}.") from None
        if (path / PLAN).exists():
            raise InputError(f"The folder {shown} already holds a run: resume it, or choose another folder.")
        try:
            if schema is not None:
                write_json(path / SCHEMA, schema.to_plain())
            save_plans(run, budget, path)
        except OSError as error:
            raise InputError(f"The folder {shown} cannot be written: {error.strerror}.") from None
        return made

    def save_member(self, index: int, state: MemberState) -> None:
        """Write a member's state."""
        save_state(state, member_file(self.folder, index))

    def save_decisions(self, decisions: Sequence[Mapping[str, Any]]) -> None:
        """Write how each member ended, run after run."""
        write_json(self.folder / DECISIONS, {"decisions": list(decisions)})

    def save_all(self, run: TrainingRun) -> None:
        """Write every member and how it ended.

        Raises:
            InputError: the folder cannot be written (any more).
        """
        try:
            for index, member in enumerate(run.members):
                self.save_member(index, member_state(member))
            self.save_decisions(run.decisions)
        except OSError as error:
            shown = repr(str(self.folder))
            raise InputError(f"The folder {shown} cannot be written: {error.strerror or error}.") from None


def load_run(folder: str | Path, goes_on: bool = True) -> tuple[TrainingRun, Budget]:
    """A saved run, each member at its last checkpoint, and the budget it was begun with.

    Warns if it cannot go on to the same bits, where a member is left to go on.

    goes_on: whether what is left is to be trained; False: it is read as it is.

    Raises:
        InputError: the folder holds no run, or one that cannot be read.
    """
    folder = Path(folder)
    if not (folder / PLAN).is_file():
        raise InputError(f"The folder {str(folder)!r} does not hold a run that can be resumed: it has no {PLAN}.")
    try:
        plan = read_plan(folder)
        run, budget = rebuild(plan, folder), budget_of(plan)
        for index, member in enumerate(run.members):
            restore_member(member, member_file(folder, index))
        if (folder / DECISIONS).exists():
            run.decisions = read_json(folder / DECISIONS, "The record")["decisions"]
        begun_with = dict(plan["fingerprint"])
    except (OSError, *NONSENSE) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"The folder {str(folder)!r} does not hold a run that can be resumed: {reason(error)}."
        ) from None
    differing = [name for name, value in fingerprint().items() if begun_with.get(name) != value]
    if differing and goes_on and not all(member.done for member in run.members):
        warnings.warn(
            f"The run in {str(folder)!r} was started with other {' and '.join(differing)}: it goes on, "
            "but not to the same bits as without the interruption.",
            RuntimeWarning,
            stacklevel=2,
        )
    return run, budget


def load_schema(folder: str | Path) -> Schema:
    """The schema that a run's folder keeps.

    Raises:
        InputError: there is none that can be read.
    """
    try:
        return Schema.from_plain(read_json(Path(folder) / SCHEMA, "The schema"))
    except (OSError, *NONSENSE) as error:
        raise InputError(f"The folder {str(folder)!r} holds no readable {SCHEMA}: {reason(error)}.") from None
