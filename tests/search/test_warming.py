"""Compiling beforehand covers every kind of target, with all kinds of columns, and everything that may be proposed."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from wellfit.cli import run
from wellfit.engines.compiled.program.program import Program
from wellfit.search import second_process, warming
from wellfit.search.race import compiling
from wellfit.search.race.portfolio import portfolio
from wellfit.search.race.proposals import Evolution
from wellfit.tables.arrays import TargetKind


def test_every_kind_of_target_is_compiled_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int, bool]] = []

    def compile_kernels(race: Any, recipes: Any, proposer: Any, *, every: bool = False) -> float:
        known = race.population.run
        columns = known.arrays.numbers.shape[1] and known.arrays.codes.shape[1]
        asked.append((known.target.kind, len(recipes), bool(columns) and every and bool(proposer.examples())))
        return 2.0

    monkeypatch.setattr(warming, "compile_kernels", compile_kernels)
    monkeypatch.setattr(warming, "kernels_missing", lambda *given: False)
    told: list[str] = []
    assert warming.warm(told.append) == 16.0 and told == list(warming.example_targets())
    # A search is for one target: "labels" and "tasks" are trained with a recipe.
    assert {kind for kind, _, _ in asked} == {*get_args(TargetKind)} - {"labels", "tasks"}
    assert all(recipes and whole for _, recipes, whole in asked)


@pytest.mark.parametrize(("seconds", "said"), [(0.0, "Nothing was missing."), (31.4, "Compiled in 31 s.")])
def test_the_command_says_what_it_did(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seconds: float, said: str
) -> None:
    monkeypatch.setattr("wellfit.cli.warm.warm", lambda on_kind: on_kind("counts") or seconds)
    assert run(["warm"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith(said) and "kernels" in shown.out and "counts" in shown.err


def test_without_compiled_code_there_is_nothing_to_warm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("wellfit.cli.warm.COMPILED", False)
    assert run(["warm"]) == 2
    assert "WELLFIT_JIT" in capsys.readouterr().err


def lowered_by_itself() -> int:
    """How many programs the second process lowers, which compiles their kernels."""
    with pytest.MonkeyPatch.context() as patch:
        lowered: list[Program] = []
        patch.setattr(Program, "lowered", lambda program: lowered.append(program))
        second_process.compile_from_the_end(["numbers"])
        return len(lowered)


def test_a_second_process_compiles_from_the_other_end_and_ends_with_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    def popen(*arguments: Any, **options: Any) -> Any:
        started.append(subprocess.Popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(compiling, "subprocess", SimpleNamespace(Popen=popen, DEVNULL=subprocess.DEVNULL))
    with compiling.second_process([]):
        assert not started
    with compiling.second_process(["numbers"]):
        assert started[0].poll() is None
    assert started[0].returncode == -signal.SIGKILL
    alone = subprocess.run(started[0].args, capture_output=True, text=True, timeout=300, check=False)
    assert (alone.returncode, alone.stderr) == (0, "")  # so it was not ended by an error of its own
    assert lowered_by_itself() == len(portfolio("numbers")) + len(Evolution("numbers", True, True).examples())


def test_a_search_on_several_threads_has_a_second_process_where_much_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[list[str]] = []

    @contextmanager
    def second_process(kinds: list[str]) -> Iterator[None]:
        asked.append(kinds)
        yield

    monkeypatch.setattr(compiling, "second_process", second_process)
    monkeypatch.setattr(compiling, "compile_recipes", lambda race, recipes: None)
    race = warming.example_race(warming.example_columns(), warming.example_targets()["counts"])
    for marker, n_jobs in ((None, 2), (None, 1), (Path(__file__), 2)):
        monkeypatch.setattr(compiling, "_marker_file", lambda *given, marker=marker: marker)
        compiling.compile_kernels(race, portfolio("counts"), Evolution("counts", True, True), n_jobs=n_jobs)
    assert asked == [["counts"], [], []]


def test_what_a_search_may_try_is_compiled_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    lowered: list[int] = []
    monkeypatch.setattr(Program, "lowered", lambda program: lowered.append(len(program.operations)))
    arrays, target = warming.example_columns(), warming.example_targets()["numbers"]
    race = warming.example_race(arrays, target)
    recipes = portfolio("numbers")
    compiling.compile_kernels(race, recipes, Evolution("numbers", True, True))
    assert len(lowered) >= len(recipes) and min(lowered) > 0  # a kernel is compiled when its address is asked for
