"""Presidio beside the patterns: its analyzer behind the one method that redaction asks for."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from prodops.errors import InputError
from prodops.privacy.spans import Span

INSTALL = "pip install 'prodops[presidio]'"
MODEL = "python -m spacy download en_core_web_sm"
KIND_OF: Mapping[str, str] = {"PERSON": "name", "PHONE_NUMBER": "phone", "CREDIT_CARD": "card", "IBAN_CODE": "iban", "CRYPTO": "key"}
"""The entities that Presidio is asked for, under our names: those that it may find beyond the patterns.

Its mail addresses are ours and make it ask the web for a list of domains; its IP addresses are versions as often; dates, places
and web addresses identify nobody here.
"""
LEAST_SCORE = 0.5
SIZES = ("trf", "lg", "md", "sm")
"""How spaCy marks the size of a model in its name, the largest first: a small one takes words of the product for people more often."""
LONGEST_NAME = 40
_NAME = re.compile(r"[^\W\d_]+\.?(?:['’-][^\W\d_]+)*(?:[ \u00a0]+[^\W\d_]+\.?(?:['’-][^\W\d_]+)*){0,3}")


class Result(Protocol):
    """What Presidio's ``RecognizerResult`` has."""

    entity_type: str
    start: int
    end: int
    score: float


class Analyzer(Protocol):
    """What Presidio's ``AnalyzerEngine`` has."""

    supported_languages: list[str]

    def analyze(self, text: str, language: str, *, entities: list[str]) -> Sequence[Result]: ...


class Presidio:
    """A finder that asks a Presidio analyzer, in each language that it was set up for."""

    def __init__(self, analyzer: Analyzer) -> None:
        self.analyzer = analyzer

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Give the spans of each text, those of all languages together; they may overlap."""
        return [[span for language in self.analyzer.supported_languages for span in self._find(text, language)] for text in texts]

    def _find(self, text: str, language: str) -> list[Span]:
        found = self.analyzer.analyze(text, language, entities=list(KIND_OF)) if text.strip() else []
        sure = [r for r in found if r.score >= LEAST_SCORE and r.entity_type in KIND_OF]
        kept = [r for r in sure if r.entity_type != "PERSON" or reads_as_name(text[r.start : r.end])]
        return [Span(r.start, r.end, KIND_OF[r.entity_type]) for r in kept]


def reads_as_name(found: str) -> bool:
    """Tell a person's name from a passage: one to four words of letters, the first with a capital, 40 characters at most."""
    return len(found) <= LONGEST_NAME and found[:1].isupper() and bool(_NAME.fullmatch(found))


def choose(models: Iterable[str]) -> dict[str, str]:
    """Choose a model for each language, the largest by its name (see :data:`SIZES`), of equals the last by name."""

    def size(name: str) -> int:
        return max((len(SIZES) - place for place, mark in enumerate(SIZES) if mark in name.split("_")), default=0)

    return {name[:2]: name for name in sorted(models, key=lambda name: (size(name), name))}


def presidio() -> Presidio:
    """Set Presidio up with the language models that are installed: spaCy packages, the largest for each language.

    Nothing is downloaded, as Presidio would a model that is no package. Raises :class:`InputError` with the command where Presidio, or any model, is not installed.
    """
    try:
        import spacy.util
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import NlpEngineProvider
    except ImportError:
        raise InputError(f"redact: presidio needs Presidio, which is not installed: {INSTALL}, or leave redact: true.") from None
    chosen = choose(filter(spacy.util.is_package, spacy.util.get_installed_models()))
    if not chosen:
        raise InputError(f"redact: presidio finds names by a spaCy model, and none is installed: {MODEL}, or leave redact: true.")
    models = [{"lang_code": language, "model_name": name} for language, name in chosen.items()]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    registry = RecognizerRegistry(supported_languages=list(chosen))
    registry.load_predefined_recognizers(languages=list(chosen), nlp_engine=engine)
    return Presidio(AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=list(chosen)))
