"""Gradients and signals over the layers, first weights, clipping."""
