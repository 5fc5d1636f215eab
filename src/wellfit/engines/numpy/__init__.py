"""NumPy's engine: it encodes and predicts without compiled code, and is the slow reference of the compiled engine."""
