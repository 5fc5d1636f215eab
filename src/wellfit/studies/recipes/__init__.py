"""Studies of which recipe, or which technique of it, does best."""
