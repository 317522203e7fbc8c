"""A notebook's declaration of its parameters: the one tagged cell, read from its syntax tree and never run.

A parameter is an annotated assignment with a comment, ``weeks: Annotated[int, range(4, 105)] = 12  # weeks shown``. The
annotation is read by the short list of forms below; nothing of the cell is ever evaluated here.
"""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from keyword import iskeyword
from typing import Any

from prodops.errors import WorkspaceError
from prodops.parameters.types import WORDS, Parameter, Type

IMPORTS = ("typing", "datetime", "pydantic", "annotated_types")
FORMS = "int, float, str, bool, date, SecretStr, Literal[…], list[…], Optional[…], Annotated[int, range(a, b)] and Annotated[float, Interval(ge=…, le=…)]"


def read_cell(source: str, file: str) -> tuple[Parameter, ...]:
    """Read the parameters that a cell declares, in order; raises :class:`WorkspaceError` naming file and line."""
    try:
        tree = ast.parse(source)
        comments = dict(_comments(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError) as fault:
        line = getattr(fault, "lineno", None) or 1
        raise WorkspaceError(f"{file}: parameters cell, line {line}: this is not plain Python.") from None
    found: dict[str, Parameter] = {}
    for node in tree.body:
        try:
            parameter = _declaration(node, comments)
            if parameter and parameter.name in found:
                raise ValueError(f"{parameter.name} is declared twice")
        except (ValueError, RecursionError) as fault:
            raise WorkspaceError(f"{file}: parameters cell, line {node.lineno}: {fault}.") from None
        if parameter:
            found[parameter.name] = parameter
    return tuple(found.values())


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("#").strip()


def _declaration(node: ast.stmt, comments: dict[int, str]) -> Parameter | None:
    """Read one statement: a parameter, or nothing for an import or a docstring; raises ValueError for all else."""
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return None
        case ast.Import(names=names) if all(alias.name in IMPORTS for alias in names):
            return None
        case ast.ImportFrom(module=module, level=0) if module in IMPORTS:
            return None
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            raise ValueError(f"{name} has no type; write {name}: {_guess(value)} = {_code(value)}  # what it is for")
        case ast.AnnAssign(target=ast.Name(id=name), value=None):
            raise ValueError(f"{name} has no default; write {name}: {_code(node.annotation)} = …")
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=ast.expr() as value):
            return _parameter(name, annotation, value, comments.get(node.end_lineno or node.lineno, ""))
    raise ValueError(
        f"only lines such as weeks: int = 12  # weeks shown belong here, and imports from {', '.join(IMPORTS[:2])}; "
        f"move {_code(node)} to the next cell"
    )


def _parameter(name: str, annotation: ast.expr, value: ast.expr, help: str) -> Parameter:
    if iskeyword(name) or name.startswith("_"):
        raise ValueError(f'"{name}" cannot be a parameter\'s name')
    kind = _type(annotation)
    try:
        default = kind.check(_literal(value))
    except ValueError:
        shown = "" if kind.base == "SecretStr" else f" {_code(value)}"
        raise ValueError(f"{name}: the default{shown} is not {kind.words}") from None
    return Parameter(name, kind, default, help)


def _code(node: ast.AST, limit: int = 40) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= limit else text[:limit] + "…"


def _guess(value: ast.expr) -> str:
    try:
        name = type(_literal(value)).__name__
    except ValueError:
        name = ""
    return name if name in WORDS else "list[str]" if name == "list" else "str"


# ----------------------------------------------------------------------------------------------------- the annotation
def _type(node: ast.expr) -> Type:
    """Read an annotation by its form; raises ValueError naming the forms that are understood."""
    match node:
        case ast.Name() | ast.Attribute() if _last(node) in WORDS:
            return Type(_last(node))  # type: ignore[arg-type]
        case ast.Subscript(value=head, slice=inside) if _last(head) == "Literal":
            return _choices(inside)
        case ast.Subscript(value=head, slice=inside) if _last(head) in ("list", "List"):
            inner = _type(inside)
            if not (inner.many or inner.optional):
                return replace(inner, many=True)
        case ast.Subscript(value=head, slice=inside) if _last(head) == "Optional":
            return replace(_type(inside), optional=True)
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
            return replace(_type(left), optional=True)
        case ast.Subscript(value=head, slice=ast.Tuple(elts=[inside, *limits])) if _last(head) == "Annotated":
            return _limited(_type(inside), limits)
    raise ValueError(f"the type {_code(node)} is not understood; the types are {FORMS}")


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _choices(inside: ast.expr) -> Type:
    values = [_literal(item) for item in (inside.elts if isinstance(inside, ast.Tuple) else [inside])]
    for base, kind in (("str", str), ("int", int)):
        if values and all(type(value) is kind for value in values):
            return Type(base, choices=tuple(values))  # type: ignore[arg-type]
    raise ValueError("Literal[…] takes texts, or whole numbers, and not both")


def _limited(kind: Type, limits: list[ast.expr]) -> Type:
    """Add the range of an ``Annotated`` number: ``range(a, b)`` (b excluded, as in Python) or Interval/Field(ge, gt, le, lt)."""
    for node in limits:
        match node:
            case ast.Call(func=ast.Name(id="range"), args=[first, last], keywords=[]) if kind.base == "int":
                kind = replace(kind, low=_number(first), high=_number(last) - 1)
            case ast.Call(func=func, args=[], keywords=words) if _last(func) in ("Interval", "Field") and kind.base in ("int", "float"):
                names = {"ge": "low", "le": "high", "gt": "above", "lt": "below"}
                if not words or any(word.arg not in names for word in words):
                    raise ValueError(f"{_code(node)}: a range takes ge, gt, le and lt")
                limit: dict[str, Any] = {names[str(word.arg)]: _number(word.value) for word in words}
                kind = replace(kind, **limit)
            case _:
                raise ValueError(f"the range {_code(node)} is not understood; write range(4, 105) or Interval(ge=0, le=1)")
    return kind


def _number(node: ast.expr) -> float:
    value = _literal(node)
    if type(value) not in (int, float):
        raise ValueError(f"{_code(node)} is not a number")
    return value  # type: ignore[return-value]


def _literal(node: ast.expr) -> object:
    """Read a plain value: a literal, a list of them, ``date(2025, 11, 3)`` or ``SecretStr("${NAME}")``; raises ValueError for all else."""
    if isinstance(node, ast.Call) and _last(node.func) == "SecretStr" and len(node.args) == 1 and not node.keywords:
        return _literal(node.args[0])
    if isinstance(node, ast.Call) and _last(node.func) == "date" and not node.keywords:
        parts = [ast.literal_eval(part) for part in node.args]
        if len(parts) == 3 and all(type(part) is int for part in parts):
            return date(*parts)
    if isinstance(node, ast.List | ast.Tuple):
        return [_literal(item) for item in node.elts]
    try:
        return ast.literal_eval(node)
    except (TypeError, SyntaxError, MemoryError, RecursionError):
        raise ValueError("not a plain value") from None
