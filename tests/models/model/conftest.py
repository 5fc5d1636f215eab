"""A saved model for the tests of its file."""

from __future__ import annotations

import pytest

from tests.models.model.test_model import bagged


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a sound model of three networks."""
    path = tmp_path_factory.mktemp("whole") / "model.wellfit"
    bagged("classes").save(path)
    return path.read_bytes()
