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


def in_target_units(network: Network, z: NDArray[Any], clipped: bool = True) -> NDArray[np.float32]:
    """The output layer's values (rows, outputs) in the target's own units: logits stay, numbers and counts are scaled
    back, numbers clipped to the range of the training targets.

    clipped: False leaves numbers as they are (default True).
    """
    parts = [_in_units(network.encoding, z, *part, clipped) for part in _parts(network)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def output_range(network: Network) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Between which values (outputs,) each raw output is clipped; infinite where it is not."""
    encoding = network.encoding
    low, high = np.full(network.outputs, -np.inf), np.full(network.outputs, np.inf)
    for columns, kind, loss in _parts(network):
        if _is_clipped(kind, loss):
            centre, scale = encoding.target_centre[columns], encoding.target_scale[columns]
            low[columns] = (encoding.target_low[columns] - centre) / scale
            high[columns] = (encoding.target_high[columns] - centre) / scale
    return low, high


def clip_to_targets(network: Network, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers (rows, outputs) in their own units, clipped as predictions are."""
    values = values.copy()
    for columns, kind, loss in _parts(network):
        if _is_clipped(kind, loss):
            ends = network.encoding.target_low[columns], network.encoding.target_high[columns]
            values[:, columns] = np.clip(values[:, columns], *ends)
    return values


def _parts(network: Network) -> list[tuple[slice, TargetKind, Loss]]:
    """The columns of each target with its kind and loss."""
    if network.kind == "tasks":
        tasks = network.encoding.tasks
        return [(slice(*task.outputs), task.kind, task_loss(network.recipe, task)) for task in tasks]
    return [(slice(None), network.kind, resolve_loss(network.recipe, network.kind))]


def _is_clipped(kind: TargetKind, loss: Loss) -> bool:
    return kind in ("numbers", "counts") and loss.name != "poisson"


def _in_units(
    encoding: Encoding, z: NDArray[Any], columns: slice, kind: TargetKind, loss: Loss, clipped: bool
) -> NDArray[np.float32]:
    if kind not in ("numbers", "counts"):
        return z[:, columns]
    scale = encoding.target_scale[columns]
    if not _is_clipped(kind, loss):
        with np.errstate(over="ignore"):
            return (np.exp(z[:, columns].astype(np.float64)) * scale).astype(np.float32)
    values = z[:, columns].astype(np.float64) * scale + encoding.target_centre[columns]
    if clipped:
        values = np.clip(values, encoding.target_low[columns], encoding.target_high[columns])
    return np.asarray(values, np.float32)
