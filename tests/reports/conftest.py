"""What the tests of the press share."""

from pathlib import Path

import pytest

from tests.reports.small_project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Give an empty project."""
    made = Project(tmp_path / "project")
    made.folder.mkdir(parents=True)
    (made.root / "notebooks").mkdir()
    (made.root / "params" / "workspace.yaml").write_text("time_zone: UTC\n")
    return made
