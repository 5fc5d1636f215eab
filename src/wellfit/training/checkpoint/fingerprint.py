"""What must be equal for a resumed run to give the same bits: code by what it compiles to, libraries, machine."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import scipy

import wellfit
from wellfit.numerics.sources import code_fingerprint, source_fingerprint


def fingerprint(package: Path | None = None) -> dict[str, str]:
    """By what it is of. Comments and docstrings change nothing. package: the folder of wellfit, by default this one."""
    package = package or Path(wellfit.__file__).parent
    files = [*(package / "tables/encoding").glob("*.py"), *(package / "recipe").glob("*.py")]
    return {
        "kernels": source_fingerprint(package),
        "encoding": code_fingerprint(sorted(files)),
        "numpy": np.__version__,
        "scipy": scipy.__version__,  # whose BLAS does the matrix products
        "machine": platform.machine(),
    }
