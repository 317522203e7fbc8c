"""Is a launch ready? Each gate is judged on its evidence, then who is waited for, and whether the day will hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from prodops.launches.measures import Measures, period_words
from prodops.launches.plan import Gate, Launch
from prodops.stamps import day_words, in_words

if TYPE_CHECKING:
    import pandas as pd

State = Literal["passed", "open", "overdue", "cannot be judged"]
STATES: tuple[State, ...] = ("passed", "open", "overdue", "cannot be judged")
Verdict = Literal["go", "on course", "no-go"]
THEME_WEEKS = 4
LIKELY, SAFE = 0.5, 0.85


@dataclass(frozen=True)
class Judged:
    """One gate as it stands: its state, what shows it in words, and the gates that it still waits for."""

    gate: Gate
    state: State
    shown: str
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outlook:
    """When the launch's open work items will be done: 50 % and 85 % dates, and between which chances the planned day lies.

    ``pace`` says whose throughput that takes, in words.
    """

    items: int
    likely: date | None
    safe: date | None
    at_least: float
    at_most: float
    pace: str = ""

    def chance(self) -> str:
        """Say the chance that the work is done by the planned day, as closely as the forecast tells it."""
        if self.at_least == self.at_most:
            return in_words(self.at_least, "share")
        if self.at_most >= 1:
            return f"over {in_words(self.at_least, 'share')}"
        return (
            f"under {in_words(self.at_most, 'share')}"
            if self.at_least <= 0
            else f"{self.at_least * 100:.0f} to {in_words(self.at_most, 'share')}"
        )


@dataclass(frozen=True, repr=False)
class Readiness:
    """One launch before its day; made by :func:`readiness`."""

    launch: Launch
    as_of: date
    judged: tuple[Judged, ...]
    outlook: Outlook | None = None
    by_name: dict[str, Judged] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {one.gate.name: one for one in self.judged})

    def count(self, *states: State) -> int:
        """How many gates are in these states."""
        return sum(one.state in states for one in self.judged)

    @property
    def chain(self) -> tuple[Judged, ...]:
        """The longest chain of gates that wait for each other, the one that can move now first; of equals the one that is due first."""
        chains = [self._chain(one) for one in self.judged if one.state != "passed"]
        return max(chains, key=lambda c: (len(c), c[0].state == "overdue", -_due(c[0])), default=())

    def _chain(self, last: Judged) -> tuple[Judged, ...]:
        found = [last]
        while found[0].waits_for:
            found.insert(0, max((self.by_name[n] for n in found[0].waits_for), key=lambda one: (self._depth(one), -_due(one))))
        return tuple(found)

    def _depth(self, one: Judged) -> int:
        return 1 + max((self._depth(self.by_name[name]) for name in one.waits_for), default=0)

    @property
    def moves(self) -> tuple[Judged, ...]:
        """The gates that could pass now and have not: those whose move it is, the one that most others wait for first."""
        free = [one for one in self.judged if one.state != "passed" and not one.waits_for]
        return tuple(sorted(free, key=lambda one: (-self.held_up_by(one), one.state != "overdue", _due(one))))

    def held_up_by(self, one: Judged) -> int:
        """How many gates wait for this one, directly or not."""
        waiting = {one.gate.name}
        while more := {j.gate.name for j in self.judged if set(j.waits_for) & waiting} - waiting:
            waiting |= more
        return len(waiting) - 1

    @property
    def verdict(self) -> Verdict:
        """Go where all gates passed and the work is likely done in time; no-go where something is late; else on course."""
        late = bool(self.outlook and self.outlook.at_most <= LIKELY)
        if self.count("overdue") or late:
            return "no-go"
        safe = not self.outlook or self.outlook.at_least >= SAFE or not self.outlook.items
        return "go" if self.judged and self.count("passed") == len(self.judged) and safe else "on course"

    def sentence(self) -> str:
        """Give go or no-go in one sentence, with the numbers behind it and whose move it is."""
        if not self.judged:
            return f"Nothing says whether {self.launch.name} is ready: params/launches.yaml has no gate for it."
        head = {"go": "Go", "on course": "Not yet, but on course", "no-go": "No-go as it stands"}[self.verdict]
        days = (self.launch.on - self.as_of).days
        parts = [f"{self.count('passed')} of {len(self.judged)} gates passed"]
        parts += [f"{self.count(state)} {state}" for state in ("overdue", "cannot be judged") if self.count(state)]
        said = f"{head}, {in_words(days, 'days')} before {day_words(self.launch.on)}: {', '.join(parts)}"
        if self.outlook and self.outlook.items and self.outlook.likely:
            said += (
                f". Its {self.outlook.items} open work items are done by then with a chance of {self.outlook.chance()}{self.outlook.pace}"
            )
        return f"{said}.{self._next()}"

    def _next(self) -> str:
        """Say whose move it is, and who waits for it in turn."""
        if not self.moves:
            return ""
        first, *then = self.chain if self.chain[0] is self.moves[0] else self.moves[:1]
        waiting = "".join(f", then {one.gate.team} ({one.gate.label})" for one in then)
        return f" Next to move: {first.gate.team} ({first.gate.label}){waiting}."

    def __repr__(self) -> str:
        return f"Readiness of {self.launch.name}: {self.verdict}, {self.count('passed')} of {len(self.judged)} gates passed; .judged, .chain, .moves"


def _due(one: Judged) -> int:
    return (one.gate.due or date.max).toordinal()


def readiness(
    launch: Launch,
    *,
    as_of: date,
    measures: Measures | None = None,
    items: Mapping[str, tuple[int, int]] | None = None,
    themes: "pd.DataFrame | None" = None,
    forecast: "pd.DataFrame | None" = None,
    pace: str = "",
) -> Readiness:
    """Judge a launch's gates on their evidence as it stood at ``as_of``.

    ``measures`` holds the KPIs' history, ``items`` the open and all work items by launch, ``themes`` voices by theme and week,
    ``forecast`` the dates of the open items (``likelihood`` 0–1, ``date``) at a ``pace`` that is said in words. What is missing leaves its gates unjudged; a sign-off or a
    link of a later day is none yet.
    """
    known = measures or Measures()
    plain = [(gate, *_shown(gate, launch, as_of, known, items, themes)) for gate in launch.gates.values()]
    passed = {gate.name for gate, state, _ in plain if state == "passed"}
    judged = tuple(Judged(gate, state, shown, tuple(n for n in gate.needs if n not in passed)) for gate, state, shown in plain)
    still = items.get(launch.name, (0, 0))[0] if items else 0
    return Readiness(launch, as_of, judged, _outlook(launch, still, forecast, pace))


def _outlook(launch: Launch, items: int, forecast: "pd.DataFrame | None", pace: str) -> Outlook | None:
    if forecast is None or not len(forecast):
        return None
    dates = {float(row.likelihood): row.date for row in forecast.itertuples()}
    days = {chance: day.date() if hasattr(day, "date") else day for chance, day in dates.items() if day == day and day is not None}
    kept = [chance for chance, day in days.items() if day <= launch.on]
    missed = [chance for chance in dates if chance not in kept]
    return Outlook(items, days.get(LIKELY), days.get(SAFE), max(kept, default=0.0), min(missed, default=1.0), pace)


def _shown(
    gate: Gate, launch: Launch, as_of: date, known: Measures, items: Mapping[str, tuple[int, int]] | None, themes: "pd.DataFrame | None"
) -> tuple[State, str]:
    """Give a gate's state, and in words what shows it."""
    if gate.evidence == "kpi":
        holds, shown = _by_kpi(gate, known)
    elif gate.evidence == "open_items":
        holds, shown = _by_items(gate, launch, items)
    elif gate.evidence == "theme":
        holds, shown = _by_theme(gate, themes)
    else:
        holds, shown = _by_hand(gate, as_of)
    if holds is None:
        return "cannot be judged", shown
    if holds:
        return "passed", shown
    return ("overdue" if gate.due and gate.due < as_of else "open"), shown


def _by_kpi(gate: Gate, known: Measures) -> tuple[bool | None, str]:
    assert gate.kpi
    row = known.latest(gate.kpi)
    bound = gate.at_least if gate.at_least is not None else gate.at_most
    wanted = f"{'at least' if gate.at_least is not None else 'at most'} {known.say(gate.kpi, bound)}"
    if row is None or bound is None:
        return None, f"{known.label(gate.kpi)} ({wanted} wanted) has no value here"
    value = float(row["value"])
    holds = value >= bound if gate.at_least is not None else value <= bound
    return holds, f"{known.label(gate.kpi)} {known.say(gate.kpi, value)} in the {period_words(row)}, {wanted} wanted"


def _by_items(gate: Gate, launch: Launch, items: Mapping[str, tuple[int, int]] | None) -> tuple[bool | None, str]:
    if items is None:
        return None, "no work items are at hand that name their launch"
    if launch.name not in items:
        return None, f"no work item names {launch.name}"
    still, all_ = items[launch.name]
    most = "none" if not gate.open_items else f"at most {gate.open_items}"
    return still <= (gate.open_items or 0), f"{still} of {all_} work items open, {most} wanted"


def _by_theme(gate: Gate, themes: "pd.DataFrame | None") -> tuple[bool | None, str]:
    assert gate.theme
    if themes is None or not len(themes):
        return None, "feedback themes were not looked at"
    rows = themes[themes["name"].str.contains(gate.theme, case=False, regex=False)]
    if rows.empty:
        return None, f"no feedback theme is called “{gate.theme}”"
    weeks = sorted(rows["period_start"].unique())[-THEME_WEEKS:]
    mean = float(rows[rows["period_start"].isin(weeks)]["value"].sum()) / len(weeks)
    return mean <= (gate.at_most or 0), f"{in_words(mean)} voices a week over {len(weeks)} weeks, at most {in_words(gate.at_most)} wanted"


def _by_hand(gate: Gate, as_of: date) -> tuple[bool | None, str]:
    """Judge a link or a sign-off: it is there, it says by whom, and its day has come."""
    by, on = (gate.by, gate.on) if gate.evidence == "link" else (gate.sign_off.by, gate.sign_off.on) if gate.sign_off else ("", None)
    if not by or not on:
        return False, "no link yet" if gate.evidence == "link" else "not signed off yet"
    if on >= as_of:
        return False, f"announced by {by} for {day_words(on)}"
    what = f"{gate.link}, put there by" if gate.evidence == "link" else "signed off by"
    return True, f"{what} {by} on {day_words(on)}"
