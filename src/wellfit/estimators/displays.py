"""What an estimator shows: how it was fitted, and how its predictions hold on given rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from wellfit.errors import InputError
from wellfit.models.inspection.figures import display_figures
from wellfit.models.inspection.known_rows import known_rows
from wellfit.models.model import Model

if TYPE_CHECKING:
    from wellfit.figures import Display, Figure


def display_of(own: Iterable[Figure], model: Model, name: str | None, X: Any, y: Any, n_jobs: int) -> Display | Figure:
    """The figures of a fit and, where rows are given, those of the model's predictions; or the one of a name.

    own: the figures of the fit.

    Raises:
        InputError: X is given without y or y without X, the rows do not fit, or there is no figure of the name.
    """
    from wellfit.figures import Display

    if (X is None) != (y is None):
        raise InputError("Predictions are shown on rows whose target is known; got one of X and y: give both.")
    found = []
    for figure in chain(own, _of_rows(model, X, y, n_jobs)):
        if figure.name == name:
            return figure
        found.append(figure)
    return Display(found) if name is None else Display(found).named(name)


def _of_rows(model: Model, X: Any, y: Any, n_jobs: int) -> Iterator[Figure]:
    if X is not None:
        yield from display_figures(known_rows(model, X, y, None, None, n_jobs))
