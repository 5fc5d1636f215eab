"""Double descent."""
