"""wellfit's engine: members of mixed settings in one process, a thread a core.

Every member has its own dropout rate, decay, clipping limit and learning rate, is evaluated each epoch and keeps its
best weights. "steps" is evaluated every 100 epochs: the training step almost by itself. (Without validation rows more
training rows are evaluated, so that leaving them out would not do.)
"""

from __future__ import annotations

import numpy as np
from contest import cores
from task import CLIP, DECAY, DROPOUT, LEARNING_RATE, Net, make_rows

from wellfit.engines.compiled.run.training_run import train_plans
from wellfit.engines.contract.plan import Plan
from wellfit.recipe import Recipe
from wellfit.tables.arrays import Arrays, Target, View

VARIANTS = {
    "with": "dropout, decay, clipping, stopping",
    "elu": "the same with ELU",
    "steps": "the same, evaluated every 100 epochs",
}
ENDLESS = 1_000_000  # epochs: the budget ends a run


def member_choices(net: Net) -> tuple[int, ...]:
    """One number: the engine's speed does not hang on it, as long as each thread has the same to do."""
    return (cores() if max(net.widths) > 500 else 4 * cores(),)


def make_recipe(net: Net, activation: str, member: int, every: int | None = None) -> Recipe:
    """The contest's recipe, every strength a little different from member to member. every: updates between two
    evaluations; None: an epoch's.
    """
    factor = 0.8 + 0.4 * (member % 8) / 8
    return Recipe(
        hidden=net.widths[1:-1],
        activation=activation,
        dropout=DROPOUT * factor,
        weight_decay=DECAY * factor,
        clipping={"name": "norm", "limit": CLIP * factor},
        optimizer={"name": "adam", "learning_rate": LEARNING_RATE * factor},
        schedule="constant",  # the rivals' too; a schedule over so many epochs would stay at its slow start
        stopping={"name": "best", "every": every},
        batch_size=net.batch,
        epochs=ENDLESS,
        scaling="standard",
    )


class Contender:
    """A population, trained anew at each run."""

    def __init__(self, net: Net, variant: str, members: int) -> None:
        self.net = net
        x, y = make_rows(net)
        self.arrays = Arrays(x, np.empty((len(x), 0), np.int32))
        self.target = Target("classes", y[:, None].astype(np.float32), tuple(range(net.widths[-1])))
        view = View(np.arange(net.rows), np.arange(net.rows, len(x)))
        every = 100 * -(-net.rows // net.batch) if variant == "steps" else None
        activation = "elu" if variant == "elu" else "relu"
        self.plans = [Plan(make_recipe(net, activation, i, every), view, seed=i) for i in range(members)]
        self.threads = cores()

    def run(self, epochs: int) -> int:
        """Train every member for some epochs; the number of member-steps made."""
        budget = epochs * self.net.steps * len(self.plans)
        population = train_plans(self.plans, self.arrays, self.target, None, n_jobs=self.threads, budget=budget)
        return sum(member.update for member in population.members)
