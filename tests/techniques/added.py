"""Two techniques as somebody would add them: an activation, which is a file, and a penalty, a file and a slot."""

from __future__ import annotations

from pathlib import Path

RATIONAL = '''\
"""Activations that are quotients."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.techniques.base import technique
from wellfit.techniques.network.activation.base import Activation, define


@technique("activation")
class Softsign(Activation):
    """Softsign: squashes to (-1, 1), more slowly than tanh.

    f(z) = z / (1 + abs(z)), f' = 1 / (1 + abs(z))^2.
    Cost: one division a unit and row. When not: in deep hidden layers, where it saturates.
    Source: Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.

    >>> from wellfit import Recipe
    >>> Recipe(activation="softsign").activations()[0]([-1.0, 0.0, 3.0]).tolist()
    [-0.5, 0.0, 0.75]
    """

    name: Literal["softsign"] = "softsign"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    initialization: ClassVar[str] = "glorot_uniform"


def _slope(z, h, a):
    share = constant(1, z) / (constant(1, z) + abs(z))
    return share * share


define(Softsign, lambda z, a: z / (constant(1, z) + abs(z)), _slope, lambda z, a: z / (1 + np.abs(z)))
'''

LOGARITHM = '''\
"""A penalty that grows ever more slowly with a weight."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from wellfit.numerics.elementary import constant
from wellfit.numerics.kernel import fields, kernel
from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.layout import PENALTY, PENALTY_SEAM
from wellfit.techniques.operations import Builder
from wellfit.techniques.update.schedule import Strength, is_on, strength


@technique("log_penalty")
class LogPenalty(Technique):
    """Logarithmic penalty: adds lambda sum log(1 + w^2) to the mean loss, so lambda 2 w / (1 + w^2) to the gradient.

    strength: lambda, at least 0, default 0; may carry a schedule.
    Cost: a division a weight. When not: beside max_norm, which holds the weights already.
    Source: Cauchy; Candes, Wakin & Boyd, "Enhancing sparsity by reweighted l1 minimization", 2008.

    >>> from wellfit import Recipe
    >>> Recipe(log_penalty=0.01).log_penalty.strength
    0.01
    """

    main: ClassVar[str] = "strength"
    title: ClassVar[str] = "Logarithmic penalty"
    seam: ClassVar[Seam] = "penalty gradient"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits",)

    strength: Strength = strength(default=0.0)

    def operations(self, program: Builder) -> None:
        if is_on(self.strength):
            where = program.setting(self.strength)
            for begin, end, _ in program.runs(biases=False):
                program.emit(PENALTY_SEAM, log_gradient, begin=begin, end=end, settings=where)

    def refused(self, recipe: Any) -> str | None:
        if is_on(self.strength) and is_on(recipe.max_norm.limit):
            return "log_penalty and max_norm both hold the weights: use one of them"
        return None


RUN = fields("begin end settings")


@kernel(RUN)
def log_gradient(row, settings, work, parameters, gradient, state, clock, sums):
    """g <- g + lambda 2 w / (1 + w^2)."""
    w, g = parameters[row[RUN.begin] : row[RUN.end]], gradient[row[RUN.begin] : row[RUN.end]]
    strength = settings[row[RUN.settings]]
    one, two, total = constant(1, strength), constant(2, strength), np.float64(0)
    for i in range(len(w)):
        g[i] += strength * two * w[i] / (one + w[i] * w[i])
        total += np.log(np.float64(one + w[i] * w[i]))
    sums[PENALTY] += np.float64(strength) * total
'''

FILES = {
    "techniques/network/activation/rational.py": RATIONAL,
    "techniques/penalties/logarithm.py": LOGARITHM,
}
SLOT = "    log_penalty: main_first(LogPenalty) = LogPenalty()  # type: ignore[valid-type]\n"
IMPORT = "from wellfit.techniques.penalties.logarithm import LogPenalty\n"


def add_to(package: Path) -> None:
    """Write the two files into a copy of the package, and the penalty's slot, with its import, into the recipe."""
    for name, text in FILES.items():
        assert not (package / name).exists()
        (package / name).write_text(text)
    recipe = package / "recipe" / "recipe.py"
    lines = recipe.read_text().splitlines(keepends=True)
    slot = next(k for k, line in enumerate(lines) if line.startswith("    power: "))
    lines.insert(slot + 1, SLOT)
    imported = next(k for k, line in enumerate(lines) if line.startswith("from wellfit.techniques.penalties.max_norm"))
    lines.insert(imported, IMPORT)
    recipe.write_text("".join(lines))
