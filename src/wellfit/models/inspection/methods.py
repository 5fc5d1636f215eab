"""The methods by which a model shows what its predictions depend on and how far they can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wellfit.errors import InputError, quoted

if TYPE_CHECKING:
    from wellfit.figures import Display, Figure
    from wellfit.models.model.predictor import Predictor


class Inspectable:
    """Figures of a model on rows whose target is known: rows that its networks have not trained on."""

    @property
    def _predictor(self) -> Predictor:
        """Itself, of a predictor; what has a model of its own gives that one."""
        return self  # type: ignore[return-value]

    def display(
        self, X: Any, y: Any, name: str | None = None, *, sample_weight: Any = None, groups: Any = None, n_jobs: int = 1
    ) -> Display | Figure:
        """Figures of the predictions for some rows, which own their data.

        Of classes the reliability of the probabilities and the confusion matrix; of numbers observed against predicted
        and the residuals; of both the importance of each column, and the partial dependence on the first few.
        Importance and partial dependence are taken on 2,000 rows at most, and left out of images and of tables with
        more than 200 columns.

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.
        y: (rows,), or (rows, outputs) for several labels or numbers; or the name of a column of X.
        name: of one figure, such as "importance", which is returned alone; None (default): all.
        sample_weight: (rows,) of 0 or more; None (default): 1 each.
        groups: (rows,); rows of one group are taken as one by intervals. None (default): rows are independent.
        n_jobs: int, threads, 1 or more (default 1).

        Returns:
            A `Display` of figures, or the figure of the name.

        Raises:
            InputError: the model predicts several tasks, the rows do not fit, or there is no such figure.
        """
        from wellfit.figures import Display
        from wellfit.models.inspection.figures import display_figures
        from wellfit.models.inspection.known_rows import known_rows

        found = []
        for figure in display_figures(known_rows(self._predictor, X, y, sample_weight, groups, n_jobs)):
            if figure.name == name:
                return figure
            found.append(figure)
        return Display(found) if name is None else Display(found).named(name)

    def importance(
        self, X: Any, y: Any, *, metric: str | None = None, repeats: int = 5, most_rows: int = 10_000,
        sample_weight: Any = None, groups: Any = None, seed: int = 0, n_jobs: int = 1,
    ) -> Figure:  # fmt: skip
        """How much worse predictions become when a column's cells are shuffled, for each column of X.

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.
        y: (rows,), or (rows, outputs) for several labels or numbers; or the name of a column of X.
        metric: whose loss rises, such as "auc"; None (default): log-loss, RMSE or Poisson deviance, by the target.
        repeats: int, how often each column is shuffled, 1 to 1,000 (default 5).
        most_rows: int, 1 or more: of more rows so many are taken at random, always the same (default 10,000).
        sample_weight: (rows,) of 0 or more; None (default): 1 each.
        groups: (rows,); rows of one group are taken as one by intervals. None (default): rows are independent.
        seed: int, of the dealing, 0 or more (default 0).
        n_jobs: int, threads, 1 or more (default 1).

        Returns:
            A figure whose frame has the columns column, importance, low and high (95 % interval on new rows), spread
            (standard deviation over repeats), the most important column first.

        Raises:
            InputError: the model predicts several tasks or reads images, the rows do not fit, or a setting is out of
                range.
        """
        from wellfit.models.inspection.figures import importance_of
        from wellfit.models.inspection.known_rows import known_rows

        if type(most_rows) is not int or most_rows < 1:
            raise InputError(f"most_rows is a whole number of 1 or more; got {quoted(most_rows)}: take 10,000.")
        if type(seed) is not int or seed < 0:
            raise InputError(f"A seed is a whole number of 0 or more; got {quoted(seed)}: take 0.")
        known = known_rows(self._predictor, X, y, sample_weight, groups, n_jobs)
        return importance_of(known, metric, repeats, seed, most_rows)

    def partial_dependence(
        self, X: Any, column: str, *, points: int = 20, sample_weight: Any = None, n_jobs: int = 1
    ) -> Figure:
        """The mean prediction over all rows of X when all of them have the same value in one column.

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.
        column: name of a column of numbers or categories.
        points: int, 2 to 1,000: numbers are varied at so many values, between their 5 % and 95 % quantile (default 20).
        sample_weight: (rows,) of 0 or more; None (default): 1 each.
        n_jobs: int, threads, 1 or more (default 1).

        Returns:
            A figure whose frame has the columns value, prediction and output (the class, or the number's name).

        Raises:
            InputError: the model predicts several tasks or reads images, or the column is not there, or of another
                kind.
        """
        from wellfit.models.inspection.figures import dependence_of, place_of
        from wellfit.models.inspection.known_rows import check_one_target
        from wellfit.tables import check_weights

        if type(points) is not int or not 2 <= points <= 1_000:
            raise InputError(f"The points are a whole number from 2 to 1000; got {quoted(points)}: take 20.")
        model = self._predictor
        check_one_target(model)
        place, arrays = place_of(model, column), model.arrays(X)
        weight = None if sample_weight is None else check_weights(sample_weight, arrays.rows, model.schema.choices)
        return dependence_of(model, arrays, place, weight, points, n_jobs)

    def reliability(self, X: Any, y: Any, *, bins: int = 10, sample_weight: Any = None, n_jobs: int = 1) -> Figure:
        """How often what was given a probability came true: of the second of two classes, of the predicted one of more.

        X: a table with the columns of the training table, in any form that `wellfit.train` takes.
        y: (rows,), or (rows, labels) for several yes/no labels; or the name of a column of X.
        bins: int, 1 to 1,000, of the same number of rows (default 10).
        sample_weight: (rows,) of 0 or more; None (default): 1 each.
        n_jobs: int, threads, 1 or more (default 1).

        Returns:
            A figure whose frame has the columns of, predicted, observed, low and high (exact 95 % interval), rows.

        Raises:
            InputError: the model predicts no probabilities or several tasks, or the rows do not fit.
        """
        from wellfit.models.inspection.figures import reliability_of
        from wellfit.models.inspection.known_rows import known_rows

        return reliability_of(known_rows(self._predictor, X, y, sample_weight, None, n_jobs), bins)
