"""Cases made of what was trained: populations, searches, tables."""

from __future__ import annotations

from wellfit.diagnosis.evidence.networks import networks_of

__all__ = ["networks_of"]
