"""What the columns and the target of a table mean."""
