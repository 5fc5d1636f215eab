"""Settings of every registered technique are refused out of range, by name, alone and in a recipe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import annotated_types
import pytest
from pydantic import ValidationError

from tests.contract.enrolment import all_techniques
from tests.engines.compiled.bench import plain
from wellfit.errors import InputError
from wellfit.recipe import Recipe
from wellfit.techniques.base import REGISTRY


def outside(field: Any) -> Iterator[float]:
    """Numbers just outside the bounds of a setting."""
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "low" in extra:
        yield extra["low"] - 0.001
        if extra["high"] != float("inf"):
            yield extra["high"] if extra["open"] else extra["high"] * 1.001
    for bound in field.metadata:
        whole = field.annotation in (int, int | None)
        if isinstance(bound, annotated_types.Ge):
            yield bound.ge - (1 if whole else 0.001)
        if isinstance(bound, annotated_types.Le):
            yield bound.le + (1 if whole else 0.001)
        if isinstance(bound, annotated_types.Gt):
            yield bound.gt
        if isinstance(bound, annotated_types.Lt):
            yield bound.lt


def bounded() -> Iterator[tuple[str, str, str, float]]:
    for family, name, cls in all_techniques():
        for setting, field in cls.model_fields.items():
            for number in outside(field):
                yield family, name, setting, number


BOUNDED = list(bounded())


def test_settings_of_most_families_are_found() -> None:
    assert len({family for family, *_ in BOUNDED}) > 30
    assert list(outside(Recipe.model_fields["epochs"])) == [0, 10**9 + 1]


@pytest.mark.parametrize(("family", "name", "setting", "number"), BOUNDED, ids=str)
def test_a_setting_out_of_range_is_refused_by_name(family: str, name: str, setting: str, number: float) -> None:
    cls = REGISTRY[family][name]
    with pytest.raises(ValidationError, match=setting):
        cls(**{setting: number})
    if family in Recipe.model_fields:
        table = {setting: number, **({"name": name} if "name" in cls.model_fields else {})}
        with pytest.raises(InputError, match="at least|at most|below|above|greater|less") as told:
            plain(**{family: table})
        assert setting in str(told.value) and "\n" not in str(told.value)
