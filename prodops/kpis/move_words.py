"""Numbers that left their usual range, in sentences; those that moved together are told as one."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from prodops.kpis import words
from prodops.kpis.definitions import AnyKpi, SimpleKpi
from prodops.kpis.drivers.calendar import candidates
from prodops.kpis.drivers.calendar_words import beside_words, calendar_words
from prodops.kpis.moves import RECENT, Move
from prodops.kpis.said import MOST, Said, of, welcome, why_words
from prodops.stamps import Finding, Good, in_words
from prodops.workspace import step

if TYPE_CHECKING:
    from prodops.kpis.page import Review

MOST_WITH = 3
AGAIN = 0.45
"""How surprising a number is that moved with another one: once that is known, it was to be expected."""
OF_PLACES = ("product", "segment")
"""Columns of launches that say whom they concern."""


def moved(review: "Review") -> list[Said]:
    """Say each move; numbers that moved with the same incident, or in the same week, in the sentence of the first of them.

    The others have a finding of their own far below.
    """
    pieces: dict[str, list[tuple[Said, Move]]] = {}
    for said, move in sorted(((_move(review, m), m) for m in review.news.moves), key=lambda each: -each[0].finding.surprise):
        pieces.setdefault(said.of_one_piece, []).append((replace(said, about=move), move))
    told = []
    for (first, _), *others in pieces.values():
        sentence = first.finding.sentence + _with_it(review, [move for _, move in others])
        told.append(replace(first, finding=replace(first.finding, sentence=sentence)))
        told += [replace(s, finding=replace(s.finding, surprise=min(s.finding.surprise, AGAIN)), is_told=True) for s, _ in others]
    return told


def _with_it(review: "Review", moves: list[Move]) -> str:
    named = []
    for move in moves:
        kpi = review.book[move.kpi]
        unit, where = kpi.unit_in(review.currency), f" in {words.slice_values(move.dimension, move.slice)}" if move.slice else ""
        named.append(f"{kpi.label}{where} ({in_words(move.value, unit)}, {words.say(move.expected, unit)} expected)")
    more = f" and {len(named) - MOST_WITH} more" if len(named) > MOST_WITH else ""
    return f" With it: {', '.join(named[:MOST_WITH])}{more}." if named else ""


def _move(review: "Review", move: Move) -> Said:
    kpi = review.book[move.kpi]
    if has_stopped(kpi, move):
        return _stopped(review, kpi, move)
    unit, period, is_up = (kpi.unit_in(review.currency), words.period_words(move.start, move.grain), move.value > move.expected)
    went = f"{kpi.label} {'rose' if is_up else 'fell'} to {in_words(move.value, unit)}"
    where, near = f" in {words.slice_values(move.dimension, move.slice)}" if move.slice else "", _near(review, move)
    headline = words.heading(f"{went}{where} in {period}", f"{went}{where}", f"{went} in {period}", went)
    unread = _stopped_before(review, move)
    is_welcome = not unread and (kpi.good == "range" or welcome(kpi, 1.0 if is_up else -1.0))
    when = "" if headline.endswith(f"{where} in {period}") else f"{of(move.dimension, move.slice).removeprefix(' ')} in {period}: ".lstrip()
    expected = f"{words.say(move.expected, unit)}, usual range {words.range_words(move.lower, move.upper, unit)} ({_odds_words(move)})."
    said = f"{when}expected from its own past: {expected}"
    sentence = (
        f"{said[:1].upper()}{said[1:]}{calendar_words(near)}{_place_words(move, unit)}{why_words(review, move)}"
        f"{beside_words(review.news.beside, move)}{_since_words(move)}{_unread_words(review, unread)}"
    )
    incident = " and ".join(near.loc[(near["kind"] == "incident") & (near["when"] == "at the same time"), "name"])
    return Said(
        _finding(kpi, move, unit, headline, sentence, min(abs(move.z), MOST), "range" if unread else kpi.good),
        "" if unread else _move_decision(kpi, move, is_welcome),
        _move_doubt(move, unit),
        kpi.owner,
        is_welcome,
        _piece(unread) if unread else incident or period,
    )


def _finding(kpi: AnyKpi, move: Move, unit: str, headline: str, sentence: str, surprise: float, good: Good) -> Finding:
    return Finding(
        name=f"kpi.{kpi.name}.move",
        headline=headline,
        sentence=sentence,
        value=move.value,
        unit=unit,
        lower=move.lower,
        upper=move.upper,
        before=move.expected,
        good=good,
        surprise=surprise,
        is_over=move.is_back and not move.is_latest,
    )


# ------------------------------------------------------------------------------------------------------- nothing any more
def has_stopped(kpi: AnyKpi, move: Move) -> bool:
    """Whether a count that never was near nothing is nothing in the latest period: rows that stopped, more likely than a drop."""
    counts = isinstance(kpi, SimpleKpi) and kpi.agg in ("count", "count_distinct", "sum")
    return counts and move.is_latest and move.value == 0 and move.lower > 0


def _stopped(review: "Review", kpi: AnyKpi, move: Move) -> Said:
    unit, period = kpi.unit_in(review.currency), words.period_words(move.start, move.grain)
    where = of(move.dimension, move.slice)
    headline = words.heading(f"{kpi.label}{where}: nothing any more in {period}", f"{kpi.label}: nothing any more in {period}")
    sentence = (
        f"Expected: {words.say(move.expected, unit)}, usual range {words.range_words(move.lower, move.upper, unit)}. "
        "Not one row came: late or missing data, or an end that somebody knows of, rather than a drop."
    )
    return Said(
        _finding(kpi, move, unit, headline, sentence, MOST + 0.5, "range"),
        f"Find out why the rows behind {kpi.label}{where} stopped before anyone reads its numbers, or those that rest on them.",
        "Rows for the missing time.",
        kpi.owner,
        of_one_piece=_piece(kpi.name),
    )


def _piece(stopped: str) -> str:
    return f"stopped {stopped}"


def stopped_counts(review: "Review") -> list[Move]:
    """Give the moves of counts over all rows that are nothing any more."""
    return [m for m in review.news.moves if not m.dimension and has_stopped(review.book[m.kpi], m)]


def _stopped_before(review: "Review", move: Move) -> str:
    """Name a count on the same table that had stopped by a move's period: what is left over then says nothing better or worse."""
    book, tables = review.book, set(review.book.tables(move.kpi))
    names = [m.kpi for m in stopped_counts(review) if m.start <= move.start and m.kpi != move.kpi and tables & set(book.tables(m.kpi))]
    return names[0] if names and not has_stopped(book[move.kpi], move) else ""


def _unread_words(review: "Review", stopped: str) -> str:
    if not stopped:
        return ""
    return f" {review.book[stopped].label} had stopped by then: of what is left over this is neither better nor worse."


# ------------------------------------------------------------------------------------------------------------ in words
def _odds_words(move: Move) -> str:
    if move.rule == "shift":
        return f"together with the {move.grain}s just before as rare as one {move.grain} outside it"
    return words.odds_words(move.z, move.grain)


def _place_words(move: Move, unit: str) -> str:
    place = move.place
    if not place:
        return ""
    share = "All" if place.share > 0.95 else f"About {in_words(place.share, 'share')}"
    return (
        f" {share} of the move sits in {words.slice_words(place.dimension, place.slice)} "
        f"({in_words(place.value, unit)}, {words.say(place.expected, unit)} expected)."
    )


def _since_words(move: Move) -> str:
    if move.is_latest:
        return ""
    if move.is_across:
        return " It has left that range the other way since."
    lasted = f" It lay outside in {move.periods} {move.grain}s of the last {RECENT[move.grain]}" if move.periods > 1 else " It"
    return lasted + (" and is" if move.periods > 1 else " is") + (" back in its usual range." if move.is_back else " not back yet.")


def _near(review: "Review", move: Move) -> pd.DataFrame:
    """Give what stood in the calendar at a move or shortly before it, without what concerns other slices than the one it sits in."""
    marks = review.marks
    dimension, value = (move.place.dimension, move.place.slice) if move.place else (move.dimension, move.slice)
    if dimension in OF_PLACES and dimension in marks:
        marks = marks[marks[dimension].isin(["", value])]
    return candidates(pd.concat([marks, review.news.holidays]), move.start, step(move.start, move.grain))


def _move_decision(kpi: AnyKpi, move: Move, is_welcome: bool) -> str:
    where = of(move.place.dimension, move.place.slice) if move.place else of(move.dimension, move.slice)
    if is_welcome:
        return f"Find out what moved {kpi.label}{where}, and whether it should last."
    return f"Make sure that the cause{where} is known and mended, and decide what the customers concerned are told."


def _move_doubt(move: Move, unit: str) -> str:
    usual = words.range_words(move.lower, move.upper, unit)
    if move.is_back:
        return f"Another {move.grain} outside {usual}: then it is not over."
    return f"Three {move.grain}s running within {usual} with nothing done."
