"""The search: many recipes raced on folds within a time limit, and the best ensemble of their networks."""

from wellfit.search.choice import Found, search
from wellfit.search.door import Settings, needs_compiling
from wellfit.search.on_all_rows import refit_found
from wellfit.search.small import Small, distil

__all__ = ["Found", "Settings", "Small", "distil", "needs_compiling", "refit_found", "search"]
