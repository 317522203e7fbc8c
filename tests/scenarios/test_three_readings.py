"""One formula text, three readings: arrays, Vega and words say the same of any tree."""

import math
import re
from random import Random
from typing import Any

import numpy as np
import pytest
import vl_convert
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from prodops.scenarios.arrays import plan
from prodops.scenarios.graph import Circle, Graph, build
from prodops.scenarios.language import Term, parse
from prodops.scenarios.vega import unroll
from prodops.scenarios.wording import equation, in_words, inside

MONTHS = 5
LEVERS = ("a", "b", "c")
NODES = ("n0", "n1", "n2", "n3")


# ------------------------------------------------------------------------------------------------------- random trees
SHAPES = [
    *(f"({{}} {sign} {{}})" for sign in ("+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "and", "or")),
    *("(-{})", "(not {})", "({} ** 2)", "({} ** 0.5)", "({} ** -1)", "(clip({}, 0.1, 3) ** (a - b))"),
    *("sum({})", "mean({})", "last({})", "cumulative({})", "exp(min({}, 2))", "log(max({}, 0.1))", "sqrt(max({}, 0))"),
    *("min({}, {}, {})", "max({}, {})", "clip({}, {}, {})", "({} if {} else {})", "ramp({}, {})"),
    *("previous({}, {})", "previous(month * {}, {})", "previous(n0, {})", "previous(n3 / 2, {})", "previous(n2, {})"),
]


def formula(rng: Random, node: int, depth: int = 3) -> str:
    """Write a formula over the levers, the nodes before this one and, of the month before, any node."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice([*LEVERS, *NODES[:node], *NODES[:node], "month", "months", "0.5", "2", "1e-3"])
    shape = rng.choice(SHAPES)
    return shape.format(*(formula(rng, node, depth - 1) for _ in range(shape.count("{}"))))


@st.composite
def trees(draw: st.DrawFn) -> tuple[str, ...]:
    """Draw a tree whose operations are as often one as another."""
    rng = Random(draw(st.integers(0, 2**32)))
    return tuple(formula(rng, i) for i in range(len(NODES)))


values = st.tuples(*(st.integers(10, 300).map(lambda n: n / 100) for _ in LEVERS))


def graph_of(texts: tuple[str, ...]) -> tuple[Graph, dict[str, Term]]:
    terms = dict(zip(NODES, map(parse, texts), strict=True))
    try:
        return build(terms), terms
    except Circle:
        assume(False)
        raise


def by_arrays(graph: Graph, levers: dict[str, float]) -> dict[str, list[float]]:
    with np.errstate(all="ignore"):
        found = plan(graph, graph.roots.values()).run({n: np.full((1, 1), v) for n, v in levers.items()}, MONTHS)
    return {node: np.broadcast_to(found[root][:, 0], MONTHS).tolist() for node, root in graph.roots.items()}


def by_vega(graph: Graph, levers: dict[str, float]) -> dict[str, list[float]]:
    """Let Vega itself work the expressions out, as signals of one specification."""
    unrolled = unroll(graph, MONTHS, NODES)
    signals: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in levers.items()]
    signals += [{"name": name, "update": text} for name, text in unrolled.expressions().items()]
    wanted = [name for node in NODES for name in unrolled.columns(node)]
    text = {"signal": f"join([{', '.join(wanted)}], '|')"}
    spec = {"width": 9, "height": 9, "signals": signals, "marks": [{"type": "text", "encode": {"update": {"text": text}}}]}
    shown = re.search(r"<text[^>]*>([^<]*)</text>", vl_convert.vega_to_svg(spec))
    numbers = [float(n) for n in shown[1].split("|")] if shown else []
    return {node: numbers[i * MONTHS : (i + 1) * MONTHS] for i, node in enumerate(NODES)}


# ----------------------------------------------------------------------- a reader of the words, written for this test alone
WORDS = [
    "total over all months of", "mean over all months of", "last month of", "running total of", "the month before", "month number",
    "number of months", "over", "months", "from month", "at first", "at least", "at most", ", otherwise", "min of", "max of", "limited", "ramp",
]  # fmt: skip
TOKEN = re.compile("|".join([*map(re.escape, WORDS), r"\d+(?:,\d{3})*(?:\.\d+)?", r"\w+", "[-+−×÷^<>=≤≥≠√();]"]))


class Reader:
    """Reads words back: an expression becomes a function of the month."""

    def __init__(self, words: dict[str, str], levers: dict[str, float]) -> None:
        self.words, self.levers = words, levers
        self.known: dict[tuple[str, int], float] = {}

    def node(self, name: str, month: int) -> float:
        if (name, month) not in self.known:
            self.tokens = TOKEN.findall(self.words[name])
            read = self._if()
            assert not self.tokens, self.words[name]
            self.known[name, month] = read(month)
        return self.known[name, month]

    def _take(self, *options: str) -> str:
        return self.tokens.pop(0) if self.tokens and self.tokens[0] in options else ""

    def _need(self, option: str) -> None:
        assert self._take(option), (option, self.tokens)

    def _if(self) -> Any:
        then = self._chain(0)
        if not self._take("if"):
            return then
        test = self._chain(0)
        self._need(", otherwise")
        other = self._chain(0)
        return lambda m: then(m) if test(m) != 0 else other(m)

    LEVELS = (("or",), ("and",), ("not",), ("<", ">", "≤", "≥", "=", "≠"), ("+", "−"), ("×", "÷"), ("neg",), ("^",))

    def _chain(self, level: int) -> Any:
        if level == len(self.LEVELS):
            return self._atom()
        if self.LEVELS[level] in (("not",), ("neg",)):
            if self._take("not" if level == 2 else "−"):
                inner = self._chain(level + 1)
                return (lambda m: float(inner(m) == 0)) if level == 2 else (lambda m: -inner(m))
            return self._chain(level + 1)
        left = self._chain(level + 1)
        while sign := self._take(*self.LEVELS[level]):
            left = self._joined(sign, left, self._chain(level + 1))
        return left

    def _joined(self, sign: str, left: Any, right: Any) -> Any:
        todo = {
            "or": lambda x, y: float(x != 0 or y != 0),
            "and": lambda x, y: float(x != 0 and y != 0),
            "<": lambda x, y: float(x < y),
            ">": lambda x, y: float(x > y),
            "≤": lambda x, y: float(x <= y),
            "≥": lambda x, y: float(x >= y),
            "=": lambda x, y: float(x == y),
            "≠": lambda x, y: float(x != y),
            "+": lambda x, y: x + y,
            "−": lambda x, y: x - y,
            "×": lambda x, y: x * y,
            "÷": lambda x, y: x / y,
            "^": math.pow,
        }[sign]
        return lambda m: todo(left(m), right(m))

    def _within(self, *labels: str) -> list[Any]:
        """Read (x; label y; …)."""
        self._need("(")
        parts = []
        for at, label in enumerate(labels):
            if at:
                self._need(";")
            if label:
                self._need(label)
            parts.append(self._if())
        if labels[-1] == "over":
            self._need("months")
        self._need(")")
        return parts

    def _atom(self) -> Any:
        token = self.tokens.pop(0)
        every = range(1, MONTHS + 1)
        match token:
            case "(":
                inner = self._if()
                self._need(")")
                return inner
            case "month number":
                return float
            case "number of months":
                return lambda _: float(MONTHS)
            case "total over all months of" | "mean over all months of":
                (x,) = self._within("")
                return lambda _: sum(x(m) for m in every) / (1 if token.startswith("total") else MONTHS)
            case "last month of":
                (x,) = self._within("")
                return lambda _: x(MONTHS)
            case "running total of":
                (x,) = self._within("")
                return lambda m: sum(x(k) for k in range(1, m + 1))
            case "the month before":
                x, first = self._within("", "at first")
                return lambda m: x(m - 1) if m > 1 else first(1)
            case "limited":
                x, low, high = self._within("", "at least", "at most")
                return lambda m: min(max(x(m), low(m)), high(m))
            case "ramp":
                start, over = self._within("from month", "over")
                return lambda m: min(max((m - start(m) + 1) / max(over(m), 1), 0), 1)
            case "min of" | "max of":
                self._need("(")
                parts = [self._if()]
                while self._take(";"):
                    parts.append(self._if())
                self._need(")")
                return lambda m: (min if token == "min of" else max)(p(m) for p in parts)
            case "exp" | "ln" | "√":
                (x,) = self._within("")
                return lambda m: {"exp": math.exp, "ln": math.log, "√": math.sqrt}[token](x(m))
        if token[0].isdigit():
            return lambda _: float(token.replace(",", ""))
        return (lambda _: self.levers[token]) if token in self.levers else (lambda m: self._elsewhere(token, m))

    def _elsewhere(self, name: str, month: int) -> float:
        kept, self.tokens = self.tokens, []
        found = self.node(name, month)
        self.tokens = kept
        return found


def agree(one: dict[str, list[float]], other: dict[str, list[float]]) -> None:
    for node in NODES:
        assert one[node] == pytest.approx(other[node], rel=1e-9, abs=1e-9), node


@settings(max_examples=30, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=[HealthCheck.filter_too_much])
@given(trees(), values)
def test_the_three_readings_agree(texts: tuple[str, ...], numbers: tuple[float, ...]) -> None:
    """Arrays, Vega itself and a reader of the words give each node the same in every month, to nine digits."""
    levers = dict(zip(LEVERS, numbers, strict=True))
    graph, terms = graph_of(texts)
    arrays = by_arrays(graph, levers)
    assume(all(math.isfinite(v) and abs(v) < 1e6 for row in arrays.values() for v in row))
    agree(by_vega(graph, levers), arrays)
    reader = Reader({node: in_words(term, {}) for node, term in terms.items()}, levers)
    try:
        read = {node: [reader.node(node, m) for m in range(1, MONTHS + 1)] for node in NODES}
    except (ZeroDivisionError, OverflowError, ValueError):
        assume(False)
        raise
    agree(read, arrays)


EDGES = {
    "(a - 1.5) ** (a - 1.5)": 1,
    "(a - 3.5) ** 3": -8,
    "-b ** 2": -0.25,
    "(b + 1.5) ** 3 ** 2": 512,
    "(b + 1.5) ** -1": 0.5,
    "(a < b) + (a >= b) * 2": 2,
    "not (a - 1.5) + 0": 1,
    "(a and b or 0) + (a - 1.5 and b) + (a - 1.5 or b - b)": 1,
    "-(a - 1.5) == 0": 1,
    "1 / max(-(a - 1.5), 1e-300) > 0": 1,
    "3 if -(a - 1.5) else 4": 4,
    "clip(a + 4, 3, 1)": 1,
    "a - -b - (a - b) - -(-b)": 0.5,
    "c / a / b - (c / (a / b))": 1,
    "1 < a < 2": 1,
    "2 < a < 3": 0,
    "1e-7 * c * 1e7 + 1e20 * c / 1e20": 2,
    "previous(previous(a * month, 10), 20)": 20,
    "c - (a - (b - c))": -1,
}


@pytest.mark.parametrize(("text", "value"), EDGES.items())
def test_the_three_readings_agree_at_the_edges(text: str, value: float) -> None:
    """Powers of nothing, signed zeros, chains, comparisons as numbers, crossed limits: the first month's value, worked out by hand."""
    levers = {"a": 1.5, "b": 0.5, "c": 1.0}
    graph, terms = graph_of((text, "a", "b", "c"))
    arrays = by_arrays(graph, levers)
    assert arrays["n0"][0] == pytest.approx(value)
    agree(by_vega(graph, levers), arrays)
    reader = Reader({node: in_words(term, {}) for node, term in terms.items()}, levers)
    assert reader.node("n0", 1) == pytest.approx(value)


def test_a_prefix_stands_before_every_name() -> None:
    """Read as columns of data, the same expressions refer to the row: nothing is left without its ``datum.``."""
    graph, _ = graph_of(("previous(n0, a) * (1 - b)", "cumulative(n0 * c)", "sum(n1) / months", "max(n2, exp(a)) if n0 > b else n1"))
    plain, prefixed = (unroll(graph, MONTHS, NODES, prefix).expressions() for prefix in ("", "datum."))
    assert list(plain) == list(prefixed)
    word = re.compile(r"(?<![\w.])(?!exp|max)[a-z_]\w*")
    assert {name: word.sub(lambda m: "datum." + m[0], text) for name, text in plain.items()} == prefixed
    assert unroll(graph, MONTHS, ["n2"]).columns("n2") == ("n2",) * MONTHS
    assert unroll(graph, MONTHS, ["n1"]).columns("n1") == tuple(f"n1__{m}" for m in range(1, 6))


def test_words_are_those_of_a_report() -> None:
    """Titles within a sentence, × ÷ − and no bracket too many."""
    titles = inside(
        {"sign_ups": "Sign-ups", "activation": "Activation", "mrr": "MRR", "churn": "Churn (a month)", "p": "Price", "q": "price"}
    )
    said = {
        "sign_ups * activation": "sign-ups × activation",
        "previous(mrr, 1000) * (1 - churn)": "the month before (MRR; at first 1,000) × (1 − “churn (a month)”)",
        "p / (q * 2) ** 2": "p ÷ (q × 2) ^ 2",
        "min(p, 0.0000002)": "min of (p; 0.0000002)",
    }
    assert {text: in_words(parse(text), titles) for text in said} == said
    assert equation("MRR", parse("p - (q - 1)"), titles) == "MRR = p − (q − 1)"
