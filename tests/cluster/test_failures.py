"""What goes wrong with a cluster is said in a sentence that names the way out."""

from __future__ import annotations

import sys
import time

import pytest

import wellfit
from tests.engines.compiled.run.mixed import PLANS, table
from wellfit.cluster import on_cluster
from wellfit.cluster.failures import in_a_sentence, is_lost, is_memory, no_machine, why_not_connected
from wellfit.cluster.jobs import job_of
from wellfit.cluster.versions import PROCESSOR, SOURCES, difference, versions
from wellfit.cluster.worker import Terms
from wellfit.engines.compiled.run import updates
from wellfit.engines.compiled.run.training_run import make_training_run
from wellfit.engines.compiled.run.updates import train_member
from wellfit.engines.compiled.run.workspace import Workspace
from wellfit.engines.compiled.step.buffers import engine_data
from wellfit.errors import InputError


def ray_error(name: str, *arguments: object) -> Exception:
    exceptions = pytest.importorskip("ray.exceptions", reason="a cluster needs Ray, which is an extra")
    made: Exception = getattr(exceptions, name)(*arguments)
    return made


def test_ray_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install 'wellfit\[ray\]'"):
        wellfit.train({"hidden": [4]}, [[0.0], [1.0], [2.0], [3.0]] * 5, [0, 1] * 10, cluster="local")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("10.0.0.5", 'is "local", "auto" or HEAD:PORT, such as "10.0.0.5:6379"; got \'10.0.0.5\''),
        ("ray://head:10001", "or HEAD:PORT"),
        ("", "got ''"),
        ("127.0.0.1:1", "No Ray cluster answers at '127.0.0.1:1': give HEAD:PORT"),
        ("127.0.0.1:99999", "No Ray cluster answers at '127.0.0.1:99999'"),
        ("no-such-host.invalid:6379", "No Ray cluster answers at 'no-such-host.invalid:6379'"),
    ],
)
def test_an_address_at_which_nobody_answers(address: str, said: str) -> None:
    pytest.importorskip("ray", reason="a cluster needs Ray, which is an extra")
    with pytest.raises(InputError) as error, on_cluster(address):
        pass
    assert said in str(error.value)


def test_other_versions_of_ray_are_named() -> None:
    raised = RuntimeError("Version mismatch: The cluster was started with: Ray: 2.9.0 Python: 3.11.9")
    assert "other versions of Ray or Python than this machine: Version mismatch" in str(
        why_not_connected("a:1", raised)
    )
    assert "ray start --head" in str(why_not_connected("auto", ConnectionError("no")))


def test_what_ends_a_training_says_what_to_do() -> None:
    memory = ray_error("OutOfMemoryError", "killed")
    assert is_memory(memory) and "out of memory again and again: give Ray fewer CPUs" in str(in_a_sentence(memory))
    full = ray_error("ObjectStoreFullError", "full")
    assert not is_lost(full) and "larger --object-store-memory" in str(in_a_sentence(full))
    for name in ("WorkerCrashedError", "NodeDiedError"):
        lost = ray_error(name, *(("gone",) if name == "NodeDiedError" else ()))
        assert is_lost(lost) and "look into the log of Ray" in str(in_a_sentence(lost))
    assert "ray start --address" in str(no_machine(60))


def test_what_a_task_raises_reaches_the_caller_as_itself() -> None:
    exceptions = pytest.importorskip("ray.exceptions", reason="a cluster needs Ray, which is an extra")
    for cause, kind in ((InputError("Wrong."), InputError), (ZeroDivisionError("x"), ZeroDivisionError)):
        told = in_a_sentence(exceptions.RayTaskError("train_jobs", "traceback", cause))
        assert isinstance(told, kind) and str(told) == str(cause)
    assert is_memory(exceptions.RayTaskError("train_jobs", "traceback", MemoryError()))


def test_what_differs_is_named_and_a_processor_is_not_refused() -> None:
    here = versions()
    assert difference(here, {**here, PROCESSOR: "another"}) == ""
    assert difference(here, {**here, "NumPy": "1.0"}) == f"NumPy 1.0 (here {here['NumPy']})"
    assert "other source files" in difference(here, {**here, SOURCES: "0"})
    assert difference(here, {**here, SOURCES: "0", "wellfit": "9"}) == f"wellfit 9 (here {here['wellfit']})"


def test_a_task_that_is_cancelled_leaves_no_order_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of rows lies in the worker's buffers, where the next task must not take it as it is."""
    run = make_training_run(PLANS[:1], *table())
    workspace, data = Workspace(), engine_data(*table())
    train_member(run.members[0], data, workspace, 0.0)
    assert workspace.order_of

    def cancelled(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(updates, "record_updates", cancelled)
    with pytest.raises(KeyboardInterrupt):
        for _ in range(2):  # the first may only evaluate
            train_member(run.members[0], data, workspace, 0.0)
    assert not workspace.order_of


def test_a_clock_that_goes_wrong_moves_no_deadline() -> None:
    pytest.importorskip("ray", reason="a cluster needs Ray, which is an extra")
    with on_cluster("local", 1) as session:
        assert session is not None
        (machine,) = session.ahead
        assert abs(session.ahead[machine]) < 60
        nothing = session.ray.put(engine_data(*table()))
        run = make_training_run(PLANS[:1], *table())
        view, job = session.ray.put(run.members[0].prepared), job_of(run.members[0], 0)
        passed = time.time() - 3600  # by a clock that is an hour behind
        for ahead, trained in (({}, False), ({machine: 7200.0}, True)):
            terms = Terms(0.2, passed, session.versions, ahead)
            (outcome,) = session.ray.get(session.train.remote(nothing, [job], terms, view)).outcomes
            assert (outcome is not None) == trained
