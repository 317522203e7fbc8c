"""Presidio finds beside the patterns, behind one method; what it is asked and what of its answers counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from prodops.errors import InputError
from prodops.privacy import Span, redact_all
from prodops.privacy.choice import finder
from prodops.privacy.presidio import Presidio


@dataclass
class Result:
    """What ``presidio_analyzer.RecognizerResult`` has."""

    entity_type: str
    start: int
    end: int
    score: float


@dataclass
class Analyzer:
    """Knows one name, as ``presidio_analyzer.AnalyzerEngine`` might, and some things that nobody asked for."""

    supported_languages: list[str] = field(default_factory=lambda: ["en"])
    asked: list[tuple[str, str]] = field(default_factory=list)

    def analyze(self, text: str, language: str, *, entities: list[str]) -> Sequence[Result]:
        """Answer with every place where the name stands."""
        self.asked.append((text, language))
        assert "PERSON" in entities
        at = text.find("Kevin")
        sure = [Result("PERSON", at, at + 5, 0.85)] if at >= 0 else []
        return [*sure, Result("PERSON", 0, 1, 0.2), Result("DATE_TIME", 0, 4, 0.9)]


def test_its_spans_join_those_of_the_patterns() -> None:
    """A name in running text goes too; unsure finds and other entities stay; what both find is masked once."""
    texts = ["The driver, Kevin, has a@b.example", "Hi Kevin, it works", ""]
    masked = list(redact_all(texts, Presidio(Analyzer())))
    assert [text for text, _ in masked] == ["The driver, [name], has [e-mail]", "Hi [name], it works", ""]
    assert [dict(counts) for _, counts in masked] == [{"name": 1, "e-mail": 1}, {"name": 1}, {}]


def test_each_language_that_it_has_is_asked() -> None:
    """Feedback mixes languages, and a name is one in any; empty texts are not asked about."""
    analyzer = Analyzer(["de", "en"])
    assert Presidio(analyzer).find(["Kevin", " "]) == [[Span(0, 5, "name")] * 2, []]
    assert analyzer.asked == [("Kevin", "de"), ("Kevin", "en")]


def test_it_is_asked_only_where_it_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patterns need nothing; Presidio that is not there is refused in one line that says what to install."""
    assert finder(True) is finder(False) is None
    monkeypatch.setitem(__import__("sys").modules, "presidio_analyzer", None)
    with pytest.raises(
        InputError, match=r"^redact: presidio needs Presidio, which is not installed: pip install 'prodops\[presidio\]'.*\.$"
    ):
        finder("presidio")
