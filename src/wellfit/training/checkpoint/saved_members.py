"""The states of a run's members on disk, for one who makes the run's plans and data anew, such as `wellfit fit`.

key.json                   what the run is of
member-00000.safetensors   one member's state, rewritten when it has changed
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wellfit.engines.compiled.run.training_run import TrainingRun
from wellfit.engines.contract.plan import Plan
from wellfit.engines.contract.saver import MemberState
from wellfit.engines.contract.start import start_to_plain
from wellfit.errors import InputError, reason
from wellfit.parsing import NONSENSE
from wellfit.training.checkpoint.fingerprint import fingerprint
from wellfit.training.checkpoint.member_file import member_file, restore_member, save_state
from wellfit.training.checkpoint.sealed import read_json, write_json

FORMAT = "3"  # of the files
KEY = "key.json"


class SavedMembers:
    """Keeps the members of one run in a folder, which is made with the first of them: a `Saver`.

    folder: path. data_fingerprint: differs where the rows differ. plans: of the members.
    """

    def __init__(self, folder: Path, data_fingerprint: str, plans: Sequence[Plan]) -> None:
        self.folder = folder
        self.key = {
            "run": f"{data_fingerprint} {plans_fingerprint(plans)}",
            "fingerprint": {**fingerprint(), "format": FORMAT},
        }

    def save_member(self, index: int, state: MemberState) -> None:
        """Write a member's state."""
        if not (self.folder / KEY).exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(self.folder / KEY, self.key)
        save_state(state, member_file(self.folder, index))

    def save_decisions(self, decisions: Sequence[Mapping[str, Any]]) -> None:
        """How members ended stands in their states."""

    def restore(self, run: TrainingRun) -> None:
        """Put each member to where it was saved; one that was not stands at its beginning.

        Raises:
            InputError: the folder holds the members of another run, or cannot be read.
        """
        shown = repr(str(self.folder))
        try:
            key = read_json(self.folder / KEY, "The key of the run")
            if key["run"] != self.key["run"]:
                raise InputError(
                    f"{shown} holds networks of other rows, another target or with other options: resume them with "
                    "those of the interrupted run."
                )
            if key["fingerprint"] != self.key["fingerprint"]:
                raise InputError(
                    f"The networks in {shown} were begun by another version of wellfit or its libraries: start anew."
                )
            for index, member in enumerate(run.members):
                restore_member(member, member_file(self.folder, index))
        except InputError:
            raise
        except (OSError, *NONSENSE) as error:
            raise InputError(f"The networks in {shown} are damaged ({reason(error)}): start anew.") from None


def plans_fingerprint(plans: Sequence[Plan]) -> str:
    """A hash of recipes, rows, seeds and starts."""
    digest = hashlib.sha256()
    for plan in plans:
        view = plan.view
        digest.update(f"{plan.recipe.to_json()} {plan.seed} {view.name} ".encode())
        arrays = [view.training, view.validation, view.test, *([] if view.weight is None else [view.weight])]
        if plan.start is not None:
            plain, tensors = start_to_plain(plan.start)
            digest.update(json.dumps(plain).encode())
            arrays += [tensors[name] for name in sorted(tensors)]
        for array in arrays:
            digest.update(f"{array.dtype} {array.shape} ".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
