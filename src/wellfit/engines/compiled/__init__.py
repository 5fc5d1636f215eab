"""The engine of compiled code: a recipe becomes a program of small kernels, which one training step runs."""
