"""Techniques that hold the weights or the activations small: penalties, priors, decay, constraints."""
