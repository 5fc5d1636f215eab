"""Settings of techniques drawn at random from the ranges that they declare."""

from __future__ import annotations

import math
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np

from wellfit.techniques.base import Technique

Random = np.random.Generator
DECADES = 100.0  # a scale without an upper end is drawn within this factor of its default
STRENGTHS = (1e-4, 10.0)  # a strength without an upper end that is off by default
WHOLES = 4.0  # a whole number without an upper end is drawn within this factor of its default
UNDRAWN: Any = object()


def drawn_technique(cls: type[Technique], random: Random) -> dict[str, Any]:
    """A technique as a table: its name where it has one, and every setting with a declared range drawn from it.

    Settings of which no range is known keep their defaults.
    """
    fields: dict[str, Any] = cls.__pydantic_fields__
    table = {"name": fields["name"].default} if "name" in fields else {}
    for name, field in fields.items():
        if name != "name":
            value = drawn_setting(field, random)
            if value is not UNDRAWN:
                table[name] = value
    return table


def drawn_setting(field: Any, random: Random) -> Any:
    """A value of one setting, uniform over its range, of scales log-uniform; `UNDRAWN` where no range is known."""
    kinds = _kinds(field.annotation)
    if field.default is None:  # found from the data
        return UNDRAWN
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "low" in extra:
        return _number(field.default, extra["low"], extra["high"], False, bool(extra["open"]), random)
    choices = [one for kind in kinds if get_origin(kind) is Literal for one in get_args(kind)]
    if choices:
        return choices[int(random.integers(len(choices)))]
    if bool in kinds:
        return bool(random.integers(2))
    low, high, open_low, open_high = bounds_of(field)
    if int in kinds:
        return _whole(int(field.default), low, high, random)
    if float in kinds:
        return _number(field.default, low, high, open_low, open_high, random)
    return UNDRAWN


def bounds_of(field: Any) -> tuple[float, float, bool, bool]:
    """The declared range of a number: least, most, and whether each end is left out."""
    low, high, open_low, open_high = -math.inf, math.inf, False, False
    for one in field.metadata:
        low = getattr(one, "ge", low)
        high = getattr(one, "le", high)
        if getattr(one, "gt", None) is not None:
            low, open_low = one.gt, True
        if getattr(one, "lt", None) is not None:
            high, open_high = one.lt, True
    return float(low), float(high), open_low, open_high


def _kinds(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _whole(default: int, low: float, high: float, random: Random) -> int:
    least = max(low, default / WHOLES, 0)
    most = min(high, max(default, 1) * WHOLES)
    if least < 1:
        return int(random.integers(math.ceil(least), int(most) + 1))
    return int(np.clip(round(log_uniform(least, most, random)), math.ceil(least), math.floor(most)))


def _number(default: Any, low: float, high: float, open_low: bool, open_high: bool, random: Random) -> float:
    """Uniform over a range with two ends; log-uniform about the default, or over strengths, without an upper end."""
    value = float(getattr(default, "value", default if isinstance(default, int | float) else default[0]))
    if math.isfinite(low) and math.isfinite(high):
        drawn = float(random.uniform(low, high))
        return drawn if low < drawn < high or not (open_low or open_high) else (low + high) / 2
    if value == 0:
        return log_uniform(*STRENGTHS, random)
    if value < 0 or not math.isfinite(low):
        return float(random.uniform(min(2 * value, -2 * value), max(2 * value, -2 * value)))
    return log_uniform(max(low, value / DECADES), min(high, value * DECADES), random)


def log_uniform(low: float, high: float, random: Random) -> float:
    """A number whose logarithm is uniform between those of two numbers above 0."""
    return float(np.exp(random.uniform(math.log(low), math.log(high))))
