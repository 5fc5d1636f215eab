"""How well training and validation rows are fitted, and when training ended."""
