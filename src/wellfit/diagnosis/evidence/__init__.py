"""Cases made of what was trained: populations, searches, tables."""

from __future__ import annotations

from wellfit.diagnosis.evidence.baseline_losses import baseline_losses
from wellfit.diagnosis.evidence.later_rows import later_rows
from wellfit.diagnosis.evidence.networks import networks_of
from wellfit.diagnosis.evidence.results import of_population, of_result
from wellfit.diagnosis.evidence.searches import case_of_search

__all__ = ["baseline_losses", "case_of_search", "later_rows", "networks_of", "of_population", "of_result"]
