"""How much of what identifies people is found in texts labelled by hand, and how much is masked that should stay."""

import pytest
from labelled import MENTION, read, score

from prodops.privacy import KINDS, Patterns

STRUCTURED = tuple(kind for kind in KINDS if kind != "name")


@pytest.mark.parametrize("half", ["first", "second", "third"])
def test_identifiers_are_found_and_little_else_is_masked(half: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of identifiers with a form at least 98 % are masked whole, of names 90 %; of the masks at least 95 % are right."""
    found = score(read(half), Patterns())
    with capsys.disabled():
        print(f"\n{half} part of the sample", *found.lines(), sep="\n")
    assert found.recall(*STRUCTURED) >= 0.98, found.faults
    assert found.recall("name") >= 0.9, found.faults
    assert found.precision(*KINDS) >= 0.95, found.faults


def test_the_sample_is_large_and_hard_enough() -> None:
    """At least 500 texts, of which 150 hold nothing; each kind stands in it, and no label is misspelt."""
    texts = [*read("first"), *read("second"), *read("third")]
    assert len({each.text for each in texts}) == len(texts) >= 500
    assert sum(not each.spans for each in texts) >= 150
    assert {span.kind for each in texts for span in each.spans} == {*KINDS, MENTION}
