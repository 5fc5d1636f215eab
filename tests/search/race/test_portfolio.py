"""The recipes that a search begins with, and what they become of a large table."""

from __future__ import annotations

from wellfit.search.race.portfolio import MANY_ROWS, portfolio, suited


def test_of_many_rows_with_many_categories_these_are_embedded() -> None:
    usual = portfolio("binary")
    assert all(one.categories.embedding > 0 for one in suited(usual, MANY_ROWS, (3, 65)))
    assert [one.vary(categories={"embedding": 0}) for one in suited(usual, MANY_ROWS, (3, 65))] == usual


def test_the_recipes_of_other_tables_stay_as_they_are() -> None:
    usual = portfolio("numbers")
    assert suited(usual, MANY_ROWS - 1, (1000,)) == suited(usual, 10**7, (64,)) == suited(usual, 10**7, ()) == usual
