"""The form for a notebook's parameters: what is declared becomes controls, and only what a report would take is set."""

from datetime import date
from typing import Any

import pytest
from pydantic import SecretStr

from prodops import widgets
from prodops.errors import ParameterError
from prodops.parameters.types import Value
from tests.parameters.hostile import TEXTS, TYPED

CELL = """
from datetime import date
from typing import Annotated, Literal, Optional
from pydantic import SecretStr
weeks: Annotated[int, range(4, 105)] = 12  # weeks shown <b>
share: Annotated[float, Interval(gt=0, le=1)] = 0.5
top: int = 5
plan: Literal["free", "team"] = "team"
grain: Optional[Literal["day", "week"]] = None
flag: bool = True
maybe: Optional[bool] = None
since: date = date(2025, 1, 2)
until: Optional[date] = None
segment: str = "a\\nb"
note: Optional[str] = None
plans: list[str] = ["a, b", "c"]
token: SecretStr = "${API_TOKEN}"
"""


def form(*cells: str, **values: Any) -> widgets.Form:
    return widgets.parameters({"In": ["", *(cells or (CELL,))], **values})


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "hunter2")


def test_each_type_has_its_control_with_label_help_and_value() -> None:
    """Ranges slide, choices drop down, dates are picked; the label is text and the help's markup is not run."""
    made = form()
    assert {name: type(control).__name__ for name, control in made.controls.items()} == {
        "weeks": "IntSlider", "share": "FloatSlider", "top": "Text", "plan": "Dropdown", "grain": "Dropdown", "flag": "Checkbox",
        "maybe": "Dropdown", "since": "DatePicker", "until": "DatePicker", "segment": "Textarea", "note": "Text", "plans": "Text",
        "token": "Text",
    }  # fmt: skip
    assert all(control.description == name and not control.description_allow_html for name, control in made.controls.items())
    assert (made.controls["weeks"].min, made.controls["weeks"].max, made.controls["share"].max) == (4, 104, 1)
    assert made.controls["plan"].options == (("free", "free"), ("team", "team"))
    assert made.controls["maybe"].options == (("True", True), ("False", False), ("(nothing)", None))
    assert made.controls["token"].value == "API_TOKEN"
    row = made.box.children[0]
    assert row.children[0].children[1].value.endswith(">weeks shown &lt;b&gt;</span>")


def test_values_start_as_the_notebook_has_them() -> None:
    """What the cell set, or another cell since; a value of another type is passed over for the default."""
    made = form(weeks=26, top="many", since=date(2025, 5, 6))
    assert [made.controls[name].value for name in ("weeks", "top", "since", "plan")] == [26, "5", date(2025, 5, 6), "team"]


def test_apply_sets_typed_values_and_says_what_to_run() -> None:
    """All values are set at once, the secret resolved; the sentence names them, the secret by its reference only."""
    made = form()
    for name, shown in {"weeks": 8, "top": " 7", "plan": "free", "until": date(2025, 3, 4), "note": "x", "plans": 'a, "b, c"'}.items():
        made.controls[name].value = shown
    made.button.click()
    expected: dict[str, Value] = {
        "weeks": 8, "share": 0.5, "top": 7, "plan": "free", "grain": None, "flag": True, "maybe": None, "since": date(2025, 1, 2),
        "until": date(2025, 3, 4), "segment": "a\nb", "note": "x", "plans": ["a", "b, c"],
    }  # fmt: skip
    assert {name: made.namespace[name] for name in expected} == expected
    assert made.namespace["token"] == SecretStr("hunter2")
    assert "Set weeks = 8, " in made.status.value
    assert "grain = (empty), " in made.status.value
    assert "Run Selected Cell and All Below" in made.status.value
    assert "token = ${API_TOKEN}" in made.status.value
    assert "hunter2" not in made.status.value
    made.controls["weeks"].value = 9  # what was said holds no longer
    assert made.status.value == ""


def test_nothing_is_set_where_one_value_cannot_be_taken() -> None:
    """The sentence of the command line stands beside the control as an alert, and goes when the value is mended."""
    made = form()
    made.controls["top"].value = "1e5<script>"
    assert made.messages["top"].value.endswith(">top: expected a whole number; got &quot;1e5&lt;script&gt;&quot;.</span>")
    assert 'role="alert"' in made.messages["top"].value
    made.controls["since"].value = None
    assert made.apply() == {}
    assert "Nothing was set: see top, since." in made.status.value
    assert set(made.namespace) == {"In"}
    made.controls["top"].value, made.controls["since"].value = "3", date(2025, 1, 1)
    assert made.messages["top"].value == made.messages["since"].value == ""
    assert made.apply()["top"] == 3


@pytest.mark.parametrize("typed", ["hunter2-and-more", "NOT_SET", "${API_TOKEN}", ""])
def test_a_secret_is_named_and_never_repeated(typed: str) -> None:
    """Whoever types the secret itself, or a variable that is not set, is told so without its being shown."""
    made = form()
    made.controls["token"].value = typed
    assert made.apply() == {}
    assert made.messages["token"].value != ""
    assert not typed or typed == "${API_TOKEN}" or typed not in made.messages["token"].value + made.status.value


def test_the_parameters_cell_is_found_as_it_was_run_last() -> None:
    """The first cell that declares any, in its latest form; cells with other declarations, magics and faults are passed over."""
    made = form(
        "import pandas as pd", "weeks: int = 5  # old", "%time 1", "scratch: int = 1", "weeks: int = 6  # new\ntop: int = 1", "x = 1"
    )
    assert [(p.name, p.default, p.help) for p in made.parameters.values()] == [("weeks", 6, "new"), ("top", 1, "")]
    with pytest.raises(ParameterError, match="run the notebook's parameters cell first"):
        form("x = 1")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_stays_text_in_the_form(text: str) -> None:
    """What is typed is what is set, to the character; what is shown of it is one harmless line."""
    made = form('segment: str = ""\nplans: list[str] = []')
    made.controls["segment"].value = text
    assert made.apply()["segment"] == text
    assert made.namespace["segment"] == text
    assert "<script" not in made.status.value
    assert "\n" not in made.status.value
    assert form('segment: str = ""', segment=text).apply() == {"segment": text}
    assert form("plans: list[str] = []", plans=[text[:3000], text[:3000]]).apply() == {"plans": [text[:3000], text[:3000]]}


@pytest.mark.parametrize(
    ("name", "text"), [(n, t) for n, t in TYPED if n in ("weeks", "share", "segment", "plans", "counts")], ids=lambda v: ascii(v[:40])
)
def test_a_value_of_another_type_is_refused_by_the_form(name: str, text: str) -> None:
    """The third door refuses what the others refuse."""
    made = form('weeks: int = 1\nshare: float = 0.5\nsegment: str = ""\nplans: list[str] = []\ncounts: list[int] = []')
    made.controls[name].value = text
    assert made.apply() == {}
    assert f">{name}: " in made.messages[name].value
    assert len(made.messages[name].value) < 1_000


def test_the_form_is_a_widget_to_the_notebook() -> None:
    """Ending a cell with it shows it."""
    assert "application/vnd.jupyter.widget-view+json" in form()._repr_mimebundle_()
