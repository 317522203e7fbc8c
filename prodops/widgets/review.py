"""The review panel: pick a theme, see what people say in it, and set its name, place and words right; nothing is written before "Save"."""

from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from prodops.errors import ProdopsError
from prodops.feedback import taxonomy as edits
from prodops.widgets import views
from prodops.widgets.keys import freed
from prodops.widgets.session import Session

if TYPE_CHECKING:
    import pandas as pd
    from ipywidgets import Box, Button

    from prodops.feedback.taxonomy import Entry

    Save = Callable[[Mapping[str, Entry], tuple[str, ...]], object]

_WIDE, _LABEL = {"width": "auto"}, {"description_width": "6em"}


def review(taxonomy: "Mapping[str, Entry]", said: "pd.DataFrame", weekly: "pd.DataFrame", *, save: "Save") -> "Review":
    """Show the themes of a taxonomy for people to curate: end a cell with it.

    ``said`` is what ``Themes.attach`` returned, ``weekly`` its trend. ``save(taxonomy, changes)`` writes what was decided. Where there are
    no widgets (a report, a page) the themes are one table.
    """
    return Review(Session(taxonomy, save), said, weekly)


class Review:
    """The panel: ``themes`` to pick from, ``shown`` of the one picked, a row of controls for each thing that can be done to it."""

    def __init__(self, session: Session, said: "pd.DataFrame", weekly: "pd.DataFrame") -> None:
        import ipywidgets as w

        self.session, self.said, self.weekly = session, said, weekly
        self.find = w.Text(description="Find", placeholder="part of a name or word", style=_LABEL, layout=_WIDE)
        self.themes = w.Select(description="Themes", rows=14, style=_LABEL, layout={"width": "auto", "height": "auto"})
        self.shown, self.status, self.pending = w.HTML(), w.HTML(), w.HTML()
        text = {"style": _LABEL, "layout": {"width": "20.5em"}}
        self.name = w.Text(description="Name", **text)
        self.into = w.Dropdown(description="Merge into", **text)
        self.under = w.Dropdown(description="Put under", **text)
        self.words = w.Text(description="Pin words", placeholder="words, with commas", **text)
        self.part = w.Text(description="Split off", placeholder="words of the new theme", **text)
        self.buttons = self._buttons()
        self.box = self._laid_out()
        self.find.observe(lambda _: self._list(), "value")
        self.themes.observe(lambda _: self._show(), "value")
        self._list()

    # ------------------------------------------------------------------------------------------------------ what can be done
    def _buttons(self) -> "dict[str, Button]":
        from ipywidgets import Button

        made = {}
        for name, (action, tip) in {
            "Rename": (self._rename, "Give the theme this name"),
            "Merge": (self._merge, "Count this theme's voices under the other one from now on"),
            "Move": (self._move, "Make this theme a part of the other one"),
            "Pin": (self._pin, "Texts with these words belong here, whatever the machine finds"),
            "Split": (self._split, "Make a theme of its own of the texts with these words"),
            "Archive": (self._archive, "Put the theme away; its history stays"),
            "Undo": (self._undo, "Take the last change back"),
            "Save": (self._save, "Write params/taxonomy.yaml"),
        }.items():
            made[name] = Button(description=name, tooltip=tip, layout={"width": "6em"}, button_style="primary" if name == "Save" else "")
            made[name].on_click(lambda _, action=action: self._try(action))
        return made

    def _try(self, action: Callable[[], str]) -> None:
        """Do what a button is for, say what was done or why it was not, and show the theme as it is now."""
        try:
            done, wrong = action(), ""
        except (ProdopsError, OSError) as fault:
            done, wrong = "", str(fault)
        self._list()
        self._say(wrong or done, alert=bool(wrong))

    def _rename(self) -> str:
        old = self._entry["name"]
        return self._change(f"Renamed “{old}” to “{self.name.value.strip()}”", edits.rename, self.themes.value, self.name.value.strip())

    def _merge(self) -> str:
        into = self._other(self.into, "to merge it into")
        return self._change(f"Merged “{self._entry['name']}” into “{self._named(into)}”", edits.merge, self.themes.value, into)

    def _move(self) -> str:
        parent = self.under.value or None
        where = f"under “{self._named(parent)}”" if parent else "to the top"
        return self._change(f"Moved “{self._entry['name']}” {where}", edits.move, self.themes.value, parent)

    def _pin(self) -> str:
        words = self._typed(self.words)
        return self._change(f"Pinned {', '.join(words)} to “{self._entry['name']}”", edits.pin, self.themes.value, words=words)

    def _split(self) -> str:
        words = self._typed(self.part)
        return self._change(f"Split {', '.join(words)} off “{self._entry['name']}”", edits.split, self.themes.value, words)

    def _archive(self) -> str:
        return self._change(f"Archived “{self._entry['name']}”", edits.archive, self.themes.value)

    def _undo(self) -> str:
        undone = self.session.undo()
        return f"Undone: {undone}." if undone else "There is nothing to undo."

    def _save(self) -> str:
        self.session.save()
        return "Saved."

    def _change(self, sentence: str, edit: Callable[..., Any], *given: Any, **named: Any) -> str:
        self.session.change(sentence, edit, *given, **named)
        return f"{sentence}. Not saved yet."

    # --------------------------------------------------------------------------------------------------------- what is shown
    @property
    def _entry(self) -> "Entry":
        if self.themes.value is None:
            raise ProdopsError("Pick a theme first.")
        return self.session.now[self.themes.value]

    def _named(self, id: str) -> str:
        return self.session.now[id]["name"]

    def _other(self, control: Any, purpose: str) -> str:
        if not control.value:
            raise ProdopsError(f"Choose the theme {purpose}.")
        return str(control.value)

    def _typed(self, control: Any) -> list[str]:
        words = [word.strip() for word in control.value.split(",") if word.strip()]
        if not words:
            raise ProdopsError(f"{control.description}: type one word or more, with commas between.")
        return words

    def _list(self) -> None:
        """List the themes that the search finds, and keep the one picked where it is among them."""
        from prodops.feedback.listing import overview

        table = overview(self.session.now, self.said, self.weekly)
        wanted = self.find.value.casefold().strip()
        hits = [wanted in f"{row.name} {row.words} {row.theme}".casefold() for row in table.itertuples(index=False)]
        picked, options = self.themes.value, [_option(row) for row in table[hits].itertuples(index=False)]
        ids = [id for _, id in options]
        self.themes.options = options
        self.themes.value = picked if picked in ids else (ids[0] if ids else None)
        self._show()

    def _show(self) -> None:
        now, theme = self.session.now, self.themes.value
        others = [(entry["name"], id) for id, entry in now.items() if id != theme and entry.get("status") not in ("archived", "merged")]
        others = sorted(others, key=lambda pair: pair[0].casefold())
        self.into.options = [("(choose)", ""), *others]
        self.under.options = [("(the top)", ""), *others]
        self.name.value, self.words.value, self.part.value = now[theme]["name"] if theme else "", "", ""
        self.shown.value = views.detail(theme, now, self.said, self.weekly) if theme else "<p>No theme is found by this.</p>"
        points = "".join(f"<li>{escape(change)}</li>" for change in self.session.changes)
        self.pending.value = f"<p>Changes of this sitting:</p><ol>{points}</ol>" if points else ""
        self.buttons["Undo"].disabled, self.buttons["Save"].disabled = not self.session.changes, not self.session.unsaved
        self._say("")

    def _say(self, sentence: str, *, alert: bool = False) -> None:
        role, look = ("alert", "color: var(--jp-error-color1, #b00020)") if alert else ("status", "")
        self.status.value = f'<p role="{role}" style="{look}">{escape(sentence)}</p>'

    def _laid_out(self) -> "Box":
        from ipywidgets import HBox, VBox

        rows = {"Rename": self.name, "Merge": self.into, "Move": self.under, "Pin": self.words, "Split": self.part}
        acts = [HBox([control, self.buttons[name]]) for name, control in rows.items()]
        last = HBox([self.buttons[name] for name in ("Archive", "Undo", "Save")], layout={"justify_content": "flex-end"})
        left = VBox([self.find, self.themes, *acts, last, self.status, self.pending], layout={"width": "27em"})
        right = VBox([self.shown], layout={"flex": "1 1 20em", "padding": "0 0 0 20px"})
        return HBox([left, right, freed()], layout={"width": "100%", "flex_flow": "row wrap", "align_items": "flex-start"})

    def _repr_mimebundle_(self, **keywords: Any) -> dict[str, Any]:
        still = views.still(self.session.now, self.said, self.weekly)._repr_mimebundle_()
        return {**self.box._repr_mimebundle_(**keywords), **still}


def _option(row: Any) -> tuple[str, str]:
    aside = f"{row.voices:,}" if row.voices else views.STATUS.get(row.status, row.status)
    return f"{row.name}  ·  {aside}" + ("  ·  candidate" if row.status == "candidate" and row.voices else ""), row.theme
