"""Rules about the recipe alone, which need no training, and about the search that found it."""
