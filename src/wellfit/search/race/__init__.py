"""What trains next: candidates, folds, the portfolio, proposals, the budget, the rounds, and the whole run."""
