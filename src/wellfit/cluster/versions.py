"""What has to be the same on the machine that asks and on those that train, for the bits to be the same."""

from __future__ import annotations

import functools
import hashlib
import platform
from collections.abc import Mapping
from pathlib import Path

from wellfit.numerics.blas import blas_versions

PARTS = ("cluster", "engines", "numerics", "recipe", "tables", "techniques")  # whose sources decide about weights
SOURCES, PROCESSOR = "the sources of wellfit", "the processor"


@functools.cache
def versions() -> dict[str, str]:
    """By what each is of: Python, the libraries that calculate, wellfit and its sources, and the processor."""
    import llvmlite
    import llvmlite.binding
    import numba
    import numpy
    import scipy

    import wellfit

    processor = llvmlite.binding.get_host_cpu_name()
    features = hashlib.sha256(llvmlite.binding.get_host_cpu_features().flatten().encode()).hexdigest()
    return {
        "Python": platform.python_version(),
        "NumPy": numpy.__version__,
        "SciPy": scipy.__version__,
        "Numba": numba.__version__,
        "llvmlite": llvmlite.__version__,
        "BLAS": blas_versions(),
        "wellfit": wellfit.__version__,
        SOURCES: _sources(Path(wellfit.__file__).parent),
        PROCESSOR: f"{processor} ({features[:8]})",
    }


def _sources(package: Path) -> str:
    """A hash of the files that decide about weights."""
    digest = hashlib.sha256()
    for part in PARTS:
        for path in sorted((package / part).rglob("*.py")):
            digest.update(f"{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def difference(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """What is not the same, in words; "" where only the processor may differ."""
    unlike = [name for name in here if name != PROCESSOR and here[name] != there.get(name)]
    if unlike == [SOURCES]:
        return f"wellfit {here['wellfit']} with other source files than here"
    told = [name for name in unlike if name != SOURCES]
    return ", ".join(f"{name} {there.get(name, 'unknown')} (here {here[name]})" for name in told)
