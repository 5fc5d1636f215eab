"""scikit-learn's callbacks, where its version has them (1.9 and later); in earlier ones none can be set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands where scikit-learn has no callbacks."""

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:
        """The method itself."""
        return method


__all__ = ["CallbackSupportMixin", "Steps", "with_callbacks"]


class Steps:
    """Tells an estimator's callbacks of each evaluation (by default each epoch) as a task of the fit.

    estimator: with or without callbacks. tasks: how many evaluations there will be at most.
    """

    def __init__(self, estimator: Any, tasks: int, data: dict[str, Any]) -> None:
        self.estimator, self.data = estimator, data
        self.wanted = bool(getattr(estimator, "_skl_callbacks", []))
        if self.wanted:
            self.context = estimator._init_callback_context(task_name="fit", max_subtasks=tasks)
            self.context.call_on_fit_task_begin(estimator=estimator, **data)

    def begin(self) -> Any:
        """A further evaluation begins."""
        task = self.context.subcontext(task_name="evaluation")
        return task.call_on_fit_task_begin(estimator=self.estimator, **self.data)

    def end(self, task: Any, fitted: Callable[[], dict[str, Any]]) -> bool:
        """It has ended. Returns whether a callback stops the fit. fitted: makes the attributes fitted so far."""
        return bool(task.call_on_fit_task_end(estimator=self.estimator, reconstruction_attributes=fitted, **self.data))

    def finish(self, fitted: Callable[[], dict[str, Any]]) -> None:
        """The fit has ended."""
        if self.wanted:
            self.context.call_on_fit_task_end(estimator=self.estimator, reconstruction_attributes=fitted, **self.data)
