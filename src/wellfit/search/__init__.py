"""The search: many recipes raced on folds within a time limit, and the best ensemble of their networks."""

from wellfit.search.chosen_ensemble import ChosenEnsemble
from wellfit.search.distil.distillation import SmallNetwork, distil
from wellfit.search.ensemble import search
from wellfit.search.refit import refit_ensemble
from wellfit.search.run import SearchSettings, needs_compiling

__all__ = ["ChosenEnsemble", "SearchSettings", "SmallNetwork", "distil", "needs_compiling", "refit_ensemble", "search"]
