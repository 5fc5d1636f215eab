"""An optimiser's own update on a few parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from docs.pictures.common import Array, run_kernel
from wellfit.techniques.base import REGISTRY
from wellfit.techniques.update.update import look_ahead


class Descent:
    """Runs a registered optimiser's kernel, with the coefficients that it computes, from a starting point."""

    def __init__(self, name: str, settings: dict[str, Any], start: Any, updates: int) -> None:
        self.optimizer: Any = REGISTRY["optimizer"][name](**settings)
        self.start, self.updates = np.array(start, dtype=np.float64), updates
        t = np.arange(updates, dtype=np.float64)
        rate = np.full(updates, self.optimizer.learning_rate)
        momentum = np.full(updates, self.optimizer.base_momentum)
        self.coefficients = self.optimizer.coefficients(t, rate, momentum)

    def run(self, gradient: Callable[[int, Array], Any], shrink: float = 0.0) -> Array:
        """The path (updates + 1, parameters). gradient: of update and point."""
        w, count = self.start.copy(), len(self.start)
        state = np.zeros(max(self.optimizer.slot_count(), 1) * count)
        path = [w.copy()]
        for t, coefficients in enumerate(self.coefficients):
            settings = np.concatenate([coefficients, [1.0, shrink]])
            at_point = w
            if self.optimizer.looks_ahead:
                ahead = run_kernel(look_ahead, clock={"trained": count}, settings=settings, parameters=w, state=state)
                at_point = ahead["parameters"]
            done = run_kernel(
                self.optimizer.kernel(),
                row={"begin": 0, "end": count, "settings": len(coefficients)},
                clock={"parameter_count": count, "trained": count},
                settings=settings,
                parameters=w,
                gradient=gradient(t, at_point),
                state=state,
            )
            w, state = done["parameters"], done["state"]
            path.append(w.copy())
        return np.array(path)
