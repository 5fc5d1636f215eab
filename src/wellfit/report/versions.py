"""The versions that results depend on, as a line of text."""

from __future__ import annotations

import platform
from importlib.metadata import version

LIBRARIES = ("numpy", "numba", "scipy", "scikit-learn", "polars")


def versions() -> str:
    """Of wellfit, Python and the libraries, those installed now."""
    from wellfit import __version__

    parts = [f"wellfit {__version__}", f"Python {platform.python_version()}"]
    return ", ".join([*parts, *(f"{name} {version(name)}" for name in LIBRARIES)])
