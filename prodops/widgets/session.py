"""One sitting at the taxonomy: edits in their order, each undone by one step, and saved when asked."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from prodops.errors import ProdopsError

if TYPE_CHECKING:
    from prodops.feedback.taxonomy import Entry

    Entries = Mapping[str, Entry]


class Newer(ProdopsError):
    """The file was written by somebody else since it was read."""


class File(Protocol):
    """Where a taxonomy is kept."""

    name: str

    def write(self, taxonomy: "Entries", *, over_newer: bool = False) -> object:
        """Write all of it or nothing; raises :class:`Newer` where the file is not as it was read, unless ``over_newer``."""


class Session:
    """Edits of one sitting: ``now`` is the taxonomy with all of them, ``changes`` says each in a sentence, oldest first."""

    def __init__(self, taxonomy: "Entries", file: File) -> None:
        self.file, self._kept = file, taxonomy
        self._states: list[tuple[str, Entries]] = [("", taxonomy)]

    @property
    def now(self) -> "Entries":
        return self._states[-1][1]

    @property
    def changes(self) -> tuple[str, ...]:
        return tuple(sentence for sentence, _ in self._states[1:])

    @property
    def unsaved(self) -> bool:
        """Whether the file may hold anything else than what there is now."""
        return self.now is not self._kept

    def change(self, sentence: str, edit: "Callable[..., Entries]", *given: Any, **named: Any) -> bool:
        """Do one edit, a function of a taxonomy, and tell whether it changed anything; one that raises leaves all as it was."""
        edited = edit(self.now, *given, **named)
        if edited == self.now:
            return False
        self._states.append((sentence, edited))
        return True

    def undo(self) -> str:
        """Take the last edit back and give its sentence; "" where there is none."""
        return self._states.pop()[0] if len(self._states) > 1 else ""

    def save(self, *, over_newer: bool = False) -> None:
        """Write what there is now; whatever the file raises is passed on, and nothing is lost."""
        self.file.write(self.now, over_newer=over_newer)
        self._kept = self.now
