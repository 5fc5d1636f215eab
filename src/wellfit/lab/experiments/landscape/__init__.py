"""The landscape of the loss."""
