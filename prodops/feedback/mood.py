"""How those who speak of a theme feel, against how they felt before: by rating where there is one, else by sentiment."""

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from prodops.feedback.against_past import BASE
from prodops.feedback.emergence import MOODS_A_YEAR, WEEKS_A_YEAR
from prodops.feedback.moving import Window, window
from prodops.feedback.sentiment import sentiment
from prodops.feedback.sentiment_check import check, definition
from prodops.feedback.telling import fit, weeks_words
from prodops.feedback.weekly import voices_of
from prodops.intervals import holm
from prodops.stamps import Definition, Finding, in_words, range95, standard_errors

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST = 10
"""Scores that a theme needs in the recent weeks, and before them, to be compared."""
MATERIAL_SD = 0.2
"""The least change worth a claim, in standard deviations of all scores."""
COLUMNS = (
    "theme", "name", "measure", "recent", "score", "score_lower", "score_upper", "before", "usual", "change", "change_lower", "change_upper",
    "p", "p_adjusted", "changed",
)  # fmt: skip


def moods(frame: "pd.DataFrame", weekly: "pd.DataFrame", *, recent: int = 4, measure: str | None = None) -> "pd.DataFrame":
    """Compare each theme's mean score in the last ``recent`` whole weeks with that in up to 26 weeks before, most surprising first.

    ``frame`` is what ``Themes.attach`` returned, ``weekly`` its :func:`trend`. ``measure`` is ``rating`` or ``sentiment`` (−1 to 1, from
    the texts); without it, ratings where the theme texts have any, else sentiment, unless its check against ratings failed. Columns:
    ``theme, name, measure``; ``recent`` (voices with a score), ``score`` (their mean), ``score_lower, score_upper``; ``before, usual``
    (voices and mean before); ``change, change_lower, change_upper`` (95 %); ``p``, ``p_adjusted`` (Holm, over themes) and ``changed``.
    Themes with fewer than 10 scores on either side are left out.

    Welch's test, its variance multiplied by how much a theme's weekly means vary beyond chance. ``changed`` needs the level of an alarm
    (:data:`emergence.MOODS_A_YEAR` false ones a year, over all themes and weeks) and a fifth of a standard deviation.
    """
    import pandas as pd

    span = window(weekly, recent)
    scored, measure = _scored(frame, span, measure) if span else (frame.head(0), measure)
    if span is None or scored.empty:
        return pd.DataFrame(columns=COLUMNS).astype({"changed": "bool"})
    table = _compare(scored, pd.Timestamp(span.split))
    names = dict(zip(scored["theme"], scored["theme_name"], strict=True)) if "theme_name" in scored else {}
    table = table.assign(
        name=[names.get(theme, theme) for theme in table["theme"]], measure=measure, p_adjusted=holm(table["p"].to_numpy(float))
    )
    table["changed"] = (table["p_adjusted"] <= MOODS_A_YEAR / WEEKS_A_YEAR) & (table["change"].abs() >= MATERIAL_SD * scored["score"].std())
    return table.sort_values(["changed", "p", "theme"], ascending=[False, True, True], kind="stable")[list(COLUMNS)].reset_index(drop=True)


def _scored(frame: "pd.DataFrame", span: Window, measure: str | None) -> "tuple[pd.DataFrame, str | None]":
    """Keep the voices of the weeks compared that have a theme and a score, with the score."""
    import pandas as pd

    start = max(pd.Timestamp(span.start), pd.Timestamp(span.split) - pd.Timedelta(weeks=BASE))
    spoken = voices_of(frame[(frame["created_at"] >= start) & (frame["created_at"] < pd.Timestamp(span.end))])
    spoken = spoken[spoken["theme"] != ""]
    if measure is None and "rating" in spoken and spoken["rating"].notna().any():
        measure = "rating"
    if measure == "rating":
        spoken = spoken.assign(score=pd.to_numeric(spoken["rating"]))
    elif "text" in spoken and (measure == "sentiment" or check(frame).usable):
        measure, scores = "sentiment", spoken.get("sentiment")
        spoken = spoken.assign(score=sentiment(spoken["text"], spoken.get("language")) if scores is None else scores)
    else:
        return spoken.head(0), None
    return spoken[spoken["score"].notna()], measure


def _compare(scored: "pd.DataFrame", split: "pd.Timestamp") -> "pd.DataFrame":
    """Compare the means of each theme's scores after the split with those before."""
    import numpy as np
    from scipy.stats import t

    late = scored["created_at"] >= split
    sides = [scored[rows].groupby("theme")["score"].agg(n="size", mean="mean", var="var") for rows in (late, ~late)]
    both = sides[0].join(sides[1].add_suffix("_before"), how="inner")
    both = both[(both["n"] >= LEAST) & (both["n_before"] >= LEAST)]
    drift, overall = _drift(scored[~late], split).reindex(both.index).fillna(1.0), scored["score"].var()

    def error(n: str, var: str) -> "pd.Series[float]":  # one score like all others stands beside those seen, so that none is certain
        return drift * ((both[n] - 1) * both[var] + overall) / both[n] / both[n]

    own, past = error("n", "var"), error("n_before", "var_before")
    change, width = both["mean"] - both["mean_before"], np.sqrt(own + past)
    freedom = (own + past) ** 2 / (own**2 / (both["n"] - 1) + past**2 / (both["n_before"] - 1))
    half, margin = t.isf(0.025, freedom) * width, t.isf(0.025, both["n"] - 1) * np.sqrt(own)
    return both.reset_index().assign(
        recent=both["n"].to_numpy(), score=both["mean"].to_numpy(), score_lower=(both["mean"] - margin).to_numpy(),
        score_upper=(both["mean"] + margin).to_numpy(), before=both["n_before"].to_numpy(), usual=both["mean_before"].to_numpy(),
        change=change.to_numpy(), change_lower=(change - half).to_numpy(), change_upper=(change + half).to_numpy(),
        p=2 * t.sf(np.abs(change / width), freedom),
    )  # fmt: skip


def _drift(before: "pd.DataFrame", split: "pd.Timestamp") -> "pd.Series[float]":
    """Say by how much a theme's weekly mean scores vary beyond chance: at least 1, and at least what most themes show."""
    weeks = (split - before["created_at"]).dt.days // 7
    overall = before["score"].var()
    by_week = before.groupby(["theme", weeks])["score"].agg(n="size", mean="mean").reset_index()
    theme = before.groupby("theme")["score"]
    spread = (theme.var() * (theme.size() - 1) + overall) / theme.size()
    own_week = by_week["theme"]  # empty, and then of text, where nothing was said before
    centre, variance = own_week.map(theme.mean()).astype("float64"), own_week.map(spread).astype("float64")
    by_week["chi"] = by_week["n"] * (by_week["mean"] - centre) ** 2 / variance
    sums = by_week.groupby("theme")["chi"].agg(total="sum", weeks="size")
    own = (sums["total"] / (sums["weeks"] - 1)).where(sums["weeks"] > 2, 1.0)
    return own.clip(lower=max(1.0, float(own.median())))


def mood_findings(frame: "pd.DataFrame", weekly: "pd.DataFrame", *, recent: int = 4) -> list[Finding]:
    """Say whose rating or mood changed most, if any did beyond chance."""
    return mood_changes(moods(frame, weekly, recent=recent), recent)[:1]


def mood_changes(table: "pd.DataFrame", recent: int = 4) -> list[Finding]:
    """Say each change beyond chance of a table of :func:`moods`, most surprising first."""
    return [_changed(row, recent) for row in table[table["changed"]].to_dict("records")]


def _changed(row: dict[str, Any], recent: int) -> Finding:
    better, (near, far) = row["change"] > 0, sorted((abs(row["change_lower"]), abs(row["change_upper"])))
    words = {"rating": ("is rated lower", "is rated higher"), "sentiment": ("sounds worse", "sounds better")}[row["measure"]][better]
    text = (
        f"Mean {row['measure']} {_said(row['score'])} in the last {weeks_words(recent)} ({in_words(row['recent'])} voices, "
        f"{range95(_said(row['score_lower']), _said(row['score_upper']))}) against {_said(row['usual'])} as usual: "
        f"{_said(abs(row['change']))} {'higher' if better else 'lower'} ({range95(_said(near), _said(far))})."
    )
    return Finding(
        name=f"theme.{row['theme']}.{row['measure']}",
        headline=fit(row["name"], words),
        sentence=text,
        value=float(row["score"]),
        unit="rating",
        lower=float(row["score_lower"]),
        upper=float(row["score_upper"]),
        before=float(row["usual"]),
        good="up",
        surprise=round(standard_errors(row["p_adjusted"]), 3),
    )


def _said(score: float) -> str:
    return in_words(round(score, 2), "rating")


def mood_definitions(frame: "pd.DataFrame", recent: int = 4) -> tuple[Definition, ...]:
    """Say how ratings and moods are compared, and how far the sentiment can be trusted here, as stamps for the fine print."""
    text = (
        f"The mean score of a theme's voices in the last {weeks_words(recent)} against up to {BASE} weeks before: Welch's test, widened by how much weekly means "
        f"vary beyond chance, adjusted over all themes (Holm) and the weeks of a year: at most {MOODS_A_YEAR:g} false alarms a year are expected. At least {LEAST} scores on "
        f"either side, and a change of {MATERIAL_SD:g} standard deviations. By rating where there is one, else by sentiment."
    )
    return Definition(name="Rated or felt differently", text=text, version=sha256(text.encode()).hexdigest()[:8]), definition(check(frame))
