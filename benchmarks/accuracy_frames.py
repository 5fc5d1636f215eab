"""What rival libraries need of a frame: plain names, numbers as float64, text as categories known from training."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.preprocessing import LabelEncoder


class Frames(TransformerMixin, BaseEstimator):
    """A frame with columns f0, f1, ... (LightGBM takes no brackets in names).

    text: "category" (pandas' kind; values not seen in training are missing), "codes" (numbers, missing as NaN) or
    "words" (strings, missing as a word of its own).
    impute: missing numbers become the median of the training rows; a column that had some gets an indicator beside it.
    most_categories: only so many of the commonest values count as seen.
    """

    def __init__(self, text: str = "category", impute: bool = False, most_categories: int | None = None) -> None:
        self.text, self.impute, self.most_categories = text, impute, most_categories

    @staticmethod
    def text_columns(features: pd.DataFrame) -> list[str]:
        """The new names of the columns that hold no numbers."""
        numbers = set(features.select_dtypes("number").columns)
        return [f"f{i}" for i, name in enumerate(features.columns) if name not in numbers]

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        frame = self._named(X)
        self.text_ = self.text_columns(X)
        self.categories_ = {
            name: sorted(frame[name].dropna().value_counts().index[: self.most_categories]) for name in self.text_
        }
        numbers = frame.drop(columns=self.text_)
        self.medians_ = numbers.median().fillna(0.0)
        self.indicated_ = [name for name in numbers if numbers[name].isna().any()]
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        frame = self._named(X)
        if self.impute:
            for name in self.indicated_:
                frame[f"{name}_missing"] = frame[name].isna().astype(np.float64)
            frame = frame.fillna(self.medians_.to_dict())
        for name in self.text_:
            known = self.categories_[name]
            column = pd.Categorical(frame[name].where(frame[name].isin(known), None), categories=known)
            if self.text == "category":
                frame[name] = column
            elif self.text == "codes":
                frame[name] = np.where(column.codes < 0, np.nan, column.codes)
            else:
                frame[name] = frame[name].fillna("missing")
        return frame

    def _named(self, X: pd.DataFrame) -> pd.DataFrame:
        """Under the new names: numbers as float64, all else as strings or None."""
        numbers = set(X.select_dtypes("number").columns)
        columns = {}
        for i, name in enumerate(X.columns):
            column = X[name]
            if name in numbers:
                columns[f"f{i}"] = column.to_numpy(np.float64, na_value=np.nan)
            else:
                values = [None if missing else str(v) for v, missing in zip(column, column.isna(), strict=True)]
                columns[f"f{i}"] = pd.Series(values, index=X.index, dtype=object)
        return pd.DataFrame(columns, index=X.index)


class Coded(ClassifierMixin, BaseEstimator):
    """A classifier that takes the classes as 0, 1, ... only (XGBoost), for any names of classes."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def fit(self, X: Any, y: Any) -> Self:
        self.encoder_ = LabelEncoder().fit(y)
        self.classes_ = self.encoder_.classes_
        self.model_ = self.model.fit(X, self.encoder_.transform(y))
        return self

    def predict(self, X: Any) -> np.ndarray:
        return self.encoder_.inverse_transform(self.model_.predict(X))

    def predict_proba(self, X: Any) -> np.ndarray:
        return self.model_.predict_proba(X)
