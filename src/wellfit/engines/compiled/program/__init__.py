"""From a recipe to its program: segments of parameters, operations at the seams, buffers and settings."""
