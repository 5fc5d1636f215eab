"""Structure and losses."""
