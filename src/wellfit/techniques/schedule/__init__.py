"""Schedules: how the learning rate, or any other strength, changes from update to update."""

from wellfit.techniques.schedule.base import Schedule
from wellfit.techniques.schedule.falling import Constant, Exponential, Linear, Plateau, Power, Step
from wellfit.techniques.schedule.shaped import Cosine, FlatCosine, GrowingCycles, OneCycle, Range, Switch
from wellfit.techniques.schedule.strength import AnySchedule, LayerStrength, Scheduled, Strength, strength

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
    "strength",
]
