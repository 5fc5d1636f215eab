"""Mini-batches and the statistics that batch normalisation takes of them."""
