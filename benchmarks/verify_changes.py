"""Change one thing at a time under reports that were made, have each verified, and count how often the cause is named.

    python benchmarks/verify_changes.py                    all changes
    python benchmarks/verify_changes.py --only data 12     those whose name holds a word or number

A small project with the real notebooks and the sample's tables as files is made once, by the real press, from a copy of the
package; each change is made to a copy of both. A verdict is right where it names the cause's kind and no other, and says
"identical" where nothing that counts was changed. Prints a confusion table; exit 0 where at least 95 % are right.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
AS_OF = "2025-10-20"
REPORTS = {"themes": "feedback_themes", "review": "kpi_review"}
KINDS = ("identical", "page", "parameter", "definition", "code", "package", "environment", "data")
LEAST_RIGHT = 0.95
Rows = list[dict[str, str]]


@dataclass
class Place:
    """Where one change happens: a project, a copy of the package, and a folder that comes first on Python's path."""

    home: Path
    report: str

    @property
    def project(self) -> Path:
        return self.home / "project"

    @property
    def page(self) -> Path:
        return next((self.project / "reports" / REPORTS[self.report] / "all").glob("*/report.html"))

    @property
    def notebook(self) -> Path:
        return self.project / "notebooks" / f"{REPORTS[self.report]}.ipynb"

    def edit(self, file: str, old: str, new: str, count: int = 1) -> None:
        """Replace a text in a file of the package or project; it must be there."""
        path = self.home / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new, count), encoding="utf-8")

    def write(self, file: str, text: str) -> None:
        path = self.home / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def rows(self, table: str, change: Callable[[Rows], object]) -> None:
        """Change the rows of a table's file."""
        path = self.project / "data" / f"{table}.csv"
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        columns = list(rows[0])
        change(rows)
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def cells(self, change: Callable[[list[dict[str, Any]]], object]) -> None:
        """Change the notebook's cells."""
        notebook = json.loads(self.notebook.read_text(encoding="utf-8"))
        change(notebook["cells"])
        self.notebook.write_text(json.dumps(notebook), encoding="utf-8")

    def patch_page(self, old: bytes, new: bytes) -> None:
        data = self.page.read_bytes()
        assert old in data, f"the page has no {old!r}"
        self.page.write_bytes(data.replace(old, new, 1))


@dataclass(frozen=True)
class Change:
    """One change: what it is, the kind of cause that should be named, how it is made."""

    name: str
    kind: str
    make: Callable[[Place], object]
    report: str = "themes"
    refresh: bool = False


# --------------------------------------------------------------------------------------------------------- the changes
def formula(file: str, old: str, new: str, report: str = "review") -> Change:
    return Change(f"formula in {file}: {old} becomes {new}", "code", lambda p: p.edit(f"tree/prodops/{file}", old, new), report)


def cell(name: str, change: Callable[[list[dict[str, Any]]], object], report: str = "themes") -> Change:
    return Change(f"cell: {name}", "code", lambda p: p.cells(change), report)


def package(name: str, version: str, report: str = "themes") -> Change:
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    return Change(f"{name} becomes {version}", "package", lambda p: p.write(f"first/{name}-{version}.dist-info/METADATA", about), report)


def told(name: str, answer: str, kind: str) -> Change:
    """Have Python say something else of itself or its machine."""
    return Change(
        f"platform.{name}() says {answer}",
        kind,
        lambda p: p.write("first/sitecustomize.py", f"import platform\nplatform.{name} = lambda: {answer!r}\n"),
    )


def data(name: str, table: str, change: Callable[[Rows], object], report: str = "themes") -> Change:
    return Change(f"data: {name}", "data", lambda p: p.rows(table, change), report, refresh=True)


def parameter(name: str, text: str, report: str = "themes") -> Change:
    file = f"project/params/reports/{REPORTS[report]}.yaml"
    return Change(
        f"parameter: {name}", "parameter", lambda p: p.write(file, (p.home / file).read_text() + f"parameters: {{{text}}}\n"), report
    )


def default(old: str, new: str, report: str = "themes") -> Change:
    return Change(
        f"parameter: default {old} becomes {new}",
        "parameter",
        lambda p: p.edit(f"project/notebooks/{REPORTS[report]}.ipynb", old, new),
        report,
    )


def definition(old: str, new: str) -> Change:
    return Change(f"KPI: {old} becomes {new}", "definition", lambda p: p.edit("project/params/kpis.yaml", old, new), "review")


def calendar(old: str, new: str, report: str) -> Change:
    return Change(f"workspace: {old} becomes {new}", "definition", lambda p: p.edit("project/params/workspace.yaml", old, new), report)


def page(name: str, old: bytes, new: bytes, report: str = "themes") -> Change:
    return Change(f"page: {name}", "page", lambda p: p.patch_page(old, new), report)


def nothing(name: str, make: Callable[[Place], object], report: str = "themes") -> Change:
    return Change(f"nothing: {name}", "identical", make, report)


def cell_of(column: str, change: Callable[[str], str]) -> Callable[[Rows], None]:
    """Change one cell: that of the first row, from the middle on, that has a value there."""

    def make(rows: Rows) -> None:
        row = next(row for row in rows[len(rows) // 2 :] if row[column])
        row[column] = change(row[column])

    return make


def gone_result(place: Place) -> None:
    digest = _record(place)["queries"][0]["sha256"]
    next((place.project / "reports" / "store").rglob(f"{digest}*")).unlink()


def damaged_result(place: Place) -> None:
    digest = _record(place)["queries"][-1]["sha256"]
    next((place.project / "reports" / "store").rglob(f"{digest}*")).write_bytes(b"PAR1 no more")


def saved_in_lab(place: Place) -> None:
    """Save the notebook as JupyterLab does after a run: outputs, counters, ids, metadata."""

    def run(cells: list[dict[str, Any]]) -> None:
        for number, each in enumerate(cells):
            each["id"] = f"other-{number}"
            if each["cell_type"] == "code":
                each |= {"execution_count": number, "outputs": [{"output_type": "stream", "name": "stdout", "text": ["7"]}]}

    place.cells(run)


def _record(place: Place) -> dict[str, Any]:
    return json.loads(place.page.with_name("record.json").read_text(encoding="utf-8"))


def source(cells: list[dict[str, Any]], old: str, new: str) -> None:
    for each in cells:
        text = "".join(each["source"])
        if old in text:
            each["source"] = text.replace(old, new, 1)
            return
    raise AssertionError(f"no cell has {old!r}")


CHANGES = [
    formula("kpis/moves.py", "(2 * Z95)", "(3 * Z95)"),
    formula("kpis/findings.py", "0.5 ** (age / 365)", "0.5 ** (age / 180)"),
    formula("kpis/compile.py", "/ 86_400", "/ 86_000"),
    formula("kpis/measure.py", '"""', '"""Changed. '),
    formula("feedback/weekly.py", "(1 - level) / 2", "(1 - level)", "themes"),
    formula("feedback/moving.py", "late / before * scale", "late / before", "themes"),
    formula("feedback/claims.py", "voices / total, 'share'", "voices / total, 'ratio'", "themes"),
    formula("stamps.py", "size < 9.95", "size < 99.5", "themes"),
    formula("reports/render/templates/page.html.j2", "Skip to the report", "Skip", "themes"),
    Change("a new file in the package", "code", lambda p: p.write("tree/prodops/kpis/extra.py", "X = 1\n")),
    cell("its code", lambda c: source(c, "head(8)", "head(7)")),
    cell("its prose", lambda c: source(c, "In their words", "In other words")),
    cell("one more", lambda c: c.append({"cell_type": "code", "metadata": {}, "source": "1 + 1", "outputs": [], "execution_count": None})),
    cell("one less", lambda c: c.pop()),
    cell("two change places", lambda c: c.insert(10, c.pop(12))),
    cell("a tag", lambda c: c[8].update(metadata={"tags": []})),
    cell("another question to the data", lambda c: source(c, "segment=segment)", "segment=segment).limit(99)")),
    cell("its code, in the review", lambda c: source(c, "findings()[:5]", "findings()[:4]"), "review"),
    package("narwhals", "99.1"),
    package("pandas", "3.99.0"),
    package("scikit_learn", "9.9"),
    package("numpy", "2.99", "review"),
    package("ibis_framework", "12.99", "review"),
    package("jinja2", "3.99", "review"),
    told("python_version", "3.11.99", "package"),
    told("machine", "riscv64", "environment"),
    told("system", "Plan9", "environment"),
    Change("lock: a line", "environment", lambda p: p.write("project/requirements.lock", "pandas==3.0.0\nnumpy==2.0\n")),
    Change("lock: gone", "environment", lambda p: (p.project / "requirements.lock").unlink(), "review"),
    data("a rating", "feedback", cell_of("rating", lambda value: str(float(value) % 5 + 1))),
    data("a channel", "feedback", cell_of("channel", lambda value: f"{value}, once more")),
    data("a word", "feedback", cell_of("text", lambda value: f"Hello. {value}")),
    data("late rows", "feedback", lambda rows: rows.extend({**row, "id": f"FB-9{i}"} for i, row in enumerate(rows[:3]))),
    data("a late row", "events", lambda rows: rows.insert(1000, dict(rows[999])), "review"),
    data(
        "an event's name", "events", cell_of("event", lambda value: "session_started" if value == "search_run" else "search_run"), "review"
    ),
    data("an event's user", "events", cell_of("user_id", lambda value: "U-99999"), "review"),
    data("rows gone", "feedback", lambda rows: rows.__delitem__(slice(10, 15))),
    data("rows after the as-of", "feedback", lambda rows: rows.append({**rows[-1], "id": "FB-99999"})),
    data("an account's price", "accounts", cell_of("mrr", lambda value: str(float(value) + 17)), "review"),
    data("a survey's score", "surveys", cell_of("score", lambda value: str((float(value) + 3) % 11)), "review"),
    Change("data: a recorded result is gone", "data", gone_result),
    Change("data: a recorded result is damaged", "data", damaged_result, "review"),
    parameter("weeks: 20", "weeks: 20"),
    parameter("voices: 2", "voices: 2"),
    parameter("stories: 3", "stories: 3", "review"),
    parameter("weeks: 10", "weeks: 10", "review"),
    default("recent: Annotated[int, range(1, 14)] = 4", "recent: Annotated[int, range(1, 14)] = 3"),
    default("voices: Annotated[int, range(2, 11)] = 3", "voices: Annotated[int, range(2, 11)] = 4"),
    default("stories: Annotated[int, range(1, 13)] = 5", "stories: Annotated[int, range(1, 13)] = 4", "review"),
    definition("target: {value: 1600", "target: {value: 1700"),
    definition("agg: count_distinct", "agg: count"),
    definition("where: {event: session_started}", "where: {event: search_run}"),
    definition("good: up", "good: down"),
    definition("title: Active users", "title: People"),
    calendar("week_start: monday", "week_start: sunday", "themes"),
    calendar("currency: EUR", "currency: USD", "review"),
    page("a word", b"Skip to the report", b"Skip to a report"),
    page("its title", b"</h1>", b"!</h1>"),
    page("a value in its record", b'"rows":', b'"rows": 1,"was":', "review"),
    page("the notebook in it", b"import pandas as pd", b"import pandas as pq"),
    page("its end", b"</body>", b"<p>More</p></body>", "review"),
    nothing("as it was", lambda p: None),
    nothing("as it was, the sources gone", lambda p: shutil.rmtree(p.project / "data"), "review"),
    nothing("saved in JupyterLab", saved_in_lab),
    nothing("a remark in kpis.yaml", lambda p: p.edit("project/params/kpis.yaml", "\n", "\n# a remark\n"), "review"),
    nothing("another setting of a table", lambda p: p.edit("project/params/workspace.yaml", "max_bad_share: 0.1", "max_bad_share: 0.2")),
]


# ------------------------------------------------------------------------------------------------------------- the runs
def environment(home: Path) -> dict[str, str]:
    places = [home / "first", home / "tree"]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places)), "OMP_NUM_THREADS": "1"}


def base(home: Path) -> None:
    """Make the project, the copy of the package and the pages."""
    import pandas as pd

    from prodops import samples

    shutil.copytree(ROOT / "prodops", home / "tree" / "prodops")
    (home / "first").mkdir()
    project = home / "project"
    for name in (
        "params/kpis.yaml",
        *(f"params/reports/{n}.yaml" for n in REPORTS.values()),
        *(f"notebooks/{n}.ipynb" for n in REPORTS.values()),
    ):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, project / name)
    (project / "requirements.lock").write_text("pandas==3.0.0\n")
    (project / "data").mkdir()
    files = samples.write(home / "sample", users=150, events=20_000, feedback=600)
    tables = ["feedback", "events", "accounts", "transitions", "launches", "surveys", "goals"]
    for table in tables:
        pd.read_parquet(files[table]).to_csv(project / "data" / f"{table}.csv", index=False)
    listed = "".join(f"  {table}: data/{table}.csv\n" for table in tables)
    settings = "time_zone: Europe/Berlin\nweek_start: monday\ncurrency: EUR\nmax_bad_share: 0.1\n"
    (project / "params" / "workspace.yaml").write_text(f"{settings}tables:\n{listed}")
    command = [sys.executable, "-m", "prodops.cli", "run", *REPORTS.values(), "--as-of", AS_OF, "--workspace", "params/workspace.yaml"]
    subprocess.run(command, cwd=project, env=environment(home), check=True, stdout=subprocess.DEVNULL)


def judge(change: Change, made: Path, home: Path) -> dict[str, Any]:
    """Copy, change, verify; gives the verdict, or a fault's last words."""
    shutil.copytree(made, home)
    place = Place(home, change.report)
    change.make(place)
    refresh = ["--refresh"] if change.refresh else []
    command = [sys.executable, "-m", "prodops.cli", "verify", str(place.page), "--workspace", "params/workspace.yaml", "--json", *refresh]
    done = subprocess.run(command, cwd=place.project, env=environment(home), capture_output=True, text=True, check=False)
    shutil.rmtree(home)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {"status": "fault", "causes": [], "message": done.stderr[-800:]}


def main() -> None:
    """Count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--verbose", action="store_true", help="show what verify says")
    asked = parser.parse_args()
    chosen = [c for i, c in enumerate(CHANGES, 1) if not asked.only or any(w == str(i) if w.isdigit() else w in c.name for w in asked.only)]
    table: Counter[tuple[str, str]] = Counter()
    right = 0
    with tempfile.TemporaryDirectory(prefix="prodops-verify-changes-") as folder:
        made, began = Path(folder) / "made", time.monotonic()
        made.mkdir()
        base(made)
        print(f"the reports were made in {time.monotonic() - began:.0f} s", file=sys.stderr)
        for number, change in enumerate(chosen, 1):
            found = judge(change, made, Path(folder) / "case")
            kinds = sorted({cause["kind"] for cause in found["causes"]}) or [found["status"]]
            named = kinds[0] if len(kinds) == 1 else "several"
            table[change.kind, named] += 1
            right += named == change.kind
            mark = "right" if named == change.kind else f"WRONG: {', '.join(kinds)}"
            print(f"{number:>3} {change.kind:<12} {mark:<8} {change.name}")
            if asked.verbose or named != change.kind:
                moved = (found.get("changes") or {}).get("differences", [])
                said = [f"{cause['what']}: {cause['detail']}" for cause in found["causes"]] + [found["message"]]
                print(*(f"        {line}"[:240] for line in [*said, *(d["line"] for d in moved[:3])] if line), sep="\n")
            sys.stdout.flush()
    names = [*KINDS, *sorted({named for _, named in table} - set(KINDS))]
    print(f"\n{'changed':<12} named " + " ".join(f"{name[:11]:>11}" for name in names))
    for kind in KINDS:
        print(f"{kind:<12}       " + " ".join(f"{table[kind, name] or '·':>11}" for name in names))
    print(f"\n{right} of {len(chosen)} right ({right / max(len(chosen), 1):.1%})")
    sys.exit(right < LEAST_RIGHT * len(chosen))


if __name__ == "__main__":
    main()
