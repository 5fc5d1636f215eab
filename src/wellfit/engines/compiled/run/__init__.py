"""Members in training: their state, the threads that train them, stopping, checkpoints."""
