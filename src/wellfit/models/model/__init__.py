"""The trained thing: networks with the schema of their table; predicts, and saves to one file that holds no code."""

from wellfit.models.model.averaging import AVERAGES, Average
from wellfit.models.model.model import Model

__all__ = ["AVERAGES", "Average", "Model"]
