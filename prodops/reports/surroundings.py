"""What all runs of one press have in common: the code, the interpreter, the packages and the kind of machine.

It is asked once and handed to each run. A kernel is of the same interpreter with the same search path as the press, so the
versions found here are those that run there.
"""

import ast
import hashlib
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

import prodops

if TYPE_CHECKING:
    from packaging.requirements import Requirement

PACKAGE = Path(prodops.__file__).parent
LOCK = "requirements.lock"
STANDS_ON = ("prodops", "notebooks", "params", LOCK)
"""What of a project a report follows from."""
SHORT = 12
"""Digits of a hash that only tells one file or cell from another; the whole is under a full one."""
MISSING = "missing"


def surroundings(root: Path) -> dict[str, Any]:
    """Write down what runs of a project stand on besides their notebooks: code with its files, Python, packages, lock, platform.

    No path, host or user is in it. Takes about a tenth of a second, and a git command.
    """
    files = package_files()
    code: dict[str, Any] = {"version": prodops.__version__, "sha256": package_hash(files)}
    return {
        "code": code | {"files": {name: digest[:SHORT] for name, digest in files.items()}} | commit(root),
        "python": platform.python_version(),
        "packages": packages(),
        "platform": {"system": platform.system(), "machine": platform.machine(), "python": platform.python_implementation()},
        "lock": {"path": LOCK, "sha256": sha256((root / LOCK).read_bytes())} if (root / LOCK).is_file() else None,
    }


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# ------------------------------------------------------------------------------------------------------------ our code
def package_files(folder: Path = PACKAGE) -> dict[str, str]:
    """Hash every file of the package, code and templates alike, by its path within it."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()) for path in paths}


def package_hash(files: Mapping[str, str]) -> str:
    """Hash the package as a whole: names and hashes of its files."""
    return sha256("".join(f"{name} {digest}\n" for name, digest in files.items()).encode())


def commit(root: Path) -> dict[str, str | bool]:
    """Give the last commit that changed what reports stand on, and whether that differs now; nothing where there is no git.

    Other commits, as of a test, change no report and so no byte of one.
    """
    try:
        found = _git(root, "log", "-1", "--format=%H", "--", *STANDS_ON)
        changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", *STANDS_ON)
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"commit": found, "dirty": bool(changed)} if found else {}


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "safe.directory=*", "--no-optional-locks", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True, stdin=subprocess.DEVNULL)
    return done.stdout.strip()


# ----------------------------------------------------------------------------------------------------------- packages
def packages(names: Iterable[str] = ()) -> dict[str, str]:
    """Give the installed versions of these distributions (by default: of prodops' own) and of all that they require, sorted by name.

    What a requirement names and nobody installed is ``missing``.
    """
    from packaging.requirements import Requirement

    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    for line in list(names) or _required():
        _visit(Requirement(line), found, seen)
    return dict(sorted(found.items()))


def _required() -> list[str]:
    """List what prodops requires, extras left out: they send reports about and compute nothing."""
    try:
        return [line for line in metadata.requires("prodops") or [] if "extra ==" not in line]
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        project = PACKAGE.parent / "pyproject.toml"
        return list(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]) if project.exists() else []


def _visit(wanted: "Requirement", found: dict[str, str], seen: set[tuple[str, frozenset[str]]]) -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    key = canonicalize_name(wanted.name), frozenset(wanted.extras)
    if key in seen:
        return
    seen.add(key)
    try:
        about = metadata.distribution(wanted.name).metadata
    except metadata.PackageNotFoundError:
        found[key[0]] = MISSING
        return
    found[key[0]] = about["Version"] or MISSING
    for line in about.get_all("Requires-Dist") or []:
        needed = Requirement(line)
        if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in key[1] or {""}):
            _visit(needed, found, seen)


# ------------------------------------------------------------------------------------------- what a notebook imports
def imported(sources: Iterable[str]) -> set[str]:
    """List the top-level modules that these cells import, the standard library's and our own left out.

    Lines of magic are passed over; a cell that is not Python even then imports nothing that could be told.
    """
    names: set[str] = set()
    for source in sources:
        try:
            tree = ast.parse(re.sub(r"(?m)^(\s*)[%!?].*$", r"\1pass", source))
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"prodops"}


def of_modules(names: Iterable[str], known: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Give the packages that these modules come with and all that they require, beyond those known; and, for modules that
    lie elsewhere than their package, or have none, a short hash of their files."""
    made: dict[str, str] = {}
    own: dict[str, str] = {}
    for name in sorted(names):
        homes = {
            d: metadata.distribution(d) for d in ([name] if name in known else _distributions().get(name, [])) if known.get(d) != MISSING
        }
        if unknown := [d for d in sorted(homes) if d not in known]:  # what is known was asked for with all that it requires
            made |= {k: v for k, v in packages(unknown).items() if k not in known}
        place = _module_place(name)
        if place and not any(place.is_relative_to(Path(str(d.locate_file("")))) for d in homes.values()):
            files = sorted(place.glob("**/*.py")) if place.is_dir() else [place]
            own[name] = sha256("".join(f"{p.name} {sha256(p.read_bytes())}\n" for p in files).encode())[:SHORT]
    return dict(sorted(made.items())), own


@cache
def _distributions() -> Mapping[str, list[str]]:
    return {name: sorted(set(found)) for name, found in metadata.packages_distributions().items()}


def _module_place(name: str) -> Path | None:
    """Find a module's folder or file without importing it; none for what is built in or cannot be found."""
    try:
        spec = PathFinder.find_spec(name)
    except (ImportError, ValueError):
        return None
    places = [Path(place) for place in (spec.submodule_search_locations or [spec.origin or ""] if spec else [])]
    return next((place for place in places if place.is_file() or any(place.glob("**/*.py"))), None)
