"""The trained model: networks with the schema of their table; it predicts, and is saved to one file without code."""

from wellfit.models.model.averaging import AVERAGES, Average
from wellfit.models.model.model import Model
from wellfit.models.model.predictor import Predictor

__all__ = ["AVERAGES", "Average", "Model", "Predictor"]
