"""Themes found once in the small corpus, for the modules that look at them from several sides."""

import pandas as pd
import pytest
from feedback_corpus import prepared_corpus

from prodops.feedback import Themes, find_themes


@pytest.fixture(scope="module")
def themes() -> Themes:
    """The themes of the corpus."""
    return find_themes(prepared_corpus()["text"])


@pytest.fixture(scope="module")
def said(themes: Themes) -> pd.DataFrame:
    """Its statements, each with its theme."""
    return themes.attach(prepared_corpus())
