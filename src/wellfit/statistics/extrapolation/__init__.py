"""Learning curves: whether one behaves, and the loss to expect with more rows than there are, with an interval."""

from wellfit.statistics.extrapolation.behaviour import Behaviour, Violation, behaviour_of
from wellfit.statistics.extrapolation.curve import MeasuredCurve, curve_of_means, curve_of_repeats
from wellfit.statistics.extrapolation.families import FAMILIES, MMF4, POW3, POW4, Family
from wellfit.statistics.extrapolation.forecast import Forecast, fitted_curve, forecast, why_no_forecast

__all__ = [
    "FAMILIES",
    "MMF4",
    "POW3",
    "POW4",
    "Behaviour",
    "Family",
    "Forecast",
    "MeasuredCurve",
    "Violation",
    "behaviour_of",
    "curve_of_means",
    "curve_of_repeats",
    "fitted_curve",
    "forecast",
    "why_no_forecast",
]
