"""What the names of stages usually mean: where work is intended, where it waits, where it ends. Guesses, always said to be."""

import re


def _pattern(*words: str) -> re.Pattern[str]:
    return re.compile(rf"^\W*(?:{'|'.join(words)})\b", re.IGNORECASE)


_INTENDED = re.compile(
    r"^\W*(product |sprint |team )?(back ?log|to[ -]?do|open|new|created?|ideas?|inbox|ice ?box|triage|funnel|proposed|submitted|registered"
    r"|reported|requested|ready|selected( for development)?|next( up)?|planned|unstarted|draft|intake|options?)\W*$",
    re.IGNORECASE,
)
_ENDED = _pattern("done", "closed?", "resolved", "completed?", "finished", "fixed", "delivered")
_SHIPPED = _pattern(
    "released?", "shipped", "deployed", "merged", "live", "in production", "production", "accepted", "archived", "approved", "solved"
)
_GIVEN_UP = _pattern(
    "cancel+ed", "cancel", "won.?t (do|fix)", "wont[ _-]?(do|fix)", "rejected", "abandoned", "duplicate", "declined", "withdrawn",
    "obsolete", "discarded", "dropped", "invalid", "not planned", "unmatched",
)  # fmt: skip
_QUEUE = re.compile(
    r"\b(wait\w*|await\w*|queue\w*|pending|ready|hold|on[ -]hold|blocked|impeded|parked|paused|stalled|to (be )?\w+(ed)?$|backlog)\b"
    r"|\b(dev|code|build|coding|development|design|analysis|review|test|qa|testing)[ -]+(done|complete|completed|finished)\b|^to\b|^for\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(user|customer|client|vendor|supplier|third|3rd|external|caller|info\w*|reply|response|evidence|problem|change)\b", re.IGNORECASE
)
_HANDED_OVER = re.compile(r"\b(reviews?|reviewing|approvals?|sign[ -]?off|acceptance)\b", re.IGNORECASE)


def is_intended(name: str) -> bool:
    """Tell whether items of such a stage are not started yet, such as Backlog, To do or Ready."""
    return bool(_INTENDED.search(name))


def is_ended(name: str) -> bool:
    """Tell whether such a stage is the end, such as Done, Closed or Resolved."""
    return bool(_ENDED.search(name))


def may_be_end(name: str) -> bool:
    """Tell whether such a stage may be the end, where items rest in it, such as Released or Merged."""
    return bool(_SHIPPED.search(name))


def is_given_up(name: str) -> bool:
    """Tell whether items of such a stage were given up, such as Cancelled or Won't do."""
    return bool(_GIVEN_UP.search(name))


def is_queue(name: str) -> bool:
    """Tell whether items of such a stage only wait, such as Ready for review, Queued, Awaiting info or Dev done."""
    return bool(_QUEUE.search(name))


def is_for_others(name: str) -> bool:
    """Tell whether items of such a stage wait for people outside, such as Wait - User or Awaiting vendor."""
    return is_queue(name) and bool(_OTHERS.search(name))


def is_handed_over(name: str) -> bool:
    """Tell whether such a stage is a hand-over to somebody else, such as Review or Approval: where no queue leads to it, it holds one."""
    return bool(_HANDED_OVER.search(name)) and not is_queue(name)
