"""Presidio beside the patterns: its analyzer behind the one method that redaction asks for."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from prodops.errors import InputError
from prodops.privacy.spans import Span

INSTALL = "pip install 'prodops[presidio]'"
KIND_OF: Mapping[str, str] = {
    "PERSON": "name",
    "EMAIL_ADDRESS": "e-mail",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
    "CRYPTO": "key",
}
"""Presidio's entities under our names; others (dates, places, web addresses, national ids) identify nobody here or are not asked for."""
LEAST_SCORE = 0.5


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
        return [Span(r.start, r.end, KIND_OF[r.entity_type]) for r in found if r.score >= LEAST_SCORE and r.entity_type in KIND_OF]


def presidio() -> Presidio:
    """Set Presidio up with the language models that are installed; raises :class:`InputError` with the command where it is not.

    Models are spaCy packages such as ``en_core_web_sm``; nothing is downloaded. Without any, Presidio's own patterns are
    used and no names are found beyond ours.
    """
    try:
        import spacy.util
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import NlpEngineProvider
    except ImportError:
        raise InputError(f"redact: presidio needs Presidio, which is not installed: {INSTALL}, or leave redact: true.") from None
    models = sorted(spacy.util.get_installed_models())
    chosen = {name[:2]: name for name in models}  # one a language, the last by name
    languages = list(chosen) or ["en"]
    engine: Any = _blank(languages) if not chosen else NlpEngineProvider(nlp_configuration=_configuration(chosen)).create_engine()
    registry = RecognizerRegistry(supported_languages=languages)
    registry.load_predefined_recognizers(languages=languages, nlp_engine=engine if chosen else None)
    analyzer: Analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=languages)
    return Presidio(analyzer)


def _configuration(chosen: Mapping[str, str]) -> dict[str, object]:
    return {"nlp_engine_name": "spacy", "models": [{"lang_code": language, "model_name": name} for language, name in chosen.items()]}


def _blank(languages: Sequence[str]) -> object:
    """Give an engine that only cuts words, for Presidio's patterns."""
    import spacy
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):  # type: ignore[misc]  # Presidio has no types
        def __init__(self) -> None:
            super().__init__()
            self.nlp = {language: spacy.blank(language) for language in languages}

    return Blank()
