"""Who answered of those who were invited, wave by wave and group by group; and what people wrote."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prodops.surveys import counting
from prodops.surveys.asked import SCORED, Question
from prodops.surveys.guarding import kept_back
from prodops.surveys.responding import response_rate, who_is_missing
from prodops.surveys.tallies import Tally

if TYPE_CHECKING:
    import pandas as pd

    from prodops.surveys.questionnaire import Questionnaire

RATES = ["question", "title", "wave", "start", "invited", "answered", "rate", "lower", "upper"]
MISSING = ["question", "title", "wave", "by", "group", "invited", "answered", "rate", "lower", "upper"]
MISSING += ["share_invited", "share_answered", "p_adjusted", "is_missing", "is_loud"]
SIDES = {"promoter": (9, 10), "passive": (7, 8), "detractor": (0, 6)}


def rates(found: Mapping[str, Tally], least: int) -> "pd.DataFrame":
    """Give the response rate of each wave whose invitations are known."""
    import pandas as pd

    rows = []
    for tally in found.values():
        invited, latest = tally.question.invited, tally.latest(least)
        answered = _people(tally)
        for at in tally.rounds if invited else ():
            asked = invited.waves.get(tally.waves[at].name) or (invited.total if at == latest else None)  # type: ignore[union-attr]
            if asked and least <= answered.get(at, 0) <= asked:
                got = response_rate(answered[at], asked)
                q, wave = tally.question, tally.waves[at]
                rows.append((q.name, q.label, wave.name, wave.start, asked, answered[at], got.value, got.lower, got.upper))
    return pd.DataFrame(rows, columns=RATES)


def missing(found: Mapping[str, Tally], least: int) -> "pd.DataFrame":
    """Compare the response rates of groups in the latest wave, the lowest first; groups of too few invited are left out."""
    import pandas as pd

    parts = []
    for tally in found.values():
        invited, at = tally.question.invited, tally.latest(least)
        if invited is None or at is None:
            continue
        for by, asked in invited.groups.items():
            answered = _people(tally, by, at)
            hidden = kept_back(answered, least)
            known = {group: n for group, n in asked.items() if n >= least and group not in hidden and answered.get(group, 0) <= n}
            if len(known) > 1:
                table = who_is_missing({g: answered.get(g, 0) for g in known}, known)
                q = tally.question
                parts.append(table.assign(question=q.name, title=q.label, wave=tally.waves[at].name, by=by))
    return pd.concat(parts, ignore_index=True)[MISSING] if parts else pd.DataFrame(columns=MISSING)


def _people(tally: Tally, by: str = "", at: int | None = None) -> dict:
    """Count the answers of each wave, or of each group in one wave; of a matrix those of its best answered item."""
    frame = tally.frame if at is None else tally.frame[tally.frame["at"] == at]
    key = by or "at"
    if by and by not in frame:
        return {}
    if tally.question.kind == "matrix":
        part = frame.groupby("part")["n"].sum()
        frame = frame[frame["part"] == (part.idxmax() if len(part) else "")]
    return {k: int(n) for k, n in frame.groupby(frame[key].fillna("") if by else frame[key])["n"].sum().items()}


# ---------------------------------------------------------------------------------------------------------------- comments
def comments(desk: counting.Desk, asked: "Questionnaire", cuts: tuple[str, ...], least: int) -> "pd.DataFrame":
    """Give what people wrote as feedback: ``id``, ``created_at``, ``text``, ``channel`` (the question), ``rating``, ``side`` and the groups.

    ``side`` is promoter, passive or detractor where the comment stands beside a recommendation, else "". A group that fewer than ``least``
    respondents are in is not told.
    """
    import pandas as pd

    table = counting.rows(desk)
    labels = {name: q for q in asked.questions.values() for name in q.parts}
    written = table.filter(table.question.isin(sorted(labels)))
    text = written.comment.coalesce(written.answer) if asked.of("text") else written.comment
    words = written.question.isin(sorted(n for q in asked.of("text") for n in q.parts))
    said = written.mutate(text=words.ifelse(text, written.comment))
    said = said.filter(said.text.notnull() & (said.text.strip() != ""))
    own = [name for name in cuts if name in table.columns]
    columns = ["respondent_id", "question", "answered_at", "score", "text", *own]
    read = desk.read(said.select(*columns).order_by("answered_at", "respondent_id", "question"), name="comments")
    people = {by: read.groupby(read[by].fillna(""))["respondent_id"].nunique().to_dict() for by in own}
    hidden = {by: kept_back(sizes, least) for by, sizes in people.items()}
    return pd.DataFrame(
        {
            "id": _rows(read),
            "created_at": read["answered_at"],
            "text": read["text"],
            "user_id": read["respondent_id"],
            "channel": [labels[name].label for name in read["question"]],
            "rating": read["score"].astype(float),
            "side": [_side(labels[name], score) for name, score in zip(read["question"], read["score"].astype(float), strict=True)],
            **{by: read[by].where(~read[by].fillna("").isin(hidden[by])) for by in own},
        }
    )


def _rows(read: "pd.DataFrame") -> list[str]:
    """Name each row by question and time, so that it is found in the table without naming its respondent; equal ones are numbered."""
    names = [f"{what} {when:%Y-%m-%d %H:%M:%S}" for what, when in zip(read["question"], read["answered_at"], strict=True)]
    again = read.groupby([read["question"], read["answered_at"]]).cumcount()
    return [name if n == 0 else f"{name} ({n + 1})" for name, n in zip(names, again, strict=True)]


def _side(q: Question, score: float) -> str:
    if q.kind not in SCORED or q.kind != "nps":
        return ""
    return next((name for name, (low, high) in SIDES.items() if low <= score <= high), "")
