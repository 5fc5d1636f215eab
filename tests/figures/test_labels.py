"""Labels at the ends of lines never lie on one another, and stay as near as they can."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellfit.figures import Axis, line_figure
from wellfit.figures.labels import spread
from wellfit.figures.look import HEIGHT, LINE_GAP


@given(st.lists(st.floats(-50, 350), max_size=20), st.floats(1, 30))
def test_places_are_apart_inside_and_in_order(wanted: list[float], gap: float) -> None:
    places = spread(wanted, gap, 0.0, 300.0)
    gap = min(gap, 300.0 / max(len(wanted) - 1, 1))
    assert all(-1e-9 <= place <= 300.0 + 1e-9 for place in places)
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(np.array(places)[order]) >= gap - 1e-6).all()


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [([50.0, 50.0], [45.0, 55.0]), ([10.0, 90.0], [10.0, 90.0]), ([99.0, 100.0], [90.0, 100.0]), ([120.0], [100.0])],
)
def test_places_move_as_little_as_they_can(wanted: list[float], expected: list[float]) -> None:
    assert spread(wanted, 10.0, 0.0, 100.0) == pytest.approx(expected)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_labels_of_lines_that_end_together_stand_apart(scale: str) -> None:
    ends = [1.0, 1.001, 1.002, 30.0]
    columns = {"x": [1, 2] * 4, "y": [v for end in ends for v in (100.0, end)], "s": np.repeat(list("abcd"), 2)}
    y = Axis("y", "y", scale=scale)  # type: ignore[arg-type]
    spec = line_figure(columns, Axis("x", "x"), y, series="s", name="try", title="Seen.").spec
    labels = spec["layer"][-1]
    domain = labels["encoding"]["y"]["scale"]["domain"]
    pixels = y.along([row["label_y"] for row in labels["data"]["values"]], domain) * HEIGHT
    assert np.diff(np.sort(pixels)).min() >= LINE_GAP - 1e-6
    assert [row["label"] for row in labels["data"]["values"]] == list("abcd")
