"""What a user waits for before anything trains: the import, and the first compilation of the default recipe."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

IMPORT = "import time; start = time.perf_counter(); import wellfit; print(time.perf_counter() - start)"

TRAIN = """
import time
start = time.perf_counter()
import numpy as np
from wellfit.tables.arrays import Arrays, Target, View
from wellfit.engines.contract.plan import Plan
from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.recipe import Recipe
x = np.random.default_rng(0).standard_normal((1000, 10), dtype=np.float32)
y = (x[:, :1] > 0).astype(np.float32)
view = View(np.arange(800), np.arange(800, 1000))
arrays, target = Arrays(x, np.empty((1000, 0), np.int32)), Target("binary", y, (0, 1))
train_plans([Plan(Recipe(), view, 0)], arrays, target, None, budget=5)
print(time.perf_counter() - start)
"""


def seconds_of(code: str, folder: Path | None = None) -> float:
    """What the code prints last, run by a fresh Python; with a cache folder of its own if one is given."""
    environment = dict(os.environ) | ({"WELLFIT_CACHE_DIR": str(folder)} if folder else {})
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The measured process failed:\n{done.stderr}")
    return float(done.stdout.split()[-1])


def measure_first_use(repetitions: int = 5) -> dict[str, float]:
    """Seconds: `import wellfit` (median), and import to five steps of the default recipe, uncompiled and compiled."""
    seconds_of(IMPORT)  # reads the files from disk once
    with tempfile.TemporaryDirectory() as folder:
        uncompiled = seconds_of(TRAIN, Path(folder))
        compiled = statistics.median(seconds_of(TRAIN, Path(folder)) for _ in range(3))
    return {
        "import_seconds": statistics.median(seconds_of(IMPORT) for _ in range(repetitions)),
        "first_training_seconds": uncompiled,
        "later_training_seconds": compiled,
        "compilation_seconds": uncompiled - compiled,
    }
