"""The layer plan: its widths are those of the arrays, and everything that interprets it knows every node."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from tests.engines.compiled.recipes import recipes
from wellfit.engines.contract.cost import COSTS
from wellfit.engines.contract.layers import ENCODED, OUTPUT, Kind, layer_plan
from wellfit.engines.contract.segments import make_segments
from wellfit.engines.numpy.forward import OPERATIONS
from wellfit.errors import InputError
from wellfit.models.export.forward import is_known
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Task
from wellfit.tables.encoding import InputSizes

ROWS = 12
TASKS = (Task("a", "binary", ("no", "yes"), (0, 1), (0, 1)), Task("b", "numbers", (), (1, 3), (1, 3)))

sharings = st.sampled_from(
    [{}, {"sharing": {"name": "tied_units", "group": 2}}, {"sharing": "tied_layers", "hidden": [4, 5, 5]}]
)
heads = st.sampled_from([{}, {"tasks": {"hidden": [3]}}])


def shared(recipe: Recipe, slots: dict[str, Any]) -> Recipe:
    """The recipe with tied weights, where it has layers for them and no list by layer that would not fit."""
    try:
        return recipe.vary(**slots)
    except InputError:
        return recipe


@st.composite
def plans(draw: Any) -> Any:
    """A recipe, the sizes of its inputs, and its plan for one target or several tasks."""
    recipe = shared(draw(recipes()), draw(sharings))
    numbers = draw(st.integers(0, 3))
    bins = draw(st.lists(st.integers(0, 4), min_size=numbers, max_size=numbers))
    tables = tuple(draw(st.lists(st.integers(1, 5), max_size=2))) if recipe.categories.embedding else ()
    sizes = InputSizes(numbers + len(tables) + draw(st.integers(0, 2)), numbers, tuple(bins), tables)
    tasks = draw(st.sampled_from([(), TASKS]))
    if tasks:
        recipe = recipe.vary(**draw(heads))
    return recipe, sizes, layer_plan(recipe, sizes, 3, tasks)


@given(plans())
def test_widths_are_those_of_the_arrays(drawn: Any) -> None:
    recipe, sizes, plan = drawn
    shapes = {segment.name: segment.shape for segment in make_segments(recipe, plan)[0]}
    parts = [part for node in plan.nodes for part in node.parts]
    assert shapes == {part.name: part.shape for part in parts} and len(shapes) == len(parts)  # each is laid out once
    assert plan.width(ENCODED) == sizes.encoded and plan.width(OUTPUT) == 3
    known = {ENCODED}
    for node in plan.nodes:
        assert known.issuperset(node.inputs)
        known.add(node.name)
        widths = [plan.width(name) for name in node.inputs]
        if node.kind == "linear":
            assert shapes[node.arrays["weight"]] == (*widths, node.width)
            assert shapes.get(node.arrays.get("bias", ""), (node.width,)) == (node.width,)
        elif node.kind == "join":
            assert node.width == sum(widths)
        elif node.kind == "repeat":
            assert widths[0] == -(-node.width // node.technique.group)
        elif node.kind != "embed":
            assert widths == [node.width] * len(widths)
        if node.kind in ("normalize", "scale"):
            assert all(shapes[name][-1] == node.width for name in node.arrays.values())


@given(plans())
def test_every_interpreter_knows_every_node(drawn: Any) -> None:
    _, _, plan = drawn
    for node in plan.nodes:
        assert node.kind in OPERATIONS and node.kind in COSTS and is_known(node)


def test_interpreters_know_all_kinds() -> None:
    assert set(OPERATIONS) == set(COSTS) == set(get_args(Kind))
