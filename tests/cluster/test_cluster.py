"""Networks on a Ray cluster whose nodes run on this machine: the bits of one process, whatever happens to the nodes."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import wellfit
from tests.conftest import REPOSITORY
from tests.engines.compiled.run.mixed import assert_same, assert_same_members, table
from wellfit.cluster import executor, on_cluster
from wellfit.cluster.session import SETTINGS, Session
from wellfit.engines.compiled.step.buffers import engine_data
from wellfit.errors import InputError
from wellfit.search import SearchSettings, search
from wellfit.tables.arrays import Arrays, Target

pytest.importorskip("ray", reason="a cluster needs Ray, which is an extra")
# Ray leaves files and processes to be closed when it is collected.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

SOON = {"health_check_period_ms": 500, "health_check_failure_threshold": 3}  # until a lost node is known to be lost
STORE = 80 * 2**20  # bytes, about the least that Ray takes
X = np.random.default_rng(0).normal(size=(600, 6))
Y = X[:, 0] * X[:, 1] + 0.3 * np.random.default_rng(1).normal(size=600) > 0
MIXED = [
    wellfit.Recipe(hidden=(16,), epochs=200, batch_size=16, dropout=0.2),
    wellfit.Recipe(
        hidden=(12, 8),
        epochs=60,
        batch_size=16,
        snapshots={"name": "spaced"},
    ),
    wellfit.Recipe(hidden=(8,), epochs=60, batch_size=16, stopping={"name": "best"}, normalization="batch"),
]

LONG = wellfit.Recipe(
    hidden=(256, 256), epochs=60, batch_size=16
)  # some tenths of a second, so that a task is under way


class Machines:
    """A cluster whose nodes are processes of this machine. The first is its head."""

    def __init__(self, **system: Any) -> None:
        from ray.cluster_utils import Cluster

        logging.getLogger("ray").setLevel(logging.CRITICAL)
        self.options = {
            "num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False, "node_ip_address": "127.0.0.2",
        }  # fmt: skip
        self.cluster = Cluster(initialize_head=True, head_node_args={**self.options, "_system_config": SOON | system})
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
        """The last one that was added, with its workers, as when the power goes."""
        node = self.others.pop()
        for worker in children(node.all_processes["raylet"][0].process.pid):
            os.kill(worker, signal.SIGKILL)
        self.cluster.remove_node(node, allow_graceful=False)


def children(parent: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            if int(path.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(path.parent.name))
    return found


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


class Accident:
    """An observer that does something once, when the machine that was added last has brought back a task. On a busy
    computer training may end before: then it is tried again.
    """

    def __init__(self, machines: Machines, session: Session | None, do: Callable[[], None]) -> None:
        assert session is not None
        self.machine, self.session, self.do = machines.others[-1].node_id, session, do
        self.happened = False

    def __call__(self, progress: Any) -> None:
        if not self.happened and self.session.tasks[self.machine] > 0:
            self.happened = True
            self.do()


TRIES = 5


def wait_for_slots(session: Session, number: int) -> None:
    """Until the cluster has so many processors, half a minute at most: Ray notices a machine's death after a while."""
    end = time.monotonic() + 30
    while session.slots() != number and time.monotonic() < end:
        time.sleep(0.1)
    assert session.slots() == number


def test_a_machine_is_killed_two_join_late_and_the_bits_are_those_of_one_process(
    machines: Machines, tmp_path: Path
) -> None:
    asked: dict[str, Any] = {"folds": 2, "seeds": [0, 1], "probes": 50}
    recipes = [*MIXED, LONG, LONG.vary(dropout=0.2)]
    here = wellfit.train(recipes, X, Y, n_jobs=2, **asked)
    before = len(machines.others)

    def kill_and_add() -> None:
        machines.kill()
        while len(machines.others) < before + 1:
            machines.add()

    used: list[int] = []
    for attempt in range(TRIES):
        folder = tmp_path / f"run{attempt}"
        with on_cluster(machines.address) as session:
            accident = Accident(machines, session, kill_and_add)
            there = wellfit.train(recipes, X, Y, folder=folder, observers=[accident], **asked)
            assert session is not None
            used = [session.tasks[node.node_id] for node in machines.others]
            if accident.happened and min(used) > 0:
                wait_for_slots(session, before + 2)
                break
    assert len(used) == before + 1 and min(used) > 0, "a machine that joined late was not used"
    assert_same_members(here.engine, there.engine)
    differing = here.probes.with_columns(there.probes["value"].alias("there")).filter(
        pl.col("value") != pl.col("there")
    )
    assert not len(differing), differing
    for one, other in zip(here.engine.members, wellfit.load(folder).engine.members, strict=True):
        assert_same(one, other)
        assert sorted(one.snapshots) == sorted(other.snapshots)
    assert any(member.snapshots for member in here.engine.members)


def with_a_machine_killed(machines: Machines, work: Callable[[Any], Any]) -> Any:
    """What work on the cluster gives while the machine that was added last is killed."""
    before = len(machines.others)
    for _ in range(TRIES):
        with on_cluster(machines.address) as session:
            accident = Accident(machines, session, machines.kill)
            found = work(accident)
            assert session is not None
            wait_for_slots(session, before + 1 - accident.happened)
        if accident.happened:
            return found
    raise AssertionError("the machine never brought back a task")


def test_a_search_loses_a_machine_and_finds_the_same_ensemble(machines: Machines) -> None:
    arrays, target = table()
    recipes = [LONG.vary(stopping={"name": "best"}), LONG.vary(stopping={"name": "best"}, dropout=0.1)]
    settings = SearchSettings(updates=9_000, folds=3, recipes=recipes, seed=1)
    here = search(arrays, target, None, replace(settings, n_jobs=2))
    there = with_a_machine_killed(
        machines, lambda accident: search(arrays, target, None, settings, observers=[accident])
    )
    assert here.record["search"]["rounds"] == there.record["search"]["rounds"]
    assert np.array_equal(here.predictions, there.predictions, equal_nan=True)
    assert_same_members(here.population, there.population)
    with on_cluster(machines.address):  # a time limit decides how far, and a replay gives the same bits
        limited = search(arrays, target, None, replace(settings, updates=None, seconds=3.0))
    assert_same_members(limited.population, search(arrays, target, None, settings, record=limited.record).population)


def test_a_study_and_a_diagnosis_are_the_same(machines: Machines) -> None:
    recipes = {"narrow": LONG, "dropout": LONG.vary(dropout=0.2)}
    options: dict[str, Any] = {"folds": 3, "seeds": 2}
    here = wellfit.studies.compare(recipes, X, Y, **options)
    there = with_a_machine_killed(
        machines, lambda accident: wellfit.studies.compare(recipes, X, Y, observers=[accident], **options)
    )
    assert here.table.drop("seconds").equals(there.table.drop("seconds"))
    linear = wellfit.Recipe(hidden=(8, 8), activation="identity", epochs=4)
    options = {"folds": 2, "seeds": 2, "patches": 2, "random_patches": False}
    found = wellfit.diagnose(linear, X, Y, **options)
    assert found.healed == wellfit.diagnose(linear, X, Y, cluster=machines.address, **options).healed is not None


def test_the_estimators_train_on_the_cluster(machines: Machines) -> None:
    networks = wellfit.NetworkClassifier(hidden=(8,), epochs=4, folds=3, random_state=0)
    there = wellfit.NetworkClassifier(hidden=(8,), epochs=4, folds=3, random_state=0, cluster=machines.address)
    assert np.array_equal(networks.fit(X, Y).predict_proba(X), there.fit(X, Y).predict_proba(X))


def test_a_table_that_does_not_fit_is_refused(machines: Machines) -> None:
    large = Arrays(np.zeros((400_000, 60), np.float32), np.zeros((400_000, 0), np.int32))
    data = engine_data(large, Target("numbers", np.zeros((400_000, 1), np.float32), ("y",)))
    with (
        on_cluster(machines.address) as session,
        pytest.raises(InputError, match="The table takes 96 MB and the object store of .* holds 80 MB: start Ray"),
    ):
        assert session is not None
        session.put_table(data)


def test_another_version_is_refused_by_name(machines: Machines, tmp_path: Path) -> None:
    package = Path(wellfit.__file__).parent
    shutil.copytree(package, tmp_path / "wellfit", ignore=shutil.ignore_patterns("__pycache__"))
    init = tmp_path / "wellfit" / "__init__.py"
    init.write_text(init.read_text().replace(wellfit.__version__, "0.0.9"))
    machines.add(env_vars={"PYTHONPATH": str(tmp_path)})
    with pytest.raises(InputError, match=f"has wellfit 0.0.9 \\(here {wellfit.__version__}\\), which would give other"):
        wellfit.train(MIXED[0], X, Y, cluster=machines.address)
    machines.kill()


HEAD_LOST = """
import sys
import numpy as np
import wellfit
from wellfit.cluster import executor
from wellfit.engines.compiled.run import saving
from tests.cluster.test_cluster import MIXED, X, Y

executor.GONE_SECONDS, executor.TASK_SECONDS, saving.SAVE_SECONDS = 2.0, 0.2, 0.0
# So many seeds that a fast machine is not done before it notices the loss.
try:
    wellfit.train(MIXED, X, Y, folds=2, seeds=range(60), folder=sys.argv[2], cluster=sys.argv[1],
                  observers=[lambda progress: print("on", sum(m.update for m in progress.members), flush=True)])
except wellfit.InputError as error:
    print("said", error)
"""


def test_the_head_is_lost_and_the_run_goes_on_from_its_checkpoints(machines: Machines, tmp_path: Path) -> None:
    own = Machines()
    words = [sys.executable, "-c", HEAD_LOST, own.address, str(tmp_path / "run")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as driver:
        assert driver.stdout is not None
        for line in driver.stdout:
            if line.startswith("on") and int(line.split()[1]) > 2_000:
                break
        own.cluster.head_node.kill_gcs_server()
        said = driver.stdout.read()
    own.cluster.shutdown()
    assert "no longer answers: start it again and go on from the last checkpoint" in said
    begun = wellfit.load(tmp_path / "run").engine.members
    assert any(member.update for member in begun) and not all(member.done for member in begun)
    again = wellfit.resume(tmp_path / "run", n_jobs=2)
    whole = wellfit.train(MIXED, X, Y, folds=2, seeds=range(60), n_jobs=2)
    assert_same_members(whole.engine, again.engine)


NO_MEMORY = """
import sys
import wellfit
from tests.cluster.test_cluster import LONG, X, Y

try:
    wellfit.train(LONG, X, Y, cluster=sys.argv[1])
except wellfit.InputError as error:
    print("said", error)
"""


def test_workers_that_are_ended_for_their_memory_are_named() -> None:
    own = Machines(memory_usage_threshold=0.01, memory_monitor_refresh_ms=100)  # each is over it at once
    driver = subprocess.run(
        [sys.executable, "-c", NO_MEMORY, own.address], capture_output=True, text=True, cwd=REPOSITORY, timeout=120
    )
    own.cluster.shutdown()
    assert "said A worker of the cluster ran out of memory again and again: give Ray fewer CPUs" in driver.stdout
