"""Contenders in processes of their own, trained in turn: A B C A B C, so that a noisy machine is noisy for all.

A team is the processes of one module, one a core (or a single one that uses all cores itself). It stays alive from net
to net, asleep while others run.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import time
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from task import Net

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Worker:
    """What happens inside a process: its methods are the orders it takes."""

    def __init__(self, module: str) -> None:
        self.module = importlib.import_module(module)
        self.contenders: dict[str, Any] = {}
        self.seconds_an_epoch: dict[str, float] = {}

    def describe(self, net: Net, variant: str) -> tuple[str, tuple[int, ...]]:
        """The techniques of a variant, and the numbers of members worth trying."""
        choices = getattr(self.module, "member_choices", lambda _: (1,))
        return self.module.VARIANTS[variant], choices(net)

    def make(self, key: str, net: Net, variant: str, members: int) -> None:
        """Make a contender and warm it up: what compiles or allocates does it here."""
        self.contenders[key] = self.module.Contender(net, variant, members)
        self.contenders[key].run(1)
        self.seconds_an_epoch[key] = time_epoch(self.contenders[key])

    def run(self, key: str, seconds: float) -> float:
        """Train for about so many seconds, in whole epochs; member-steps per second."""
        epochs = max(1, round(seconds / self.seconds_an_epoch[key]))
        start = time.perf_counter()
        steps = self.contenders[key].run(epochs)
        elapsed = time.perf_counter() - start
        self.seconds_an_epoch[key] = elapsed / epochs
        return float(steps / elapsed)

    def forget(self, keys: Sequence[str]) -> None:
        """Free contenders."""
        for key in keys:
            del self.contenders[key]


def work(module: str, orders: Connection) -> None:
    """A process's life: take orders until told to end."""
    worker: Worker | None = None
    while (order := orders.recv()) is not None:
        try:
            worker = worker or Worker(module)
            orders.send((True, getattr(worker, order[0])(*order[1:])))
        except Exception:
            orders.send((False, traceback.format_exc()))


def time_epoch(contender: Any, enough: float = 0.1) -> float:
    """Seconds an epoch takes, from runs of growing length."""
    epochs = 1
    while True:
        start = time.perf_counter()
        contender.run(epochs)
        elapsed = time.perf_counter() - start
        if elapsed >= enough:
            return elapsed / epochs
        epochs *= 4


class Team:
    """The processes of one module: an order goes to all of them at once, and all answers are awaited."""

    def __init__(self, module: str, processes: int) -> None:
        os.environ.update(ONE_THREAD)  # inherited by the processes started here
        context = multiprocessing.get_context("spawn")
        self.module, self.orders = module, []
        self.processes: list[BaseProcess] = []
        for _ in range(processes):
            here, there = context.Pipe()
            process = context.Process(target=work, args=(module, there), daemon=True)
            process.start()
            there.close()  # ours only: should the process die, waiting for its answer ends with an EOFError
            self.orders.append(here)
            self.processes.append(process)

    def order(self, *order: Any) -> list[Any]:
        """Send an order to every process; their answers."""
        for connection in self.orders:
            connection.send(order)
        answers = [connection.recv() for connection in self.orders]
        for good, answer in answers:
            if not good:
                raise RuntimeError(f"{self.module} failed:\n{answer}")
        return [answer for _, answer in answers]

    def rate(self, key: str, seconds: float) -> float:
        """Member-steps per second of all processes together, trained at the same time."""
        return sum(self.order("run", key, seconds))

    def end(self) -> None:
        """Stop the processes."""
        for connection, process in zip(self.orders, self.processes, strict=True):
            connection.send(None)
            process.join(timeout=5)
            if process.is_alive():
                process.terminate()


def make_fastest(team: Team, net: Net, variant: str, tries: int, seconds: float) -> tuple[str, str, int]:
    """Make a contender for some numbers of members worth trying, keep the one that trains fastest.

    Returns the variant's techniques, the contender's key and its members in a process.
    """
    techniques, choices = team.order("describe", net, variant)[0]
    keys = {members: f"{net.name} {variant} {members}" for members in choices[:tries]}
    rates = {}
    for members, key in keys.items():
        team.order("make", key, net, variant, members)
        rates[members] = team.rate(key, seconds) if len(keys) > 1 else 0.0
    best = max(rates, key=lambda members: rates[members])
    team.order("forget", [key for members, key in keys.items() if members != best])
    return techniques, keys[best], best
