"""A trained network: its predictions, compiled and in NumPy, and the folding of batch normalisation."""
