"""Training once more on all rows, validation rows included, for as long as early stopping has found best."""

from wellfit.training.refit.on_all_rows import RefitLike, Refitted, RefittedMember, check_refit, refit, refit_settings

__all__ = ["RefitLike", "Refitted", "RefittedMember", "check_refit", "refit", "refit_settings"]
