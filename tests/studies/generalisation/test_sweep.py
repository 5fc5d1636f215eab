"""The axis of means and intervals shows both, but not an interval that would flatten the means."""

from __future__ import annotations

import pytest

from wellfit.figures import Axis
from wellfit.studies.generalisation.sweep import focused


@pytest.mark.parametrize(
    ("means", "ends", "shown"),
    [
        ([1.0, 2.0], [0.9, 2.5], (0.86, 2.54)),
        ([1.0, 2.0], [-50.0, 50.0], (0.0, 3.04)),
        ([-1.0, 1.0], [None, float("inf"), -1.5], (-1.58, 1.08)),
        ([2.0, None, float("inf")], [], (1.92, 2.08)),
    ],
)
def test_an_axis_is_made_for_the_means(
    means: list[float | None], ends: list[float | None], shown: tuple[float, float]
) -> None:
    assert focused(Axis("y", "y"), means, ends).ends == pytest.approx(shown)


def test_without_any_mean_the_axis_stays() -> None:
    assert focused(Axis("y", "y"), [None, float("nan")]).ends is None
