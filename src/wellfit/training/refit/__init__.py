"""Training on all rows once early stopping has said how long: the validation rows are used in the end as well."""

from wellfit.training.refit.refit import Refitted, RefittedMember, as_refit, check_way, refit

__all__ = ["Refitted", "RefittedMember", "as_refit", "check_way", "refit"]
