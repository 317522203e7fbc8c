"""What masking costs at the door: CPU seconds and memory of taking a table in with and without it.

python benchmarks/redaction.py            # the sample company's 20,000 texts
python benchmarks/redaction.py FILE       # a file of feedback with columns of our names, or near ones
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from prodops.sources.intake import admit
from prodops.workspace import load


def measure(source: str, home: Path, *, redact: bool) -> str:
    """Take the file in once, into a store of its own."""
    file = home / "params" / "workspace.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(f"redact: {str(redact).lower()}\ntables: {{feedback: '{source}'}}\n")
    began = time.process_time()
    taken = admit("feedback", load(file), home / "reports" / "store" / "tables")
    cost, peak = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"redact: {redact!s:<5} {taken.rows_read:>9,} rows {cost:>7.2f} CPU s {peak:>6.0f} MB  {dict(taken.masked)}"


def main(source: str) -> None:
    """Measure three times: once to write the sample and load the libraries, then without and with masking."""
    with tempfile.TemporaryDirectory() as folder:
        for i, redact in enumerate((True, False, True)):
            line = measure(source, Path(folder) / str(i), redact=redact)
            if i:
                print(line)


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).absolute()) if len(sys.argv) > 1 else "sample")
