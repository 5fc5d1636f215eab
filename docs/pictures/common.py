"""What the pictures share: colours, running a kernel on small arrays, small tables of data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.numerics.kernel import FIRST_FIELD
from wellfit.techniques import layout as at

Array = NDArray[np.float64]

MAIN, SECOND, THIRD, QUIET = "tab:blue", "tab:orange", "tab:green", "0.75"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def run_kernel(
    kernel: Any,
    *,
    row: dict[str, int] | None = None,
    clock: dict[str, int] | None = None,
    settings: Any = (0.0,),
    work: Any = (0.0,),
    parameters: Any = (0.0,),
    gradient: Any = (0.0,),
    state: Any = (0.0,),
) -> dict[str, Array]:
    """Run a technique's kernel on copies of small float64 arrays, as plain Python; returns all arrays.

    row: places by the names that the kernel declares. clock: by lower-case names of wellfit.techniques.layout;
    the others are 0.
    """
    columns, time = np.zeros(FIRST_FIELD + len(kernel.fields), np.int64), np.zeros(at.CLOCK_SIZE, np.int64)
    for name, value in (row or {}).items():
        columns[FIRST_FIELD + kernel.fields.index(name)] = value
    for name, value in (clock or {}).items():
        time[getattr(at, name.upper())] = value
    arrays = {
        "settings": settings, "work": work, "parameters": parameters, "gradient": gradient, "state": state
    }  # fmt: skip
    arrays = {name: np.array(values, dtype=np.float64).ravel() for name, values in arrays.items()}
    sums = np.zeros(at.SUMS_SIZE)
    kernel(columns, *arrays.values(), time, sums)
    return {**arrays, "sums": sums}


def abalone_column(name: str) -> Array:
    """One numeric column of the example table."""
    table = np.genfromtxt(EXAMPLES / "abalone.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")
    return np.asarray(table[name], dtype=np.float64)


def titled(cls: type) -> str:
    """A short name for legends."""
    fields: dict[str, Any] = cls.__pydantic_fields__  # type: ignore[attr-defined]
    return str(fields["name"].default if "name" in fields else cls.family)  # type: ignore[attr-defined]


def logarithmic(axes: Any, low: float, high: float) -> None:
    """A logarithmic upright axis without the small ticks, which take longer to draw than all the rest."""
    from matplotlib.ticker import NullLocator

    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.yaxis.set_minor_locator(NullLocator())


def bare(axes: Any, title: str = "") -> None:
    """Axes without ticks, for images."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title(title)
