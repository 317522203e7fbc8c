"""What the numbers claim, in sentences: each with its number, its range, its comparison, and how surprising it is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from prodops.kpis.alarms import stated
from prodops.kpis.late_words import silent, stopped
from prodops.kpis.move_words import moved
from prodops.kpis.moves import RECENT
from prodops.kpis.said import Said
from prodops.kpis.shift_words import drifted, shifted
from prodops.kpis.target_words import against_target
from prodops.kpis.usual import MINIMUM
from prodops.stamps import Finding, Takeaway
from prodops.workspace import Grain

if TYPE_CHECKING:
    from prodops.kpis.page import Review

MOST_TAKEAWAYS = 3


def takeaways(review: "Review") -> tuple[Takeaway, ...]:
    """Give the first findings that bear on a decision, what is unwelcome before what is welcome, one for each incident or week."""
    asked: dict[str, Said] = {}
    for said in sorted(
        (s for s in review.told if s.decision), key=lambda s: (-s.finding.surprise * (0.5 if s.is_welcome else 1), s.finding.name)
    ):
        asked.setdefault(said.of_one_piece or said.finding.name, said)
    return tuple(
        Takeaway(
            claim=f"{s.finding.headline}.", decision=s.decision, owner=s.owner, changes_our_mind=s.changes_our_mind, about=s.finding.name
        )
        for s in list(asked.values())[:MOST_TAKEAWAYS]
    )


def told(review: "Review") -> tuple[Said, ...]:
    """Give all that can be said of a review, most surprising first."""
    from prodops.kpis.paces import paces

    news = review.news
    said = [stopped(review, late) for late in news.late]
    said += [silent(late) for late in news.late_slices]
    said += moved(review)
    said += [replace(shifted(review, shift), about=shift) for shift in news.shifts]
    said += [replace(drifted(review, drift), about=drift) for drift in news.drifts]
    said += [Said(finding, is_told=bool(news.moves)) for finding in [stated(review)] if finding]  # in the fine print, too
    said += [s for row in review.table.to_dict("records") if (s := against_target(review, row))]
    said += paces(review)
    if not news.moves:
        said.append(_quiet(review))
    return tuple(sorted(said, key=lambda s: (-s.finding.surprise, s.finding.name)))


def _quiet(review: "Review") -> Said:
    """Say that nothing moved, of how many KPIs; those whose past is too short to set a range are not counted in."""
    count, judged = len(review.grains), int(review.table["usual_lower"].notna().sum())
    if not judged:
        return Said(
            Finding(
                name="kpi.usual",
                headline="Too early to say what is usual",
                surprise=0.5,
                sentence=f"A usual range rests on {MINIMUM} whole periods before; no KPI has them in its latest period.",
            )
        )
    which = "The KPI" if count == 1 else f"All {count} KPIs" if judged == count else f"{judged} of {count} KPIs"
    rest = "" if judged == count else f" The past of the other {count - judged} is too short, or never moved, and sets no range."
    when = _recent_words(sorted(set(review.grains.values())))
    return Said(
        Finding(
            name="kpi.usual",
            headline="Nothing left its usual range",
            surprise=0.5,
            sentence=f"{which} stayed within the range that their own past leads to expect, {when}.{rest}",
        )
    )


def _recent_words(grains: Sequence[Grain]) -> str:
    return " and ".join(f"in the last {RECENT[g]} whole {g}s" for g in grains)
