"""Double descent: peaks and thresholds read off known curves, noise on training labels alone, and a real table."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_diabetes, load_digits

import wellfit
from wellfit.errors import InputError
from wellfit.studies.base import settings_of, study_table
from wellfit.studies.base.table import measured_views
from wellfit.studies.generalisation.double_descent_answer import crossing, peak_of
from wellfit.studies.generalisation.noisy_labels import noisy_table, noisy_values
from wellfit.tables.arrays import Target

DIGITS, OWN = (one[:300] for one in load_digits(return_X_y=True))
DIGITS = DIGITS / 16
RECIPE = wellfit.Recipe.plain(hidden=(4,)).vary(
    {"optimizer": {"name": "momentum", "learning_rate": 0.05}, "epochs": 30, "batch_size": 32, "scaling": "none"}
)


@pytest.mark.parametrize(
    ("means", "found"),
    [
        ([5, 4, 3, 2], None),
        ([2, 3, 4], None),
        ([5, 3, 4, 2], (2, 1, 3)),
        ([9, 2, 4, 3, 6, 1, 5, 4.9], (4, 1, 5)),
        ([5, 3, np.inf, 4, 2], (3, 1, 4)),
    ],
)
def test_a_peak_stands_between_two_lower_errors(means: list[float], found: tuple[int, int, int] | None) -> None:
    noise = 0.01 * np.random.default_rng(0).normal(size=(len(means), 4))
    peak = peak_of(range(len(means)), np.array(means)[:, None] + noise)
    assert (None if peak is None else (peak.value, peak.before, peak.after)) == found
    if peak is not None:
        assert peak.shown and peak.rise.mean == pytest.approx(means[peak.value] - means[peak.before], abs=0.03)


def test_a_peak_of_one_seed_is_not_shown_to_be_one() -> None:
    peak = peak_of([1, 2, 3], np.array([[1.0], [2.0], [1.0]]))
    assert peak is not None and not peak.shown and not peak.rise.known
    wild = peak_of([1, 2, 3], np.array([[1.0, 2.0], [2.0, 1.9], [1.0, 1.1]]))
    assert wild is not None and not wild.shown


def test_the_place_where_parameters_are_as_many_as_labels_is_between_two_values() -> None:
    widths = [2, 4, 8, 16]
    assert crossing(widths, np.array([0.25, 0.5, 2.0, 4.0])) == pytest.approx(np.sqrt(32))
    assert crossing(widths, np.array([4.0, 2.0, 0.5, 0.25])) == pytest.approx(np.sqrt(32)), "of rows the ratio falls"
    assert crossing(widths, np.array([0.1, 0.2, 0.3, 0.4])) is None


def test_noise_redraws_training_labels_alone() -> None:
    table = study_table(DIGITS, OWN, {})
    view = measured_views(table, settings_of({}), validates=False).views[0]
    found = noisy_table(table, view.training, (0.0, 0.3, 1.0), 0)
    labels = found.table.rows.target.values[:, 0]
    assert np.array_equal(labels[:300], OWN), "the given rows keep their labels, those that measure among them"
    for noise, places in found.places.items():
        np.testing.assert_array_equal(found.table.rows.arrays.numbers[places], table.rows.arrays.numbers[view.training])
        wrong = (labels[places] != OWN[view.training]).mean()
        assert wrong == pytest.approx(0.9 * noise, abs=0.08) and (noise > 0 or wrong == 0)
    numbers = Target("numbers", np.float32(5 * np.arange(2000) % 7)[:, None])
    moved = noisy_values(numbers, 0.5, np.random.default_rng(0)) - numbers.values
    assert moved.std() == pytest.approx(0.5 * numbers.values.std(), rel=0.1)


def test_double_descent_by_width_on_a_real_table() -> None:
    study = wellfit.studies.double_descent(
        RECIPE, DIGITS, OWN, values=[2, 16], label_noise=[0.0, 0.5], seeds=2, n_jobs=1
    )
    rows = study.table.to_dicts()
    assert [(row["noise"], row["width"]) for row in rows] == [(0, 2), (0, 16), (0.5, 2), (0.5, 16)]
    view = measured_views(study_table(DIGITS, OWN, {}), settings_of({}), validates=False).views[0]
    inputs = int((np.ptp(DIGITS[view.training], axis=0) > 0).sum())
    assert rows[1]["parameters"] == inputs * 16 + 16 + 16 * 10 + 10
    assert rows[1]["per_label"] == pytest.approx(rows[1]["parameters"] / (240 * 10))
    assert rows[1]["training_error"] < 0.05 < 0.2 < rows[3]["training_error"], "noisy labels are those that are fitted"
    assert rows[3]["test_error"] < rows[3]["training_error"], "held-out rows keep their true labels"
    assert all(0 < row["effective_parameters"] < row["parameters"] for row in rows)
    own = wellfit.train(RECIPE.vary(hidden=(16,)), DIGITS, OWN, views=[view], seeds=[0, 1])
    wrong = [np.mean(member.model.predict(DIGITS[view.test]) != OWN[view.test]) for member in own]
    assert rows[1]["test_error"] == pytest.approx(np.mean(wrong), abs=0.05)
    assert study.verdict.startswith("Without label noise the error has no peak") and "With 50% label" in study.verdict


@pytest.mark.parametrize(("over", "values"), [("epochs", [1, 4]), ("rows", [20, 100])])
def test_over_epochs_and_rows_with_numbers(over: str, values: list[int]) -> None:
    X, y = load_diabetes(return_X_y=True)
    options: Any = {"label_noise": [0.5], "seeds": 1, "effective": False, "n_jobs": 1}
    study = wellfit.studies.double_descent(RECIPE.vary(scaling="standard"), X, y, over=over, values=values, **options)
    networks, rows = study.details["networks"], study.table
    assert rows[over].to_list() == values
    updates = {"epochs": [12, 48], "rows": [30, 120]}[over]  # batches of 32 from 353 rows; 30 epochs
    assert networks["updates"].to_list() == updates
    labels = [353, 353] if over == "epochs" else values
    np.testing.assert_allclose(rows["per_label"].to_numpy() * labels, rows["parameters"].cast(pl.Float64))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"over": "depth"}, "over width, epochs or rows; got 'depth'"),
        ({"values": [2, 2]}, "differ from each other"),
        ({"values": [0]}, "whole numbers of 1 or more; got 0"),
        ({"over": "rows", "values": [500]}, "Networks train on 20 to 240 of these rows; got 500"),
        ({"label_noise": [1.5]}, "shares from 0 to 1; got"),
        ({"alpha": 0.0}, "alpha is a precision above 0"),
        ({"partitions": 2}, "leave partitions out"),
        ({"margin": 0.1}, "leave margin out"),
        ({"kind": "count"}, "Counts have no label noise"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        wellfit.studies.double_descent(RECIPE, DIGITS, OWN, **given)
