"""Training on all rows after early stopping, validation rows included: how it is done. `wellfit.refit` does it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique


class Refit(Technique):
    """A way to use the rows that validation held out."""

    title: ClassVar[str] = "Training on all rows"
    seam: ClassVar[Seam] = "after training"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("more data",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("few rows",)


@technique("refit")
class NoRefit(Refit):
    """Keeps the weights that validation chose; the validation rows stay unused for training. The default.

    Cost: none. When not: where rows are so few that the fold held out is missed.

    >>> NoRefit().name
    'none'
    """

    helps: ClassVar[bool] = False

    name: Literal["none"] = "none"


@technique("refit")
class FromScratch(Refit):
    """Trains anew on training and validation rows for the number of updates i* at which the weights were kept.

    With i* the member's best update, b its updates in an epoch and b' those of an epoch of all rows: the new run has i*
    updates ("updates") or round(i* b' / b) of them, which are as many passes over the rows ("passes"). Schedules of the
    rate and of strengths span what they spanned before ("kept": T, or T b' / b for passes), so that each update has the
    rate that it had, and end where the kept weights were; or they are compressed to the new run's length
    ("compressed"), so that a schedule of fixed length finishes. What schedules and averages count in epochs counts
    epochs of b updates ("updates") or of b' ("passes").

    count: "updates" (default) or "passes". schedule: "kept" (default) or "compressed". at: "own" (default), each
    member's own i*, or "median" over the members of its recipe, which is steadier with folds.
    Scalers and categories are fitted anew on all rows. Optimiser state is fresh. Seeds are the members' own; where two
    would train the same recipe on the same rows from the same seed, as folds do, the later takes the next free seed.
    Cost: about i* updates a member. When not: where i* varies much between folds; where a score of the very model that
    is used is needed, for no row is left to measure it: the cross-validated or out-of-bag one is carried on.

    >>> FromScratch(count="passes").schedule
    'kept'

    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, algorithm 7.2.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\text{updates} = i^* \quad \text{or} \quad \text{round}\left(\frac{i^* b'}{b}\right)",
    )
    heading: ClassVar[str] = "Train anew on all rows"

    name: Literal["from_scratch"] = "from_scratch"
    count: Literal["updates", "passes"] = "updates"
    schedule: Literal["kept", "compressed"] = "kept"
    at: Literal["own", "median"] = "own"


@technique("refit")
class Continue(Refit):
    """Goes on from the kept weights on training and validation rows until the validation rows' loss is as low as that
    of the training rows was.

    epsilon = J(theta*; former training rows); while J(theta; former validation rows) > epsilon and the limit is not
    reached: `every` updates on all rows. J is the data loss in evaluation mode over all those rows, with their weights.
    It need not end by itself: at the limit the last weights are kept, and the result says so.

    state: the optimiser's, "fresh" (default: zero, updates counted from 0) or "carried" (as it was at theta*, updates
    counted on from i*, measured at multiples of `every`; training up to i* is replayed for it, unless the last weights
    were the kept ones).
    learning_rate: constant; above 0; default the scheduled one at i*, but at least a tenth of the recipe's, for
    schedules end near 0. limit: updates, at least 1, default i*. every: updates between evaluations, default an epoch.
    Strengths with a schedule stay at what they were at i*. Scalers and categories are kept, for the weights belong to
    them. Each member keeps its seed. Averages of the weights start anew, at theta*; there are no snapshots.
    Cost: up to `limit` updates a member, and i* more for "carried". When not: its weights are those of no stopping rule
    with a guarantee; training anew is the sounder way where time allows.

    >>> Continue(limit=500).state
    'fresh'

    Source: Goodfellow, Bengio & Courville, "Deep learning", 2016, algorithm 7.3.
    """

    equations: ClassVar[tuple[str, ...]] = (
        r"\text{while} \quad J(\theta; \text{former validation rows}) > J(\theta^*; \text{former training rows})",
    )
    heading: ClassVar[str] = "Continue on all rows"

    name: Literal["continue"] = "continue"
    state: Literal["fresh", "carried"] = "fresh"
    learning_rate: float | None = Field(default=None, gt=0.0)
    limit: int | None = Field(default=None, ge=1)
    every: int | None = Field(default=None, ge=1)
