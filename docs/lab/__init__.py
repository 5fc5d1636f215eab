"""What the experiments of the lab found at full size, as JSON (`make gallery`)."""
