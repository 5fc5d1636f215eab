"""Techniques that act on the rows of a mini-batch: scaling, noise, augmentation, adversarial rows."""
