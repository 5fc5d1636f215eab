"""Units that are dead, saturated or alike, and how many there are."""
