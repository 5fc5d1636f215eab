"""Numbers of several parts: durations (2h 50m, 27:35, 1:02:03), feet and inches, degrees with minutes."""

from __future__ import annotations

import polars as pl

_MAY_BE = r"\d ?(?:h|d|m|:|°|'|ft|feet|Std)"
_DAYS = r"(?:(?P<d>\d+) ?d(?:ays?)?,? ?)?"
_HOURS = r"(?:(?P<h>\d+) ?(?:h|hr|hrs|hours?|Std)\.?,? ?)?"
_MINUTES = r"(?:(?P<m>\d+) ?(?:m|min|mins|minutes?)\.?,? ?)?(?:(?P<s>\d+(?:\.\d+)?) ?(?:s|sec|secs|seconds?)\.?)?"
_DURATION = f"(?i)^{_DAYS}{_HOURS}{_MINUTES}$"
_CLOCK = r"^(?:(?P<h>\d+):)?(?P<m>\d+):(?P<s>[0-5]\d(?:\.\d+)?)$"
_FEET = r"(?i)^(?P<ft>\d+) ?(?:'|ft\.?|feet|foot) ?(?P<in>(?:\d|1[01])(?:\.\d+)?) ?(?:\"|''|in\.?|inch(?:es)?)?$"
_DEGREES = (
    r"^(?P<deg>\d+(?:\.\d+)?) ?° ?(?:(?P<m>\d+(?:\.\d+)?) ?')? ?(?:(?P<s>\d+(?:\.\d+)?) ?(?:\"|''))? ?(?P<side>[NSEW])$"
)
# What a part is worth, by pattern: the sum has the unit at the end.
_WORTH = (
    (_DURATION, {"d": 1440.0, "h": 60.0, "m": 1.0, "s": 1 / 60}, " min"),
    (_CLOCK, {"h": 3600.0, "m": 60.0, "s": 1.0}, ""),
    (_FEET, {"ft": 12.0, "in": 1.0}, " in"),
    (_DEGREES, {"deg": 1.0, "m": 1 / 60, "s": 1 / 3600}, "°"),
)


def join_parts(text: pl.Series) -> pl.Series:
    """Tidy cells with each number of several parts as one: minutes, seconds of clocks, inches, degrees (south and west
    negative).
    """
    may_be = text.str.contains(_MAY_BE).fill_null(False)
    if not may_be.any():
        return text
    places = may_be.arg_true()
    found = text.gather(places)
    for pattern, worth, unit in _WORTH:
        parts = found.str.extract_groups(pattern).struct.unnest()
        known = pl.sum_horizontal(pl.col(name).is_not_null() for name in worth)
        total = pl.sum_horizontal(pl.col(name).cast(pl.Float64).fill_null(0.0) * size for name, size in worth.items())
        if "side" in parts.columns:
            total = pl.when(pl.col("side").is_in(["S", "W"])).then(-total).otherwise(total)
            fits = known > 0
        else:
            fits = known > 1
        joined = parts.select(pl.when(fits).then(total.round(9).cast(pl.String) + unit).alias("cell"))["cell"]
        found = pl.select(pl.coalesce(joined, found)).to_series()
    return text.scatter(places, found)
