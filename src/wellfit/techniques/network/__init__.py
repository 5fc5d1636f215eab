"""Techniques of the network itself: layers, activations, initialisation, normalisation, embeddings, dropout."""
