"""What a technique is: a class that declares everything about one idea, entered in one registry by family and name.

Its docstring is its card; its fields are its settings; its class variables say where it stands in the training step,
how it helps and which symptoms it answers; its methods put its operations at their seams, and refuse what it cannot be
combined with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, ValidationInfo, field_validator

from wellfit.techniques.operations import Builder

Seam = Literal[
    "before training",
    "rows",
    "encode and augment",
    "targets",
    "perturb",
    "forward",
    "loss",
    "penalty gradient",
    "adversarial",
    "clip",
    "optimizer",
    "update",
    "constrain",
    "average",
    "stopping",
    "after training",
]
Mechanism = Literal[
    "smoother function",
    "more data",
    "many models",
    "wider minima",
    "trains faster or more safely",
    "describes the problem",
]
Symptom = Literal[
    "overfits",
    "does not move",
    "explodes",
    "few rows",
    "noisy labels",
    "over-confident",
    "underfits",
    "unstable between runs",
    "slow",
]
SEAMS: tuple[Seam, ...] = get_args(Seam)
MECHANISMS: tuple[Mechanism, ...] = get_args(Mechanism)
SYMPTOMS: tuple[Symptom, ...] = get_args(Symptom)

REGISTRY: dict[str, dict[str, type[Technique]]] = {}


class Technique(BaseModel):
    """One technique. Its settings are immutable, and validated once, here.

    title: of its family, in the documentation. heading: its own, where name and card do not do.
    equations: its formula in TeX, a line each, as the documentation typesets it; empty where words say it all.
    main: the setting that a bare number in the recipe's slot stands for.
    seam: where it acts. mechanisms, symptoms: how it helps, and what it answers, the most typical first.
    try_first: symptoms for which it is among the first three things to try: its place, 1 to 3, and why.
    helps: False for what is there to compare with.
    example: the recipe's slots that turn it on, where its name or a small strength alone would not show it.
    random_in_prediction: whether predictions can be averaged over what it draws at random.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    family: ClassVar[str] = ""
    title: ClassVar[str] = ""
    heading: ClassVar[str] = ""
    equations: ClassVar[tuple[str, ...]] = ()
    main: ClassVar[str] = ""
    seam: ClassVar[Seam]
    mechanisms: ClassVar[tuple[Mechanism, ...]]
    symptoms: ClassVar[tuple[Symptom, ...]]
    try_first: ClassVar[dict[Symptom, tuple[int, str]]] = {}
    helps: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {}
    random_in_prediction: ClassVar[bool] = False

    def operations(self, program: Builder) -> None:
        """Put its operations at their seams, apart from those of nodes of the layer plan (`forward`)."""

    def forward(self, program: Builder, node: Any) -> None:
        """Put the operation of a node of the layer plan that it acts in at the seam of the forward pass."""
        raise NotImplementedError(f"{type(self).__name__} acts in no node of the network")

    def needs_input_gradient(self) -> bool:
        """Whether it reads the gradient of the loss by the encoded inputs (`Builder.input_gradient`)."""
        return False

    def refused(self, recipe: Any) -> str | None:
        """Why a recipe cannot hold it as it is, with the way out, in a sentence; None where it can."""
        return None

    def warned(self, recipe: Any) -> str | None:
        """What a recipe that holds it is warned of, in a sentence; None where there is nothing to say."""
        return None

    @field_validator("*", mode="after")
    @classmethod
    def _strengths_in_range(cls, value: Any, info: ValidationInfo) -> Any:
        extra = cls.model_fields[str(info.field_name)].json_schema_extra
        if isinstance(extra, dict) and "low" in extra:
            for one in value if isinstance(value, tuple) else (value,):
                _check_range(getattr(one, "value", one), extra)
        return value

    def state_size(self, trained: int) -> int:
        """Floats that it keeps from update to update, the optimiser's own apart. trained: parameters trained."""
        return 0

    @classmethod
    def card(cls) -> str:
        """What it does, its formula, settings, cost, source."""
        return (cls.__doc__ or "").strip()


def _check_range(number: Any, extra: Any) -> None:
    low, high, below = extra["low"], extra["high"], extra["open"]
    if number < low or number > high or (below and number == high):
        raise ValueError(f"Input should be at least {low:g} and {'below' if below else 'at most'} {high:g}")


T = TypeVar("T", bound=type[Technique])


def technique(family: str) -> Callable[[T], T]:
    """Enter a class of settings in the registry, under the default of its field `name` (its family, if it has none)."""

    def register(cls: T) -> T:
        cls.family = family
        fields: dict[str, Any] = cls.__pydantic_fields__
        field = fields.get("name")
        name = family if field is None else str(field.default)
        if name in REGISTRY.setdefault(family, {}):
            raise ValueError(f"Two techniques of the family {family!r} are called {name!r}: rename one.")
        REGISTRY[family][name] = cls
        return cls

    return register


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def choice(family: str) -> Any:
    """The type of a recipe's slot that takes one technique of a family: as settings, as a table or by its name."""
    classes = tuple(REGISTRY[family].values())
    if len(classes) == 1:
        return Annotated[classes[0], BeforeValidator(_named)]
    return Annotated[Union[classes], Discriminator("name"), BeforeValidator(_named)]  # noqa: UP007


def main_first(cls: type[Technique]) -> Any:
    """The type of a slot in which a bare number stands for the technique's main setting, such as `dropout=0.1`."""

    def widen(value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return {cls.main: value}
        if isinstance(value, (list, tuple)) or (isinstance(value, dict) and set(value) == {"value", "schedule"}):
            return {cls.main: value}
        return value

    return Annotated[cls, BeforeValidator(widen)]
