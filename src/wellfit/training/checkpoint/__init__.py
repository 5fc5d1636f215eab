"""Training runs on disk, from which a killed or interrupted one goes on to the same bits."""
