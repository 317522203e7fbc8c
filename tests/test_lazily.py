"""A room gives its verbs by name, from the modules they live in, and knows no others."""

import subprocess
import sys

import pytest

import prodops.kpis as kpis
from prodops.lazily import exports


def test_a_verb_comes_from_its_module() -> None:
    """A name is what its module holds, in this room or another, and the module itself where no name is given for it."""
    find, names = exports("prodops.feedback", {"cleaning": ("clean",), "prodops.privacy.redaction": ("redact",), "taxonomy": ()})
    from prodops.feedback import cleaning, taxonomy
    from prodops.privacy import redaction

    assert (find("clean"), find("redact"), find("taxonomy")) == (cleaning.clean, redaction.redact, taxonomy)
    assert names() == ["clean", "redact", "taxonomy"]


def test_another_name_is_no_attribute() -> None:
    """A name that the room does not give is refused as by any module, modules' own names too."""
    with pytest.raises(AttributeError, match=r"module .prodops\.kpis. has no attribute .measuree."):
        kpis.measuree  # noqa: B018


def test_a_module_is_imported_when_it_is_asked_for() -> None:
    """Nothing of a room is loaded before it is used."""
    code = "import sys, prodops.kpis as k; a = 'prodops.intervals' in sys.modules; k.wilson; print(a, 'prodops.intervals' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
