"""What all tests share: how Hypothesis draws, and where the real data lies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parents[1]

# The same examples each run, so that a red test is red again. HYPOTHESIS_PROFILE=thorough draws new ones, and more.
# No deadline: the first example compiles kernels.
settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", deadline=None, max_examples=500, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# A run in the background may have been started with Ctrl-C ignored, which the commands under test would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data sets beside the project; a test that asks for it is skipped where it is missing."""
    folder = Path(os.environ.get("WELLFIT_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"WELLFIT_DATA names the folder of real data sets; there is none at {folder}")
    return folder
