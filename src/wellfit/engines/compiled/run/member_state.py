"""A member's state as plain data, from which it goes on to the same bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from wellfit.engines.compiled.run.joint_stopping import PendingEvaluation
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.contract.history import TASK_HISTORY, History
from wellfit.engines.contract.probes import Probes
from wellfit.engines.contract.saver import MemberState


def member_state(member: Member) -> MemberState:
    """The state of a member that is in no compiled call. The arrays are its own."""
    arrays = {"parameters": member.parameters, "state": member.state, "sums": member.sums}
    if member.best is not None:
        arrays["best"] = member.best
    arrays |= {f"history.{name}": values for name, values in member.history.to_arrays().items()}
    if len(member.task_history):
        arrays |= {f"task_history.{name}": values for name, values in member.task_history.to_arrays().items()}
    arrays |= {f"snapshot.{update}": copy for update, copy in member.snapshots.items()}
    arrays |= {f"pending.{place}": evaluation.weights for place, evaluation in member.pending.items()}
    probed, probes = member.probes.to_state() if member.probes is not None else ({}, None)
    arrays |= {f"probes.{name}": values for name, values in probed.items()}
    # JSON knows neither infinity nor NaN: such numbers go as hexadecimal text, exactly.
    values = {
        "update": member.update,
        "status": member.status,
        "rate": member.rate.hex(),
        "memory": {name: float(value).hex() for name, value in member.memory.items()},
        "pending": {str(place): [one.update, one.loss.hex()] for place, one in member.pending.items()},
        "probes": probes,
    }
    return MemberState(arrays, values)


def restore_state(member: Member, state: MemberState) -> None:
    """Put a member to a state, which is copied.

    Raises:
        KeyError, ValueError: the state is not of such a member.
    """
    arrays, values = state.arrays, state.values
    if not len(arrays["parameters"]):  # a search has freed its weights
        member.parameters = member.parameters[:0]
    member.parameters[:] = arrays["parameters"]
    member.state[:] = arrays["state"]
    member.sums[:] = arrays["sums"]
    member.best = arrays["best"].copy() if "best" in arrays else None
    member.snapshots = {int(update): copy.copy() for update, copy in _named(arrays, "snapshot").items()}
    for place, weights in _named(arrays, "pending").items():
        update, loss = values["pending"][place]
        member.pending[int(place)] = PendingEvaluation(update, float.fromhex(loss), weights.copy())
    member.history = History.from_arrays(_named(arrays, "history"))
    member.task_history = History.from_arrays(_named(arrays, "task_history"), TASK_HISTORY)
    probes = values["probes"]
    member.probes = None if probes is None else Probes.from_state(_named(arrays, "probes"), probes)
    member.memory = {name: float.fromhex(value) for name, value in values["memory"].items()}
    member.update, member.status = int(values["update"]), str(values["status"])
    member.update_program()
    member.rate = float.fromhex(values["rate"])


def _named(arrays: Mapping[str, NDArray[Any]], head: str) -> dict[str, NDArray[Any]]:
    """The arrays whose names begin so, by the rest of their names."""
    return {name[len(head) + 1 :]: array for name, array in arrays.items() if name.startswith(f"{head}.")}
