"""The review panel: pick a theme, see what people say in it and who they are, and set its name, place and words right; nothing is written before "Save"."""

from collections.abc import Callable, Mapping
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

from prodops.errors import ProdopsError
from prodops.feedback import taxonomy as edits
from prodops.feedback.listing import overview
from prodops.feedback.nearness import neighbours
from prodops.saving import Newer
from prodops.widgets import views
from prodops.widgets.keys import freed
from prodops.widgets.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from ipywidgets import Box, Button, Widget

    from prodops.feedback.llm import Proposal
    from prodops.feedback.taxonomy import Entry
    from prodops.feedback.themes import Themes
    from prodops.widgets.views import Near

_ABOUT = {
    "Rename": "Give the theme this name",
    "Take proposed name": "Give the theme the name that the language model proposes",
    "Merge": "Count this theme's voices under the other one from now on",
    "Move": "Make this theme a part of the other one",
    "Pin": "Texts with these words belong here, whatever the machine finds",
    "Split": "Make a theme of its own of this theme's texts with these words",
    "Accept": "Keep this candidate as a theme",
    "Archive": "Show the theme no more; its history stays",
    "Restore": "Take back that the theme was archived or merged",
    "Undo": "Take the last change back",
    "Save": "Write the changes to the taxonomy's file",
    "Save over it": "Write the file as it is here: what others wrote since is lost",
}
_LABEL, _FIELD, _AUTO = {"description_width": "6em"}, {"width": "20.5em"}, {"width": "auto"}


def review(
    themes: "Themes",
    said: "pd.DataFrame",
    weekly: "pd.DataFrame",
    *,
    known: "Mapping[str, Any]",
    file: "Path",
    on: date,
    by: str = "",
    candidates: "Mapping[str, Entry] | None" = None,
    proposals: "Mapping[str, Proposal] | None" = None,
) -> "Review":
    """Show themes, and the ``candidates`` to be some, for people to curate: end a cell with it.

    ``said`` is what ``Themes.attach`` returned, ``weekly`` its trend. ``file`` is where the taxonomy is kept, ``known`` what was read of it for
    these themes; ``on`` is the day that changes are noted under, ``by`` who makes them, which the panel asks for too. ``proposals`` are a
    language model's (:func:`prodops.feedback.propose`); what is empty of them is not shown. Where there are no widgets (a
    report, a page) the themes are one table.
    """
    session = Session({**themes.taxonomy, **(candidates or {})}, known, file, on)
    return Review(session, neighbours(themes), said, weekly, by, proposals or {})


class Review:
    """The panel: ``themes`` to pick from, ``shown`` of the one picked, and controls for each thing that can be done to it."""

    def __init__(
        self,
        session: Session,
        near: "Mapping[str, Near]",
        said: "pd.DataFrame",
        weekly: "pd.DataFrame",
        by: str = "",
        proposals: "Mapping[str, Proposal] | None" = None,
    ) -> None:
        import ipywidgets as w

        self.session, self.near, self.said, self.weekly, self.proposals = session, near, said, weekly, proposals or {}
        self.speaking = views.speakers(said)
        self.find = w.Text(description="Find", placeholder="part of a name or word", style=_LABEL, layout=_AUTO)
        self.themes = w.Select(description="Themes", rows=12, style=_LABEL, layout={"width": "auto", "height": "auto"})
        self.shown, self.status, self.pending = w.HTML(), w.HTML(), w.HTML()
        self.who = w.Text(value=by, description="Your name", placeholder="noted with each change", style=_LABEL, layout=_AUTO)
        self.name = w.Text(description="Name", style=_LABEL, layout=_FIELD)
        self.into = w.Dropdown(description="Merge into", style=_LABEL, layout=_FIELD)
        self.under = w.Dropdown(description="Put under", style=_LABEL, layout=_FIELD)
        self.words = w.Text(description="Pin words", placeholder="words, with commas", style=_LABEL, layout=_FIELD)
        self.part = w.Text(description="Split off", placeholder="name of the new theme", style=_LABEL, layout=_AUTO)
        self.seeds = w.Text(description="with words", placeholder="words, with commas", style=_LABEL, layout=_FIELD)
        self.buttons = {name: self._button(name) for name in _ABOUT}
        self.box = self._laid_out()
        self.find.observe(lambda _: self._list(), "value")
        self.themes.observe(lambda _: self._show(), "value")
        self._list()

    def _button(self, name: str) -> "Button":
        from ipywidgets import Button

        made = Button(description=name, tooltip=_ABOUT[name], layout=_AUTO, button_style="primary" if name == "Save" else "")
        made.on_click(lambda _: self.do(name))
        return made

    # ------------------------------------------------------------------------------------------------------ what can be done
    def do(self, name: str) -> None:
        """Do what a button is for, say what was done or why it was not, and show the themes as they are now."""
        action = {"Undo": self._undo, "Save": self._save, "Save over it": lambda: self._save(over_newer=True)}
        said, wrong, newer = "", "", False
        try:
            said = action[name]() if name in action else self._edit(name)
        except Newer as fault:
            wrong, newer = f"{fault} Nothing was saved: run the notebook again to read it, or save over it.", True
        except (ProdopsError, OSError) as fault:
            wrong = str(fault)
        if not wrong:
            self._list()
        self.buttons["Save over it"].layout.display = "" if newer else "none"
        self._say(wrong or said, alert=bool(wrong))

    def _edit(self, name: str) -> str:
        if self.themes.value is None:
            raise ProdopsError("Pick a theme first.")
        theme, title, other = self.themes.value, self.session.now[self.themes.value]["name"], self.into.value
        if name == "Merge" and not other:
            raise ProdopsError("Choose the theme to merge it into.")
        words, seeds, new, proposed = _typed(self.words), _typed(self.seeds), self.name.value.strip(), self._proposed(theme)
        does: dict[str, tuple[Callable[..., Mapping[str, Entry]], dict[str, Any], str]] = {
            "Rename": (edits.rename, {"name": new}, f"Renamed “{title}” to “{new}”"),
            "Take proposed name": (edits.rename, {"name": proposed}, f"Renamed “{title}” to “{proposed}”, as proposed"),
            "Merge": (edits.merge, {"into": other}, f"Merged “{title}” into “{self._named(other)}”"),
            "Move": (edits.move, {"parent": self.under.value}, f"Moved “{title}” {self._place(self.under.value)}"),
            "Pin": (edits.pin, {"words": words}, f"Pinned {', '.join(words)} to “{title}”"),
            "Split": (
                edits.split,
                {"parts": {self.part.value.strip(): {"words": seeds}}},
                f"Split “{self.part.value.strip()}” off “{title}”",
            ),
            "Accept": (edits.accept, {}, f"Accepted “{title}”"),
            "Archive": (edits.archive, {}, f"Archived “{title}”"),
            "Restore": (edits.restore, {}, f"Restored “{title}”"),
        }
        edit, given, sentence = does[name]
        done = self.session.change(sentence, edit, theme, by=self.who.value, **given)
        return f"{sentence}. Not saved yet." if done else "That is as it was already."

    def _undo(self) -> str:
        undone = self.session.undo()
        return f"Undone: {undone}." if undone else "There is nothing to undo."

    def _save(self, *, over_newer: bool = False) -> str:
        self.session.save(over_newer=over_newer)
        return f"Saved to {self.session.file.name}."

    # --------------------------------------------------------------------------------------------------------- what is shown
    def _named(self, id: str) -> str:
        return self.session.now[id]["name"] if id else ""

    def _proposed(self, theme: str | None) -> str:
        """Give the name that a language model proposes for a theme, "" for none or where it has it already."""
        if theme is None or theme not in self.proposals:
            return ""
        name = self.proposals[theme].name
        return name if name != self._named(theme) else ""

    def _place(self, parent: str) -> str:
        return f"under “{self._named(parent)}”" if parent else "to the top"

    def _list(self) -> None:
        """List the themes that the search finds, and keep the one picked where it is among them."""
        table, wanted = overview(self.session.now, self.said, self.weekly), self.find.value.casefold().strip()
        hits = [row for row in table.itertuples(index=False) if wanted in f"{row.name} {row.words} {row.theme}".casefold()]
        picked, ids = self.themes.value, [row.theme for row in hits]
        self.themes.options = [(views.option(row, len(edits.path(self.session.now, row.theme)) - 1), row.theme) for row in hits]
        self.themes.value = picked if picked in ids else (ids[0] if ids else None)
        self._show()

    def _show(self) -> None:
        now, theme = self.session.now, self.themes.value
        others = [
            (entry["name"], id) for id, entry in now.items() if id != theme and not entry.get("into") and not edits.is_archived(now, id)
        ]
        others = sorted(others, key=lambda pair: pair[0].casefold())
        for control, none in ((self.into, "(choose)"), (self.under, "(the top)")):
            control.options, control.value = [(none, ""), *others], ""
        self.name.value = self._named(theme)
        self.words.value = self.part.value = self.seeds.value = ""
        status = now[theme].get("status") if theme else ""
        for name, wanted in (("Accept", ("candidate", "new")), ("Restore", ("archived", "merged"))):
            self.buttons[name].disabled = status not in wanted
        self.buttons["Take proposed name"].layout.display = "" if self._proposed(theme) else "none"
        self.buttons["Undo"].disabled, self.buttons["Save"].disabled = not self.session.changes, not self.session.unsaved
        self.shown.value = (
            views.detail(theme, now, self.near.get(theme, []), self.said, self.weekly, self.proposals.get(theme), self.speaking)
            if theme
            else "<p>No theme is found by this.</p>"
        )
        points = "".join(f"<li>{escape(change)}</li>" for change in self.session.changes)
        self.pending.value = f'<div style="line-height: 1.4">Changes of this sitting:<ol>{points}</ol></div>' if points else ""
        self._say("")

    def _say(self, sentence: str, *, alert: bool = False) -> None:
        role, look = ("alert", "color: var(--jp-error-color1, #b00020)") if alert else ("status", "")
        self.status.value = f'<p role="{role}" style="line-height: 1.4; {look}">{escape(sentence)}</p>'

    def _laid_out(self) -> "Box":
        from ipywidgets import HBox, VBox

        def row(*parts: "str | Widget") -> HBox:
            return HBox([self.buttons[part] if isinstance(part, str) else part for part in parts])

        acts = [
            row(self.name, "Rename"),
            row("Take proposed name"),
            row(self.into, "Merge"),
            row(self.under, "Move"),
            row(self.words, "Pin"),
        ]
        ends = [self.part, row(self.seeds, "Split"), row("Accept", "Archive", "Restore"), row("Undo", "Save", "Save over it")]
        left = VBox([self.find, self.themes, self.who, *acts, *ends, self.status, self.pending], layout={"width": "27em"})
        right = VBox([self.shown], layout={"flex": "1 1 20em", "padding": "0 0 0 20px"})
        self.buttons["Save over it"].layout.display = "none"
        return HBox([left, right, freed()], layout={"width": "100%", "flex_flow": "row wrap", "align_items": "flex-start"})

    def _repr_mimebundle_(self, **keywords: Any) -> dict[str, Any]:
        still = views.still(self.session.now, self.said, self.weekly, self.proposals)._repr_mimebundle_()
        return {**self.box._repr_mimebundle_(**keywords), **still}


def _typed(control: Any) -> list[str]:
    return [word.strip() for word in control.value.split(",") if word.strip()]
