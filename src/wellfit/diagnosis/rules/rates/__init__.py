"""Learning rates and what they do to the loss."""
