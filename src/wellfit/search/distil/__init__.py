"""One small network that learns from an ensemble."""
