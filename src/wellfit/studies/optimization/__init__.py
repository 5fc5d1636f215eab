"""Studies of how training moves: rates, batches, paths, stopping."""
