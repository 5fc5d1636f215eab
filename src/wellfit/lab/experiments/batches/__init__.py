"""Mini-batches."""
