"""Every experiment runs at its smallest size, answers its claims, and is about a row of the lectures' content."""

from __future__ import annotations

import math

import pytest

import wellfit
from wellfit.lab.catalog import covered, every_experiment, places, source_of

FOUND = every_experiment()
LINES = 110  # of a file, "at most a page"


@pytest.mark.parametrize("name", FOUND)
def test_it_answers_its_claims(name: str) -> None:
    study = wellfit.lab.run(name, size="smallest", n_jobs=1)
    claims = study.details["claims"]
    assert all(math.isfinite(value) for column in ("value", "low", "high") for value in claims[column])
    assert study.table.height and study.figures and study.verdict.endswith(".") and study.question.endswith("?")
    exact = claims.filter(claims["low"] == claims["high"])
    assert "did not hold" not in exact["verdict"].to_list(), "what has no chance in it holds at every size"


def test_every_row_has_an_experiment() -> None:
    rows, about = covered()
    assert set(about) == set(places()), "rows.toml and the folders name different experiments"
    assert {row for named in about.values() for row in named} == set(rows)


@pytest.mark.parametrize("name", places())
def test_a_file_is_a_page(name: str) -> None:
    assert len(source_of(name).splitlines()) <= LINES


def test_they_are_as_cheap_as_they_say() -> None:
    every = FOUND.values()
    assert sum(one.cost[1] for one in every) < 16 * 60 and sum(one.cost[2] for one in every) < 60 * 60


def test_one_seed_one_result() -> None:
    first, second = (wellfit.lab.run("more_rows", size="smallest", n_jobs=jobs) for jobs in (1, 2))
    assert first.to_plain() == second.to_plain()


@pytest.mark.parametrize(
    ("name", "options", "match"),
    [("more-row", {}, "did you mean more_rows"), ("more_rows", {"size": "huge"}, "smallest, quick, full"),
     ("more_rows", {"data": "/nowhere/at/all"}, "There is no folder")],
)  # fmt: skip
def test_what_there_is_not(name: str, options: dict[str, str], match: str) -> None:
    with pytest.raises(wellfit.InputError, match=match):
        wellfit.lab.run(name, **options)  # type: ignore[arg-type]
