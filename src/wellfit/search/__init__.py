"""The search: many recipes raced on folds within a time limit, and the best ensemble of their networks."""

from wellfit.search.distil.distillation import SmallNetwork, distil
from wellfit.search.ensemble import ChosenEnsemble, search
from wellfit.search.refit import refit_ensemble
from wellfit.search.run import Settings, needs_compiling

__all__ = ["ChosenEnsemble", "Settings", "SmallNetwork", "distil", "needs_compiling", "refit_ensemble", "search"]
