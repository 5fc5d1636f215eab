"""Numbers with the digits that their standard error allows, and verdicts as sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wellfit.reprs import significant
from wellfit.statistics.paired.verdicts import BETTER, SAME, WORSE

if TYPE_CHECKING:
    from wellfit.statistics.paired.difference import PairedDifference

LONG = 1e12  # from here on the powers of ten are written as such
ESTIMATED = "the mean loss of this recipe, trained on as many rows as here, on new rows of this table"


def rounded(value: float, standard_error: float) -> str:
    """A value with as many digits as its standard error allows (`decimals_for`).

    standard_error: 0 or more; 0, NaN and infinite ones, of which nothing is known, leave four digits.

    >>> rounded(0.123456, 0.0061), rounded(0.123456, 0.0021), rounded(12345.6, 234), rounded(2.0, math.nan)
    ('0.123', '0.1235', '12,350', '2')
    """
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else ("infinite" if value > 0 else "-infinite")
    if not (math.isfinite(standard_error) and standard_error > 0):
        return significant(value)
    decimals = decimals_for(standard_error)
    if abs(value) >= LONG:
        return f"{value:.2e}"
    if decimals <= 0:
        return f"{int(round(value, decimals)):,}"
    shown = f"{value:,.{decimals}f}"
    return shown[1:] if round(value, decimals) == 0 and shown.startswith("-") else shown


def decimals_for(standard_error: float) -> int:
    """Digits behind the point that a standard error above 0 allows; below 0: tens, hundreds and so on.

    The error itself would keep two digits up to 35, one up to 94, and 95 to 99 is rounded to 100: the rule of the
    Particle Data Group's "Review of particle physics" (introduction, "Rounding").

    >>> [decimals_for(error) for error in (0.0021, 0.0036, 0.0096, 3.6, 234.0)]
    [4, 3, 3, 0, -1]
    """
    exponent = math.floor(math.log10(standard_error))
    leading = round(standard_error / 10.0**exponent, 2)
    if leading >= 10:
        leading, exponent = 1.0, exponent + 1
    if leading >= 9.5:
        return -exponent
    return 1 - exponent if leading < 3.55 else -exponent


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
            margin = f"{float(f'{difference.margin:.2g}'):g}"
            said = f"{first} and {second} are practically the same: {size}, inside the margin of {margin}."
        else:
            said = f"{first} and {second} are not distinguishable: {size}; {difference.advice}."
    return f"{said} {sentence(difference.remark)}".rstrip()


def sentence(text: str) -> str:
    """Words as a sentence of their own; nothing of nothing."""
    return f"{text[0].upper()}{text[1:]}." if text else ""
