"""What is predicted: probabilities and their honesty, constants, values out of range."""
