"""Studies of what happens inside networks: activations, gradients, smoothness, probabilities."""
