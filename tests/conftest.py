"""What all tests share: in continuous integration a skipped test is a failure, as the machine there has every part."""

import os
import signal
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no fault of a test: only what it finds counts. In continuous integration each run tries the same examples.
settings.register_profile(
    "prodops", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="PRODOPS_CI" in os.environ, print_blob=True
)
settings.load_profile("prodops")

# A shell that starts tests in the background has them ignore Ctrl-C, and so would all that they start: tests that press it would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("PRODOPS_CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in continuous integration: {report.longrepr}"
    return report
