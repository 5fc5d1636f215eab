"""The networks that a member has become, as plain data."""

from __future__ import annotations

import numpy as np

from wellfit.engines.compiled.run.member import Member
from wellfit.engines.contract.network import Network
from wellfit.tables.arrays import TargetKind


def network_of(member: Member, kind: TargetKind, outputs: int) -> Network:
    """The member's kept weights: the best of validation, or the present ones if none were kept."""
    kept = member.parameters if member.best is None else member.best
    return Network(member.recipe, member.prepared.encoding, kind, outputs, np.array(kept, dtype=np.float32))


def snapshots_of(member: Member, kind: TargetKind, outputs: int) -> list[Network]:
    """The copies taken on the way, first to last."""
    encoding = member.prepared.encoding
    return [
        Network(member.recipe, encoding, kind, outputs, np.array(copy, dtype=np.float32))
        for _, copy in sorted(member.snapshots.items())
    ]
