"""What the review panel shows of a theme, and of all of them: HTML in which all that came from data is escaped."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from prodops import charts, feedback
from prodops.charts.cells import spark_writer
from prodops.feedback.lately import course
from prodops.feedback.listing import WORDS, history
from prodops.feedback.profiles import BY
from prodops.stamps import in_words

if TYPE_CHECKING:
    import pandas as pd

    from prodops.feedback.llm import Proposal
    from prodops.feedback.taxonomy import Entry

    Near = Sequence[tuple[str, float]]

STATUS = {
    "active": "in use",
    "new": "new",
    "candidate": "candidate",
    "unseen": "no text in this run",
    "archived": "archived",
    "merged": "merged",
}
STYLE = (
    "<style>.prodops-review h3{margin:0 0 2px;font-size:1.25em}.prodops-review h4{margin:14px 0 4px;font-size:1em}"
    ".prodops-review p,.prodops-review ul{margin:0 0 6px;line-height:1.45}.prodops-review ul{padding-left:18px}"
    ".prodops-review .prodops-quote{margin-bottom:10px}</style>"
)


_LONGEST = 30
"""Letters of a name in the list, so that what follows it is in sight."""


def speakers(said: "pd.DataFrame") -> "pd.DataFrame":
    """Compare who speaks of each theme, and of each that lies under one, by all that is known of who spoke; see :func:`feedback.profile`."""
    import pandas as pd

    frames = [said] + ([said.assign(theme=said["subtheme"])] if "subtheme" in said else [])
    parts = [feedback.profile(frame, by=by, themes=len(frame)) for frame in frames for by in BY if by in frame]
    found = pd.concat(parts, ignore_index=True) if parts else feedback.profile(said.iloc[:0])
    return found.drop_duplicates(["theme", "by", "value"])


def detail(
    theme: str,
    taxonomy: "Mapping[str, Entry]",
    near: "Near",
    said: "pd.DataFrame",
    weekly: "pd.DataFrame",
    proposal: "Proposal | None" = None,
    speaking: "pd.DataFrame | None" = None,
) -> str:
    """Show one theme: name, status, size and course, what a model proposes, what people said and who they are, its words, its neighbours,
    what was done to it."""
    import pandas as pd

    entry = taxonomy[theme]
    counts = course(weekly, theme)
    spark = spark_writer("count")(counts).html if counts else ""
    size = f"{sum(counts):,} voices in {len(counts)} weeks" if counts else ""
    stands = " · ".join(filter(None, [_standing(entry, taxonomy), size]))
    kept = entry.get("seeds", {})
    lists = {
        "Who speaks of it": [] if speaking is None else _speakers(speaking[speaking["theme"] == theme]),
        "Its words": [", ".join(list(entry.get("words", {}))[:WORDS])],
        "Pinned": [*kept.get("words", []), *kept.get("examples", [])],
        "Near to it (likeness, at most 1)": [f"{_name(taxonomy, id)} ({value:.2f})" for id, value in near],
        "What was done": history(entry)[-5:],
    }
    quoted = feedback.quotes(said, theme, column="subtheme" if "subtheme" in said and (said["subtheme"] == theme).any() else "theme")
    quoted = quoted if len(quoted) else pd.DataFrame({"text": entry.get("examples", [])}, dtype="str")
    quotes = charts.quotes(quoted).to_html()
    return STYLE + (
        f'<div class="prodops-review" dir="auto"><h3>{escape(entry["name"])}</h3><p>{stands} {spark}</p>{_proposal(proposal)}'
        f"<h4>In their words</h4>{quotes}{''.join(_list(head, items) for head, items in lists.items())}"
        f"<p><small>{escape(theme)}</small></p></div>"
    )


def _speakers(rows: "pd.DataFrame") -> list[str]:
    """Say for each segment, channel and so on how many of its voices speak of the theme, the largest part first; a line for each."""
    lines = []
    for by, part in rows.groupby("by", sort=False):
        ranked = part.sort_values(["share", "value"], ascending=[False, True]).itertuples()
        each = [f"{row.value} {in_words(row.share, 'share')}{' (more than others)' if row.more else ''}" for row in ranked if row.voices]
        lines.append(f"{by}: {', '.join(each)}" if each else "")
    return lines


def _proposal(proposal: "Proposal | None") -> str:
    """Show what a language model proposes, each sentence with the rows that it rests on; nothing where nothing of it held."""
    if not proposal or not (proposal.name or proposal.summary):
        return ""
    name = f"<p>“{escape(proposal.name)}”</p>" if proposal.name else ""
    points = "".join(
        f"<li>{escape(sentence.text)} <small>({'row' if len(sentence.rows) == 1 else 'rows'} {escape(', '.join(sentence.rows))})</small></li>"
        for sentence in proposal.summary
    )
    return f"<h4>A language model proposes</h4>{name}" + (f"<ul>{points}</ul>" if points else "")


def option(row: Any, depth: int = 0) -> str:
    """Name a theme in a list: its name, set in by its depth in the tree, its voices, and what else is to be known of it."""
    name = row.name if len(row.name) <= _LONGEST else f"{row.name[: _LONGEST - 1].rstrip()}…"
    said = [
        f"{row.voices:,}" if row.voices else "",
        "" if row.status in ("active", "unseen") and row.voices else STATUS.get(row.status, ""),
    ]
    return "  ·  ".join(filter(None, [f"{'– ' * depth}{name}", *said]))


def _standing(entry: "Entry", taxonomy: "Mapping[str, Entry]") -> str:
    said = STATUS.get(entry.get("status", "active"), entry.get("status", ""))
    under, into = entry.get("parent"), entry.get("into")
    more = [f"under {_name(taxonomy, under)}" if under else "", f"into {_name(taxonomy, into)}" if into else ""]
    return escape(", ".join(filter(None, [said, *more])))


def _name(taxonomy: "Mapping[str, Entry]", id: str) -> str:
    return taxonomy[id]["name"] if id in taxonomy else id


def _list(heading: str, items: list[str]) -> str:
    points = "".join(f"<li>{escape(item)}</li>" for item in items if item)
    return f"<h4>{escape(heading)}</h4><ul>{points}</ul>" if points else ""


def still(
    taxonomy: "Mapping[str, Entry]", said: "pd.DataFrame", weekly: "pd.DataFrame", proposals: "Mapping[str, Proposal] | None" = None
) -> "charts.Table":
    """Show all themes as one table that needs no kernel: for a report, and wherever there are no widgets."""
    import pandas as pd

    table = feedback.overview(taxonomy, said, weekly)
    names = [proposals[theme].name if proposals and theme in proposals else "" for theme in table["theme"]]
    table = table.assign(status=[STATUS.get(status, status) for status in table["status"]], proposed=pd.array(names, dtype="str"))
    heads = {"proposed": "Proposed name", "under": "Under", "into": "Merged into", "changed": "Last change"}
    where = {name: head for name, head in heads.items() if (table[name] != "").any()}
    return charts.table(
        table,
        caption=f"The {len(table):,} themes of the taxonomy",
        limit=200,
        columns={
            "name": "Theme",
            "status": "Status",
            "voices": "Voices",
            "course": charts.Column("Week by week", kind="spark"),
            "words": "Words",
            **where,
        },
    )
