"""Studies of how well networks do on rows they have not seen, and on what that depends."""
