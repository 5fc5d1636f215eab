"""Trained networks as a user keeps them: the saved model, ensembles, bags, export."""
