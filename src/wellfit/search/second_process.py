"""A process beside one that compiles: it compiles what a search may try into the same cache, the last first.

python -m wellfit.search.second_process KIND...: of `Target.kind`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from wellfit.search.race.compiling import compile_recipes, load_loops
from wellfit.search.race.portfolio import portfolio
from wellfit.search.race.proposals import Evolution
from wellfit.search.warming import example_columns, example_race, example_targets


def compile_from_the_end(kinds: Sequence[str]) -> None:
    """The loops, which the other process comes to last, then the recipes from the last to the first; until that process
    has ended.
    """
    other = os.getppid()
    load_loops()
    for target in reversed([one for one in example_targets().values() if one.kind in kinds]):
        race = example_race(example_columns(), target)
        for recipe in reversed([*portfolio(target.kind), *Evolution(target.kind, True, True).examples()]):
            if os.getppid() != other:
                return
            compile_recipes(race, [recipe])


if __name__ == "__main__":
    compile_from_the_end(sys.argv[1:])
