"""What a KPI is: in words, in SQL, and what it is held to."""

from dataclasses import dataclass
from typing import Any

from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import AnyKpi, Target
from prodops.kpis.kinds import Desk
from prodops.stamps import Definition, day_words, in_words, plain
from prodops.workspace import Grain, last_periods


@dataclass(frozen=True)
class Description:
    """One KPI as people and engines know it; end a cell with it to read it.

    ``text`` says what it means and how it is counted, ``version`` changes when that does; ``made_of`` names the KPIs behind it, and
    ``sql`` holds the queries that compute it, by name, as the desk's engine runs them (none without a desk).
    """

    name: str
    title: str
    type: str
    text: str
    version: str
    unit: str
    good: str
    owner: str
    target: str
    made_of: tuple[str, ...]
    sql: tuple[tuple[str, str], ...] = ()

    @property
    def definition(self) -> Definition:
        """The fine print, as a report shows it."""
        return Definition(name=self.title, text=self.text, version=self.version)

    def __str__(self) -> str:
        facts = [
            f"type {self.type}",
            f"unit {self.unit}",
            f"good is {self.good}",
            f"owner {self.owner}" if self.owner else "",
            f"target {self.target}" if self.target else "",
            f"made of {', '.join(self.made_of)}" if self.made_of else "",
        ]
        return "\n".join([f"{self.title} ({self.name}, version {self.version})", self.text, "; ".join(filter(None, facts))])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        bundle = self.definition._repr_mimebundle_()
        facts = str(self).splitlines()[-1]
        queries = "".join(f"\n\n{plain(name)}\n\n```sql\n{text}\n```" for name, text in self.sql)
        shown = "".join(f"\n\n-- {name}\n{text}" for name, text in self.sql)
        return bundle | {"text/markdown": f"{bundle['text/markdown']}\n\n{plain(facts)}{queries}", "text/plain": str(self) + shown}


def describe(book: KpiBook, name: str, *, desk: Desk | None = None, grain: Grain | None = None) -> Description:
    """Say what a KPI is; with a desk, in the SQL of its engine too: that of the last whole period (by default its own grain or weeks).

    Nothing is run. Raises DefinitionError, with the near miss, for a KPI or column that is not there, and NoData where the desk lacks
    a table or column that it needs, or the grain is finer than the KPI's own.
    """
    kpi = book[name]
    words = book.definitions([name])[0]
    currency = desk.workspace.currency if desk else "currency"
    return Description(
        name=name,
        title=kpi.label,
        type=kpi.type,
        text=words.text,
        version=words.version,
        unit=kpi.unit_in(currency),
        good=kpi.good,
        owner=kpi.owner,
        target=_target_words(kpi, kpi.target, kpi.unit_in(currency)) if kpi.target else "",
        made_of=book.behind(name)[1:],
        sql=_queries(desk, book, name, grain or ("week" if kpi.grain == "day" else kpi.grain)) if desk else (),
    )


def _target_words(kpi: AnyKpi, target: Target, unit: str) -> str:
    goal = f"{in_words(target.low, unit)} to {in_words(target.high, unit)}" if kpi.good == "range" else in_words(target.value, unit)
    return f"{goal} by {day_words(target.on)}"


def _queries(desk: Desk, book: KpiBook, name: str, grain: Grain) -> tuple[tuple[str, str], ...]:
    import ibis

    from prodops.kpis.measure import asking

    periods = last_periods(desk.as_of, grain, 1, desk.workspace.week_start)
    found = asking(desk, book, grain=grain, periods=periods, slicings=[()], names=[name]).questions()
    return tuple((question.name, str(ibis.to_sql(question.expr)).strip()) for question in found)
