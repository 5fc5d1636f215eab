"""Members that predict together: a bag as one model, and what its members say of rows that they have not seen."""

from wellfit.models.ensemble.bags import bag, snapshot_notes
from wellfit.models.ensemble.members import WithSchema, asked_members, recipe_groups, same_rows, sound_members
from wellfit.models.ensemble.predictions import held_out, out_of_fold
from wellfit.models.ensemble.ranking import Ranked, best_recipes

__all__ = [
    "Ranked",
    "WithSchema",
    "asked_members",
    "bag",
    "best_recipes",
    "held_out",
    "out_of_fold",
    "recipe_groups",
    "same_rows",
    "snapshot_notes",
    "sound_members",
]
