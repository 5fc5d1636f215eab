"""The recipe: an immutable value, the same on disk, with messages that say what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.engines.compiled.bench import plain
from tests.engines.compiled.recipes import recipes
from wellfit.errors import InputError
from wellfit.recipe import Recipe, as_recipe, read_recipe
from wellfit.techniques.base import REGISTRY


@given(recipe=recipes())
def test_toml_json_and_dict_round_trip(recipe: Recipe) -> None:
    assert Recipe.from_toml(recipe.to_toml()) == recipe
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert hash(Recipe.from_toml(recipe.to_toml())) == hash(recipe)


@given(one=recipes(), other=recipes())
def test_diff_says_exactly_what_differs(one: Recipe, other: Recipe) -> None:
    assert one.diff(one) == {}
    assert bool(one.diff(other)) == (one != other)
    assert {name: (b, a) for name, (a, b) in other.diff(one).items()} == one.diff(other)


@given(recipe=recipes(), suffix=st.sampled_from([".toml", ".json"]))
def test_files(recipe: Recipe, suffix: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("recipes") / f"recipe{suffix}"
    recipe.save(path)
    assert read_recipe(path) == as_recipe(path) == as_recipe(str(path)) == recipe


@pytest.mark.parametrize(
    "family",
    [
        "activation",
        "initialization",
        "normalization",
        "loss",
        "optimizer",
        "schedule",
        "clipping",
        "stopping",
        "scaling",
    ],
)
def test_every_technique_fits_its_slot_by_name(family: str) -> None:
    for name, cls in REGISTRY[family].items():
        slots = {"schedule": "constant", family: name}  # patience does not go with a schedule of fixed length
        assert getattr(Recipe(**slots), family) == cls()
        assert Recipe(**{**slots, family: cls()}) == Recipe(**{**slots, family: {"name": name}}) == Recipe(**slots)


def test_defaults_are_valid_and_equal_when_written_out() -> None:
    assert Recipe.from_dict(Recipe().to_dict()) == Recipe() == as_recipe(None) == as_recipe({})


def test_vary() -> None:
    base = plain(hidden=(256, 256, 256), optimizer={"name": "adam", "beta1": 0.8}, dropout=0.1)
    changed = base.vary({"dropout.rate": 0.2, "optimizer.learning_rate": 0.01}, hidden=(64,))
    assert (changed.dropout.rate, changed.hidden) == (0.2, (64,))
    assert (changed.optimizer.beta1, changed.optimizer.learning_rate) == (0.8, 0.01)
    assert base.dropout.rate == 0.1 and base.hidden == (256, 256, 256)
    assert base.vary(dropout__rate=0.3).dropout.rate == 0.3
    assert base.vary({"optimizer.name": "sgd"}).optimizer == REGISTRY["optimizer"]["sgd"]()
    assert base.vary() == base
    assert base.diff(changed) == {
        "hidden": ([256, 256, 256], [64]),
        "dropout.rate": (0.1, 0.2),
        "optimizer.learning_rate": (0.001, 0.01),
    }


def test_get_params_goes_back_through_vary() -> None:
    recipe = plain(dropout={"rate": 0.3, "input_rate": 0.1}, clipping={"name": "norm", "limit": 2.0})
    assert recipe.get_params()["dropout__input_rate"] == 0.1
    assert recipe.get_params()["clipping__limit"] == 2.0
    assert recipe.vary(recipe.get_params()) == recipe


def test_it_never_changes() -> None:
    recipe = Recipe(dropout=[0.1, 0.2], hidden=[3, 4])
    with pytest.raises(ValidationError, match="frozen"):
        recipe.epochs = 3  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        recipe.dropout.rate = 0.5
    assert isinstance(recipe.hidden, tuple) and isinstance(recipe.dropout.rate, tuple)
    assert len({recipe, Recipe(dropout=[0.1, 0.2], hidden=[3, 4])}) == 1


def test_short_forms() -> None:
    assert Recipe(hidden=32).hidden == (32,)
    assert Recipe(hidden=[]).hidden == ()
    assert Recipe(l2=0.1).l2.strength == Recipe(l2={"strength": 0.1}).l2.strength == 0.1
    fading = Recipe(dropout={"value": 0.15, "schedule": "flat_cosine"}).dropout.rate
    assert (fading.value, fading.schedule.name) == (0.15, "flat_cosine")
    assert Recipe(categories=9).categories.one_hot_up_to == 9


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"droput": 0.1}, "no setting 'droput': did you mean dropout"),
    ({"dropout": {"rat": 0.1}}, "no setting 'dropout.rat'"),
    ({"dropout": 1.0}, "dropout.* = 1.0: input should be at least 0 and below 1"),
    ({"dropout": -0.1}, "at least 0 and below 1"),
    ({"dropout": {"value": 1.5, "schedule": "linear"}}, "at least 0 and below 1"),
    ({"hidden": (8, 8), "dropout": [0.1, 1.0]}, "at least 0 and below 1"),
    ({"hidden": (8, 8), "dropout": [0.1]}, "dropout.rate lists 1 values, but the number of hidden layers is 2"),
    (
        {"hidden": (8,), "activation": ["relu", "tanh"]},
        "lists 2 values, but the number of hidden layers is 1",
    ),
    ({"hidden": (8, 0)}, "greater than or equal to 1"),
    ({"hidden": "many"}, "hidden = 'many'"),
    ({"activation": "swish"}, "activation: there is no 'swish'. It is one of .*relu"),
    ({"optimizer": {"name": "adam", "learning_rate": 0}}, "greater than 0"),
    ({"optimizer": {"name": "adam", "learning_rate": float("nan")}}, "finite"),
    ({"optimizer": {"name": "adam", "momentum": 0.9}}, "no setting 'optimizer.*momentum'"),
    ({"l2": -1}, "at least 0"),
    ({"l1": float("inf")}, "finite"),
    ({"epochs": 0}, "epochs = 0: input should be greater than or equal to 1"),
    ({"batch_size": 0}, "batch_size"),
    ({"batch_size": 1, "normalization": "batch"}, "batches of at least 2 rows, but batch_size = 1"),
    ({"clipping": {"name": "value", "low": 1.0, "high": 0.5}}, "low must be below high, but low = 1 and high = 0.5"),
    ({"schedule": "cosine", "stopping": "patience"}, "fixed length that patience would cut short"),
    (
        {"dropout": {"rate": {"value": 0.1, "schedule": "linear"}, "form": "classic"}},
        "classic dropout scales by its rate",
    ),
    ({"categories": 1}, "greater than or equal to 2"),
]


@pytest.mark.parametrize(("slots", "message"), WRONG, ids=[str(slots) for slots, _ in WRONG])
def test_messages(slots: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as told:
        Recipe(**slots)
    text = str(told.value)
    assert text.endswith(".") and "\n" not in text and "pydantic" not in text and "function-" not in text


def test_vary_says_what_cannot_be_set() -> None:
    with pytest.raises(InputError, match="no setting 'depth'"):
        Recipe().vary(depth=3)
    with pytest.raises(InputError, match=r"hidden.first.*not a table"):
        Recipe().vary({"hidden.first": 3})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.toml", "hidden = [3", "not valid TOML"),
        ("a.json", "{", "not valid JSON"),
        ("a.json", "[1]", "holds a list"),
        ("a.toml", "epochs = -1", "epochs = -1"),
        ("a.toml", b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_unreadable_files(name: str, content: str | bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=message) as told:
        read_recipe(path)
    assert name in str(told.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing.toml.*cannot be read: No such file"):
        read_recipe(tmp_path / "nothing.toml")


# Recipes with a name.


RECIPES = [
    Recipe(),
    Recipe.plain(),
    Recipe.named("practice"),
    Recipe(hidden=64, dropout=[0.1], weight_decay={"value": 0.1, "schedule": {"name": "linear", "end": 0.2}}),
    Recipe(hidden=(), categories={"embedding": 4}, sampling={"replacement": True}, class_weight={"a": 2.0}),
    Recipe(tasks={"losses": {"x": "huber"}}, activation=["relu", "tanh", {"name": "elu", "alpha": 0.5}]),
    Recipe(stopping={"name": "updates", "updates": 5}, l1={"strength": 0.1, "proximal": True}, loss="huber"),
]


@pytest.mark.parametrize("recipe", RECIPES, ids=range(len(RECIPES)))
def test_a_recipe_shows_what_makes_it_again_and_no_more(recipe: Recipe) -> None:
    assert eval(repr(recipe), {"Recipe": Recipe}) == recipe and str(recipe) == repr(recipe)
    changed = {name.partition(".")[0] for name in Recipe().diff(recipe)}
    assert repr(recipe).count("\n") == 0 and all(f"{slot}=" in repr(recipe) for slot in changed)
    assert recipe != Recipe() or repr(recipe) == "Recipe()"


# What a network cannot do without, or what only says how much of it there is.
NEEDED = {
    "hidden", "activation", "initialization", "batch_size", "epochs", "sampling", "scaling", "categories", "loss",
    "tasks", "optimizer",
}  # fmt: skip


def test_in_a_plain_recipe_everything_is_off_that_can_be() -> None:
    """Off is "none", or what the technique is by itself, which changes nothing."""
    plain = Recipe.plain()
    for slot in set(Recipe.model_fields) - NEEDED:
        value = getattr(plain, slot)
        if slot == "schedule":
            assert value.name == "constant"
        elif hasattr(value, "name"):
            assert value.name == "none", slot
        else:
            assert value == "none" or value == type(value)(), slot
    assert plain.optimizer.name == "sgd" and plain.scaling.name == "standard" and plain.sampling == Recipe().sampling
    assert Recipe.plain(hidden=(4,), dropout=0.5).diff(Recipe.plain(hidden=(4,))) == {"dropout.rate": (0.5, 0.0)}


def test_the_default_of_practice() -> None:
    shallow, deep = Recipe.named("practice", hidden=(64,) * 4), Recipe.named("practice", hidden=[32] * 5)
    assert (shallow.normalization.name, deep.normalization.name) == ("none", "batch")
    for recipe in (shallow, deep):
        assert recipe.initialization.name == "he_normal" and recipe.optimizer.name == "momentum"
        assert {one.name for one in recipe.activations()} == {"elu"}
        assert recipe.schedule.name == "one_cycle" and recipe.stopping.name == "best"
        assert recipe.l2.strength == recipe.l1.strength == recipe.weight_decay.strength == 0
        assert recipe.dropout_rates() == (0.0,) * len(recipe.hidden) and recipe.skip == "none"
    assert deep.hidden == (32,) * 5
    assert Recipe.named("practice", optimizer="nadam", l2=1e-4).optimizer.name == "nadam"
    assert Recipe.from_toml(deep.to_toml()) == deep


def test_names_are_recipes_wherever_one_is_taken() -> None:
    assert as_recipe("practice") == as_recipe(Path("practice")) == Recipe.named("practice")
    assert as_recipe("wellfit") == Recipe.named("wellfit") == Recipe()
    with pytest.raises(InputError, match=r"no recipe 'default': give a file, or a name: wellfit, practice, plain"):
        as_recipe("default")
    assert Recipe.named("wellfit", 16).hidden == (16,)
    with pytest.raises(InputError, match="No recipe is called 'theory'; the names are: wellfit, practice, plain"):
        Recipe.named("theory")
    with pytest.raises(InputError, match="hidden"):
        Recipe.named("practice", hidden=(0,))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"activation": "rellu"}, "Recipe setting activation: there is no 'rellu'; did you mean 'relu'? It is one of "),
        ({"activation": ["relu", "tahn"]}, "Recipe setting activation.1: there is no 'tahn'; did you mean 'tanh'? "),
        ({"optimizer": {"name": "zzz"}}, "Recipe setting optimizer: there is no 'zzz'. It is one of sgd, momentum, "),
        ({"hidden": "64"}, "Recipe setting hidden = '64': it should be a list."),
    ],
)
def test_a_misspelt_name_is_told_once_with_the_nearest(settings: Any, said: str) -> None:
    with pytest.raises(InputError) as refused:
        Recipe(**settings)
    assert str(refused.value).startswith(said) and str(refused.value).count("Recipe setting") == 1
