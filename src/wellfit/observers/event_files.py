"""TensorBoard's event files, one folder a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wellfit.errors import InputError
from wellfit.observers.base import MOST_NETWORKS, WritingObserver, folder_of


def tensorboard(folder: str | Path, *, most: int = MOST_NETWORKS) -> TensorBoardObserver:
    """An observer that writes event files, which `tensorboard --logdir FOLDER` shows while training goes on.

    folder: where to; each network gets a folder of its own in it: network-0000, network-0001, ...
    most: of networks that are written, the first ones (default 100).

    Needs the extra: pip install "wellfit[tensorboard]". Steps are updates, tags the columns of `Population.history`.

    Raises:
        InputError: TensorBoard is not installed, or the folder cannot be made.
    """
    return TensorBoardObserver(folder, most)


class TensorBoardObserver(WritingObserver):
    """Writes event files. See `wellfit.observers.tensorboard`."""

    def __init__(self, folder: str | Path, most: int) -> None:
        super().__init__(most)
        try:
            from tensorboard.compat.proto import event_pb2, summary_pb2
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError:
            raise InputError('TensorBoard is not installed: pip install "wellfit[tensorboard]".') from None
        self.folder = folder_of(folder)
        self._event, self._summary, self._new_writer = event_pb2.Event, summary_pb2.Summary, EventFileWriter
        self._writers: dict[int, Any] = {}

    def write(self, number: int, update: int, values: dict[str, float]) -> None:
        """An event with a scalar a column."""
        import time

        scalars = [self._summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        event = self._event(wall_time=time.time(), step=update, summary=self._summary(value=scalars))
        self._writer(number).add_event(event)

    def flush(self) -> None:
        """Everything so far is in the files."""
        for writer in self._writers.values():
            writer.flush()

    def close(self) -> None:
        """End the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _writer(self, number: int) -> Any:
        if number not in self._writers:
            self._writers[number] = self._new_writer(str(self.folder / f"network-{number:04d}"))
        return self._writers[number]
