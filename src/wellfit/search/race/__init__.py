"""What trains next: candidates, folds, the portfolio, proposals, the budget, and the rounds."""
