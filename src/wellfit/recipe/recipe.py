"""The recipe: every choice about training one network, as an immutable value that reads and writes as TOML or JSON."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

import wellfit.techniques  # noqa: F401 - fills the registry
from wellfit.errors import InputError, quoted
from wellfit.files import write_atomically
from wellfit.parsing import MOST_RECIPE, parse_json, parse_toml
from wellfit.recipe.brief import brief_slot, changed_slots
from wellfit.recipe.combinations import cautions, refusals
from wellfit.recipe.faults import fault_sentences
from wellfit.recipe.named_recipes import NAMED
from wellfit.reprs import html_details, html_table, html_text
from wellfit.techniques.base import choice, main_first
from wellfit.techniques.network.activation import Activation
from wellfit.techniques.network.dropout import Dropout
from wellfit.techniques.network.learned import ActivationMix, BiasRate, FanInRate, InputScale
from wellfit.techniques.penalties.activity import Activity
from wellfit.techniques.penalties.constraint import Constraint
from wellfit.techniques.penalties.decay import WeightDecay
from wellfit.techniques.penalties.max_norm import MaxNorm, UnitNorm
from wellfit.techniques.penalties.penalty import L1, L2, ElasticNet
from wellfit.techniques.penalties.power import PowerPenalty
from wellfit.techniques.rows.adversarial import Adversarial
from wellfit.techniques.rows.augmentation import ImageAugmentation
from wellfit.techniques.rows.cells import Cutout, Swap
from wellfit.techniques.rows.mixing import Cutmix, Mixup
from wellfit.techniques.rows.noise import InputNoise, WeightNoise
from wellfit.techniques.rows.sampling import Sampling
from wellfit.techniques.rows.scaling import Categories
from wellfit.techniques.targets.label_changes import LabelNoise, LabelSmoothing
from wellfit.techniques.targets.tasks import Tasks
from wellfit.techniques.update.adam import Adam
from wellfit.techniques.update.layer_rates import LayerRates
from wellfit.techniques.update.lookahead import Lookahead
from wellfit.techniques.update.schedule import FlatCosine, Scheduled
from wellfit.techniques.update.sharpness import SharpnessAware

RESERVED = ("name",)
MOST_LAYERS, MOST_UNITS, MOST_COUNT = 1000, 10**7, 10**9  # more is a slip, or somebody else's file


def _whole(value: Any) -> Any:
    return (value,) if isinstance(value, int) and not isinstance(value, bool) else value


def _fading(strength: float) -> Scheduled:
    """A strength that stays for half the run, then fades to 0."""
    return Scheduled(value=strength, schedule=FlatCosine())


class Recipe(BaseModel):
    """Every choice about training one network. Immutable; `vary` gives a changed copy.

    The defaults are a strong recipe for tables: residual SiLU layers, Adam at 0.01 with beta2 = 0.95 in four growing
    cycles, dropout and decoupled decay that fade in the second half, the weights of the best validation loss.

    hidden: units of each hidden layer, 1 to 10 million each, input side first, at most 1,000 layers; empty for a linear
        model. Default (128, 128, 128).
    activation: one for all hidden layers (default "silu"), or a list with one each.
    skip: "residual" (default) adds each hidden layer's input to its output (through a linear map without bias where
        widths differ; the first layer starts the stream), "concatenate" gives the encoded input to every later layer as
        well, "none".
    class_weight: "none" (default); "balanced" weighs each class by N / (classes x its weight); or weights of 0 or more
        by class label.
    batch_size: rows of a mini-batch, 1 to a billion (default 128), or "all".
    epochs: int, passes over the training rows, 1 to a billion (default 64). `wellfit.train(..., budget=0)` gives the
        weights before the first.
    sampling: how batches are drawn.

    Every other slot takes a technique: its name, or a table with its settings. `wellfit recipe schema` lists all slots.
    They stand in the order of the training step, and their operations run in that order.

    Raises:
        InputError: an unknown slot, a value out of range, or slots that do not fit together.

    >>> recipe = Recipe(hidden=(64, 64), dropout=0.2, optimizer={"name": "sgd", "learning_rate": 0.1})
    >>> recipe.vary(epochs=10).diff(recipe)
    {'epochs': (10, 64)}
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    # the network
    hidden: Annotated[
        tuple[Annotated[int, Field(ge=1, le=MOST_UNITS)], ...], BeforeValidator(_whole), Field(max_length=MOST_LAYERS)
    ] = (128, 128, 128)
    activation: choice("activation") | tuple[choice("activation"), ...] = "silu"  # type: ignore[valid-type]
    activation_mix: main_first(ActivationMix) = ActivationMix()  # type: ignore[valid-type]
    skip: Literal["none", "residual", "concatenate"] = "residual"
    normalization: choice("normalization") = "none"  # type: ignore[valid-type]
    input_scale: main_first(InputScale) = InputScale()  # type: ignore[valid-type]
    number_embedding: choice("number_embedding") = "none"  # type: ignore[valid-type]
    categories: main_first(Categories) = Categories()  # type: ignore[valid-type]
    dropout: main_first(Dropout) = Dropout(rate=_fading(0.1))  # type: ignore[valid-type]
    activity: main_first(Activity) = Activity()  # type: ignore[valid-type]
    initialization: choice("initialization") = "auto"  # type: ignore[valid-type]
    data_initialization: choice("data_initialization") = "none"  # type: ignore[valid-type]
    # rows, encoded and augmented
    batch_size: Annotated[int, Field(ge=1, le=MOST_COUNT)] | Literal["all"] = 128
    sampling: Sampling = Sampling()
    class_weight: Literal["none", "balanced"] | dict[str, Annotated[float, Field(ge=0)]] = "none"
    scaling: choice("scaling") = "robust"  # type: ignore[valid-type]
    augmentation: ImageAugmentation = ImageAugmentation()
    swap: main_first(Swap) = Swap()  # type: ignore[valid-type]
    cutout: main_first(Cutout) = Cutout()  # type: ignore[valid-type]
    input_noise: main_first(InputNoise) = InputNoise()  # type: ignore[valid-type]
    # targets
    label_noise: main_first(LabelNoise) = LabelNoise()  # type: ignore[valid-type]
    mixup: main_first(Mixup) = Mixup()  # type: ignore[valid-type]
    cutmix: main_first(Cutmix) = Cutmix()  # type: ignore[valid-type]
    label_smoothing: main_first(LabelSmoothing) = LabelSmoothing()  # type: ignore[valid-type]
    # where the gradient is taken
    sharpness_aware: main_first(SharpnessAware) = SharpnessAware()  # type: ignore[valid-type]
    weight_noise: main_first(WeightNoise) = WeightNoise()  # type: ignore[valid-type]
    # the loss
    loss: choice("loss") = "auto"  # type: ignore[valid-type]
    tasks: Tasks = Tasks()
    adversarial: main_first(Adversarial) = Adversarial()  # type: ignore[valid-type]
    # the gradient
    l2: main_first(L2) = L2()  # type: ignore[valid-type]
    l1: main_first(L1) = L1()  # type: ignore[valid-type]
    elastic_net: main_first(ElasticNet) = ElasticNet()  # type: ignore[valid-type]
    power: main_first(PowerPenalty) = PowerPenalty()  # type: ignore[valid-type]
    prior: choice("prior") = "none"  # type: ignore[valid-type]
    sharing: choice("sharing") = "none"  # type: ignore[valid-type]
    clipping: choice("clipping") = "none"  # type: ignore[valid-type]
    # the update
    optimizer: choice("optimizer") = Adam(learning_rate=0.01, beta2=0.95)  # type: ignore[valid-type]
    schedule: choice("schedule") = "growing_cycles"  # type: ignore[valid-type]
    fan_in_rate: main_first(FanInRate) = FanInRate()  # type: ignore[valid-type]
    bias_rate: main_first(BiasRate) = BiasRate()  # type: ignore[valid-type]
    layer_rates: main_first(LayerRates) = LayerRates()  # type: ignore[valid-type]
    weight_decay: main_first(WeightDecay) = WeightDecay(strength=_fading(0.1))  # type: ignore[valid-type]
    lookahead: main_first(Lookahead) = Lookahead()  # type: ignore[valid-type]
    # what holds after each update, and averages
    max_norm: main_first(MaxNorm) = MaxNorm()  # type: ignore[valid-type]
    unit_norm: main_first(UnitNorm) = UnitNorm()  # type: ignore[valid-type]
    constraint: main_first(Constraint) = Constraint()  # type: ignore[valid-type]
    averaging: choice("averaging") = "none"  # type: ignore[valid-type]
    snapshots: choice("snapshots") = "none"  # type: ignore[valid-type]
    # the run
    stopping: choice("stopping") = "best"  # type: ignore[valid-type]
    epochs: int = Field(default=64, ge=1, le=MOST_COUNT)

    @model_validator(mode="before")
    @classmethod
    def _validate_defaults(cls, data: Any) -> Any:
        # Defaults are written by name ("silu"), as a user would: they pass the same validation.
        if not isinstance(data, dict):
            return data
        named = {name: f.default for name, f in cls.model_fields.items() if isinstance(f.default, str)}
        return {**named, **data}

    @model_validator(mode="after")
    def _consistent(self) -> Recipe:
        for sentence in refusals(self):
            raise ValueError(sentence)
        for sentence in cautions(self):
            warnings.warn(f"{sentence[:1].upper()}{sentence[1:]}.", UserWarning, stacklevel=2)
        return self

    def __init__(self, /, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise InputError(fault_sentences(error, type(self).model_fields)) from None

    def __repr__(self) -> str:
        changed = ", ".join(f"{slot}={value!r}" for slot, value in changed_slots(self).items())
        return f"Recipe({changed})"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        default = Recipe()
        rows = [
            {"slot": slot, "value": str(value), "default": str(brief_slot(default, slot))}
            for slot, value in changed_slots(self).items()
        ]
        changed = html_table(rows) or "<p>as by default</p>"
        return f"<p><strong>Recipe</strong></p>{changed}{html_details('All slots', html_text(self.to_toml()))}"

    def activations(self) -> tuple[Activation, ...]:
        """The activation of each hidden layer."""
        given = self.activation
        return given if isinstance(given, tuple) else (given,) * len(self.hidden)

    def dropout_rates(self) -> tuple[Any, ...]:
        """The dropout rate (a number or a schedule) of each hidden layer."""
        given = self.dropout.rate
        return given if isinstance(given, tuple) else (given,) * len(self.hidden)

    def activity_strengths(self) -> tuple[Any, ...]:
        """The activity penalty's strength (a number or a schedule) of each hidden layer."""
        given = self.activity.strength
        return given if isinstance(given, tuple) else (given,) * len(self.hidden)

    def vary(self, changes: Mapping[str, Any] | None = None, **slots: Any) -> Recipe:
        """A copy with some slots changed.

        changes: mapping from slots, or dotted names of settings inside them, to values; None (default): none. A dotted
            name changes a technique's table and does not replace it; `name` inside it starts from that technique's
            defaults.
        slots: the same by keyword, with two underscores for a dot: `dropout__rate=0.2`.

        Raises:
            InputError: an unknown slot, or a value out of range.

        >>> Recipe().vary({"optimizer.learning_rate": 0.1}, hidden=(64,)).optimizer.learning_rate
        0.1
        """
        table = self.to_dict()
        wanted = {path.replace("__", "."): value for path, value in {**(changes or {}), **slots}.items()}
        # Whole slots first, then techniques' names, which clear their tables, then settings: any order gives the same.
        for path in sorted(wanted, key=lambda path: (path.count("."), not path.endswith(".name"))):
            value = wanted[path]
            *parents, leaf = path.split(".")
            place: Any = table
            for parent in parents:
                place[parent] = {"name": place[parent]} if isinstance(place.get(parent), str) else place.get(parent, {})
                place = place[parent]
            if not isinstance(place, dict):
                raise InputError(f"Recipe slot {path!r} cannot be set: {'.'.join(parents)} is not a table.")
            if leaf == "name" and parents:
                place.clear()
            place[leaf] = value
        return Recipe(**table)

    def diff(self, other: Recipe) -> dict[str, tuple[Any, Any]]:
        """The settings that differ: their dotted names, with this recipe's value and the other's; None where one has
        none.

        other: the recipe to compare with.
        """
        mine, theirs = _flat(self.to_dict()), _flat(other.to_dict())
        names = [*mine, *(name for name in theirs if name not in mine)]
        return {name: (mine.get(name), theirs.get(name)) for name in names if mine.get(name) != theirs.get(name)}

    def to_dict(self) -> dict[str, Any]:
        """All settings as plain numbers, strings, lists and tables."""
        return self.model_dump(mode="json", exclude_none=True)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All settings by nested name (`dropout__rate`), so that scikit-learn can search over them.

        deep: bool, of no effect here; scikit-learn gives it.
        """
        return {name.replace(".", "__"): value for name, value in _flat(self.to_dict()).items()}

    def __sklearn_clone__(self) -> Recipe:
        """The recipe itself, which never changes: for scikit-learn's `clone`."""
        return self

    def to_json(self) -> str:
        """The recipe as JSON text."""
        return json.dumps(self.to_dict(), indent=2)

    def to_toml(self) -> str:
        """The recipe as TOML text."""
        import tomli_w

        return tomli_w.dumps(self.to_dict())

    @classmethod
    def named(cls, name: str, hidden: Any = None, **slots: Any) -> Recipe:
        """A recipe by its name, with some slots changed.

        name: "wellfit", the default recipe; "practice", a common choice in practice (see
            `wellfit.recipe.named_recipes`), which normalises from 5 hidden layers on; or "plain" (see `plain`).
        hidden: units of each hidden layer; None (default): those of the default recipe.
        slots: further slots by keyword.

        Raises:
            InputError: there is no such recipe, an unknown slot, or a value out of range.

        >>> Recipe.named("practice", hidden=(64,) * 5).normalization.name
        'batch'
        """
        if name not in NAMED:
            raise InputError(f"No recipe is called {quoted(name)}; the names are: {', '.join(NAMED)}.")
        layers = cls().hidden if hidden is None else cls(hidden=hidden).hidden
        return cls(**{**NAMED[name](layers), "hidden": layers, **slots})

    @classmethod
    def plain(cls, hidden: Any = None, **slots: Any) -> Recipe:
        """A plain network, to compare techniques with: every technique that can be off is off.

        Dense layers of ReLU, the same learning rate from the first update to the last, the last weights kept: no skip
        connections, normalisation, embedding, dropout, noise, augmentation, penalty, decay, constraint, clipping,
        momentum, schedule, averaging or early stopping. What a network cannot do without is the simplest there is:
        stochastic gradient descent, and numbers standardised (`scaling="none"` leaves them as they are, which few
        networks learn from). Batches of 128 rows and 64 epochs, as by default.

        hidden: units of each hidden layer; None (default): those of the default recipe.
        slots: further slots by keyword.

        Raises:
            InputError: an unknown slot, or a value out of range.

        >>> Recipe.plain(hidden=(64,), dropout=0.2).diff(Recipe.plain(hidden=(64,)))
        {'dropout.rate': (0.2, 0.0)}
        """
        return cls.named("plain", hidden, **slots)

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Recipe:
        """A recipe from plain settings.

        table: mapping from slots to values; what is left out takes its default.
        """
        return cls(**table)

    @classmethod
    def from_toml(cls, text: str) -> Recipe:
        """A recipe from TOML.

        text: as `to_toml` gives it; what is left out takes its default.
        """
        try:
            table = parse_toml(text)
        except ValueError as error:
            raise InputError(f"The recipe is not valid TOML: {error}.") from None
        return cls.from_dict(table)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """A recipe from JSON.

        text: as `to_json` gives it; what is left out takes its default.
        """
        try:
            table = parse_json(text, MOST_RECIPE)
        except ValueError as error:
            raise InputError(f"The recipe is not valid JSON: {error}.") from None
        if not isinstance(table, dict):
            raise InputError(f"A recipe is a table of settings, but the JSON text holds a {type(table).__name__}.")
        return cls.from_dict(table)

    def save(self, path: str | Path) -> None:
        """Write the recipe to a file.

        path: of the file; one that ends in .json is written as JSON, any other as TOML.
        """
        path = Path(path)
        text = self.to_json() if path.suffix == ".json" else self.to_toml()
        write_atomically(path, text.encode())


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = value
    return flat
