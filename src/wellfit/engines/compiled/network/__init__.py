"""A trained network: its compiled predictions, one pass over the rows for all networks."""
