"""One axis of a figure: which column, its title with the unit, its scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, clean, quoted
from wellfit.figures.look import wrapped

Scale = Literal["linear", "log", "category"]
MOST_LOG_TICKS = 8
LARGE = 10_000.0  # from here on a logarithmic axis writes 10k, 1M
SMALL = 1e-4  # below which a linear axis writes 1e-5
TINY, HUGE = 1e-300, 1e300  # ends that no axis passes: its length has to be a number
MARGIN = 0.04  # of an axis is left free beyond the data, at either end


@dataclass(frozen=True)
class Axis:
    """What is drawn along one direction of a figure.

    column: name of a column of the frame, any text.
    title: what it means, in plain words ("validation error").
    unit: "s", "% of rows"; it follows the title in brackets. "" (default): a bare number.
    scale: "linear" (default), "log" (values of 0 or less are not drawn), or "category" (in the order of the rows).
    format: how numbers are written, in d3's notation, such as ".0%"; "" (default): as Vega does.
    ends: the least and the largest value shown; None (default): those of the data, and a little beyond.

    >>> Axis("seconds", "time", "s").text
    'time (s)'
    """

    column: str
    title: str
    unit: str = ""
    scale: Scale = "linear"
    format: str = ""
    ends: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.scale not in ("linear", "log", "category"):
            raise InputError(f"The scale of an axis is linear, log or category; got {quoted(self.scale)}.")
        if self.ends is not None and not (np.isfinite(self.ends).all() and self.ends[0] < self.ends[1]):
            raise InputError(f"The ends of an axis are two finite numbers, the first the smaller; got {self.ends}.")
        if self.ends is not None and self.scale == "log" and self.ends[0] <= 0:
            raise InputError(f"The ends of a logarithmic axis lie above 0; got {self.ends}.")

    @property
    def text(self) -> str:
        """The title with its unit."""
        return clean(f"{self.title} ({self.unit})" if self.unit else self.title)

    def drawable(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which values lie on this axis: finite ones, up to 1e300, on a logarithmic one above 0."""
        return np.isfinite(values) & (np.abs(values) <= HUGE) & ((values >= TINY) | (self.scale != "log"))

    def domain(self, values: Any, zero: bool = False, margin: float = MARGIN) -> list[float]:
        """The two ends of the axis for some values; those that cannot be drawn do not count.

        zero: whether 0 is shown in any case (default False). margin: share of the length beyond the values.
        """
        if self.ends is not None:
            return list(self.ends)
        known = np.asarray(values, np.float64)
        known = known[self.drawable(known)]
        if not len(known):
            return [0.1, 1.0] if self.scale == "log" else [0.0, 1.0]
        low, high = float(known.min()), float(known.max())
        if self.scale == "log":
            reach = max((math.log10(high) - math.log10(low)) * margin, 0.02)
            return [max(low / 10**reach, TINY), min(high * 10**reach, HUGE)]
        if zero:
            low, high = min(low, 0.0), max(high, 0.0)
        reach = (high - low) * margin or abs(high) * margin or margin
        # Numbers of 0 or more are not shown as if they could be less.
        first = max(low - reach, 0.0) if low >= 0 else low - reach
        return [first, min(high + reach, 0.0) if high <= 0 and low < 0 else high + reach]

    def encoding(self, field: str, ends: list[float], length: float, **axis: Any) -> dict[str, Any]:
        """Vega-Lite's encoding of this axis by numbers. ends: of the scale.

        length: in pixels, by which the title is wrapped. axis: more of the axis's properties.
        """
        kind: dict[str, Any] = {"type": "log"} if self.scale == "log" else {"zero": False}
        scale = {**kind, "domain": ends, "nice": False}
        ticks: dict[str, Any] = {"tickCount": max(3, int(length / 60))}
        if self.scale == "log":
            # Of ticks that are given, Vega leaves some out where it is also told how many there are to be.
            ticks = {"format": "~s" if ends[1] >= LARGE else "~g", **(log_ticks(*ends) or ticks)}
        elif max(map(abs, ends)) < SMALL:
            ticks["format"] = "~g"  # Vega would write all digits before the first that counts
        if self.format:
            ticks["format"] = self.format if self.scale == "log" else fine_enough(self.format, ends, ticks["tickCount"])
        shown = {"title": wrapped(self.text, length), **ticks, **axis}
        return {"field": field, "type": "quantitative", "scale": scale, "axis": shown}

    def along(self, values: Any, ends: list[float]) -> NDArray[np.float64]:
        """Where values lie between the ends, as a share of the axis's length."""
        low, high, at = (np.log10(v) if self.scale == "log" else np.asarray(v, np.float64) for v in (*ends, values))
        return np.asarray((at - low) / (high - low))

    def at(self, share: Any, ends: list[float]) -> NDArray[np.float64]:
        """The inverse of `along`."""
        low, high = (np.log10(v) if self.scale == "log" else v for v in ends)
        value = low + np.asarray(share, np.float64) * (high - low)
        return np.asarray(10**value if self.scale == "log" else value)


def fine_enough(form: str, ends: list[float], count: int) -> str:
    """A format of shares with as many digits as ticks need to differ; any other as it is. count: of ticks, about.

    >>> fine_enough(".0%", [0.0, 1.0], 6), fine_enough(".0%", [0.0, 0.02], 6), fine_enough(".2f", [0.0, 0.02], 6)
    ('.0%', '.1%', '.2f')
    """
    if not (form.startswith(".") and form.endswith("%")):
        return form
    # Vega takes 1, 2, 5 or 10 times a power of 10, and 10 from the root of 50 on.
    power = math.floor(math.log10((ends[1] - ends[0]) / count * 2**0.5))
    return f".{max(int(form[1:-1]), -power - 2)}%"


def log_ticks(low: float, high: float) -> dict[str, Any]:
    """Where a logarithmic axis has ticks: at 1, 2, 5 times powers of 10, or at powers of 10 alone where these are many.

    Empty where so few of these lie between the ends that Vega's own are better.
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
    whole = [float(f"1e{power}") for power in powers]
    for ticks in (fine, whole, *(whole[::step] for step in range(2, len(whole)))):
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) <= MOST_LOG_TICKS:
            return {"values": inside} if len(inside) > 1 else {}
    return {}
