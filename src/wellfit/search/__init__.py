"""The search: many recipes raced on folds within a time limit, and the best ensemble of their networks."""

from wellfit.search.choose.chosen_ensemble import ChosenEnsemble
from wellfit.search.choose.ensemble import search
from wellfit.search.distil.distillation import SmallNetwork, distil
from wellfit.search.race.run import needs_compiling
from wellfit.search.race.settings import SearchSettings
from wellfit.search.refit import refit_ensemble

__all__ = ["ChosenEnsemble", "SearchSettings", "SmallNetwork", "distil", "needs_compiling", "refit_ensemble", "search"]
