"""Studies: populations laid out to answer one question, and its answer with intervals."""

from __future__ import annotations

from wellfit.studies.rates import RangeTest, range_test

__all__ = ["RangeTest", "range_test"]
