"""A report made again from its record, to the byte; or what moved since, named, with the values that changed."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from prodops.errors import InputError, ParameterError, ProdopsError, WorkspaceError
from prodops.parameters.types import Value
from prodops.reports import carried, catalogue, causes, notebooks, provenance
from prodops.reports.catalogue import Report
from prodops.reports.causes import Cause
from prodops.reports.diff import Comparison, compare_pages
from prodops.reports.provenance import Embedded
from prodops.reports.surroundings import sha256
from prodops.workspace import Workspace, read_yaml

if TYPE_CHECKING:
    import pyarrow as pa

Status = Literal["identical", "moved", "unverifiable"]
EXIT = {"identical": 0, "moved": 1, "unverifiable": 2}
FUTURE = "lies in the future"
REFRESH = "Add --refresh to ask the sources instead of the recorded results."


@dataclass(frozen=True)
class Again:
    """One run to make again: everything but where it happens. ``replay`` is the record whose results are given back instead
    of asking the sources (``None``: ask them), ``folder`` is temporary and holds nothing but what the run puts there."""

    report: Report
    parameters: Mapping[str, Value]
    given: Mapping[str, str]
    as_of: datetime
    as_of_given: bool
    slice_name: str
    around: Mapping[str, Any]
    replay: Path | None
    folder: Path


@dataclass(frozen=True)
class Made:
    """What came of it: the page (``None``: the run failed, and ``message`` says why) and the record."""

    page: bytes | None
    record: Mapping[str, Any]
    message: str = ""


@dataclass(frozen=True)
class Verdict:
    """What became of a report: ``identical`` to the byte, ``moved`` with its causes, or ``unverifiable`` and why.

    ``changes`` compares what the report shows with what it shows now; nothing where it could not be made again.
    """

    status: Status
    run: str
    sha256: str
    again: str = ""
    causes: tuple[Cause, ...] = ()
    changes: Comparison | None = None
    message: str = ""

    @property
    def exit_code(self) -> int:
        """0 identical, 1 moved, 2 cannot be verified."""
        return EXIT[self.status]

    def lines(self) -> list[str]:
        """Say it: the verdict, the causes, what changed."""
        said = {
            "identical": f"Identical: {self.run} was made again, SHA-256 {self.sha256}.",
            "moved": f"Moved: {self.run}.",
            "unverifiable": f"Cannot be verified: {self.run}.",
        }[self.status]
        changed = []
        if self.changes and self.status == "moved":
            changed = ["No value changed."] if self.changes.same else self.changes.lines()
        return [said, *(f"  {cause.line()}" for cause in self.causes), *([self.message] if self.message else []), *changed]

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {**asdict(self), "changes": self.changes.to_dict() if self.changes else None}


def verify(
    page: Path,
    *,
    workspace: Workspace,
    root: Path,
    find: Callable[[str], Report | None],
    stored: Callable[[str], "pa.Table"],
    run_again: Callable[[Again], Made],
    refresh: bool = False,
) -> Verdict:
    """Make a report again from what its page carries, with the recorded as-of, slice, given parameters and query results.

    ``root`` is the project's folder, ``find`` gives its report of a name, ``stored`` a kept result by its SHA-256 (raises
    :class:`InputError` where it is gone or damaged), ``run_again`` makes a run. With ``refresh`` the sources are asked anew.
    Code, definitions and parameters that nobody gave are taken as they are now: where they differ, they are the causes. A
    report that the project does not have is made from the notebook in its page. Raises :class:`InputError` for what is no report.
    """
    embedded, data = provenance.read_page(page), page.read_bytes()
    with tempfile.TemporaryDirectory(prefix="prodops-verify-") as folder:
        return _Case(embedded, data, workspace, root.resolve(), stored, run_again, refresh, Path(folder)).judge(find)


@dataclass(frozen=True)
class _Case:
    """One page under examination."""

    embedded: Embedded
    data: bytes
    workspace: Workspace
    root: Path
    stored: Callable[[str], "pa.Table"]
    run_again: Callable[[Again], Made]
    refresh: bool
    folder: Path

    @property
    def record(self) -> dict[str, Any]:
        return self.embedded.record

    def judge(self, find: Callable[[str], Report | None]) -> Verdict:
        found = (
            [Cause("page", "report.html", "its bytes are not those that were made: the seal does not fit")]
            if not self.embedded.intact
            else []
        )
        try:
            report = find(self.record["report"]) or carried.report(self.embedded, self.folder / "project")
            around = provenance.surroundings(self.root)
            labels = {key: self.record["code"][key] for key in provenance.LABELS if key in self.record["code"]}
            around["code"] = {k: v for k, v in around["code"].items() if k not in provenance.LABELS} | labels
            stands_on = provenance.basis(report, around)
        except (ProdopsError, KeyError, TypeError, ValueError, AttributeError) as fault:
            why = str(fault) if isinstance(fault, ProdopsError) else f"its record lacks what is needed ({type(fault).__name__}: {fault})."
            return self._verdict("unverifiable", found, why)
        try:
            values = self._parameters(report)
        except ParameterError as fault:
            found += [Cause("parameter", report.name, str(fault)), *self._standing(report, stands_on, values_moved=True)]
            return self._verdict("moved", found, "The values that were given are refused now, so the report was not made again.")
        moved = list(causes.parameters(self.record["parameters"], provenance.plain_values(values)))
        found += [*moved, *self._settings(), *self._standing(report, stands_on, values_moved=bool(moved))]
        if not self.refresh and (lost := list(self._lost())):
            return self._verdict("unverifiable", [*found, *lost], REFRESH)
        return self._compare(found, self.run_again(self._again(report, values, around)))

    def _compare(self, found: list[Cause], made: Made) -> Verdict:
        """Judge by what the run made: first the bytes, then the data, and what is shown."""
        if made.page is None:
            hint = "" if self.refresh else f" {REFRESH}"
            return self._verdict("moved" if found else "unverifiable", found, f"It cannot be made again: {made.message}{hint}")
        if made.page == self.data:
            return self._verdict("identical", [], again=sha256(made.page))
        before, after = (html.decode("utf-8", "replace") for html in (self.data, made.page))
        found += self._moved_data(made.record) if self.refresh else []
        if not found:
            where = "nothing that the record names has moved: a cell depends on something else, such as the clock or chance"
            found.append(Cause("unexplained", "report.html", f"{where}; {causes.first(before, after)}"))
        elif [cause.kind for cause in found] == ["page"]:
            found[0] = Cause("page", "report.html", f"{found[0].detail}; {causes.first(after, before)}")
        return self._verdict("moved", found, again=sha256(made.page), changes=compare_pages(self.record, before, made.record, after))

    def _verdict(
        self, status: Status, found: list[Cause], message: str = "", *, again: str = "", changes: Comparison | None = None
    ) -> Verdict:
        run = f"{self.record['report']}, run {self.record.get('run_id')}"
        return Verdict(status, run, sha256(self.data), again, tuple(found), changes, message)

    # -------------------------------------------------------------------------------------------------- the run to make
    def _parameters(self, report: Report) -> dict[str, Value]:
        """Give the values that the run would have now: those given for it, else what the report's file and notebook say now."""
        return catalogue.resolve(report, {name: self.record["parameters"][name] for name in self._given(report)}, typed=False)

    def _given(self, report: Report) -> dict[str, str]:
        """Tell the parameters given for the run from those that stand in the report's file; a page alone has no such file."""
        alone = report.root.is_relative_to(self.folder.resolve())
        names = self.record["parameters"] if alone else self.record["given"]
        return {name: self.record["given"].get(name, "page") for name in names if alone or self.record["given"][name] != "report"}

    def _again(self, report: Report, values: Mapping[str, Value], around: Mapping[str, Any]) -> Again:
        replay = self.folder / "record.json"
        replay.write_bytes(provenance.dumps(self.record))
        given = {name: by for name, by in self._given(report).items() if by != "page"}
        as_of = datetime.fromisoformat(self.record["as_of"])
        # rows of the future are set aside only where the as-of was found in the data
        found = any(FUTURE in str(reason[0]) for table in self.record["tables"] for reason in table.get("reasons") or [])
        place = self.folder / "run"
        place.mkdir()
        return Again(report, values, given, as_of, not found, self.record["slice"], around, None if self.refresh else replay, place)

    # ---------------------------------------------------------------------------------------------------- what has moved
    def _standing(self, report: Report, stands_on: Mapping[str, Any], *, values_moved: bool) -> Iterator[Cause]:
        """Compare what the run stood on with what it stands on now."""
        yield from causes.code(self.record["code"], stands_on["code"])
        yield from causes.modules(self.record.get("modules") or {}, stands_on["modules"], stands_on["packages"])
        if self.record["notebook"]["sha256"] != stands_on["notebook"]["sha256"]:
            now = notebooks.source(json.loads(report.path.read_bytes()))["cells"]
            yield from causes.cells((self.embedded.notebook or {}).get("cells") or [], now, values_moved=values_moved)
        yield from causes.packages(self.record, stands_on)
        yield from causes.environment(self.record, stands_on)

    def _settings(self) -> Iterator[Cause]:
        """Compare the files of settings that the run read with what they say now."""
        folder = self.workspace.file.parent.resolve()
        for item in self.record["settings"]:
            file = (folder / item["file"]).resolve()
            if item["file"] == self.workspace.file.name:
                now: dict[str, Any] = {key: getattr(self.workspace, key, None) for key in item["values"]}
            elif not file.is_relative_to(folder) or not file.is_file():
                continue  # a replay takes the recorded values
            else:
                try:
                    # a taxonomy was read without aliases, so one that has them now is another
                    now = json.loads(json.dumps(read_yaml(file, aliases=file.name != "taxonomy.yaml"), default=str))
                except WorkspaceError as fault:
                    yield Cause("definition", item["file"], str(fault))
                    continue
            yield from causes.settings(item["file"], item["values"], now)

    def _lost(self) -> Iterator[Cause]:
        """Name recorded results that are gone from the store, or damaged there."""
        for name, digest in dict.fromkeys((str(query["name"]), str(query["sha256"])) for query in self.record["queries"]):
            try:
                self.stored(digest)
            except InputError as fault:
                yield Cause("data", f"query {name}", str(fault))

    def _moved_data(self, now: Mapping[str, Any]) -> list[Cause]:
        """Compare what the sources gave with what they give now; a query that itself changed is the code's doing."""
        found = list(causes.tables(self.record["tables"], now["tables"]))
        before = {query["key"]: query for query in self.record["queries"]}
        for query in now["queries"]:
            old = before.get(query["key"])
            if old is not None and old["sha256"] != query["sha256"]:
                try:
                    found.append(causes.rows(query["name"], self.stored(old["sha256"]), self.stored(query["sha256"])))
                except InputError:
                    moved = f"rows {causes.arrow(old['rows'], query['rows'])}; its recorded result is gone from the store"
                    found.append(Cause("data", f"query {query['name']}", moved))
        return found
