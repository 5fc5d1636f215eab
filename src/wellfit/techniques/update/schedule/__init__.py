"""Schedules: how the learning rate, or any other strength, changes from update to update."""

from wellfit.techniques.update.schedule.base import Schedule
from wellfit.techniques.update.schedule.falling import Constant, Exponential, Linear, Plateau, Power, Step
from wellfit.techniques.update.schedule.shaped import Cosine, FlatCosine, GrowingCycles, OneCycle, Range, Switch
from wellfit.techniques.update.schedule.strength import AnySchedule, LayerStrength, Scheduled, Strength, is_on, strength

__all__ = [
    "AnySchedule",
    "Constant",
    "Cosine",
    "Exponential",
    "FlatCosine",
    "GrowingCycles",
    "LayerStrength",
    "Linear",
    "OneCycle",
    "Plateau",
    "Power",
    "Range",
    "Schedule",
    "Scheduled",
    "Step",
    "Strength",
    "Switch",
    "is_on",
    "strength",
]
