"""A form for a notebook's parameters, typed and checked as a report would check them."""

from collections.abc import Mapping, MutableMapping
from html import escape
from typing import TYPE_CHECKING, Any

from prodops.errors import InputError, ParameterError, WorkspaceError, shorten
from prodops.parameters.declared import read_cell
from prodops.parameters.secrets import Reference
from prodops.parameters.types import Parameter, Type, Value
from prodops.sources.environment import secret

if TYPE_CHECKING:
    from ipywidgets import Box, Widget

WIDEST_SLIDER = 1_000
AGAIN = "Now select the cell below this form and choose Run, then Run Selected Cell and All Below."


def parameters(namespace: MutableMapping[str, Any] | None = None) -> "Form":
    """Show a form for the notebook's parameters: end a cell below the parameters cell with ``widgets.parameters()``.

    What is declared is read from the parameters cell as it was run in this session. Values start as they stand in
    ``namespace`` (the notebook's own by default), in which "Apply" sets them. Raises :class:`ParameterError` where no
    parameters cell was run.
    """
    if namespace is None:
        from IPython import get_ipython

        namespace = getattr(get_ipython(), "user_ns", {})
    declared = _as_run(namespace)
    if not declared:
        raise ParameterError("no parameters are declared here yet: run the notebook's parameters cell first.")
    return Form(declared, namespace)


def _as_run(namespace: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """Find the parameters cell among the cells that were run: the first that declares any, in the form that was run last."""
    latest: tuple[Parameter, ...] = ()
    for source in namespace.get("In", []):
        try:
            found = read_cell(str(source), "a cell")
        except WorkspaceError:
            continue
        if found and (not latest or {p.name for p in found} & {p.name for p in latest}):
            latest = found
    return latest


class Form:
    """One labelled control for each parameter, with its help, and what is wrong with its value, beside it."""

    def __init__(self, declared: tuple[Parameter, ...], namespace: MutableMapping[str, Any]) -> None:
        from ipywidgets import HTML, Button

        self.parameters = {p.name: p for p in declared}
        self.namespace = namespace
        self.controls: dict[str, Widget] = {p.name: _control(p, _current(p, namespace)) for p in declared}
        self.messages, self.status = {p.name: HTML() for p in declared}, HTML()
        self.button = Button(description="Apply", button_style="primary", tooltip="Set these values in the notebook")
        self.button.on_click(lambda _: self.apply())
        for name, control in self.controls.items():
            control.observe(lambda _, name=name: self.check(name), "value")
        self.box = self._laid_out()

    def check(self, name: str) -> Value:
        """Read one control's value and say beside it what is wrong; a value that cannot be taken reads as nothing."""
        self.status.value = ""
        parameter, shown, wrong = self.parameters[name], self.controls[name].value, ""
        value: Value = None
        try:
            value = _read(parameter, shown)
            _resolved(value)
        except InputError:
            wrong = f"{name}: this environment variable is not set where JupyterLab was started."
        except ValueError:
            wrong = parameter.refusal(shown)
        self.messages[name].value = _said(wrong, "alert")
        return value

    def apply(self) -> dict[str, Value]:
        """Set all values in the namespace, or none where one cannot be taken; gives what was set and says what to run again."""
        values = {name: self.check(name) for name in self.controls}
        if wrong := [name for name, message in self.messages.items() if message.value]:
            self.status.value = _said(f"Nothing was set: see {', '.join(wrong)}.")
            return {}
        self.namespace.update({name: _resolved(value) for name, value in values.items()})
        typed = {name: shorten(self.parameters[name].type.typed(value), 40)[1:-1] for name, value in values.items()}
        shown = ", ".join(f"{name} = {text or '(empty)'}" for name, text in typed.items())
        self.status.value = _said(f"Set {shown}. {AGAIN}")
        return values

    def _laid_out(self) -> "Box":
        from ipywidgets import HTML, HBox, VBox

        helps = {name: HTML(f'<span style="opacity: 0.75">{escape(p.help or p.type.words)}</span>') for name, p in self.parameters.items()}
        rows = [VBox([HBox([control, helps[name]]), self.messages[name]]) for name, control in self.controls.items()]
        return VBox([*rows, self.button, self.status])

    def _repr_mimebundle_(self, **keywords: Any) -> Any:
        return self.box._repr_mimebundle_(**keywords)


# ------------------------------------------------------------------------------------------------------- the controls
def _control(parameter: Parameter, value: Value) -> "Widget":
    """Choose the control that fits a parameter's type; where none does, a field of text that is read as a command line's is."""
    import ipywidgets as w

    kind, ends = parameter.type, _ends(parameter.type)
    common = {"description": parameter.name, "tooltip": parameter.help, "style": {"description_width": "10em"}, "layout": {"width": "26em"}}
    given = kind.choices or ((True, False) if kind.base == "bool" and kind.optional else ())
    if given and not kind.many:
        return w.Dropdown(options=[(str(c), c) for c in given] + [("(nothing)", None)] * kind.optional, value=value, **common)
    match "list" if kind.many else kind.base:
        case "bool":
            return w.Checkbox(value=value, **common)
        case "date":
            return w.DatePicker(value=value, **common)
        case "int" if ends and ends[1] - ends[0] <= WIDEST_SLIDER:
            return w.IntSlider(value=value, min=ends[0], max=ends[1], **common)
        case "float" if ends:
            return w.FloatSlider(value=value, min=ends[0], max=ends[1], step=(ends[1] - ends[0]) / 100, readout_format=".4g", **common)
    text = value.variable if isinstance(value, Reference) else kind.typed(value)
    return (w.Textarea if "\n" in text else w.Text)(value=text, **common)


def _ends(kind: Type) -> tuple[float, float] | None:
    """Give the ends of a slider, where a range has both and the value cannot be nothing."""
    low, high = (kind.above if kind.low is None else kind.low), (kind.below if kind.high is None else kind.high)
    return None if low is None or high is None or kind.optional else (low, high)


def _read(parameter: Parameter, shown: object) -> Value:
    """Read what a control holds: text by the parameter's type, anything else as it is; raises ValueError."""
    kind = parameter.type
    if not isinstance(shown, str) or (kind.choices and not kind.many):
        return kind.check(shown)
    return kind.parse(f"${{{shown.strip()}}}" if kind.base == "SecretStr" and shown and not kind.many else shown)


def _current(parameter: Parameter, namespace: Mapping[str, Any]) -> Value:
    try:
        return parameter.type.check(namespace[parameter.name])
    except (KeyError, ValueError):
        return parameter.default


def _resolved(value: Value) -> object:
    """Turn references into secrets, as the cell of a report's parameters does; raises :class:`InputError` for one that is not set."""
    if isinstance(value, list):
        return [_resolved(item) for item in value]
    return secret(value) if isinstance(value, Reference) else value


def _said(sentence: str, role: str = "status") -> str:
    look = "margin-left: 10em; color: var(--jp-error-color1, #b00020)" if role == "alert" else "white-space: normal"
    return f'<span role="{role}" style="{look}">{escape(sentence)}</span>' if sentence else ""
