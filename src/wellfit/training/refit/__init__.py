"""Training on all rows once early stopping has said how long: the validation rows are used in the end as well."""

from wellfit.training.refit.refit import Refitted, RefittedMember, check_refit, refit, refit_settings

__all__ = ["Refitted", "RefittedMember", "check_refit", "refit", "refit_settings"]
