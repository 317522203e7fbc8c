"""What all tests share: in continuous integration a skipped test is a failure, as the machine there has every part."""

import gc
import os
import shutil
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import prodops

# A busy machine is no fault of a test: only what it finds counts. In continuous integration each run tries the same examples.
settings.register_profile(
    "prodops", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="PRODOPS_CI" in os.environ, print_blob=True
)
settings.load_profile("prodops")

# As in the press's kernels: sums come out the same, and on small matrices threads take many times longer to agree than to reckon.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
assert "numpy" not in sys.modules, "it has read these already"

# A shell that starts tests in the background has them ignore Ctrl-C, and so would all that they start: tests that press it would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Have the collector pass over what all tests share: modules, thousands of tests."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("PRODOPS_CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in continuous integration: {report.longrepr}"
    return report


# A process has one Spark, which keeps the surroundings it was started in: tests share it.
SPARK = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # rows are few here: what Spark takes its time for is to plan, generate and compile code that would be quick with many
    "spark.ui.showConsoleProgress": "false",
    "spark.default.parallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Any]:
    """Start a local Spark whose workers find what this process finds; it ends with the tests."""
    sql = pytest.importorskip("pyspark.sql", reason="the extra spark is not installed")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed")
    with pytest.MonkeyPatch.context() as around:
        around.setenv("PYSPARK_PYTHON", sys.executable)
        around.setenv("PYTHONPATH", os.pathsep.join([str(Path(prodops.__file__).parents[1]), *sys.path]))
        session = sql.SparkSession.builder.master("local[2]").config(map=SPARK).getOrCreate()
        yield session
        session.stop()
