"""MLflow's runs in a local folder: one for the training, one below it for each network."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from wellfit.engines.contract.progress import MemberProgress
from wellfit.errors import InputError, reason
from wellfit.observers.base import MOST_NETWORKS, WritingObserver, folder_of

DATABASE = "mlflow.db"
ENDS = {"finished": "FINISHED", "stopped": "FINISHED", "diverged": "FAILED"}


def mlflow(folder: str | Path, *, experiment: str = "wellfit", most: int = MOST_NETWORKS) -> MlflowObserver:
    """An observer that writes runs of MLflow to a local folder, into mlflow.db, which
    `mlflow ui --backend-store-uri sqlite:///FOLDER/mlflow.db` shows.

    folder: where to. experiment: its name there; it is made where it is not there (default "wellfit").
    most: of networks that are written, the first ones (default 100).

    Needs the extra: pip install "wellfit[mlflow]". Each network is a run below that of the training; steps are updates,
    metrics the columns of `Population.history`; the status and the kept update are tags.

    Raises:
        InputError: MLflow is not installed, or the folder cannot be written.
    """
    return MlflowObserver(folder, experiment, most)


class MlflowObserver(WritingObserver):
    """Writes runs. See `wellfit.observers.mlflow`."""

    def __init__(self, folder: str | Path, experiment: str, most: int) -> None:
        super().__init__(most)
        try:
            from mlflow import MlflowClient
            from mlflow.entities import Metric, RunTag
            from mlflow.exceptions import MlflowException
        except ImportError:
            raise InputError('MLflow is not installed: pip install "wellfit[mlflow]".') from None
        self._metric, self._tag = Metric, RunTag
        try:
            place = folder_of(folder)
            address = f"sqlite:///{place / DATABASE}"
            self.client = MlflowClient(address, registry_uri=address)
            known = self.client.get_experiment_by_name(experiment)
            self.experiment = known.experiment_id if known else self._new_experiment(experiment, place)
            self.run = self._new_run("training", [])
        except MlflowException as error:
            raise InputError(f"MLflow cannot write there: {reason(error)}.") from None
        self._runs: dict[int, str] = {}
        self._ended: set[int] = set()

    def write(self, number: int, update: int, values: dict[str, float]) -> None:
        """A metric a column."""
        now = int(time.time() * 1000)
        metrics = [self._metric(name, value, now, update) for name, value in values.items()]
        self.client.log_batch(self._run_of(number), metrics=metrics)

    def after(self, number: int, member: MemberProgress) -> None:
        """End the run of a network whose training has ended."""
        if member.status in ENDS and number not in self._ended:
            self._ended.add(number)
            tags = {"status": member.status, "kept_update": str(member.best_update)}
            self.client.log_batch(self._run_of(number), tags=[self._tag(*pair) for pair in tags.items()])
            self.client.set_terminated(self._run_of(number), ENDS[member.status])

    def close(self) -> None:
        """End all runs that have not ended."""
        for number, run in self._runs.items():
            if number not in self._ended:
                self.client.set_terminated(run, "KILLED")
        self._ended.update(self._runs)
        self.client.set_terminated(self.run)

    def _run_of(self, number: int) -> str:
        if number not in self._runs:
            self._runs[number] = self._new_run(f"network {number}", [("mlflow.parentRunId", self.run)])
        return self._runs[number]

    def _new_experiment(self, name: str, place: Path) -> str:
        return str(self.client.create_experiment(name, artifact_location=(place / "artifacts").as_uri()))

    def _new_run(self, name: str, tags: list[tuple[str, str]]) -> str:
        made: Any = self.client.create_run(self.experiment, tags=dict(tags), run_name=name)
        return str(made.info.run_id)
