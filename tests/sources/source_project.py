"""A project in a temporary folder: files of a test's own, a workspace for them, and a desk over them."""

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd

from prodops.sources import Context, Desk, connect
from prodops.stamps import TableStamp
from prodops.workspace import Workspace, load

Row = tuple[Any, ...]


class Project:
    """Writes files and workspaces; opens desks with the public ``connect``."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.store = home / "reports" / "store"
        (home / "params").mkdir(parents=True)

    def file(self, name: str, content: str | bytes) -> str:
        """Write one file; gives the name as a workspace has it."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def workspace(self, tables: dict[str, Any], **settings: Any) -> Workspace:
        """Write the workspace file."""
        file = self.home / "params" / "workspace.yaml"
        file.write_text(json.dumps({"time_zone": "Europe/Berlin", "tables": tables, **settings}))
        return load(file)

    def context(self, **more: Any) -> Context:
        """Give the context of a run over the workspace last written."""
        return Context(self.home / "params" / "workspace.yaml", self.store, **more)

    def connect(self, lead: str, *others: str, as_of: datetime | None = None, **more: Any) -> Desk:
        """Open tables of the workspace last written."""
        return connect(lead, *others, context=self.context(as_of=as_of, as_of_given=as_of is not None, **more))

    def desk(
        self, source: str, kind: str = "feedback", *, as_of: datetime | None = None, before: datetime | None = None, **settings: Any
    ) -> Desk:
        """Open one table with these settings."""
        self.workspace({kind: {"source": source, **settings}})
        return self.connect(kind, as_of=as_of, before=before)

    def csv(self, content: str | bytes, **settings: Any) -> Desk:
        """Write a file of feedback and open it."""
        return self.desk(self.file("reviews.csv", content), **settings)

    def aside(self, desk: Desk) -> list[list[str]]:
        """Give the rows of the files of rows set aside: row, column, value, reason."""
        rows: list[list[str]] = []
        for name in filter(None, stamp(desk).quarantine.split(", ")):
            with (self.store.parent / name).open(encoding="utf-8", newline="") as file:
                header, *found = csv.reader(file)
            assert header == ["row", "column", "value", "reason"]
            rows += found
        return rows


def stamp(desk: Desk) -> TableStamp:
    """Give the stamp of the desk's first table."""
    found = next(iter(desk.tables))
    assert isinstance(found, TableStamp)
    return found


def rows(desk: Desk, *columns: str, kind: str = "feedback") -> list[Row]:
    """Give a table's rows as plain tuples, missing as ``None``."""
    frame = desk.read(kind)[list(columns)].astype(object)
    return [tuple(row) for row in frame.where(pd.notna(frame), None).itertuples(index=False)]


def csv_of(rows: Sequence[Sequence[object]], **dialect: Any) -> str:
    """Write rows as CSV."""
    out = io.StringIO(newline="")
    csv.writer(out, **dialect).writerows(rows)
    return out.getvalue()


def xlsx(sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
    """Write a spreadsheet by hand: texts, numbers, dates (as Excel's serial days, styled as a date) and empty cells."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        kinds = "".join(
            f'<Override PartName="/xl/{part}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"/>'
            for part, kind in [
                ("workbook", "sheet.main"),
                ("styles", "styles"),
                *((f"worksheets/s{i}", "worksheet") for i in range(len(sheets))),
            ]
        )
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{kinds}</Types>',
        )
        package = "http://schemas.openxmlformats.org/package/2006/relationships"
        book_link = f'<Relationship Id="r0" Type="{links}/officeDocument" Target="xl/workbook.xml"/>'
        book.writestr("_rels/.rels", f'<Relationships xmlns="{package}">{book_link}</Relationships>')
        names = "".join(f'<sheet name="{escape(name)}" sheetId="{i + 1}" r:id="r{i}"/>' for i, name in enumerate(sheets))
        book.writestr("xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets>{names}</sheets></workbook>')
        targets = "".join(f'<Relationship Id="r{i}" Type="{links}/worksheet" Target="worksheets/s{i}.xml"/>' for i in range(len(sheets)))
        styles = f'<Relationship Id="rs" Type="{links}/styles" Target="styles.xml"/>'
        book.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}">{targets}{styles}</Relationships>')
        formats = '<xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/>'
        book.writestr("xl/styles.xml", f'<styleSheet xmlns="{main}"><cellXfs count="2">{formats}</cellXfs></styleSheet>')
        for i, content in enumerate(sheets.values()):
            body = "".join(f"<row>{''.join(_cell(value) for value in row)}</row>" for row in content)
            book.writestr(f"xl/worksheets/s{i}.xml", f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>')
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime):
        return f'<c s="1"><v>{(value - datetime(1899, 12, 30)).total_seconds() / 86_400!r}</v></c>'
    return f"<c><v>{value}</v></c>" if isinstance(value, int | float) else f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
