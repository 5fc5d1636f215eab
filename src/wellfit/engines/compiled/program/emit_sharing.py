"""The operations of shared weights."""

from __future__ import annotations

from wellfit.engines.compiled.program.layers import Layer
from wellfit.engines.compiled.program.program import Program
from wellfit.engines.contract.segments import Segment
from wellfit.techniques import layout as at
from wellfit.techniques.network import sharing
from wellfit.techniques.update.schedule import is_on


def parts_used_again(program: Program, layer: Layer, parts: tuple[Segment | None, ...]) -> list[dict[str, int]]:
    """Columns of the operations around an earlier use of parts whose gradient a later layer has already written on the
    way back; none, where no later layer uses them.
    """
    hidden, chosen = program.recipe.hidden, program.recipe.sharing
    if not any(chosen.owner(hidden, k) == layer.owner for k in range(layer.index + 1, len(hidden))):
        return []
    return [
        {"parameters": part.begin, "parameters_2": part.end, "extra": program.buffer(part.end - part.begin, rows=1)}
        for part in parts
        if part is not None and not part.frozen
    ]


def emit_spread(program: Program, layer: Layer, y: int, y_gradient: int) -> tuple[int, int]:
    """From a value a group to a value a unit. Returns where these and their gradient start."""
    units = layer.units
    z, z_gradient = program.buffer(units), program.buffer(units) if y_gradient >= 0 else -1
    program.emit(
        at.FORWARD_SEAM, sharing.spread_forward, sharing.spread_backward if y_gradient >= 0 else None, input=y,
        output=z, input_gradient=y_gradient, output_gradient=z_gradient, width_in=layer.columns, width=units,
        extra=program.recipe.sharing.group,
    )  # fmt: skip
    return z, z_gradient


def emit_closeness(program: Program) -> None:
    """The penalty on what should be alike but is not one."""
    chosen, hidden = program.recipe.sharing, program.recipe.hidden
    if chosen.hard or not is_on(getattr(chosen, "strength", 0.0)):
        return
    where = program.setting(chosen.strength)
    found = {s.name: s for s in program.segments if not s.frozen}
    for k in range(len(hidden)):
        for name in ("weight", "bias"):
            part = found.get(f"hidden{k}.{name}")
            if part is None:
                continue
            if chosen.units:
                program.emit(
                    at.PENALTY_SEAM, sharing.close_units, parameters=part.begin, settings=where,
                    width=part.shape[-1], width_in=part.shape[0] if name == "weight" else 1, extra=chosen.group,
                )  # fmt: skip
                continue
            for j in range(1, k):
                other = found.get(f"hidden{j}.{name}")
                if other is not None and chosen.first_alike(hidden, j) == chosen.first_alike(hidden, k):
                    program.emit(
                        at.PENALTY_SEAM, sharing.close_parts, parameters=other.begin, parameters_2=part.begin,
                        width=part.end - part.begin, settings=where,
                    )  # fmt: skip
