"""What candidates predict for rows they did not train on, and how many of their networks an ensemble may keep."""
