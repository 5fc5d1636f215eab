"""Weight decay, decoupled from the gradient."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.operations import of_layer
from wellfit.techniques.update.schedule import LayerStrength, strength


@technique("weight_decay")
class WeightDecay(Technique):
    """Shrinks the OLD weights at each update, beside the optimiser: w <- (1 - lr_t lambda) w + delta.

    Equal to L2 for plain SGD, different for Adam, whose division by the gradient's size it escapes. It is part of the
    optimiser's one pass over memory.

    strength: lambda, at least 0, default 0; may carry a schedule, or be a list: one for each hidden layer and the
        output. with_rate: multiply by the scheduled rate (default); if not, w <- (1 - lambda) w + delta.
    biases: shrink biases, gamma and beta too, default no.
    Cost: none of its own. When not: beside a large L2, which does much the same; on networks that underfit.
    Source: Loshchilov & Hutter, "Decoupled weight decay regularization", 2019.

    >>> from wellfit import Recipe
    >>> Recipe(weight_decay=0.02).weight_decay.strength
    0.02
    """

    equations: ClassVar[tuple[str, ...]] = (r"w \leftarrow (1 - \text{lr}_t \, \lambda) \, w + \delta",)
    main: ClassVar[str] = "strength"
    title: ClassVar[str] = "Weight decay"
    seam: ClassVar[Seam] = "update"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("smoother function",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("overfits", "few rows")
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {
        "overfits": (2, "costs nothing, and works where dropout is too rough: small networks, numbers as targets"),
        "few rows": (2, "the fewer the rows, the stronger: try ten times the default"),
    }
    example: ClassVar[dict[str, Any]] = {"weight_decay": 0.02}

    strength: LayerStrength = strength(default=0.0, layers=True)
    with_rate: bool = Field(default=True)
    biases: bool = Field(default=False)

    def of(self, part: Any) -> Any:
        """The decay of a segment of the parameters, which the optimiser takes off in its pass over them."""
        return of_layer(self.strength, part.layer) if self.biases or part.role == "weight" else 0.0
