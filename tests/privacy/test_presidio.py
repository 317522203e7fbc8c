"""Presidio finds beside the patterns, behind one method; what it is asked and what of its answers counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from prodops.errors import InputError
from prodops.privacy import Span, redact_all
from prodops.privacy.choice import finder
from prodops.privacy.presidio import Presidio, choose, reads_as_name


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


@dataclass
class Whole:
    """Takes each whole text for a person, as a small model does with what it cannot read."""

    supported_languages: list[str] = field(default_factory=lambda: ["en"])

    def analyze(self, text: str, language: str, *, entities: list[str]) -> Sequence[Result]:
        """Answer with the whole text."""
        return [Result("PERSON", 0, len(text), 0.85)]


@pytest.mark.parametrize("name", ["Kevin", "José García-López", "Laura M. Petersen", "Anne-Marie O’Neill", "Ana de la Cruz", "Élodie"])
def test_a_name_is_masked(name: str) -> None:
    """One to four words of letters that begin with a capital, in any script that has capitals."""
    assert reads_as_name(name)
    assert next(redact_all([name], Presidio(Whole())))[0] == "[name]"


@pytest.mark.parametrize(
    "passage",
    ["这个软件很好用", "بهروز", "dashboard", "The Export Button Is Gone", "Zoom2", "Kevin\nHi", "😀 Wow", "Teams/Slack", "A" * 41, ""],
)
def test_a_passage_is_no_name(passage: str) -> None:
    """What a small model takes for a person and no name looks like is left: whole passages without capitals, words in small letters, marks."""
    assert not reads_as_name(passage)
    assert next(redact_all([passage], Presidio(Whole())))[0] == passage


def test_the_largest_model_of_each_language_is_used() -> None:
    """By the mark of size in a model's name, wherever it stands; one without a mark only where there is no other."""
    models = ["en_core_web_sm", "en_core_web_lg", "en_core_web_md", "de_core_news_sm_x", "de_core_news_md", "fr_own", "xx_ent_wiki_sm"]
    assert choose(models) == {"en": "en_core_web_lg", "de": "de_core_news_md", "fr": "fr_own", "xx": "xx_ent_wiki_sm"}
    assert choose([]) == {}


def test_it_is_asked_only_where_it_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patterns need nothing; Presidio that is not there is refused in one line that says what to install."""
    assert finder(True) is finder(False) is None
    monkeypatch.setitem(__import__("sys").modules, "presidio_analyzer", None)
    with pytest.raises(
        InputError, match=r"^redact: presidio needs Presidio, which is not installed: pip install 'prodops\[presidio\]'.*\.$"
    ):
        finder("presidio")
