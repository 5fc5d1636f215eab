"""Techniques of the targets: losses, noisy, smoothed and several labels."""
