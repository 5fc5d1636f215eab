"""What trains a recipe on arrays: the contract that every engine keeps, and the engine of compiled code."""
