"""What is seen inside members while they train: quantities by layer and update, and the table of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError, quoted
from wellfit.tables.reading.forked import check_not_forked

if TYPE_CHECKING:
    import polars

Key = tuple[str, str]  # a layer and a quantity
Values = NDArray[np.float64]  # (keys,), NaN where something was not measured

NETWORK = "network"  # the layer of what is measured over all layers together
DEFAULT_EVERY = 400  # updates between two probes, at least
AVERAGED = 20  # probes over which the gradient-noise scale is averaged

# Quantities that are measured together, in this order.
SIZES = ("weight_norm", "gradient_norm", "update_norm", "update_ratio")
PREACTIVATIONS = tuple(f"preactivation_{word}" for word in ("mean", "spread", "q15", "q50", "q85"))
ACTIVATIONS = tuple(f"activation_{word}" for word in ("mean", "spread", "q15", "q50", "q85"))
SIGNAL = ("signal_norm",)
SYMMETRY = ("twin_cosine", "twin_share")
UNITS = ("dead_units", "saturated_units", "linear_units", "saturated_share", "linear_share")
STATISTICS = ("moving_mean_distance", "moving_spread_distance")
NOISE = ("gradient_signal", "gradient_variance")
LOSSES = (
    "batch_loss", "batch_loss_mean", "batch_loss_spread", "batch_loss_largest", "batch_loss_rise", "batch_loss_swing",
)  # fmt: skip
NOISE_SCALE = "noise_scale"  # made of the quantities of `NOISE` when the table is asked for


class Probes:
    """The probes of one member.

    every: at least so many updates lie between two of them, the last one apart.
    keys: what a probe measures, a layer and a quantity each.
    updates: after how many updates each was taken. values: what it measured, (keys,) each.
    standing: a probe at the latest update, which is dropped when training goes on; None: there is none.
    parts: losses of the updates since the last evaluation, of one compiled call each. recent: the same between the last
        two evaluations, which end at update `recent_end`.
    """

    def __init__(self, every: int, keys: Sequence[Key] = ()) -> None:
        self.every, self.keys = every, tuple(keys)
        self.updates: list[int] = []
        self.values: list[Values] = []
        self.standing: tuple[int, Values] | None = None
        self.parts: list[Values] = []
        self.recent: list[Values] = []
        self.recent_end = 0

    def __repr__(self) -> str:
        return f"<probes at {len(self.updates)} updates, of {len(self.keys)} quantities>"

    def due(self, update: int) -> bool:
        """Whether a probe at an evaluation after so many updates is wanted because of its distance to the last one."""
        return len(self.updates) < 2 or update - self.updates[-1] >= self.every

    def add(self, update: int, values: Values) -> None:
        """Keep a probe."""
        self.updates.append(update)
        self.values.append(values)

    def end_interval(self, update: int) -> None:
        """An evaluation after so many updates: their losses are now the recent ones."""
        self.recent, self.recent_end, self.parts = self.parts, update, []

    def rows(self) -> tuple[list[int], list[Values]]:
        """Updates and values of all probes, the standing one included."""
        if self.standing is None:
            return self.updates, self.values
        return [*self.updates, self.standing[0]], [*self.values, self.standing[1]]

    def series(self) -> dict[Key, tuple[NDArray[np.int64], Values]]:
        """What was measured so far, by layer and quantity: after how many updates, and the values, without NaN.

        May be called while the member trains: a probe that is just being added is left out.
        """
        values, standing = list(self.values), self.standing
        updates = self.updates[: len(values)]
        if standing is not None and standing[0] > (updates[-1] if updates else -1):
            updates, values = [*updates, standing[0]], [*values, standing[1]]
        made, table = np.array(updates, np.int64), np.array(values, np.float64).reshape(len(values), len(self.keys))
        known = ~np.isnan(table)
        return {key: (made[known[:, k]], table[known[:, k], k]) for k, key in enumerate(self.keys) if known[:, k].any()}

    def to_state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """As a checkpoint keeps it: arrays by name, and what JSON holds."""
        arrays: dict[str, NDArray[Any]] = {
            "updates": np.array(self.updates, np.int64),
            "values": np.array(self.values, np.float64).reshape(len(self.updates), len(self.keys)),
            "losses": np.concatenate([np.zeros(0), *self.parts]),
            "recent": np.concatenate([np.zeros(0), *self.recent]),
        }
        if self.standing is not None:
            arrays["standing"] = self.standing[1]
        update = None if self.standing is None else self.standing[0]
        plain = {"every": self.every, "keys": [list(key) for key in self.keys], "standing": update}
        return arrays, {**plain, "recent_end": self.recent_end}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], plain: Mapping[str, Any]) -> Probes:
        """The inverse of `to_state`."""
        made = cls(int(plain["every"]), [(str(layer), str(quantity)) for layer, quantity in plain["keys"]])
        made.updates = [int(update) for update in arrays["updates"]]
        made.values = list(np.array(arrays["values"], np.float64))
        if plain["standing"] is not None:
            made.standing = int(plain["standing"]), np.array(arrays["standing"])
        made.parts = [np.array(arrays["losses"])]
        made.recent, made.recent_end = [np.array(arrays["recent"])], int(plain["recent_end"])
        return made


def probe_distance(probes: Any) -> int | None:
    """At least how many updates lie between two probes, from what a user gives; None: nothing is probed.

    Raises:
        InputError: neither None, a bool nor a whole number of 1 or more.
    """
    if probes is None or probes is False:
        return None
    if probes is True:
        return DEFAULT_EVERY
    if not isinstance(probes, (int, np.integer)) or probes < 1:
        raise InputError(
            f"probes is True, False, or at least how many updates lie between two probes, 1 or more; got "
            f"{quoted(probes)}."
        )
    return int(probes)


def noise_scales(updates: Sequence[int], signal: Values, variance: Values) -> Values:
    """The gradient-noise scale (probes,): variance over signal, each averaged over up to the last 20 probes; NaN where
    the averaged signal is not above 0. The probe before the first update stands alone.
    """
    found = np.full(len(signal), math.nan)
    for k in range(len(signal)):
        first = 0 if updates[k] == 0 else max(k + 1 - AVERAGED, int(updates[0] == 0))
        window = slice(first, k + 1)
        above, spread = float(signal[window].mean()), float(variance[window].mean())
        found[k] = spread / above if above > 0 and math.isfinite(above + spread) else math.nan
    return found


def probe_table(members: Sequence[Probes | None]) -> polars.DataFrame:
    """A row a member, update, layer and quantity that was measured: member, update (Int64), layer, quantity (String),
    value (Float64).
    """
    import polars

    check_not_forked()
    parts = [_long(place, one) for place, one in enumerate(members) if one is not None and one.keys]
    kinds = {
        "member": polars.Int64, "update": polars.Int64, "layer": polars.String, "quantity": polars.String,
        "value": polars.Float64,
    }  # fmt: skip
    empty = polars.DataFrame(schema=kinds)
    return polars.concat([empty, *parts]) if parts else empty


def _long(member: int, probes: Probes) -> polars.DataFrame:
    import polars

    updates, rows = probes.rows()
    values = np.array(rows, np.float64).reshape(len(updates), len(probes.keys))
    keys = list(probes.keys)
    if (NETWORK, NOISE[0]) in keys:
        place = keys.index((NETWORK, NOISE[0]))
        scale = noise_scales(updates, values[:, place], values[:, place + 1])
        keys.insert(place + 2, (NETWORK, NOISE_SCALE))
        values = np.insert(values, place + 2, scale, axis=1)
    count = len(keys)
    long = polars.DataFrame(
        {
            "member": np.full(values.size, member, np.int64),
            "update": np.repeat(np.array(updates, np.int64), count),
            "layer": polars.Series([layer for layer, _ in keys], dtype=polars.String).gather(_tiled(values)),
            "quantity": polars.Series([quantity for _, quantity in keys], dtype=polars.String).gather(_tiled(values)),
            "value": values.ravel(),
        }
    )
    return long.filter(polars.col("value").is_not_nan())


def _tiled(values: Values) -> NDArray[np.int64]:
    return np.tile(np.arange(values.shape[1]), values.shape[0])
