"""A run's folder is a Process Run Crate: checked by the validator of those who wrote the profile, without a network."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from requests import Response

from prodops.reports import crate, notebooks, provenance, publish
from prodops.reports.render import render
from tests.reports.example_report import RECORD, report

TERMS = [
    "Dataset",
    "CreativeWork",
    "CreateAction",
    "SoftwareApplication",
    "SoftwareSourceCode",
    "ComputerLanguage",
    "PropertyValue",
    "Organization",
    "name",
    "description",
    "about",
    "identifier",
    "datePublished",
    "license",
    "author",
    "publisher",
    "hasPart",
    "mentions",
    "version",
    "instrument",
    "agent",
    "actionStatus",
    "error",
    "object",
    "result",
    "url",
    "programmingLanguage",
    "encodingFormat",
    "softwareVersion",
    "softwareRequirements",
    "value",
    "minValue",
    "maxValue",
    "unitText",
    "contentSize",
]
"""What of the context of RO-Crate 1.1 our crates use; there it is fetched from the web, and says the same of these."""
VOCABULARY = {term: f"http://schema.org/{term}" for term in TERMS} | {
    "File": "http://schema.org/MediaObject",
    "conformsTo": "http://purl.org/dc/terms/conformsTo",
}
NO_END_TIME = "The Action SHOULD have an endTime in ISO 8601 format"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the libraries that the validator stands on
FAILED = {**RECORD, "status": "failed", "message": 'There is no "é" & <b>.', "fault": {"cell": 3, "error": "KeyError"}}
Issues = list[tuple[str, str]]


@pytest.fixture(scope="module")
def validate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Issues]]:
    """Give a function that lists what the validator finds wrong in a folder, from the severity named on."""
    from rocrate_validator import services
    from rocrate_validator.models import Severity, ValidationSettings
    from rocrate_validator.utils.http import HttpRequester

    cache = tmp_path_factory.mktemp("cache") / "http"

    def check(folder: Path, severity: str = "REQUIRED") -> Issues:
        settings = ValidationSettings(
            rocrate_uri=str(folder),
            profile_identifier="process-run-crate",
            requirement_severity=Severity[severity],
            offline=True,
            cache_path=cache,
            skip_availability_check=True,
        )
        result = services.validate(settings)
        return [
            (issue.severity.name, str(issue.message))
            for issue in result.get_issues(Severity.REQUIRED if severity == "REQUIRED" else Severity.RECOMMENDED)
        ]

    def get(self: HttpRequester, url: str, **_: object) -> Response:
        assert url == "https://w3id.org/ro/crate/1.1/context"
        response = Response()
        response.status_code, response._content = 200, json.dumps({"@context": VOCABULARY}).encode()
        response.headers["Content-Type"] = "application/ld+json"
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpRequester, "get", get, raising=False)
        yield check


def folder_of(tmp_path: Path, record: dict[str, Any], *, failed: bool = False) -> Path:
    """Write a run's folder as the press does."""
    files = {publish.NOTEBOOK: notebooks.dumps(report()), publish.RECORD: provenance.dumps(record)}
    if not failed:
        files |= {publish.PAGE: render(report(), record).encode(), "set-aside/feed back-set-aside.csv": b"a,b\n"}
    return publish.write_run(tmp_path / "run", {**files, crate.FILE: crate.describe(record, files)})


@pytest.mark.parametrize("failed", [False, True], ids=["a good run", "a failed run"])
def test_a_runs_folder_is_a_process_run_crate(validate: Callable[..., Issues], tmp_path: Path, failed: bool) -> None:
    """All that the profile requires is there, and all that it recommends but an end time, which only the ledger knows, and web
    addresses for programs, which have none that says the version."""
    found = validate(folder_of(tmp_path, FAILED if failed else RECORD, failed=failed), "RECOMMENDED")
    assert set(found) <= {("RECOMMENDED", NO_END_TIME), ("RECOMMENDED", "The SoftwareApplication id SHOULD be an absolute URI")}


@pytest.mark.parametrize("spoilt", [("#run", "instrument"), ("./", "license"), ("./", "datePublished")])
def test_the_validator_would_see_it(validate: Callable[..., Issues], tmp_path: Path, spoilt: tuple[str, str]) -> None:
    """A crate that lacks what is required is refused: so the test above can fail."""
    folder = folder_of(tmp_path, RECORD)
    file = folder / crate.FILE
    content = json.loads(file.read_text())
    del next(entity for entity in content["@graph"] if entity["@id"] == spoilt[0])[spoilt[1]]
    file.write_text(json.dumps(content))
    assert validate(folder)


def entities(record: dict[str, Any], **files: bytes) -> dict[str, dict[str, Any]]:
    """Give a crate's entities by their id."""
    return {entity["@id"]: entity for entity in json.loads(crate.describe(record, files))["@graph"]}


def test_a_crate_says_what_ran_on_what_with_which_result() -> None:
    """Every part of the record has its place: packages, parameters with who set them, queries and findings with their numbers."""
    found = entities(RECORD, **{"report.html": b"abc"})
    run = found["#run"]
    assert [link["@id"] for link in run["instrument"]] == ["#source-notebook", "#prodops", "#python"]
    assert found["#source-notebook"]["sha256"] == RECORD["notebook"]["sha256"]
    assert {"@id": "pkg:pypi/pandas@3.1.1"} in found["#prodops"]["softwareRequirements"]
    assert found["#parameter/channels"] == {
        "@id": "#parameter/channels",
        "@type": "PropertyValue",
        "name": "channels",
        "value": '[\n "email",\n "chat"\n]',
        "description": "set by: person",
    }
    assert found["#query/1"]["sha256"] == "ab" * 32
    assert {"@id": "#settings/kpis.yaml"} in run["object"]
    finding = RECORD["findings"][0]
    assert found[f"#finding/{finding['name']}"]["value"] == finding["value"]
    assert (found["report.html"]["contentSize"], found["./"]["hasPart"]) == ("3", {"@id": "report.html"})
    assert (run["actionStatus"], "error" in run) == ("http://schema.org/CompletedActionStatus", False)
    failed = entities(FAILED, **{"record.json": b"{}"})["#run"]
    assert (failed["actionStatus"], failed["error"]) == ("http://schema.org/FailedActionStatus", FAILED["message"])


def test_every_reference_in_a_crate_leads_somewhere() -> None:
    """No link to an entity that is not described, no entity twice."""
    graph = json.loads(crate.describe(RECORD, {"report.html": b"", "a b/ü.csv": b""}))["@graph"]
    ids = [entity["@id"] for entity in graph]
    assert sorted(ids) == sorted(set(ids))
    values = [value for entity in graph for value in entity.values()]
    links = [link["@id"] for value in values for link in (value if isinstance(value, list) else [value]) if isinstance(link, dict)]
    assert {link for link in links if not link.startswith("https://w3id.org/ro/crate/")} <= set(ids)


def test_a_crate_is_made_of_any_record_and_always_the_same() -> None:
    """Stamps that lack parts, odd names and half characters spoil nothing; the same record gives the same bytes."""
    odd = {
        **RECORD,
        "tables": [{"kind": "table"}],
        "queries": [{"kind": "query"}],
        "settings": [{"kind": "settings"}],
        "findings": [{"kind": "finding", "name": "a \ud83d/../b"}, {"kind": "finding"}],
        "lock": None,
        "message": "\ud83d",
    }
    assert crate.describe(odd, {}) == crate.describe(json.loads(json.dumps(odd)), {})
    assert crate.describe({**odd, "status": "failed"}, {}).decode("utf-8")
