"""Diagnosis: what is wrong with a recipe, a table or a training, and which change helps, tried out."""
