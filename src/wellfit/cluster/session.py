"""A connection to a Ray cluster: made when it is asked for, given up when the work is done."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import logging
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from wellfit.cluster.executor import RayExecutor
from wellfit.cluster.failures import check_reply, in_a_sentence, is_lost, table_too_large, why_not_connected
from wellfit.cluster.versions import versions
from wellfit.cluster.worker import Reply, Terms, train_jobs
from wellfit.engines.compiled.run.executor import trained_elsewhere
from wellfit.engines.compiled.run.member import Member
from wellfit.engines.compiled.step.step import Data
from wellfit.engines.contract.progress import Observer
from wellfit.engines.contract.saver import Saver
from wellfit.errors import InputError, quoted
from wellfit.numerics.cores import usable_cores

LOCAL, AUTO = "local", "auto"
STORE_OF_LOCAL = 2 * 2**30  # bytes, at the most, that a cluster of this machine alone keeps for tables
REACH_SECONDS = 5.0  # for a head to answer
WAKE_SECONDS, MOST_WOKEN = 120.0, 64  # for worker processes to load what they need, and how many are waited for
OF_LATE = 0.1  # the weight of the last task in what one takes
MOST_TABLES = 4  # that stay in the store at once
# No report to Ray's makers; tasks see graphics cards as they are, of which Ray would warn.
SETTINGS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}


@contextmanager
def on_cluster(address: str | None, n_jobs: int | None = None) -> Iterator[Session | None]:
    """Inside, networks train on the machines of a Ray cluster; what comes out is the same, bit for bit.

    address: "local": worker processes on this machine; "auto": the cluster that this machine belongs to; or the address
        of its head, such as "10.0.0.5:6379". None: nothing changes. A connection to Ray that this process has already
        is used, and kept.
    n_jobs: int, of a "local" cluster the worker processes, 1 or more; None (default): one a core.

    Raises:
        InputError: Ray is not installed, or there is no such cluster.

    >>> import wellfit
    >>> from wellfit.cluster import on_cluster
    >>> with on_cluster(None):
    ...     pass
    """
    if address is None:
        yield None
        return
    session = Session(address, n_jobs)
    try:
        session.wake()
        with trained_elsewhere(session.executor):
            yield session
    finally:
        session.close()


class Session:
    """A connection.

    ray: the module. versions: of this machine.
    tasks: how many came back so far, by machine. lost: how many were lost with a machine or process and done again.
    training_seconds: that workers trained so far, together.
    handling_seconds: that handing out and taking back took so far. seconds_a_task: what it takes, of late, for a task.
    ahead: by how many seconds the clock of each machine goes before this one's, about.
    gone: whether its head answers no longer.
    """

    def __init__(self, address: str, n_jobs: int | None = None) -> None:
        if not isinstance(address, str) or not address.strip():
            raise InputError(f'cluster is "local", "auto" or the address of a Ray head; got {quoted(address)}.')
        self.ray: Any = imported_ray()
        self.versions = versions()
        self.address = address
        self._own = not self.ray.is_initialized()
        self._quiet = contextlib.ExitStack()
        if self._own:
            self._quiet.enter_context(_quiet())
            _connect(self.ray, address, n_jobs or usable_cores())
        self._head = str(self.ray.get_runtime_context().gcs_address)
        self.gone = False
        self.train = self.ray.remote(num_cpus=1, max_retries=0)(train_jobs)
        self.tasks: Counter[str] = Counter()
        self.lost, self.training_seconds, self.handling_seconds, self.seconds_a_task = 0, 0.0, 0.0, 0.0
        self._last_handed_out = 0.0
        self.ahead: dict[str, float] = {}
        self._tables: dict[str, Any] = {}

    def close(self) -> None:
        """Give up the connection, if it was made here; a cluster that was started here ends with it."""
        self._tables.clear()
        if self._own and self.ray.is_initialized() and not self.gone:
            self.ray.shutdown()
        self._quiet.close()

    def executor(
        self, members: list[Member], data: Data, n_jobs: int, saver: Saver | None, observers: Sequence[Observer]
    ) -> RayExecutor:
        """What trains members here."""
        return RayExecutor(self, members, data, n_jobs, saver, observers)

    def wake(self) -> None:
        """Have worker processes load what they need, before a clock runs, and say which versions they have.

        Raises:
            InputError: a machine has others than this one.
        """
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        nothing, tasks = Terms(0.0, None, self.versions), []
        for node in self._nodes():
            there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=True)
            train = self.train.options(scheduling_strategy=there)
            tasks += [train.remote(None, (), nothing) for _ in range(int(node["Resources"].get("CPU", 0)))]
        tasks = tasks[:MOST_WOKEN]
        for task in self.ray.wait(tasks, num_returns=len(tasks), timeout=WAKE_SECONDS)[0] if tasks else ():
            try:
                reply = self.ray.get(task)
            except Exception as error:
                if not is_lost(error):
                    raise in_a_sentence(error) from None
            else:
                check_reply(reply)
                self.note_clock(reply)

    def machines(self) -> int:
        """How many there are."""
        return len(self._nodes())

    def _nodes(self) -> list[Any]:
        """The machines that are there, as Ray tells of them."""
        return [node for node in self.ray.nodes() if node["Alive"]]

    def answers(self) -> bool:
        """Whether the head of the cluster does, asked without Ray, which would wait for it and then end the process."""
        host, _, port = self._head.rpartition(":")
        try:
            socket.create_connection((host, int(port)), REACH_SECONDS).close()
        except OSError:
            return False
        return True

    def slots(self) -> int:
        """How many members can train at once, as things stand: processors of the machines that are there."""
        return int(self.ray.cluster_resources().get("CPU", 0))

    def note_clock(self, reply: Reply) -> None:
        """Learn from a reply how the clock of its machine goes; the way of the reply makes it look late."""
        ahead = reply.clock - time.time()
        self.ahead[reply.machine] = max(ahead, self.ahead.get(reply.machine, ahead))

    def handed_out(self, seconds: float) -> None:
        """Handing out a task has taken so long."""
        self.handling_seconds += seconds
        self._last_handed_out = seconds

    def taken_back(self, seconds: float) -> None:
        """Taking back a task has taken so long."""
        self.handling_seconds += seconds
        self.seconds_a_task += OF_LATE * (self._last_handed_out + seconds - self.seconds_a_task)

    def put_table(self, data: Data) -> Any:
        """The reference of a table in the object store, where it lies once.

        Raises:
            InputError: it is larger than the store.
        """
        digest = hashlib.sha256()
        for array in data:
            digest.update(f"{array.dtype}{array.shape}".encode())
            digest.update(memoryview(array).cast("B") if array.size else b"")
        key = digest.hexdigest()
        if key not in self._tables:
            table_too_large(self._nodes(), sum(array.nbytes for array in data))
            while len(self._tables) >= MOST_TABLES:
                self._tables.pop(next(iter(self._tables)))
            self._tables[key] = self.ray.put(data)
        return self._tables[key]


def imported_ray() -> Any:
    """The module.

    Raises:
        InputError: it is not installed.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError:
        raise InputError("Ray, which connects machines, is not installed: pip install 'wellfit[ray]'.") from None
    return ray


def _connect(ray: Any, address: str, cores: int) -> None:
    """Start Ray on this machine, or connect to where it runs."""
    quiet = {"log_to_driver": False, "logging_level": "CRITICAL", "configure_logging": False}
    if address == LOCAL:
        store = {"object_store_memory": _store_bytes()}
        options = {"address": LOCAL, "num_cpus": cores, "include_dashboard": False, **store}
        options["_node_ip_address"] = "127.0.0.1"
    else:
        options = {"address": address}
        if address != AUTO:
            host = _reachable(address)
            # Ray takes the address that other machines see for this machine's own, which a loopback cluster has not.
            options |= {"_node_ip_address": host} if host.startswith("127.") else {}
    try:
        with _own_signals():
            ray.init(**options, **quiet)
    except Exception as error:
        with contextlib.suppress(Exception):
            ray.shutdown()
        raise why_not_connected(address, error) from None


def _reachable(address: str) -> str:
    """The host of an address at which somebody answers; Ray itself would try for minutes.

    Raises:
        InputError: it is no address, or nobody does.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in host:
        raise InputError(f'cluster is "local", "auto" or HEAD:PORT, such as "10.0.0.5:6379"; got {quoted(address)}.')
    try:
        socket.create_connection((host, int(port)), REACH_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise why_not_connected(address, error) from None
    return host


def _store_bytes() -> int:
    """Of memory for the object store: a quarter of what is free, from 80 MB to 2 GB."""
    from wellfit.engines.compiled.run.memory import free_memory

    return max(min((free_memory() or 0) // 4, STORE_OF_LOCAL), 80 * 2**20)


@contextmanager
def _quiet() -> Iterator[None]:
    """Ray's own messages stay off the screen: what goes wrong is said in an error."""
    logger = logging.getLogger("ray")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    # What Ray prints on standard output of lost machines, for which it has no switch.
    printing = importlib.import_module("ray._private.worker")
    shown = getattr(printing, "print_worker_logs", None)
    if shown is not None:
        printing.print_worker_logs = lambda *arguments, **named: None  # type: ignore[attr-defined]
    try:
        yield
    finally:
        logger.setLevel(level)
        if shown is not None:
            printing.print_worker_logs = shown  # type: ignore[attr-defined]


@contextmanager
def _own_signals() -> Iterator[None]:
    """Ray puts a handler of its own for SIGTERM: what was there before is put back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
