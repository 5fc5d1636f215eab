"""Figures of what wellfit measures: learning curves, searches, reliability, residuals, importance."""

from wellfit.figures.results.curves import curve_figures
from wellfit.figures.results.importance import dependence_figure, importance_figure
from wellfit.figures.results.predictions import confusion_figure, reliability_figure, residual_figures
from wellfit.figures.results.search import result_figures

__all__ = [
    "confusion_figure",
    "curve_figures",
    "dependence_figure",
    "importance_figure",
    "reliability_figure",
    "residual_figures",
    "result_figures",
]
