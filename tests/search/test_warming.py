"""Compiling beforehand covers every kind of target, with all kinds of columns, and everything that may be proposed."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from wellfit.cli import run
from wellfit.engines.compiled.program.program import Program
from wellfit.search import warming
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


def test_what_a_search_may_try_is_compiled_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    lowered: list[int] = []
    monkeypatch.setattr(Program, "lowered", lambda program: lowered.append(len(program.operations)))
    arrays, target = warming.example_columns(), warming.example_targets()["numbers"]
    race = warming.example_race(arrays, target)
    recipes = portfolio("numbers")
    compiling.compile_kernels(race, recipes, Evolution("numbers", True, True))
    assert len(lowered) >= len(recipes) and min(lowered) > 0  # a kernel is compiled when its address is asked for
