"""The search: many recipes raced on folds within a time limit, and the best ensemble of their networks."""

from wellfit.search.choose.ensemble import Found, search
from wellfit.search.distil.distillation import Small, distil
from wellfit.search.refit import refit_found
from wellfit.search.run import Settings, needs_compiling

__all__ = ["Found", "Settings", "Small", "distil", "needs_compiling", "refit_found", "search"]
