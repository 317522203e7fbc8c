"""One sitting at the taxonomy: edits in their order, each undone by one step, and saved when asked."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prodops.feedback.taxonomy import Entry

    Entries = Mapping[str, Entry]


class Session:
    """Edits of one sitting: ``now`` is the taxonomy with all of them, ``changes`` says each in a sentence, oldest first.

    ``save`` is given the taxonomy and the sentences; whatever it raises is passed on, and nothing is lost.
    """

    def __init__(self, taxonomy: "Entries", save: "Callable[[Entries, tuple[str, ...]], object]") -> None:
        self._states: list[tuple[str, Entries]] = [("", taxonomy)]
        self._saved, self._save = 0, save

    @property
    def now(self) -> "Entries":
        return self._states[-1][1]

    @property
    def changes(self) -> tuple[str, ...]:
        return tuple(sentence for sentence, _ in self._states[1:])

    @property
    def unsaved(self) -> int:
        """How many edits the file does not hold; negative where saved ones were undone."""
        return len(self._states) - 1 - self._saved

    def change(self, sentence: str, edit: "Callable[..., Entries]", *given: Any, **named: Any) -> None:
        """Do one edit, a function of a taxonomy; one that raises leaves all as it was."""
        self._states.append((sentence, edit(self.now, *given, **named)))

    def undo(self) -> str:
        """Take the last edit back and give its sentence; "" where there is none."""
        return self._states.pop()[0] if len(self._states) > 1 else ""

    def save(self) -> None:
        """Write what there is now."""
        self._save(self.now, self.changes)
        self._saved = len(self._states) - 1
