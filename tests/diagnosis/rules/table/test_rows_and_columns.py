"""Rules about rows, columns and splits: each found where planted, fine where not."""

from __future__ import annotations

import numpy as np

from tests.diagnosis.rules.table.made import halves, later, network, said, table
from wellfit.diagnosis.base import Case
from wellfit.recipe import Recipe
from wellfit.tables.arrays import View


def draws_of(rows: int = 500, seed: int = 0) -> tuple[dict[str, np.ndarray], np.ndarray]:
    draws = np.random.default_rng(seed)
    columns = {name: draws.normal(size=rows) for name in "abcd"}
    return columns, (columns["a"] + draws.normal(size=rows) > 0).astype(int)


def test_unscaled_inputs_by_size_setting_and_cost() -> None:
    columns, y = draws_of()
    off = Recipe(scaling="none")
    assert said(Case(off, table(y, **columns)), "unscaled-inputs").status == "fine"
    columns["a"] = columns["a"] * 1000
    large = table(y, **columns)
    assert said(Case(Recipe(), large), "unscaled-inputs").status == "fine"
    judgement = said(Case(off, large), "unscaled-inputs")
    assert judgement.severity == "problem" and judgement.evidence["of"] == "a"
    assert judgement.remedies[0].changes == {"scaling": "robust"}
    assert said(Case(off.vary(normalization="batch"), large), "unscaled-inputs").severity == "warning"
    view = halves(500)
    own = tuple(network(view, losses=loss, place=k) for k, loss in enumerate((0.5, 0.52, 0.51)))
    alike = Case(off, large, own, {"default recipe": own})
    assert said(alike, "unscaled-inputs").severity == "warning"  # it costs nothing here
    better = tuple(network(view, losses=0.3, place=k) for k in range(3))
    assert said(Case(off, large, own, {"default recipe": better}), "unscaled-inputs").severity == "problem"


def test_equal_rows_across_a_given_split_and_near_ones_anywhere() -> None:
    columns, y = draws_of(400)
    clean = table(y, **columns)
    assert said(Case(Recipe(), clean), "duplicate-rows").status == "fine"
    twice = table(np.append(y, y[:60]), **{k: np.append(v, v[:60]) for k, v in columns.items()})
    assert said(Case(Recipe(), twice), "duplicate-rows").status != "not applicable"
    apart = View(np.arange(400), np.arange(400, 460))
    judgement = said(Case(Recipe(), twice, (network(apart),)), "duplicate-rows")
    assert judgement.severity == "problem" and judgement.evidence["held-out rows seen in training"] == 60
    change = judgement.remedies[0].table
    assert change is not None and (0, 400) in change.keep_together and len(change.keep_together) == 60
    near = table(np.append(y, y[:60]), **{k: np.append(v, v[:60] + 1e-4) for k, v in columns.items()})
    judgement = said(Case(Recipe(), near, (network(apart),)), "duplicate-rows")
    assert judgement.status == "found" and judgement.evidence["near pairs"] >= 55
    change = judgement.remedies[0].table
    assert change is not None and (0, 400) in change.keep_together
    held = np.append(np.arange(10, 30), np.arange(410, 430))
    together = View(np.setdiff1d(np.arange(460), held), held)
    judgement = said(Case(Recipe(), near, (network(together),)), "duplicate-rows")
    assert judgement.severity == "hint" and "0% of the pairs across" in judgement.sentence


def test_columns_that_tell_the_target_and_honest_strong_ones() -> None:
    columns, y = draws_of()
    draws = np.random.default_rng(1)
    assert said(Case(Recipe(), table(y, **columns)), "leaking-columns").status == "fine"
    strong = y + draws.normal(0, 0.4, 500)  # a good predictor: 89 % of the rows
    assert said(Case(Recipe(), table(y, **columns, strong=strong)), "leaking-columns").status == "fine"
    weak = np.where(draws.random(500) < 0.02, 1 - y, y) + draws.normal(0, 0.05, 500)
    judgement = said(Case(Recipe(), table(y, **columns, weak=weak)), "leaking-columns")
    assert judgement.status == "found" and judgement.evidence["columns"] == ["weak"]
    copy = y * 3.0 + draws.normal(0, 0.01, 500)
    judgement = said(Case(Recipe(), table(y, **columns, copy=copy)), "leaking-columns")
    assert judgement.severity == "problem" and judgement.remedies[0].table is not None
    assert judgement.remedies[0].table.drop_columns == ("copy",)


def test_columns_that_name_rows() -> None:
    columns, y = draws_of()
    draws = np.random.default_rng(1)
    assert said(Case(Recipe(), table(y, **columns)), "identifier-columns").status == "fine"
    counted = said(Case(Recipe(), table(y, **columns, id=np.arange(500))), "identifier-columns")
    assert counted.severity == "hint" and counted.evidence["left out"] == ["id"]  # left out already
    rising = np.cumsum(draws.integers(1, 9, 500)) + 77_000
    judgement = said(Case(Recipe(), table(y, **columns, ticket=rising)), "identifier-columns")
    assert judgement.severity == "warning" and judgement.evidence["columns"] == ["ticket"]
    assert said(Case(Recipe(), table(y[:30])), "identifier-columns").status == "not applicable"


def test_columns_with_one_value() -> None:
    columns, y = draws_of()
    assert said(Case(Recipe(), table(y, **columns)), "constant-columns").status == "fine"
    same = said(Case(Recipe(), table(y, **columns, same=np.ones(500))), "constant-columns")
    assert same.severity == "hint" and same.evidence["left out"] == ["same"]
    assert not same.remedies  # it is left out already
    almost = np.where(np.arange(500) == 499, 1.0, 0.0)
    held = table(y, **columns, almost=almost)
    assert said(Case(Recipe(), held), "constant-columns").severity == "hint"
    judgement = said(Case(Recipe(), held, (network(halves(500)),)), "constant-columns")
    assert judgement.severity == "hint" and judgement.evidence["constant"] == ["almost"]


def test_a_part_of_a_date_with_one_value_is_no_reason_to_leave_out_the_date() -> None:
    columns, y = draws_of()
    days = np.datetime64("2023-01-01") + np.arange(500) % 360
    days[-1] = np.datetime64("2022-12-30")
    dated = table(y, **columns, when=days.astype(str))
    nearly = said(Case(Recipe(), dated), "constant-columns")
    assert nearly.evidence["nearly constant"] == ["when: year"] and not nearly.remedies
    judgement = said(Case(Recipe(), dated, (network(halves(500)),)), "constant-columns")
    assert judgement.sentence == "'when: year' has one value in all rows of a training part." and not judgement.remedies
    both = table(y, **columns, when=days.astype(str), almost=np.where(np.arange(500) == 499, 1.0, 0.0))
    judgement = said(Case(Recipe(), both, (network(halves(500)),)), "constant-columns")
    assert judgement.sentence.startswith("'when: year', 'almost' have one value")
    assert judgement.remedies[0].table is not None and judgement.remedies[0].table.drop_columns == ("almost",)
    once = np.where(np.arange(500) == 499, "2022-12-30", "2023-05-07")
    judgement = said(Case(Recipe(), table(y, **columns, when=once), (network(halves(500)),)), "constant-columns")
    assert judgement.sentence == "'when' has one value in all rows of a training part."
    assert judgement.remedies[0].table is not None and judgement.remedies[0].table.drop_columns == ("when",)


def test_later_rows_that_differ_and_rare_categories_that_do_not() -> None:
    columns, y = draws_of(400)
    draws = np.random.default_rng(5)
    words = np.array([f"w{k}" for k in range(200)])
    known = table(y, **columns, word=draws.choice(words, 400))
    fresh = {name: draws.normal(size=300) for name in "abcd"} | {"word": draws.choice(words, 300)}
    assert said(Case(Recipe(), known, later=later(known, **fresh)), "drift").status == "fine"
    moved = fresh | {"b": fresh["b"] + 2.5}
    judgement = said(Case(Recipe(), known, later=later(known, **moved)), "drift")
    assert judgement.severity == "problem" and judgement.evidence["columns"] == ["b"]
    assert 0.9 < judgement.evidence["AUC"] <= 0.97  # of normals 2.5 standard deviations apart: 0.96
    few = {name: value[:10] for name, value in fresh.items()}
    assert said(Case(Recipe(), known, later=later(known, **few)), "drift").status == "not applicable"


def test_a_column_of_times_that_split_the_rows_is_no_drift() -> None:
    columns, y = draws_of(400)
    known = table(y, **columns, time=np.arange(400.0) ** 1.1)
    draws = np.random.default_rng(5)
    fresh = {name: draws.normal(size=300) for name in "abcd"}
    known_later = later(known, **fresh, time=np.arange(400.0, 700) ** 1.1)
    assert said(Case(Recipe(), known, later=known_later), "drift").evidence["columns"] == ["time"]
    judgement = said(Case(Recipe(), known, later=known_later, later_by="time"), "drift")
    assert judgement.status == "fine" and judgement.evidence["left out"] == "time"
    assert "without 'time', by which they were split" in judgement.sentence
    alone = table(y, time=np.arange(400.0) ** 1.1)
    judgement = said(Case(Recipe(), alone, later=later(alone, time=np.arange(300.0)), later_by="time"), "drift")
    assert judgement.status == "not applicable" and "beside 'time'" in judgement.sentence


def test_no_or_few_validation_rows() -> None:
    columns, y = draws_of(300)
    known = table(y, **columns)
    assert said(Case(Recipe(), known), "no-validation").status == "fine"
    assert said(Case(Recipe(), known, (network(View(np.arange(300))),)), "no-validation").severity == "problem"
    small = View(np.arange(40), np.arange(40, 50))
    assert said(Case(Recipe(), known, (network(small),)), "no-validation").severity == "hint"
    for held, severity in ((8, "problem"), (20, "warning")):
        view = View(np.arange(300 - held), np.arange(300 - held, 300))
        assert said(Case(Recipe(), known, (network(view),)), "no-validation").severity == severity
    assert said(Case(Recipe(), known, (network(halves(300)),)), "no-validation").status == "fine"
