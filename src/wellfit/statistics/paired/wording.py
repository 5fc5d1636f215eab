"""Numbers with the digits that their standard error allows, and verdicts as sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wellfit.statistics.paired.verdicts import BETTER, SAME, WORSE

if TYPE_CHECKING:
    from wellfit.statistics.paired.difference import PairedDifference

ESTIMATED = "the mean loss of this recipe, trained on as many rows as here, on new rows of this table"


def rounded(value: float, standard_error: float) -> str:
    """A value with as many digits as its standard error allows: to the error's first digit, its second after a 1.

    standard_error: 0 or more; 0, NaN and infinite ones, of which nothing is known, leave four digits.

    >>> rounded(0.123456, 0.0021), rounded(0.123456, 0.0012), rounded(12345.6, 234), rounded(2.0, math.nan)
    ('0.123', '0.1235', '12300', '2')
    """
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else ("infinite" if value > 0 else "-infinite")
    if not (math.isfinite(standard_error) and standard_error > 0):
        return f"{value:.4g}"
    return _to(value, decimals_for(standard_error))


def decimals_for(standard_error: float) -> int:
    """Digits behind the point that a standard error above 0 allows; below 0: tens, hundreds and so on.

    >>> [decimals_for(error) for error in (0.0021, 0.0012, 0.0097, 3.0, 234.0)]
    [3, 4, 2, 0, -2]
    """
    shown = f"{standard_error:.1e}"  # rounded to two digits first: 0.0097 has the size of 0.01
    first, exponent = int(shown[0]), int(shown.split("e")[1])
    if first == 9 and shown[2] >= "5":
        first, exponent = 1, exponent + 1
        return -exponent
    return -exponent + (1 if first == 1 else 0)


def shown_value(difference: PairedDifference, flip: bool = False) -> str:
    """The difference and its interval in the digits that the standard error allows; flip: with the other sign."""
    value, error = difference.value, difference.standard_error
    sign = -1.0 if flip else 1.0
    words = rounded(sign * value.mean + 0.0, error)
    if not value.known:
        return words
    low, high = sorted((sign * value.low + 0.0, sign * value.high + 0.0))
    return f"{words} (95 % interval {rounded(low, error)} to {rounded(high, error)})"


def verdict_sentence(difference: PairedDifference, first: str, second: str, loss: str = "loss") -> str:
    """A sentence for people: the verdict, the size with its interval, and what would tell more.

    first, second: names of what was compared, the second the reference. loss: the name of the loss (default "loss").
    """
    value, verdict = difference.value, difference.verdict
    if verdict in (BETTER, WORSE) and not math.isfinite(value.mean):
        more = first if verdict == WORSE else second
        said = f"{first} is {verdict} than {second}: networks of {more} diverge more often."
    elif verdict == BETTER:
        said = f"{first} is better than {second}: {loss} lower by {shown_value(difference, flip=True)}."
    elif verdict == WORSE:
        said = f"{first} is worse than {second}: {loss} higher by {shown_value(difference)}."
    else:
        lower = value.mean < 0
        size = f"{loss} {'lower' if lower else 'higher'} by {shown_value(difference, flip=lower)}"
        if value.mean == 0:
            size = f"{loss} the same" + (f", difference {shown_value(difference)}" if value.low < value.high else "")
        elif not math.isfinite(value.mean):
            size = "no difference of mean losses can be measured"
        if verdict == SAME:
            margin = rounded(difference.margin, difference.margin / 20)
            said = f"{first} and {second} are practically the same: {size}, inside the margin of {margin}."
        else:
            said = f"{first} and {second} are not distinguishable: {size}; {difference.advice}."
    return f"{said} {sentence(difference.remark)}".rstrip()


def sentence(text: str) -> str:
    """Words as a sentence of their own; nothing of nothing."""
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _to(value: float, decimals: int) -> str:
    if decimals > 0:
        shown = f"{value:.{decimals}f}"
        return shown[1:] if float(shown) == 0 and shown.startswith("-") else shown
    return f"{int(round(value, decimals))}"
