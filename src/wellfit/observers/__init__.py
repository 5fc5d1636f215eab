"""Observers that write what training measures to other tools' files: event files of TensorBoard, runs of MLflow.

An observer is given to `wellfit.train(..., observers=[...])` and the like; it reads and changes nothing, and the
library that it writes with is loaded when it is made.
"""

from wellfit.observers.event_files import tensorboard
from wellfit.observers.tracking import mlflow

__all__ = ["mlflow", "tensorboard"]
