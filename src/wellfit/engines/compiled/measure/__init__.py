"""What is measured of a trained network or of a member in training, by compiled passes over rows."""
