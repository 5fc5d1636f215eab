"""The one exception for input that cannot be used."""

from __future__ import annotations


class InputError(ValueError):
    """What the caller gave breaks a rule, and the message says how to put it right.

    The message is one clear sentence: the rule, the name of the thing, what it got, and the way out. The command line
    shows it without a traceback and ends with exit code 2. It is a `ValueError`, so code that knows scikit-learn's
    habits catches it as well.

    >>> raise InputError("The target is a column of the table; got 'pricee': the nearest name is 'price'.")
    Traceback (most recent call last):
    wellfit.errors.InputError: The target is a column of the table; got 'pricee': the nearest name is 'price'.
    """
