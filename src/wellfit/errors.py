"""The one exception for input that cannot be used, and how its message quotes what came."""

from __future__ import annotations

import reprlib
from typing import Any

MOST_QUOTED = 80  # characters of what came
MOST_REASON = 300  # characters of what a parser or library says


class InputError(ValueError):
    """What the caller gave breaks a rule, and the message says how to put it right.

    The message is one clear sentence: the rule, the name of the thing, what it got, and the way out. The command line
    shows it without a traceback and ends with exit code 2. It is a `ValueError`, so code that knows scikit-learn's
    habits catches it as well.

    >>> raise InputError("The target is a column of the table; got 'pricee': the nearest name is 'price'.")
    Traceback (most recent call last):
    wellfit.errors.InputError: The target is a column of the table; got 'pricee': the nearest name is 'price'.
    """


def quoted(value: Any) -> str:
    """What came, for a message: as Python writes it, on one line, control characters escaped, at most 80 characters.

    >>> quoted("price"), quoted("two\\nlines"), len(quoted("x" * 10**6))
    ("'price'", "'two\\\\nlines'", 80)
    """
    if isinstance(value, (str, bytes)):
        return _cut(repr(value[: MOST_QUOTED + 1]))
    if type(value) is int and value.bit_length() > 10 * MOST_QUOTED:  # Python refuses to write very long ones
        return f"a whole number of {value.bit_length()} bits"
    return _cut(clean(_SHORT.repr(value)))


def reason(error: BaseException) -> str:
    """What an exception says, for a message: on one line, control characters escaped, its beginning if it is long."""
    text = clean(str(error)[: MOST_REASON + 1]).rstrip(".")
    return text if len(text) <= MOST_REASON else f"{text[: MOST_REASON - 3]}..."


def clean(text: str) -> str:
    """Text on one line, in which nothing is a command to a terminal: control characters are escaped."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in " ".join(text.split()))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_QUOTED else f"{text[: MOST_QUOTED - 4]}...{text[-1]}"


class _Short(reprlib.Repr):
    """`repr` of the first few parts of what may be large."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring, self.maxother = 3, MOST_QUOTED, MOST_QUOTED
        self.maxlist = self.maxtuple = self.maxset = self.maxdict = 8

    def repr_int(self, x: int, level: int) -> str:
        """A whole number, a very long one by its length."""
        return repr(x) if x.bit_length() <= 10 * MOST_QUOTED else f"<whole number of {x.bit_length()} bits>"


_SHORT = _Short()
