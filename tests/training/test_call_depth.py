"""How far it is from `wellfit.train` to the compiled loop that makes the updates."""

from __future__ import annotations

import threading
import traceback
from typing import Any

import numpy as np
import pytest

import wellfit
from wellfit.engines.compiled.step import step

PACKAGE = str(wellfit.__file__).removesuffix("__init__.py")
CHAIN = ["train", "train_run", "run", "_train_members", "train_member"]


def calls() -> list[str]:
    """Functions of the package on this thread's stack, the outermost first."""
    return [frame.name for frame in traceback.extract_stack() if frame.filename.startswith(PACKAGE)]


def test_from_train_to_the_updates_are_five_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    seen: list[list[str]] = []
    start, for_precision = threading.Thread.start, step.train.for_precision

    def start_thread(thread: threading.Thread) -> None:
        started.append(calls())
        start(thread)

    def look(precision: str) -> Any:
        seen.append(calls())
        return for_precision(precision)

    monkeypatch.setattr(threading.Thread, "start", start_thread)
    monkeypatch.setattr(step.train, "for_precision", look)
    X = np.random.default_rng(0).normal(size=(30, 2))
    wellfit.train(wellfit.Recipe(hidden=(3,), epochs=1), X, X[:, 0] > 0)
    assert started[0] + seen[0] == CHAIN  # and from the last of these the compiled loop: the fifth call
