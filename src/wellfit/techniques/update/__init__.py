"""Techniques of the update: optimisers, schedules, clipping, rates of layers, lookahead."""
