"""Transfer: a new network starts from the lower layers of another one, of wellfit or of PyTorch."""

from wellfit.training.transfer.donor import StartLike, Transfer, as_transfer
from wellfit.training.transfer.starts import check_columns, make_start, make_starts, table_of

__all__ = ["StartLike", "Transfer", "as_transfer", "check_columns", "make_start", "make_starts", "table_of"]
