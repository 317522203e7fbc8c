"""One sitting at the taxonomy: edits in their order, each undone by one step, and saved when asked."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from prodops import taxonomies
from prodops.feedback.taxonomy import dated
from prodops.saving import Newer

if TYPE_CHECKING:
    from pathlib import Path

    from prodops.feedback.taxonomy import Entry

    Entries = Mapping[str, Entry]


class Session:
    """Edits of one sitting on the day ``on``: ``now`` is the taxonomy with all of them, ``changes`` says each in a sentence, oldest first.

    ``known`` is what was read of ``file`` for this run, ``found`` what the run made of it. A file that is other than ``known`` by now counts
    as written by somebody else.
    """

    def __init__(self, found: "Entries", known: Mapping[str, Any], file: "Path", on: date) -> None:
        kept = taxonomies.read(file)
        self._kept = kept if kept.entries == dict(known) else taxonomies.Kept(file, dict(known), "another")
        self._states: list[tuple[str, Entries]] = [("", found)]
        self._saved: Entries | None = found if found == known else None
        self.on = on

    @property
    def now(self) -> "Entries":
        return self._states[-1][1]

    @property
    def file(self) -> "Path":
        return self._kept.path

    @property
    def changes(self) -> tuple[str, ...]:
        return tuple(sentence for sentence, _ in self._states[1:])

    @property
    def unsaved(self) -> bool:
        """Whether the file holds anything else than what there is now."""
        return self.now is not self._saved

    def change(self, sentence: str, edit: "Callable[..., Entries]", *given: Any, **named: Any) -> bool:
        """Do one edit, a function of a taxonomy, and tell whether it changed anything; one that raises leaves all as it was."""
        edited = edit(self.now, *given, on=self.on, **named)
        if edited == self.now:
            return False
        self._states.append((sentence, edited))
        return True

    def undo(self) -> str:
        """Take the last edit back and give its sentence; "" where there is none."""
        return self._states.pop()[0] if len(self._states) > 1 else ""

    def save(self, *, over_newer: bool = False) -> None:
        """Write what there is now, all of it or nothing; raises :class:`Newer` where the file is not the one that was read."""
        try:
            self._kept = taxonomies.write(self._kept, dated(self.now, self.on), force=over_newer)
        except Newer:
            raise Newer(f"{self.file.name} was changed by somebody else since this notebook read it.") from None
        self._saved = self.now
