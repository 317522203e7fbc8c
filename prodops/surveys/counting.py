"""How many gave which answer, counted in the engine: by wave, group, answer and weight."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from prodops.surveys.waves import Wave

if TYPE_CHECKING:
    from datetime import datetime

    import ibis.expr.types as ir
    import pandas as pd

    from prodops.stamps import TableStamp
    from prodops.workspace import Workspace


class Desk(Protocol):
    """What a report needs of ``sources.connect(...)``."""

    as_of: "datetime"
    workspace: "Workspace"

    def has(self, kind: str) -> bool: ...
    def table(self, kind: str) -> "ir.Table": ...
    def read(self, what: "str | ir.Table", *, name: str = "") -> "pd.DataFrame": ...
    def stamp(self, kind: str) -> "TableStamp": ...


def rows(desk: Desk) -> "ir.Table":
    """Give the answers with every column that a report may use, missing where the table lacks it."""
    import ibis

    table = desk.table("surveys")
    lacking = {"score": "float64", "answer": "string", "comment": "string", "wave": "string", "weight": "float64"}
    added = {name: ibis.null(kind) for name, kind in lacking.items() if name not in table.columns}
    return table.mutate(**added, **{name: table[name].cast("string") for name in ("answer", "wave") if name in table.columns})


def by_day(desk: Desk) -> "pd.DataFrame":
    """Count the answers of each question by day and by the table's own wave: ``question``, ``day``, ``wave``, ``n``."""
    table = rows(desk)
    daily = table.mutate(day=table.answered_at.date())
    counted = daily.group_by("question", "day", "wave").agg(n=daily.count())
    return desk.read(counted.order_by("question", "day", "wave"), name="answers by day")


def counts(
    desk: Desk, names: Mapping[str, str], waves: Sequence[Wave], cuts: Iterable[str], *, latest: bool, title: str = "answers"
) -> "pd.DataFrame":
    """Count answers: ``question`` (ours, by the table's names), ``at`` (the wave's place), each of ``cuts``, ``score``, ``answer``, ``weight``, ``n``.

    With ``latest`` a respondent's last answer of a wave to a question counts, and only that.
    """
    placed = _placed(rows(desk), names, waves, tuple(cuts))
    kept = _latest(placed) if latest else placed
    keys = ["question", "at", *cuts, "score", "answer", "weight"]
    return desk.read(kept.group_by(keys).agg(n=kept.count()).order_by(keys), name=title)


def pairs(
    desk: Desk, sides: Mapping[str, tuple[str, str]], waves: Sequence[Wave], cuts: Iterable[str], *, title: str = "pairs of answers"
) -> "pd.DataFrame":
    """Count pairs of answers of one respondent in one wave: ``question``, ``at``, ``cuts``, ``first``, ``second`` (as text), ``weight``, ``n``.

    ``sides`` gives for each of the table's names our question and "first" or "second". Respondents who gave one of the two only are
    left out.
    """
    cuts = tuple(cuts)
    placed = _latest(_placed(rows(desk), {name: name for name in sides}, waves, cuts))
    told = placed.mutate(said=placed.answer.coalesce(placed.score.cast("string")))
    told = told.mutate(
        own=_cases(told.question, {n: q for n, (q, _) in sides.items()}), side=_cases(told.question, {n: s for n, (_, s) in sides.items()})
    )
    each = told.group_by("own", "at", "respondent_id").agg(
        first=told.said.max(where=told.side == "first"),
        second=told.said.max(where=told.side == "second"),
        **{name: told[name].max() for name in (*cuts, "weight")},
    )
    each = each.filter(each["first"].notnull() & each["second"].notnull()).rename(question="own")
    keys = ["question", "at", *cuts, "first", "second", "weight"]
    return desk.read(each.group_by(keys).agg(n=each.count()).order_by(keys), name=title)


def _placed(table: "ir.Table", names: Mapping[str, str], waves: Sequence[Wave], cuts: tuple[str, ...]) -> "ir.Table":
    """Keep the answers to some questions, each with our name of its question and the place of its wave."""
    import ibis

    own = table.filter(table.question.isin(sorted(names)))
    inside: list[tuple[Any, Any]] = [
        (own.wave == wave.key if wave.key is not None else (own.answered_at >= wave.start) & (own.answered_at < wave.end), at)
        for at, wave in enumerate(waves)
    ]
    cut = {name: own[name].cast("string") if name in own.columns else ibis.null("string") for name in cuts}
    own = own.mutate(at=ibis.cases(*inside), question=_cases(own.question, names), **cut)
    return own.filter(own["at"].notnull())


def _cases(column: "ir.Value", names: Mapping[str, str]) -> "ir.Value":
    """Give each of the table's names ours."""
    if all(name == ours for name, ours in names.items()):
        return column
    return column.cases(*names.items())


def _latest(table: "ir.Table") -> "ir.Table":
    """Keep each respondent's last answer of a wave to a question."""
    import ibis

    order = [ibis.desc("answered_at"), "score", "answer"]
    window = ibis.window(group_by=["respondent_id", "question", "at"], order_by=order)
    ranked = table.mutate(place=ibis.row_number().over(window))
    return ranked.filter(ranked.place == 0)
