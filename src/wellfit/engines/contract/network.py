"""A trained network as plain data, which every engine makes and every reader takes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.layers import LayerPlan, layer_plan
from wellfit.engines.contract.losses import resolve_loss, task_loss
from wellfit.engines.contract.segments import Segment, make_segments
from wellfit.recipe import Recipe
from wellfit.reprs import counted
from wellfit.tables.arrays import TargetKind
from wellfit.tables.encoding import Encoding
from wellfit.techniques.targets.loss import Loss

T = TypeVar("T")
PREPARED = "_prepared"


@dataclass(frozen=True)
class Network:
    """A trained network. parameters: flat float32, laid out by `segments`."""

    recipe: Recipe
    encoding: Encoding
    kind: TargetKind
    outputs: int
    parameters: NDArray[np.float32]

    def __repr__(self) -> str:
        layers = "-".join(map(str, self.recipe.hidden)) or "none"
        return (
            f"<Network: {self.kind}, {counted(self.encoding.width, 'encoded column')}, hidden layers {layers}, "
            f"{counted(self.outputs, 'output')}, {counted(len(self.parameters), 'parameter')}>"
        )

    @functools.cached_property
    def plan(self) -> LayerPlan:
        """What it computes."""
        return layer_plan(self.recipe, self.encoding.sizes, self.outputs, self.encoding.tasks)

    @property
    def segments(self) -> list[Segment]:
        """Where each layer's weights, biases, gains and moving statistics lie."""
        return make_segments(self.recipe, self.plan)[0]

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Named arrays: weights (fan_in, fan_out), biases, gains and shifts (units,), statistics (2, units)."""
        return {s.name: self.parameters[s.begin : s.end].reshape(s.shape) for s in self.segments}

    def prepared(self, name: str, prepare: Callable[[Network], T]) -> T:
        """What an engine prepares of the network to predict with it, made when it is first needed and then kept."""
        kept: dict[str, Any] = self.__dict__.setdefault(PREPARED, {})
        if name not in kept:
            kept[name] = prepare(self)
        return kept[name]  # type: ignore[no-any-return]

    def free(self) -> None:
        """Forget what was prepared; it is made again when it is needed."""
        for name in (PREPARED, "plan"):
            self.__dict__.pop(name, None)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in (PREPARED, "plan")}


def in_target_units(network: Network, z: NDArray[Any]) -> NDArray[np.float32]:
    """The output layer's values (rows, outputs) in the target's own units: logits stay, numbers and counts are scaled
    back, numbers clipped to the range of the training targets.
    """
    encoding = network.encoding
    if network.kind == "tasks":
        parts = [(slice(*task.outputs), task.kind, task_loss(network.recipe, task)) for task in encoding.tasks]
        return np.concatenate([_in_units(encoding, z, *part) for part in parts], axis=1)
    return _in_units(encoding, z, slice(None), network.kind, resolve_loss(network.recipe, network.kind))


def _in_units(encoding: Encoding, z: NDArray[Any], columns: slice, kind: TargetKind, loss: Loss) -> NDArray[np.float32]:
    if kind not in ("numbers", "counts"):
        return z[:, columns]
    scale = encoding.target_scale[columns]
    if loss.name == "poisson":
        with np.errstate(over="ignore"):
            return (np.exp(z[:, columns].astype(np.float64)) * scale).astype(np.float32)
    values = z[:, columns].astype(np.float64) * scale + encoding.target_centre[columns]
    return np.clip(values, encoding.target_low[columns], encoding.target_high[columns]).astype(np.float32)
