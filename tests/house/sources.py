"""The files of the five packages, each read and parsed once for all tests of the house."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("core", "plugins", "tenants", "audit", "api")
FILES = sorted(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))


def name_of(path: Path) -> str:
    """``core/claims/claim``: where a file is, without its ending."""
    return path.relative_to(REPOSITORY).as_posix().removesuffix(".py")


def files_below(*places: str) -> list[Path]:
    """The files whose name begins with one of ``places``."""
    return [path for path in FILES if name_of(path).startswith(places)]


@cache
def text_of(path: Path) -> str:
    """The text of a file."""
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(text_of(path))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Every node of the file."""
    return tuple(ast.walk(tree_of(path)))
