"""Makes the pages that are not written by hand: one a technique from its card, the indexes, the references."""
