"""The ensemble that is chosen from what the candidates predict for rows they did not train on."""
