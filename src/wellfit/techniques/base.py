"""What a technique is: a class of settings whose docstring is its card, entered in one registry by its family and
name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, TypeVar, Union

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, ValidationInfo, field_validator

REGISTRY: dict[str, dict[str, type[Technique]]] = {}


class Technique(BaseModel):
    """Settings of one technique: immutable, validated once, here."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    family: ClassVar[str] = ""

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


def all_techniques() -> Iterator[tuple[str, str, type[Technique]]]:
    """Family, name and class of every technique."""
    for family, entries in REGISTRY.items():
        for name, cls in entries.items():
            yield family, name, cls


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def choice(family: str) -> Any:
    """The type of a recipe's slot that takes one technique of a family: as settings, as a table or by its name."""
    classes = tuple(REGISTRY[family].values())
    if len(classes) == 1:
        return Annotated[classes[0], BeforeValidator(_named)]
    return Annotated[Union[classes], Discriminator("name"), BeforeValidator(_named)]  # noqa: UP007


def strength_first(cls: type[Technique], setting: str) -> Any:
    """The type of a slot in which a bare number stands for the technique's main setting, such as `dropout=0.1`."""

    def widen(value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return {setting: value}
        if isinstance(value, (list, tuple)) or (isinstance(value, dict) and set(value) == {"value", "schedule"}):
            return {setting: value}
        return value

    return Annotated[cls, BeforeValidator(widen)]
