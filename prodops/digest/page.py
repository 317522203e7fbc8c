"""One page for one audience: what is new or has moved since it was told, what is no longer said, and where each report stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from prodops.digest import memory, said, words
from prodops.digest.audiences import Audiences
from prodops.digest.memory import Memory, Told
from prodops.digest.said import Item, Key, Said
from prodops.stamps import Definition, Finding, Scope, Takeaway

if TYPE_CHECKING:
    import pandas as pd

STALE = timedelta(days=7)
"""How much older than the digest a report may be before that is said."""


@dataclass(frozen=True)
class Digest:
    """A digest; its frames are for tables, its findings open the page.

    ``fresh`` are the subjects to be told, strongest first, of which the first ``book.items`` are; ``still`` what has not changed since it
    was told; ``usual`` how many findings of each report's slice stay below what is told at all; ``gone`` what was told and is said no more.
    """

    audience: str
    as_of: datetime
    book: Audiences
    memory: Memory
    fresh: Sequence[Item]
    still: Sequence[Said]
    gone: Sequence[tuple[Told, Said | None]]
    usual: Mapping[tuple[str, str], int]
    reports: Sequence[Mapping[str, Any]]

    @cached_property
    def troubles(self) -> list[str]:
        """Say, a sentence each, which reports are missing, failed, or older than they should be."""
        return [line for row in self.reports if (line := words.trouble(row, self.as_of, STALE))]

    @cached_property
    def shown(self) -> Sequence[Item]:
        """The subjects on the page."""
        return self.fresh[: self.book.items - bool(self.troubles)]

    @property
    def rest(self) -> "pd.DataFrame":
        """What else was found, of the subjects told too, strongest first: ``headline``, ``report``, ``page`` and ``strength``."""
        told = [each for item in self.shown for each in item.others]
        rest = [each for item in self.fresh[len(self.shown) :] for each in (item.lead, *item.others)]
        return words.listed([*told, *rest], self.as_of)

    @property
    def unchanged(self) -> "pd.DataFrame":
        """What has not changed since it was told: ``headline``, ``told`` (the number and the day), ``report`` and ``page``."""
        return words.still(self.still, self.memory, self.as_of)

    @property
    def no_longer(self) -> "pd.DataFrame":
        """What was told before and came back to usual, or is said no more: ``headline``, ``told``, ``now`` and ``report``."""
        return words.no_longer(self.gone)

    @property
    def sources(self) -> "pd.DataFrame":
        """Where each report's slice stands: ``report``, ``page``, ``as_of``, ``told``, ``others``, ``unchanged``, ``usual``, ``state``, and all of
        these in words, ``found``."""
        return words.sources(self)

    @property
    def published(self) -> "pd.DataFrame":
        """What the audience has been told after this digest, at length or in its list, for ``desk.publish(…, name="digest")``."""
        now = [memory.as_told(each, self.as_of) for item in self.fresh for each in (item.lead, *item.others)]
        over = {told.key for told, _ in self.gone} | {told.key for told in now}
        return memory.frame([*now, *(told for key, told in self.memory.told.items() if key not in over)], self.as_of)

    # --------------------------------------------------------------------------------------------------------- stamps
    @property
    def scope(self) -> Scope:
        """The time since the last digest, a week where there was none."""
        return Scope(start=(self.memory.last or self.as_of - timedelta(days=7)).date(), end=self.as_of.date(), scope=words.scope(self))

    def findings(self) -> list[Finding]:
        """Give what is told, each with a link to where it stands; one that says so where there is nothing to tell, and one on reports
        that are missing or old."""
        return [*map(self._finding, self.shown), *words.nothing(self), *words.missing(self.troubles)]

    def takeaways(self) -> list[Takeaway]:
        """Say what the reports ask of whom on account of what is told."""
        return words.takeaways(self)

    def definitions(self) -> list[Definition]:
        """Say how findings are chosen, ordered, and told once."""
        return words.definitions(self)

    def _finding(self, item: Item) -> Finding:
        lead = item.lead
        return Finding(
            name=lead.name,
            headline=lead.headline,
            sentence=lead.brief,
            value=lead.value,
            unit=lead.unit,
            lower=lead.lower,
            upper=lead.upper,
            before=lead.before,
            beside=lead.beside,
            good=lead.good,
            surprise=round(lead.strength, 3),
            is_over=lead.is_over,
            page=lead.page,
            source=words.source(item, self.memory, self.as_of),
        )


def write(
    findings: "pd.DataFrame",
    reports: "pd.DataFrame",
    *,
    audience: str,
    as_of: datetime,
    book: Audiences | None = None,
    told: "pd.DataFrame | None" = None,
) -> Digest:
    """Write the digest of what other reports found (``desk.findings()``, ``desk.reports()``) for one audience.

    ``book`` says what matters to whom (:func:`define`; without one everything does), ``told`` is what earlier digests for this audience
    published (``desk.published("digest")``). The same input gives the same digest.
    """
    import pandas as pd

    book = book or Audiences()
    before = memory.read(told if told is not None else pd.DataFrame())
    everything = said.read(findings, book, audience)
    strong = [each for each in everything if each.strength >= book.least]
    states = {each.key: before.state(each) for each in strong}
    rows = [row for row in reports.to_dict("records") if book.weight(audience, str(row["report"])) and _is_expected(row)]
    usual: dict[tuple[str, str], int] = {}
    for each in everything[len(strong) :]:
        usual[each.report, each.slice] = usual.get((each.report, each.slice), 0) + 1
    return Digest(
        audience,
        as_of,
        book,
        before,
        said.grouped(each for each in strong if states[each.key] != "unchanged"),
        [each for each in strong if states[each.key] == "unchanged"],
        _gone(before, strong, everything, rows),
        usual,
        [{str(name): None if said.is_missing(value) else value for name, value in row.items()} for row in rows],
    )


def _is_expected(row: Mapping[Any, Any]) -> bool:
    """Whether a report's slice is one to speak of: it has run or is due at times, or it was tried."""
    return bool(row["scheduled"] or row["state"] != "none" or not said.is_missing(row["failed"]))


def _gone(
    before: Memory, strong: Sequence[Said], everything: Sequence[Said], reports: Sequence[Mapping[Any, Any]]
) -> list[tuple[Told, Said | None]]:
    """Find what was told and is strong no more, each with what is said of it now; a report that has not run since says nothing of it."""
    ran = {(row["report"], row["slice"]): row["as_of"] for row in reports if not said.is_missing(row["as_of"])}
    now: dict[Key, Said] = {each.key: each for each in everything}
    there = {each.key for each in strong}
    return [
        (told, now.get(key))
        for key, told in sorted(before.told.items())
        if key not in there and (at := ran.get(key[:2])) is not None and at > told.told_on
    ]
