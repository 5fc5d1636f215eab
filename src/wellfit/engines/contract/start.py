"""What a member takes over from another network before its first update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract.segments import Segment
from wellfit.errors import InputError
from wellfit.reprs import short_repr
from wellfit.tables.encoding import Encoding


@dataclass(frozen=True, eq=False)
class Start:
    """Arrays that parameters start from, by the name of their segment ("hidden0.weight", (fan_in, units)).

    encoding: the donor's, whose inputs are used as they are; None: the member's own, fitted on its training rows.
    """

    weights: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    encoding: Encoding | None = None

    __repr__ = short_repr

    def apply(self, segments: Sequence[Segment], parameters: NDArray[Any]) -> None:
        """Write the arrays into the flat parameters.

        Raises:
            InputError: the network has no such part, or one of another shape.
        """
        known = {segment.name: segment for segment in segments}
        for name, array in self.weights.items():
            if name not in known:
                raise InputError(
                    f"The transferred part {name!r} has no place in this recipe's network, whose parts are "
                    f"{', '.join(known)}: make the layers alike, or transfer fewer."
                )
            segment = known[name]
            if tuple(array.shape) != segment.shape:
                raise InputError(
                    f"The transferred part {name!r} has shape {tuple(array.shape)}, and this recipe's network takes "
                    f"{segment.shape}: make the layers alike, or transfer fewer."
                )
            if not np.isfinite(array).all():
                raise InputError(f"The transferred part {name!r} holds a number that is not finite: train it anew.")
            parameters[segment.begin : segment.end] = np.asarray(array).ravel()


def start_to_plain(start: Start) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """A start as JSON can hold it, and its arrays by name."""
    tensors = {f"weights.{name}": np.ascontiguousarray(array) for name, array in start.weights.items()}
    if start.encoding is None:
        return {"weights": list(start.weights), "encoding": None}, tensors
    plain: dict[str, Any] = {}
    for name, value in replace(start.encoding, tasks=()).to_plain().items():  # the target's part is fitted anew
        if isinstance(value, np.ndarray):
            tensors[f"encoding.{name}"], plain[name] = value, "array"
        elif isinstance(value, tuple) and value and isinstance(value[0], np.ndarray):
            plain[name] = {"arrays": len(value)}
            tensors |= {f"encoding.{name}.{k}": array for k, array in enumerate(value)}
        else:
            plain[name] = {"value": value}
    return {"weights": list(start.weights), "encoding": plain}, tensors


def start_from_plain(plain: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Start:
    """The inverse of `start_to_plain`."""
    weights = {name: tensors[f"weights.{name}"] for name in plain["weights"]}
    if plain["encoding"] is None:
        return Start(weights)
    values: dict[str, Any] = {}
    for name, kept in plain["encoding"].items():
        if kept == "array":
            values[name] = tensors[f"encoding.{name}"]
        elif "arrays" in kept:
            values[name] = tuple(tensors[f"encoding.{name}.{k}"] for k in range(kept["arrays"]))
        else:
            values[name] = kept["value"]
    return Start(weights, Encoding.from_plain(values))
