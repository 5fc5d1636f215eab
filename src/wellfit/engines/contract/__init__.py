"""What every engine shares: the layer plan of a recipe, a trained network as plain data, plans, budgets, history."""
