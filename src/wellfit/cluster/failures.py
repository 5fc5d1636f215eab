"""What can go wrong with a cluster, as sentences that say what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wellfit.errors import InputError, quoted, reason

LOST = ("NodeDiedError", "WorkerCrashedError", "TaskCancelledError", "LocalRayletDiedError")  # and losses of objects
GOES_ON = "start it again and go on from the last checkpoint (--resume, or wellfit.resume)"


def why_not_connected(address: str, error: BaseException) -> InputError:
    """What an error of connecting says."""
    said, shown = reason(error), quoted(address)
    if "ersion mismatch" in str(error):
        return InputError(
            f"The cluster at {shown} runs other versions of Ray or Python than this machine: {said}. Install the same "
            "on all machines."
        )
    if address == "auto":
        return InputError(
            "No Ray cluster runs on this machine: start one with `ray start --head`, join one with "
            '`ray start --address=HEAD:6379`, or give "local" for this machine alone.'
        )
    if address == "local":
        return InputError(f"Ray could not be started on this machine: {said}.")
    return InputError(
        f"No Ray cluster answers at {shown}: give HEAD:PORT as `ray start --head` prints it, on a machine that has "
        f"joined the cluster, and set RAY_AUTH_MODE=token where the cluster asks for its token ({said})."
    )


def table_too_large(nodes: Sequence[Mapping[str, Any]], size: int) -> None:
    """Refuse a table of so many bytes that does not fit in the object store of some machine.

    Raises:
        InputError: it does not.
    """
    stores = [(one["Resources"].get("object_store_memory", 0.0), one) for one in nodes]
    smallest, node = min(stores, key=lambda pair: pair[0], default=(float("inf"), {}))
    if size > smallest:
        name = node.get("NodeManagerHostname") or node.get("NodeManagerAddress")
        raise InputError(
            f"The table takes {_megabytes(size)} and the object store of {name} holds {_megabytes(smallest)}: start "
            "Ray there with a larger --object-store-memory, or train on fewer rows or columns."
        )


def _megabytes(size: float) -> str:
    return f"{size / 2**20:,.0f} MB"


def is_lost(error: BaseException) -> bool:
    """Whether a machine or process was lost with a task, which is then done elsewhere."""
    return any(kind.__name__ in (*LOST, "ObjectLostError") for kind in type(error).__mro__)


def is_memory(error: BaseException) -> bool:
    """Whether a worker had no memory left."""
    cause = getattr(error, "cause", None)
    return type(error).__name__ == "OutOfMemoryError" or isinstance(cause, MemoryError)


def in_a_sentence(error: BaseException) -> BaseException:
    """An error that ends the training, as one that the user can act on."""
    name, cause = type(error).__name__, getattr(error, "cause", None)
    if isinstance(cause, InputError):
        return InputError(str(cause))
    if is_memory(error):
        return InputError(
            "A worker of the cluster ran out of memory again and again: give Ray fewer CPUs on that machine "
            "(ray start --num-cpus), so that fewer networks train there at once, or make layers or batches smaller."
        )
    if name in ("ObjectStoreFullError", "OutOfDiskError"):
        return InputError(
            "The object store of a machine of the cluster is full: start Ray there with a larger "
            f"--object-store-memory, or train fewer networks at once; {GOES_ON}."
        )
    if is_lost(error):
        return InputError(
            "A network was lost again and again with the process that trained it, which ended unexpectedly: look into "
            f"the log of Ray on that machine; {GOES_ON}."
        )
    return error if cause is None else cause


def no_answer(address: str) -> InputError:
    """That the head of the cluster is gone."""
    return InputError(f"The Ray cluster {quoted(address)} no longer answers: {GOES_ON}.")


def no_machine(seconds: float) -> InputError:
    """That nobody is there to train."""
    return InputError(
        f"No machine of the cluster has had a free CPU for {seconds:.0f} s: join one with "
        f"`ray start --address=HEAD:6379`, and {GOES_ON}."
    )


def check_reply(reply: Any) -> None:
    """Refuse a machine with other versions.

    Raises:
        InputError: it has some.
    """
    if reply.refused:
        raise InputError(
            f"The machine {reply.host!r} of the cluster has {reply.refused}, which would give other bits: install the "
            "same there, or take it out of the cluster (ray stop)."
        )
