"""Quantiles of a buffer in compiled code, without sorting it and without reserving memory."""

from __future__ import annotations

from typing import Any

from wellfit.numerics.kernel import helper


@helper
def common_divisor(a: Any, b: Any) -> Any:
    """The greatest number that divides both."""
    while b != 0:
        a, b = b, a % b
    return a


@helper
def take_sample(values: Any, width: Any, scratch: Any) -> Any:
    """Copy values (rows x width) into scratch: all, or as many as fit, evenly spaced so that they meet every unit."""
    n, room = len(values), len(scratch)
    step = (n + room - 1) // room
    while step > 1 and common_divisor(width, step) != 1:
        step += 1
    count = (n + step - 1) // step
    for i in range(count):
        scratch[i] = values[i * step]
    return scratch[:count]


@helper
def select(a: Any, low: Any, high: Any, k: Any) -> None:
    """Order a[low..high] so far that a[k] is in its place, none before it is larger, none behind it smaller (Hoare
    1961).
    """
    while low < high:
        pivot = a[k]
        i, j = low, high
        while i <= j:
            while a[i] < pivot:
                i += 1
            while pivot < a[j]:
                j -= 1
            if i <= j:
                a[i], a[j] = a[j], a[i]
                i += 1
                j -= 1
        if j < k:
            low = i
        if k < i:
            high = j


@helper
def quantile(a: Any, share: Any) -> Any:
    """A quantile of all of `a`, interpolated linearly between its sorted values; orders `a` on the way."""
    last = len(a) - 1
    place = share * last
    k = int(place)
    select(a, 0, last, k)
    if k == last:
        return float(a[k])
    following = a[k + 1]
    for i in range(k + 2, last + 1):
        following = min(following, a[i])
    return float(a[k]) + (place - k) * (float(following) - float(a[k]))
