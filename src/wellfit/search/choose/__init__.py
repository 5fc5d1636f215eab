"""Choosing the ensemble: what candidates predict for rows they did not train on, and which networks are kept."""
