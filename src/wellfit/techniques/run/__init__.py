"""Techniques of a whole run: stopping, averages of weights, snapshots, training on all rows."""
