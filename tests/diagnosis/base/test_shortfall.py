"""How much worse networks do than the best reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.diagnosis.rules.networks import CONSTANT, case, with_seeds
from wellfit.diagnosis.base import Case
from wellfit.diagnosis.base.shortfall import constant_by_view, costs, fits_badly, shortfall
from wellfit.studies.base import study_table


def test_it_is_the_share_of_the_reference_s_gain_that_is_missing() -> None:
    found = shortfall(case(training=0.5, validation=0.5, better=0.3))  # the reference has 0.33 on validation rows
    assert found is not None and found.reference == "default recipe"
    assert found.relative == pytest.approx((0.5 - 0.33) / (CONSTANT - 0.33))
    assert found.low <= found.relative <= found.high and costs(case(training=0.5, validation=0.5, better=0.3))


def test_the_interval_is_two_standard_errors_of_rows_and_views() -> None:
    made = case(better=0.3)
    moved = [replace(one, validation=replace(one.validation, losses=one.validation.losses + shift))  # type: ignore[type-var, arg-type]
             for one, shift in zip(made.networks, (0.0, 0.3, 0.6), strict=True)]  # fmt: skip
    found = shortfall(replace(made, networks=tuple(moved)))
    assert found is not None
    error = np.std([0.0, 0.3, 0.6], ddof=1) / np.sqrt(3)  # views differ more than rows do here
    assert found.high - found.relative == pytest.approx(2 * error / (CONSTANT - 0.33))


def test_seeds_of_a_view_are_averaged_and_rows_are_paired() -> None:
    one, two = (shortfall(each) for each in (case(better=0.3), with_seeds(case(better=0.3))))
    assert one is not None and two is not None and two.relative == pytest.approx(one.relative)


def test_the_best_of_references_and_baselines_counts() -> None:
    made = case(training=0.5, validation=0.5, better=0.3)
    linear = np.array([0.1, 0.1, 0.1])
    found = shortfall(replace(made, baselines={**made.baselines, "linear": linear}))
    assert found is not None and found.reference == "linear baseline" and found.reference_loss == pytest.approx(0.1)


def test_networks_that_all_diverged_count_as_a_constant() -> None:
    found = shortfall(case(status="diverged", better=0.3))
    assert found is not None and found.relative == 1.0 and found.clear()


def test_without_anything_to_compare_with_there_is_none() -> None:
    alone = replace(case(), baselines={})
    assert shortfall(alone) is None and not costs(alone) and fits_badly(alone, 0.1) is None
    assert shortfall(Case()) is None


def test_the_loss_of_a_constant_comes_from_the_training_rows_of_the_table() -> None:
    y = np.array([0] * 75 + [1] * 25 + [0, 1] * 50)  # a quarter of the training rows, half of the validation rows
    table = study_table(np.arange(200.0)[:, None], y, {"kind": "class"})
    found = constant_by_view(replace(case(), table=table))
    assert found[0] == pytest.approx(-(np.log(0.75) + np.log(0.25)) / 2)
