"""PyTorch is the oracle here: one thread, for these tests are small and the machine may be shared."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
