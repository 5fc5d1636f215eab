"""Sampling: how an epoch's mini-batches are drawn from the training rows."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import DROPS_LAST, SAMPLING, SHUFFLED, WITH_REPLACEMENT
from wellfit.techniques.operations import Builder


@technique("sampling")
class Sampling(Technique):
    """Draws the rows of each mini-batch: shuffled without replacement, or independently with replacement.

    Shuffled: an epoch deals every training row once, in an order of its own. With replacement: each of an epoch's N
    draws is any of the N rows with probability 1 / N, so that an epoch misses a row with probability about 1 / e.
    For a batch of m rows, and s the standard deviation over rows of one component of the gradient, the batch's gradient
    has the standard error s / sqrt(m) with replacement, and s / sqrt(m) sqrt(1 - m / N) up to N / (N - 1) without.

    replacement: default no. drop_last: leave out an epoch's last batch if it is short, default no (it is used; joined
    to the one before where batch normalisation would get a single row).
    Cost: none. When not: with replacement, to fit as well as possible: gradients are noisier and some rows wait; it is
    there to study that noise.
    Source: Bottou, "Curiously fast convergence of some stochastic gradient descent algorithms", 2009;
    Goodfellow, Bengio & Courville, "Deep learning", 2016, 8.1.3.

    >>> from wellfit import Recipe
    >>> Recipe(sampling={"replacement": True}).sampling.drop_last
    False
    """

    title: ClassVar[str] = "Mini-batches"
    seam: ClassVar[Seam] = "rows"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("slow", "unstable between runs")

    replacement: bool = Field(default=False)
    drop_last: bool = Field(default=False)

    def operations(self, program: Builder) -> None:
        """None of its own: the step deals the rows, and finds here how."""
        program.clock[SAMPLING] = WITH_REPLACEMENT if self.replacement else SHUFFLED
        program.clock[DROPS_LAST] = self.drop_last
