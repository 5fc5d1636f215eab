"""Studies: populations laid out to answer one question, with how sure the answer is."""

from __future__ import annotations

from wellfit.studies.rates import RangeTest, range_test

__all__ = ["RangeTest", "range_test"]
