"""Networks on a Ray cluster whose nodes run on this machine: the bits of one process, whatever happens to the nodes."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wellfit
from tests.engines.compiled.run.mixed import assert_same, assert_same_members
from wellfit.cluster import executor, on_cluster
from wellfit.cluster.session import SETTINGS

pytest.importorskip("ray", reason="a cluster needs Ray, which is an extra")
# Ray leaves files and processes to be closed when it is collected.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

STORE = 80 * 2**20  # bytes, about the least that Ray takes
X = np.random.default_rng(0).normal(size=(600, 6))
Y = X[:, 0] * X[:, 1] + 0.3 * np.random.default_rng(1).normal(size=600) > 0
MIXED = [
    wellfit.Recipe(hidden=(16,), epochs=60, batch_size=16, dropout=0.2),
    wellfit.Recipe(
        hidden=(12, 8),
        epochs=60,
        batch_size=16,
        snapshots={"name": "spaced"},
    ),
    wellfit.Recipe(hidden=(8,), epochs=60, batch_size=16, stopping={"name": "best"}, normalization="batch"),
]


class Machines:
    """A cluster whose nodes are processes of this machine. The first is its head."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        logging.getLogger("ray").setLevel(logging.CRITICAL)
        self.options = {
            "num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False, "node_ip_address": "127.0.0.2",
        }  # fmt: skip
        self.cluster = Cluster(initialize_head=True, head_node_args=self.options)
        self.others: list[Any] = []

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def connect(self) -> None:
        """Once for all tests, since it takes seconds."""
        import ray

        ray.init(self.address, _node_ip_address="127.0.0.2", log_to_driver=False, logging_level="CRITICAL")

    def close(self) -> None:
        import ray

        ray.shutdown()
        self.cluster.shutdown()

    def add(self, **options: Any) -> None:
        self.others.append(self.cluster.add_node(**{**self.options, **options}))

    def kill(self) -> None:
        """The last one that was added."""
        self.cluster.remove_node(self.others.pop(), allow_graceful=False)


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    before = {name: os.environ.get(name) for name in (*SETTINGS, "RAY_AUTH_MODE")}
    os.environ.update(SETTINGS, RAY_AUTH_MODE="disabled")  # nodes listen on loopback alone
    made = Machines()
    made.add()
    made.connect()
    yield made
    made.close()
    for name, value in before.items():
        os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@pytest.fixture(autouse=True)
def _short_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "TASK_SECONDS", 0.2)


def once_under_way(do: Callable[[], None]) -> Callable[[Any], None]:
    """An observer that does something once, when networks have made some updates."""
    done: list[int] = []

    def observe(progress: Any) -> None:
        if not done and sum(member.update for member in progress.members) > 300:
            done.append(1)
            do()

    return observe


def test_a_machine_is_killed_another_joins_late_and_the_bits_are_those_of_one_process(
    machines: Machines, tmp_path: Path
) -> None:
    asked: dict[str, Any] = {"folds": 2, "seeds": [0, 1], "probes": 50}
    here = wellfit.train(MIXED, X, Y, n_jobs=2, **asked)

    def kill_and_add() -> None:
        machines.kill()
        machines.add()

    with on_cluster(machines.address) as session:
        assert session is not None and session.slots() == 2
        there = wellfit.train(MIXED, X, Y, folder=tmp_path / "run", observers=[once_under_way(kill_and_add)], **asked)
        assert session.lost > 0 and session.slots() == 2
    assert_same_members(here.engine, there.engine)
    assert here.probes.equals(there.probes)
    for one, other in zip(here.engine.members, wellfit.load(tmp_path / "run").engine.members, strict=True):
        assert_same(one, other)
        assert sorted(one.snapshots) == sorted(other.snapshots)
    assert any(member.snapshots for member in here.engine.members)
