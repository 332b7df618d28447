"""What fault tests share."""

import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def folder():
    """A folder with a name short enough for unix sockets."""
    with tempfile.TemporaryDirectory(prefix="it-") as name:
        yield Path(name)
