"""What is hashed: cases that together train with every technique, each module a group of them.

A module lists its `CASES`; `tests/contract/trained_hashes.py` runs and compares them. They hold their recipes and
tables themselves, and reach wellfit through its public names alone, but for what stands in `outcome.py`.
"""

from __future__ import annotations

import importlib

from tests.contract.hashed.outcome import HashedCase

GROUPS = ("targets", "network", "noise", "updates", "penalties", "stopping", "journeys", "searches")


def all_cases() -> list[HashedCase]:
    """Every group's cases."""
    modules = [importlib.import_module(f"{__name__}.{group}") for group in GROUPS]
    return [case for module in modules for case in module.CASES]
