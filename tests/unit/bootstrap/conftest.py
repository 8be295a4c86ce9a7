"""Fixtures for the tests of the embedded stack."""

from pathlib import Path

import pytest

from bootstrap.embedded.folder import DataFolder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Create an empty data folder."""
    data_folder = DataFolder(tmp_path / "data")
    data_folder.create()
    return data_folder
