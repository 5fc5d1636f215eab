"""Label noise: confident learning by hand, flipped labels found, overlapping classes told from wrong labels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from wellfit.statistics.label_noise import ranked_apart, sure_halves, sure_rows, suspect_labels, suspect_numbers


def two_classes(apart: float, flipped: float, rows: int = 4000, seed: int = 0) -> tuple[np.ndarray, ...]:
    """True posteriors given the noisy labels' rate, noisy labels, and which were flipped."""
    draws = np.random.default_rng(seed)
    truth = draws.integers(0, 2, rows)
    x = draws.normal(truth * apart)
    clean = 1 / (1 + np.exp(-apart * (x - apart / 2)))
    flips = draws.random(rows) < flipped
    noisy = clean * (1 - flipped) + (1 - clean) * flipped
    return np.stack([1 - noisy, noisy], axis=1), np.where(flips, 1 - truth, truth), flips


def test_the_confident_joint_by_hand() -> None:
    # Thresholds: class 0 has mean own probability (.9 + .8 + .8 + .1) / 4 = .65, class 1 (.7 + .9 + .2) / 3 = .6.
    first = np.array([0.9, 0.8, 0.8, 0.1, 0.3, 0.1, 0.8])
    classes = np.array([0, 0, 0, 0, 1, 1, 1])
    # Counted: of label 0 three as 0 and one (row 3) as 1; of label 1 two as 1 and one (row 6, .8 >= .65) as 0.
    found = suspect_labels(np.stack([first, 1 - first], axis=1), classes)
    assert found.tolist() == [3, 6]  # row 3 is given up by 0.8, row 6 by 0.6


def test_flipped_labels_are_found_and_clean_ones_left() -> None:
    probabilities, classes, flips = two_classes(apart=4.0, flipped=0.1)
    found = suspect_labels(probabilities, classes)
    assert flips[found].mean() > 0.75 and flips[found].sum() / flips.sum() > 0.9
    clean, classes, _ = two_classes(apart=4.0, flipped=0.0)
    assert len(suspect_labels(clean, classes)) < 0.03 * len(classes)


@pytest.mark.parametrize("apart", [1.5, 3.0])
def test_sure_rows_have_the_rate_of_the_noise_and_no_more_where_classes_overlap(apart: float) -> None:
    probabilities, classes, _ = two_classes(apart, flipped=0.0)
    clean = sure_rows(probabilities, classes, 0.2)
    assert clean.share < 0.35 * clean.overall
    noisy = sure_rows(*two_classes(apart, flipped=0.1)[:2], share=0.2)
    assert noisy.low <= 0.1 + clean.share and noisy.share == pytest.approx(0.1 + 0.8 * clean.share, abs=0.025)
    # The lower end is Clopper and Pearson's.
    assert noisy.low == pytest.approx(stats.binomtest(noisy.wrong, noisy.rows, alternative="greater")
                                      .proportion_ci(0.95, "exact").low)  # fmt: skip


def test_ranked_apart_is_mann_and_whitneys_statistic_and_small_where_nothing_is_known() -> None:
    draws = np.random.default_rng(1)
    first = draws.random(300)
    two = draws.integers(0, 2, 300)
    z = stats.mannwhitneyu(first[two == 0], first[two == 1], method="asymptotic", use_continuity=False)
    apart = ranked_apart(np.stack([first, 1 - first], axis=1), two)
    assert abs(apart) == pytest.approx(stats.norm.isf(z.pvalue / 2), rel=1e-9)
    nothing = [ranked_apart(draws.dirichlet(np.ones(5), 100), draws.integers(0, 5, 100)) for _ in range(400)]
    assert abs(np.mean(nothing)) < 0.15 and 0.3 < np.std(nothing) < 1.05
    assert ranked_apart(np.ones((5, 1)), np.zeros(5, int)) == 0


def test_permuted_numbers_are_on_the_wrong_side_everywhere_and_noisy_ones_in_the_middle() -> None:
    draws = np.random.default_rng(0)
    predicted = draws.normal(size=4000)
    noisy = predicted + draws.standard_t(3, 4000) * 0.6  # heavy tails, and as many on the wrong side in all
    mixed = np.where(draws.random(4000) < 0.3, draws.permutation(predicted), predicted)
    clean, wrong = (sure_halves(predicted, y, 0.2) for y in (noisy, mixed))
    assert clean.overall == pytest.approx(wrong.overall, abs=0.08) and clean.share < 0.03
    assert wrong.share == pytest.approx(0.15, abs=0.03)  # half of 30 %


def test_numbers_far_from_rows_like_them() -> None:
    draws = np.random.default_rng(0)
    predicted = draws.uniform(0, 10, 2000)
    spread = 0.5 + 0.2 * predicted  # larger numbers are predicted worse, and are no suspects for it
    target = predicted + draws.normal(size=2000) * spread
    assert suspect_numbers(predicted, target).sure < 0.002
    wrong = draws.permutation(2000)[:40]
    target[wrong] += 25 * spread[wrong]
    found = suspect_numbers(predicted, target)
    assert set(wrong) <= set(found.rows) and len(found.rows) <= 50
    assert found.scores[found.rows[0]] == found.scores.max()
