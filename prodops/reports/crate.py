"""A run's folder described as a Process Run Crate 0.5 (RO-Crate 1.1): what ran, on what, with which result.

Plain dictionaries, and a pure function of the record and the files. The only date is the report's own as-of: when a run
began and ended is in the ledger, and so no ``endTime`` is claimed here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from prodops.reports.provenance import dumps
from prodops.reports.surroundings import sha256

FILE = "ro-crate-metadata.json"
CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    {"environment": "https://w3id.org/ro/terms/workflow-run#environment", "sha256": "https://schema.org/sha256"},
]
CRATE, PROFILE = "https://w3id.org/ro/crate/1.1", "https://w3id.org/ro/wfrun/process/0.5"
WORDS = {
    "report.html": ("The report", "One HTML file that carries its record and its notebook, and needs no network."),
    "notebook.ipynb": ("The executed notebook", "As it ran, with the parameters of this run and all that its cells showed."),
    "record.json": ("The record", "What the report rests on: code, packages, parameters, queries with their hashes, findings."),
}
TYPES = {
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".html": "text/html",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
}
OPERATOR, LICENSE, NOTEBOOK, PRODOPS, PYTHON, ACTION = "#operator", "#license", "#source-notebook", "#prodops", "#python", "#run"

Entity = dict[str, Any]


def describe(record: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """Write ``ro-crate-metadata.json`` for a run's folder with these files (by their path in it); good and failed runs alike."""
    made = [_file(name, data) for name, data in files.items()]
    objects, results = [*_parameters(record), *_read(record)], list(_findings(record))
    graph = [
        {"@id": FILE, "@type": "CreativeWork", "about": _to("./"), "conformsTo": _to(CRATE)},
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        _root(record, made),
        _action(record, objects, [*made, *results]),
        *_instruments(record, files),
        *_environment(record),
        *objects,
        *made,
        *results,
        {"@id": OPERATOR, "@type": "Organization", "name": "The operator of this project", "url": "./"},
        {
            "@id": LICENSE,
            "@type": "CreativeWork",
            "name": "No licence is granted by this file",
            "description": "The report belongs to those whose data it shows.",
        },
    ]
    return dumps({"@context": CONTEXT, "@graph": graph})


def _to(*ids: str) -> Entity | list[Entity]:
    """Refer to entities; a single one stands without a list, as compact JSON-LD has it."""
    links = [{"@id": each} for each in ids]
    return links[0] if len(links) == 1 else links


def _all(entities: Sequence[Entity]) -> Entity | list[Entity]:
    return _to(*(entity["@id"] for entity in entities))


def _root(record: Mapping[str, Any], made: Sequence[Entity]) -> Entity:
    day = str(record["as_of"])[:10]
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{record['title']}, as of {day}",
        "description": f"One run of the report {record['report']}, slice {record['slice']}, as of {record['as_of']}: {_said(record)}",
        "identifier": record["run_id"],
        "datePublished": day,
        "license": _to(LICENSE),
        "author": _to(OPERATOR),
        "publisher": _to(OPERATOR),
        "conformsTo": _to(PROFILE),
        "hasPart": _all(made),
        "mentions": _to(ACTION),
    }


def _said(record: Mapping[str, Any]) -> str:
    return {"ok": "it went well.", "no data": "there was nothing to report on."}.get(record["status"], "it failed.")


def _action(record: Mapping[str, Any], objects: Sequence[Entity], results: Sequence[Entity]) -> Entity:
    failed = record["status"] == "failed"
    return {
        "@id": ACTION,
        "@type": "CreateAction",
        "name": f"Run {record['run_id']}",
        "description": f"prodops ran {record['notebook']['path']} and {'kept what there was' if failed else 'made the report'}.",
        "instrument": _to(NOTEBOOK, PRODOPS, PYTHON),
        "agent": _to(OPERATOR),
        "actionStatus": f"http://schema.org/{'Failed' if failed else 'Completed'}ActionStatus",
        **({"error": record["message"]} if failed else {}),
        **({"object": _all(objects)} if objects else {}),
        "result": _all(results),
        "environment": _to("#system", "#machine"),
    }


# -------------------------------------------------------------------------------------------------------- what ran
def _instruments(record: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[Entity]:
    notebook, code, lock = record["notebook"], record["code"], record["lock"]
    home = "report.html" if "report.html" in files else "notebook.ipynb"
    packages = [_package(name, version) for name, version in record["packages"].items()]
    yield {
        "@id": NOTEBOOK,
        "@type": "SoftwareSourceCode",
        "name": notebook["path"],
        "version": notebook["sha256"][:12],
        "sha256": notebook["sha256"],
        "url": f"{home}#notebook",
        "programmingLanguage": _to(PYTHON),
        "encodingFormat": TYPES[".ipynb"],
    }
    yield {
        "@id": PRODOPS,
        "@type": "SoftwareApplication",
        "name": "prodops",
        "softwareVersion": code["version"],
        "sha256": code["sha256"],
        "identifier": " ".join([str(code.get("commit", "no commit")), *(["with changes"] if code.get("dirty") else [])]),
        "url": "pkg:generic/prodops@" + quote(str(code["version"])),
        "softwareRequirements": _all([{"@id": PYTHON}, *packages, *([{"@id": "#lock"}] if lock else [])]),
    }
    yield {
        "@id": PYTHON,
        "@type": ["SoftwareApplication", "ComputerLanguage"],
        "name": "Python",
        "softwareVersion": record["python"],
        "url": "https://www.python.org/",
    }
    yield from packages
    if lock:
        yield {"@id": "#lock", "@type": "CreativeWork", "name": lock["path"], "sha256": lock["sha256"]}


def _package(name: str, version: str) -> Entity:
    where = f"pkg:pypi/{quote(name)}@{quote(version)}"
    return {"@id": where, "@type": "SoftwareApplication", "name": name, "softwareVersion": version, "url": where}


def _environment(record: Mapping[str, Any]) -> Iterator[Entity]:
    for name in ("system", "machine"):
        yield {"@id": f"#{name}", "@type": "PropertyValue", "name": name, "value": record["platform"][name]}


# ---------------------------------------------------------------------------------------------- on what, with what result
def _parameters(record: Mapping[str, Any]) -> Iterator[Entity]:
    for name, value in record["parameters"].items():
        shown = dumps(value).decode().strip() if isinstance(value, list) or value is None else value
        set_by = record["given"].get(name, "notebook")
        yield {
            "@id": f"#parameter/{_safe(name)}",
            "@type": "PropertyValue",
            "name": name,
            "value": shown,
            "description": f"set by: {set_by}",
        }


def _read(record: Mapping[str, Any]) -> Iterator[Entity]:
    """Name what was read: tables and results of queries by their hashes, as the rows themselves stay in the store."""
    for table in record["tables"]:
        read, used, aside = (table.get(name) for name in ("rows_read", "rows_used", "rows_set_aside"))
        about = f"{read} rows read from {table.get('source')}, {used} used, {aside} set aside"
        yield _work(f"#table/{_safe(table.get('table'))}", f"Table {table.get('table')}", about, table.get("sha256"))
    for number, query in enumerate(record["queries"], 1):
        about = f"{query.get('rows')} rows of: {query.get('sql')}"
        yield _work(f"#query/{number}", f"Result of {query.get('name')}", about, query.get("sha256"))
    for item in record["settings"]:
        about = "The values that were read, as JSON."
        yield _work(f"#settings/{_safe(item.get('file'))}", f"Settings {item.get('file')}", about, item.get("sha256"))


def _work(where: str, name: str, description: str, digest: object) -> Entity:
    return {"@id": where, "@type": "CreativeWork", "name": name, "description": description, **({"sha256": digest} if digest else {})}


def _findings(record: Mapping[str, Any]) -> Iterator[Entity]:
    named = {str(finding.get("name")): finding for finding in record["findings"]}
    for name, finding in named.items():
        numbers = {"value": finding.get("value"), "minValue": finding.get("lower"), "maxValue": finding.get("upper")}
        about = {
            "unitText": finding.get("unit"),
            "description": " ".join(str(finding[key]) for key in ("headline", "sentence") if finding.get(key)),
        }
        kept = {key: value for key, value in {**numbers, **about}.items() if value is not None}
        yield {"@id": f"#finding/{_safe(name)}", "@type": "PropertyValue", "name": name, **kept}


def _file(name: str, data: bytes) -> Entity:
    title, about = WORDS.get(name, (name, "Rows that were set aside, with the reason for each." if name.startswith("set-aside/") else name))
    suffix = name[name.rfind(".") :] if "." in name else ""
    return {
        "@id": quote(name),
        "@type": "File",
        "name": title,
        "description": about,
        "encodingFormat": TYPES.get(suffix, "application/octet-stream"),
        "contentSize": str(len(data)),
        "sha256": sha256(data),
    }


def _safe(name: object) -> str:
    return quote(str(name).encode(errors="replace"), safe="")
