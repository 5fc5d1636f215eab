"""Members in training: their state, the threads that train them, evaluation, stopping, and when they are saved."""
