"""THE training step and the loops around it, the mini-batches, and what is summed up."""
