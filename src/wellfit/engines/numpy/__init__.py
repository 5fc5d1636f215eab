"""NumPy's engine, the reference: it prepares views, encodes and predicts without compiled code."""
