"""A fresh project for each test."""

from pathlib import Path

import pytest
from source_project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Give an empty project."""
    return Project(tmp_path / "project")
