"""What the tests of the press share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from prodops.reports import kernels
from tests.reports.small_project import Project, environ


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Give an empty project."""
    made = Project(tmp_path / "project")
    made.folder.mkdir(parents=True)
    (made.root / "notebooks").mkdir()
    (made.root / "params" / "workspace.yaml").write_text("time_zone: UTC\n")
    return made


@pytest.fixture(scope="session")
def server() -> Iterator[kernels.Server]:
    """Give one preloaded process to all tests; a test may kill it: the next ``address()`` is a new one's."""
    with kernels.Server(environ()) as made:
        yield made


@pytest.fixture(params=["warm", "plain"])
def either(project: Project, server: kernels.Server, request: pytest.FixtureRequest) -> Project:
    """Give an empty project, once with warm and once with plain kernels."""
    project.server = server.address() if request.param == "warm" else ""
    return project
