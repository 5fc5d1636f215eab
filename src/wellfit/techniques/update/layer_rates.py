"""Learning rates by layer: frozen layers, layers that learn slowly, and layers that wait before they train."""

from __future__ import annotations

from typing import Any, ClassVar

from wellfit.techniques.base import Mechanism, Seam, Symptom, Technique, technique
from wellfit.techniques.update.schedule import Scheduled, Strength, is_on, strength


@technique("layer_rates")
class LayerRates(Technique):
    """Gives each layer its own factor of the learning rate; 0 freezes a layer, a schedule lets it wait.

    Layer l is updated with lr_t r_l(t), where lr_t is the scheduled learning rate and r_l the layer's factor. Weights,
    biases, gains and all else that belongs to the layer (rows, units) share it; decay that follows the rate follows
    r_l, too.
    Frozen (r_l = 0) is exact: no update, no decay, no penalty, no gradient; batch normalisation uses its moving
    statistics and leaves them as they are. Below the lowest layer that trains there is no backward pass at all. A
    schedule that begins with 0 ("switch") freezes the layer until its first update above 0, when the layer starts with
    a fresh optimiser state and a bias correction of its own, as if it had only then been handed to the optimiser. Once
    a layer trains, a factor of 0 holds its parameters only: its moments and statistics go on.

    rate: r_l, at least 0, default 1; one number, or a list with one for each hidden layer, input side first, and one
        for the output. Each may carry a schedule. Embeddings and all else before the first layer take its factor.
    Departures: none; PyTorch's parameter groups with `requires_grad=False`, and with modules in evaluation mode, do
    the same. Dropout on a frozen layer goes on. Cost: none; frozen lower layers save their share of the backward pass.
    When not: without transferred weights a frozen layer stays at its random start.

    >>> from wellfit import Recipe
    >>> Recipe(hidden=(32, 16), layer_rates=[0.0, 0.1, 1.0]).layer_rates.of("hidden1", 2)
    0.1
    >>> late = {"value": 0.1, "schedule": {"name": "switch", "share": 0.5}}
    >>> Recipe(hidden=(32, 16), layer_rates=[late, late, 1.0]).layer_rates.rate[0].value
    0.1

    Source: Yosinski, Clune, Bengio & Lipson, "How transferable are features in deep neural networks?", 2014; factors by
    layer: Howard & Ruder, "Universal language model fine-tuning for text classification", 2018.
    """

    equations: ClassVar[tuple[str, ...]] = (r"\text{lr}_t^{(l)} = \text{lr}_t \, r_l(t)",)
    main: ClassVar[str] = "rate"
    title: ClassVar[str] = "Layer-wise learning rates, freezing"
    seam: ClassVar[Seam] = "update"
    mechanisms: ClassVar[tuple[Mechanism, ...]] = ("trains faster or more safely",)
    symptoms: ClassVar[tuple[Symptom, ...]] = ("few rows", "overfits")
    example: ClassVar[dict[str, Any]] = {"hidden": [64, 32], "layer_rates": [0.0, 0.1, 1.0]}

    rate: Strength | tuple[Strength, ...] = strength(default=1.0)

    def refused(self, recipe: Any) -> str | None:
        depth = len(recipe.hidden)
        if isinstance(self.rate, tuple) and len(self.rate) != depth + 1:
            return (
                f"layer_rates.rate lists {len(self.rate)} values, but with the output the number of layers is "
                f"{depth + 1}: give one value for all, or one for each layer"
            )
        rates = self.rate if isinstance(self.rate, tuple) else (self.rate,)
        if not any(is_on(rate) and getattr(rate, "value", rate) for rate in rates):
            return "layer_rates.rate is 0 for every layer, so that nothing would train: give one of them a rate above 0"
        return two_schedules(recipe) if any(isinstance(rate, Scheduled) for rate in rates) else None

    def of(self, layer: str, depth: int) -> Any:
        """The factor of a layer ("input", "hidden0", ..., "output") in a network with `depth` hidden layers."""
        if not isinstance(self.rate, tuple):
            return self.rate
        if layer == "input":
            return self.rate[0]
        return self.rate[int(layer[6:])] if layer.startswith("hidden") else self.rate[depth]


def two_schedules(recipe: Any) -> str | None:
    """Why a layer's rate with a schedule cannot be: the rate of its biases, mixes or scales, by which it is multiplied,
    carries one too.
    """
    own = {
        "bias_rate.factor": recipe.bias_rate.factor,
        "activation_mix.rate": recipe.activation_mix.rate,
        "input_scale.rate": recipe.input_scale.rate,
    }
    for slot, rate in own.items():
        if isinstance(rate, Scheduled):
            return f"{slot} and layer_rates.rate both carry a schedule: give one of them as a number"
    return None


def times(first: Any, second: Any) -> Any:
    """The product of two factors of the learning rate, one of which may carry a schedule."""
    scheduled, constant = (first, second) if isinstance(first, Scheduled) else (second, first)
    if isinstance(scheduled, Scheduled):
        return scheduled if constant == 1 else scheduled.model_copy(update={"value": scheduled.value * constant})
    return first * second
