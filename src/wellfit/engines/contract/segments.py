"""Where each learned array lies in a network's flat vector of parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from wellfit.engines.contract.layers import LayerPlan, Part
from wellfit.recipe import Recipe
from wellfit.techniques.update.layer_rates import times
from wellfit.techniques.update.schedule import is_on

ALIGNMENT = 16  # floats: 64 bytes, where a cache line and a vector register start

# Parts of one role are treated alike, and lie side by side so that one pass over memory updates them. Statistics are
# not trained, and come last. Penalties and decay touch weights, unless they are asked to take all that is trained.
ROLES = ("weight", "embedding", "bias", "gain", "slope", "scale", "statistic")
TRAINED_ROLES = ROLES[:-1]
# Within a layer, in which order its arrays are laid out.
USES = ("weight", "projection", "bias", "slope", "mix", "gain", "shift", "statistics")


@dataclass(frozen=True)
class Segment:
    """A named part of the flat parameter vector.

    layer: "hidden0", "hidden1", ..., "output", or "input" for what comes before the first layer. rate: a factor of the
    learning rate, which may carry a schedule; a constant 0: frozen. waits: its first update; before it, it is frozen.
    """

    name: str
    shape: tuple[int, ...]
    role: str  # one of ROLES
    begin: int
    rate: Any = 1.0
    waits: int = 0

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.begin + math.prod(self.shape)

    @property
    def layer(self) -> str:
        """The part of the network it belongs to: its name up to the first dot."""
        return self.name.split(".")[0]

    @property
    def frozen(self) -> bool:
        """Whether it is never updated."""
        return not is_on(self.rate)


def aligned(size: int) -> int:
    """The next multiple of `ALIGNMENT`."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def make_segments(recipe: Recipe, plan: LayerPlan) -> tuple[list[Segment], int, int]:
    """Segments grouped by role and rate, so that runs of equal treatment are long; how many floats are trained, and
    all.
    """
    wanted = [(part, _rate(recipe, part)) for part in _parts(plan)]
    rates = list(dict.fromkeys(str(rate) for _, rate in wanted))
    wanted.sort(key=lambda entry: (ROLES.index(entry[0].role), rates.index(str(entry[1]))))
    segments, end, trained = list[Segment](), 0, 0
    for part, rate in wanted:
        segments.append(Segment(part.name, part.shape, part.role, end, rate))
        end = aligned(segments[-1].end)
        trained = trained if part.role == "statistic" else end
    return segments, trained, end


def _parts(plan: LayerPlan) -> list[Part]:
    """All parts, layer by layer."""
    layers: dict[str, list[Part]] = {}
    for node in plan.nodes:
        layers.setdefault(node.layer, []).extend(node.parts)
    for layer, parts in layers.items():
        if layer.startswith("hidden"):
            parts.sort(key=lambda part: USES.index(part.name.partition(".")[2]))
    return [part for parts in layers.values() for part in parts]


def _rate(recipe: Recipe, part: Part) -> Any:
    """The factor of the learning rate of a part: its layer's, its own, and for weights that by fan-in."""
    of_layer = recipe.layer_rates.of(part.name.split(".")[0], len(recipe.hidden))
    power = recipe.fan_in_rate.power if part.role == "weight" else 0.0
    fan_in = max(part.shape[0], 1)  # 0 where no column of the table varies
    return times(of_layer, times(part.rate, fan_in**-power))
