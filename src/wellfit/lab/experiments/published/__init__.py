"""Published results on MNIST."""
