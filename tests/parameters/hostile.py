"""Hostile parameters: names that are code or lookalikes, values that a careless reader would turn into something else."""

LONG = "x" * 10_000_000

DECLARED = """
from datetime import date
from typing import Annotated, Literal, Optional
from pydantic import SecretStr
weeks: int = 12  # weeks shown
few: Annotated[int, range(4, 105)] = 12
share: float = 0.5  # least share
part: Annotated[float, Interval(gt=0, le=1)] = 0.5
flag: bool = True
since: date = date(2025, 1, 2)
segment: str = ""
plan: Literal["free", "team"] = "team"
plans: list[str] = []
counts: list[int] = []
token: SecretStr = "${API_TOKEN}"
"""

NAMES = {
    "x=1;import os": "",
    "weeks;import os": "weeks",
    "weeks\nimport os": "weeks",
    "__import__('os').system('id')": "",
    "__class__": "",
    "__builtins__": "",
    "import": "",
    "lambda": "",
    "None": "",
    "wееks": "weeks",  # Cyrillic е
    "ѕһаrе": "share",
    "ｗｅｅｋｓ": "weeks",  # full width
    "we\u200beks": "weeks",  # a space of no width
    "\u202eskeew": "",
    "week\u017f": "weeks",  # ſ, which Python reads as s
    "ﬂag": "flag",  # a ligature, which Python reads as fl
    "Weeks": "weeks",
    "weeks ks": "weeks",
    "../../weeks": "weeks",
    "${weeks}": "weeks",
    "wееks\udcff": "weeks",
    "weeks\x00": "weeks",
    "🤖": "",
    "x" * 100_000: "",
}
"""Names that nothing is called, and the declared one that is meant."""

TEXTS = {
    "no": "NO",
    "zeros": "0012",
    "exponent": "1e5",
    "clock": "12:30",
    "underscore": "1_000",
    "arabic digits": "٣",
    "nan": "NaN",
    "infinity": "-inf",
    "minus nought": "-0",
    "null": "null",
    "tilde": "~",
    "none": "None",
    "true": "true",
    "date": "2025-02-30",
    "path": "../../etc/passwd",
    "code": "1; import os; os.system('id')",
    "newline and code": "a\nimport os\nos.system('id')",
    "magic": "%run evil.py",
    "shell": "!rm -rf ~; $(id) `id` | & > <",
    "help": "print?",
    "triple quotes": "'''\n\"\"\"\\",
    "backslashes": "\\\\x41\\N{BULLET}\\",
    "braces": "{{}} {0.__class__} %s %(x)s ${HOME} #{x}",
    "script": "</script><script>alert(1)</script><img src=x onerror=alert(1)>&amp;",
    "yaml tag": "!!python/object/apply:os.system [id]",
    "anchor": "&a *a <<: *a",
    "equals": "a=b=c",
    "blanks": "  a\t ",
    "separators": "a\u2028b\u2029c\u0085d",
    "bidi": "\u202eabc\u202c\u2066",
    "no width": "a\u200bb\ufeffc",
    "control": "\x1b[31mred\x07\x00\x7f",
    "carriage return": "a\r\nb\rc",
    "full width": "ａ１",
    "combined and not": "é e\u0301 ﬁ",
    "beyond the plane": "😀𝒳\U0010ffff",
    "longest": "x" * 10_000,
    "comma": 'a, "b",,"',
    "hash": "# not a comment",
    "cell": "%%bash\nid",
}
"""Texts that stay what they are, to the character."""

TYPED = [
    ("weeks", "NO"),
    ("weeks", "0012"),
    ("weeks", "1e5"),
    ("weeks", "12:30"),
    ("weeks", "1_000"),
    ("weeks", "٣"),
    ("weeks", "１２"),
    ("weeks", "12.0"),
    ("weeks", "0x10"),
    ("weeks", "true"),
    ("weeks", "9" * 5000),
    ("weeks", "9223372036854775808"),
    ("weeks", "12; import os"),
    ("weeks", "12\n13"),
    ("weeks", ""),
    ("few", "3"),
    ("few", "105"),
    ("share", "NaN"),
    ("share", "inf"),
    ("share", "-Infinity"),
    ("share", "1e400"),
    ("share", "1,5"),
    ("share", "1_0.5"),
    ("share", "٣.٥"),
    ("part", "0"),
    ("part", "-0"),
    ("flag", "2"),
    ("flag", "none"),
    ("flag", "ｙｅｓ"),
    ("since", "2025-02-30"),
    ("since", "0000-01-01"),
    ("since", "2025-W01-1"),
    ("since", "20250102"),
    ("since", "2025-01-02T00:00:00"),
    ("since", "2025-01-02 00:00:00+02:00"),
    ("since", "٢٠٢٥-٠١-٠٢"),
    ("since", "today"),
    ("since", "45000"),
    ("plan", "Team"),
    ("plan", "tеam"),  # Cyrillic е
    ("plan", "team "),
    ("segment", "a\udcffb"),
    ("segment", "\ud83d"),
    ("segment", "x" * 10_001),
    ("segment", LONG),
    ("plan", LONG),
    ("weeks", LONG),
    ("since", LONG),
    ("plans", LONG),
    ("token", LONG),
    ("plans", '"a'),
    ("plans", "a," * 1001),
    ("plans", "\ud83d"),
    ("counts", "1,,2"),
    ("counts", "1,two"),
    ("counts", "[1, 2]"),
    ("token", "hunter2"),
    ("token", "$API_TOKEN"),
    ("token", "${API_TOKEN} "),
    ("token", "${API_TOKEN}${API_TOKEN}"),
    ("token", "${API-TOKEN}"),
]
"""A declared name, and a text that is no value of its type."""

NESTED = ["&a [x, x, x, x, x, x, x, x, x]"] + [
    f"&{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefghijkl", "bcdefghijklm", strict=True)
]
LAUGHS = "".join(f"  - {line}\n" for line in NESTED)
"""A list of lists of lists …: a small text, and billions of items to whoever writes them out."""

FILES = {
    "python object": ("parameters: {segment: !!python/object/apply:os.system [id]}", "tags never are"),
    "own tag": ("parameters: {segment: !secret x}", "tags never are"),
    "binary": ("parameters: {segment: !!binary aWQ=}", "segment: expected text"),
    "timestamp": ("parameters: {segment: !!timestamp 2025-01-01}", "segment: expected text"),
    "laughs": (f"parameters:\n  plans:\n{LAUGHS}", "plans: expected a list, each text; got [a list, a list"),
    "laughs as a limit": (f"limits:\n  cell:\n{LAUGHS}", "limits.cell: expected a span of time"),
    "laughs as an address": (f"deliver:\n- to:\n{LAUGHS}", "deliver.0.to"),
    "laughs as a need": (f"needs:\n  fresh:\n{LAUGHS}", "needs.fresh"),
    "merge": ("parameters: {<<: {weeks: 1}}", 'no parameter "<<"'),
    "merge by tag": ("parameters: {!!merge <<: {weeks: 1}}", "tags never are"),
    "merge of merges": ("parameters:\n  a: &a {weeks: 1}\n  b: &b {!!merge <<: [*a, *a]}\n", "tags never are"),
    "given twice": ("parameters: {weeks: 1, weeks: 2}", 'the key "weeks" is given twice'),
    "long key twice": (f"parameters:\n  ? {'k' * 2000}\n  : 1\n  ? {'k' * 2000}\n  : 2\n", "is given twice"),
    "key of a list": ("parameters: {[weeks]: 1}", "a key must be a plain word"),
    "number as key": ("parameters: {1: 1}", "parameters.1"),
    "nothing as key": ("parameters: {~: 1}", "parameters.None"),
    "truth for a number": ("parameters: {weeks: true}", 'weeks: expected a whole number; got "True"'),
    "number for a truth": ("parameters: {flag: 1}", 'flag: expected true or false; got "1"'),
    "text for a truth": ("parameters: {flag: NO}", 'flag: expected true or false; got "NO"'),
    "number for text": ("parameters: {segment: 1e5}", "Put it in quotes to make it text."),
    "truth for text": ("parameters: {segment: true}", "Put it in quotes to make it text."),
    "nothing for text": ("parameters: {segment: ~}", "segment: expected text; got nothing."),
    "zeros": ("parameters: {weeks: 0012}", 'weeks: expected a whole number; got "0012"'),
    "clock": ("parameters: {weeks: 12:30}", 'weeks: expected a whole number; got "12:30"'),
    "underscore": ("parameters: {weeks: 1_000}", 'weeks: expected a whole number; got "1_000"'),
    "whole float": ("parameters: {weeks: 12.0}", 'weeks: expected a whole number; got "12.0"'),
    "too large": (f"parameters: {{weeks: 1{'0' * 30}}}", "got a larger whole number than there can be"),
    "larger than any float": (f"parameters: {{share: 1{'0' * 400}}}", "got a larger whole number than there can be"),
    "more digits than Python reads": (f"parameters: {{weeks: 1{'0' * 5000}}}", "this is not valid YAML"),
    "1e400": ("parameters: {share: 1e400}", 'share: expected a number; got "inf"'),
    "nan": ("parameters: {share: .nan}", 'share: expected a number; got ".nan"'),
    "nan by tag": ("parameters: {share: !!float .nan}", 'share: expected a number; got "nan"'),
    "no such day": ("parameters: {since: 2025-02-30}", 'since: expected a date such as 2025-11-03; got "2025-02-30"'),
    "list in a list": ("parameters: {plans: [[a]]}", "plans: expected a list, each text; got [a list]."),
    "list for one": ("parameters: {segment: [a, b]}", 'segment: expected text; got ["a", "b"].'),
    "mapping for one": ("parameters: {segment: {a: b}}", "segment: expected text; got a mapping."),
    "long list": (f"parameters: {{counts: [{'1, ' * 1001}]}}", "counts: expected a list"),
    "deep": (f"parameters: {{plans: {'[' * 5000}{']' * 5000}}}", "this is not valid YAML"),
    "deep mappings": (f"parameters: {'{a: ' * 2000}1{'}' * 2000}", ""),
    "huge text": (f"parameters: {{segment: {LONG}}}", "segment: the text has 10,000,000 characters; at most 10,000 are taken."),
    "half a character": (r'parameters: {segment: "a\ud83d"}', r'segment: expected text; got "a\ud83d"'),
    "control": ('parameters: {plan: "\\e[31m\\a\\u202e"}', r'got "\x1b[31m\x07\u202e"'),
    "raw nul": ("parameters: {plan: a\x00b}", "this is not valid YAML"),
    "many misspelt": (f"parameters: {{{', '.join(f'weaks{i}: 1' for i in range(2000))}}}", 'Did you mean "weeks"?'),
    "not a mapping": ("parameters: weeks=1", "parameters: "),
    "a secret itself": ("parameters: {token: hunter2}", "token: a secret is never given itself"),
    "matrix name": ("matrix: {'x=1;import os': [1]}", 'no parameter "x=1;import os"'),
    "matrix lookalike": ("matrix: {wееks: [1]}", 'Did you mean "weeks"?'),
    "matrix value": ("matrix: {weeks: [1, NO]}", 'weeks: expected a whole number; got "NO"'),
    "matrix secret": ("matrix: {token: [hunter2]}", "token: a secret is never given itself"),
    "matrix of sets": ("matrix: [{weeks: 1}, {weeks: '1'}]", 'weeks: expected a whole number; got "1"'),
    "matrix laughs": (f"matrix:\n  plans:\n{LAUGHS}", "plans: expected a list"),
    "matrix of everything": ("matrix: {weeks: [1], '../../x': [1]}", 'no parameter "../../x"'),
}
"""What a report's file may say, and a part of the one line that refuses it."""
