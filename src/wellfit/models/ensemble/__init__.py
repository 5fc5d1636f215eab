"""Members that predict together: a bag as one model, out-of-fold predictions, and the best recipes."""

from wellfit.models.ensemble.bags import bag, snapshot_notes
from wellfit.models.ensemble.members import (
    TrainedPopulation,
    member_numbers,
    predicting_members,
    recipe_groups,
    same_rows,
    sound_members,
)
from wellfit.models.ensemble.predictions import held_out_predictions, out_of_fold
from wellfit.models.ensemble.ranking import RankedRecipe, best_recipes

__all__ = [
    "RankedRecipe",
    "TrainedPopulation",
    "bag",
    "best_recipes",
    "held_out_predictions",
    "member_numbers",
    "out_of_fold",
    "predicting_members",
    "recipe_groups",
    "same_rows",
    "snapshot_notes",
    "sound_members",
]
