"""The value of a scheduled strength at every update, written from the formulas.

Every schedule is value(t, total_updates, updates_per_epoch, settings): t the update, counted from 0;
settings["value"] the strength that is scheduled (1 unless given). A span, say "steps" or "first_cycle", is counted in
updates; the same name followed by "_epochs" gives it in epochs. The horizon T is settings["horizon"] or total_updates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Settings = Mapping[str, Any]
Schedule = Callable[[int, int, int, Settings], float]


def base(settings: Settings) -> float:
    return float(settings.get("value", 1.0))


def span(name: str, settings: Settings, updates_per_epoch: int, default: float | None = None) -> float:
    """A length in updates, given as such or in epochs."""
    if name in settings:
        return float(settings[name])
    if f"{name}_epochs" in settings:
        return float(settings[f"{name}_epochs"]) * updates_per_epoch
    if default is None:
        raise KeyError(name)
    return default


def constant(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    return base(settings)


def linear(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    """(1 - a) v + a v_end with a = min(1, t / tau); v_end = v / 100 and tau = T unless given."""
    tau = span("tau", settings, updates_per_epoch, total_updates)
    end = settings.get("end", base(settings) / 100)
    a = min(1.0, t / tau)
    return (1 - a) * base(settings) + a * end


def power(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    """v / (1 + t / s)^c, c = 1 unless given."""
    return base(settings) / (1 + t / span("steps", settings, updates_per_epoch)) ** settings.get("exponent", 1.0)


def exponential(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    """v 0.1^(t / s): ten times less every s updates."""
    return base(settings) * settings.get("factor", 0.1) ** (t / span("steps", settings, updates_per_epoch))


def step(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    """v times factor once more every s updates, or at each of the given boundaries (updates)."""
    if "boundaries" in settings:
        falls = sum(t >= boundary for boundary in settings["boundaries"])
    else:
        falls = math.floor(t / span("steps", settings, updates_per_epoch))
    return base(settings) * settings.get("factor", 0.1) ** falls


def switch(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    """0 before update "start", then v."""
    return base(settings) if t >= settings["start"] else 0.0


def exponential_rise(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    """From v low at t = 0 to v at the last update, each update the same number of times more."""
    growth = (1 / settings["low"]) ** (1 / (total_updates - 1))
    return base(settings) * settings["low"] * growth**t


def half_cosine(start: float, end: float, share: float) -> float:
    """From start (share 0) to end (share 1) along half a cosine."""
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * share))


def cosine(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    """From v to end (0 unless given) along half a cosine in T updates, then end."""
    horizon = span("horizon", settings, updates_per_epoch, total_updates)
    return half_cosine(base(settings), settings.get("end", 0.0), min(1.0, t / horizon))


def cosine_restarts(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    """Cosine, begun anew after each cycle; a cycle is `growth` times as long as the one before (1 unless given)."""
    length, begin = span("first_cycle", settings, updates_per_epoch), 0.0
    while t >= begin + length:
        begin += length
        length *= settings.get("growth", 1)
    return half_cosine(base(settings), settings.get("end", 0.0), (t - begin) / length)


def warm_up(t: int, updates: float, start: float | None = None) -> float:
    """The factor of a linear warm-up: (t + 1) / n for the first n updates, then 1; or from `start` at t = 0."""
    if updates <= 1:
        return 1.0
    first = 1 / updates if start is None else start
    return first + (1 - first) * min(1.0, t / (updates - 1))


def growing_cycles(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    """v 0.5 (1 - cos(2 pi log2(1 + 15 p))), p = t / T: four cycles from 0 to v to 0, each twice as long."""
    progress = t / span("horizon", settings, updates_per_epoch, total_updates)
    return base(settings) * 0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * min(1.0, progress))))


def flat_cosine(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    """v for the first half, then half a cosine to 0."""
    progress = t / span("horizon", settings, updates_per_epoch, total_updates)
    return half_cosine(base(settings), 0.0, min(1.0, max(0.0, 2 * progress - 1)))


def one_cycle_part(t: int, total_updates: int, settings: Settings, low: float, high: float, end: float) -> float:
    """Low to high until the peak, then to end at the last update."""
    last = total_updates - 1
    peak = settings.get("rise", 0.3) * total_updates - 1
    if t <= peak:
        start, goal, share = low, high, t / peak
    else:
        start, goal, share = high, end, (min(t, last) - peak) / (last - peak)
    if settings.get("shape", "cosine") == "cosine":
        return half_cosine(start, goal, share)
    return start + (goal - start) * share


def one_cycle(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    """v / 25 at t = 0, v after the rising share (0.3) of all updates, v / 1e4 at the last update t = T - 1."""
    high = base(settings)
    low, end = high / settings.get("start_divisor", 25.0), high / settings.get("end_divisor", 1e4)
    return one_cycle_part(t, total_updates, settings, low, high, end)


def one_cycle_momentum(t: int, total_updates: int, updates_per_epoch: int, settings: Settings) -> float:
    """The momentum that goes with it: 0.95 falls to 0.85 while the rate rises, and comes back."""
    high, low = settings.get("high_momentum", 0.95), settings.get("low_momentum", 0.85)
    return one_cycle_part(t, total_updates, settings, high, low, high)


@dataclass(frozen=True)
class Plateau:
    """What the plateau schedule knows: its value, the best seen, evaluations since without improvement."""

    value: float
    best: float = math.inf
    waited: int = 0
    cooling: int = 0
    falls: tuple[int, ...] = field(default=())
    evaluations: int = 0


def plateau(state: Plateau, validation: float, settings: Settings) -> Plateau:
    """The state after one evaluation: after `patience` in a row that improve on nothing, the value falls.

    patience 10 evaluations, factor 0.1, minimum 0, cooldown 0 evaluations during which waiting does not count.
    """
    improved = validation < state.best
    best = validation if improved else state.best
    cooling = max(0, state.cooling - 1)
    waited = 0 if improved or state.cooling > 0 else state.waited + 1
    state = replace(state, best=best, waited=waited, cooling=cooling, evaluations=state.evaluations + 1)
    if waited < settings.get("patience", 10):
        return state
    value = max(state.value * settings.get("factor", 0.1), settings.get("minimum", 0.0))
    falls = (*state.falls, state.evaluations - 1)
    return replace(state, value=value, waited=0, cooling=settings.get("cooldown", 0), falls=falls)


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "linear": linear,
    "power": power,
    "exponential": exponential,
    "step": step,
    "cosine": cosine,
    "cosine_restarts": cosine_restarts,
    "one_cycle": one_cycle,
    "growing_cycles": growing_cycles,
    "flat_cosine": flat_cosine,
    "switch": switch,
    "range": exponential_rise,
}


def value(name: str, t: int, total_updates: int, updates_per_epoch: int, settings: Settings | None = None) -> float:
    """The named schedule at update t, times its warm-up where settings["warmup"] (or "warmup_epochs") is given."""
    settings = settings or {}
    warm = warm_up(t, span("warmup", settings, updates_per_epoch, 0), settings.get("warmup_start"))
    return SCHEDULES[name](t, total_updates, updates_per_epoch, settings) * warm
