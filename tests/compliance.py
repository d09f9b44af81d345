"""Writes ``docs/compliance.md``: regulation -> control -> test -> last result.

The rows are in ``docs/compliance.toml``; the tests say themselves which row they prove (the marks
``control`` and ``attack``); the results are those of the last ``make evidence``. Run as
``python -m tests.compliance``.
"""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
REGISTER = REPOSITORY / "docs" / "compliance.toml"
RESULTS = REPOSITORY / "docs" / "compliance-results.json"
PAGE = REPOSITORY / "docs" / "compliance.md"
MARKS = frozenset({"attack", "control"})
_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class Row:
    """One regulation or one attack. ``waits_for``: why no test names it yet."""

    id: str
    what: str
    law: str = ""
    is_met_by: str = ""
    where: str = ""
    waits_for: str = ""


def register() -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The controls and the attacks, in their order."""
    stated = tomllib.loads(REGISTER.read_text(encoding="utf-8"))
    controls = tuple(Row(what=row.pop("asks"), **row) for row in stated["control"])
    return controls, tuple(Row(**row) for row in stated["attack"])


@cache
def marked_tests() -> dict[str, tuple[str, ...]]:
    """By row, the tests that name it: ``tests/...py::test_name``, without parameters."""
    found: dict[str, set[str]] = {}
    for path in sorted((REPOSITORY / "tests").rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        if not any(f".{mark}(" in source for mark in MARKS):
            continue
        name = path.relative_to(REPOSITORY).as_posix()
        module = ast.parse(source)
        tests = [one for one in module.body if _is_test(one)]
        for statement in module.body:
            rows = set(_rows(statement))
            # A mark of the module, or in a table of cases of it, counts for the tests that use it.
            users = [statement] if _is_test(statement) else _users(statement, tests) if rows else []
            for test in users:
                assert isinstance(test, _FUNCTION)
                for row in rows:
                    found.setdefault(row, set()).add(f"{name}::{test.name}")
    return {row: tuple(sorted(names)) for row, names in found.items()}


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, _FUNCTION) and node.name.startswith("test")


def _users(statement: ast.stmt, tests: list[ast.stmt]) -> list[ast.stmt]:
    if not isinstance(statement, ast.Assign | ast.AnnAssign):
        return []
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    names = {one.id for one in targets if isinstance(one, ast.Name)}
    if "pytestmark" in names:
        return tests
    return [
        test
        for test in tests
        if names & {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    ]


def _rows(statement: ast.stmt) -> Iterator[str]:
    # Only what can bear a mark is looked through: what decorates a test, and the value of a table.
    nodes = statement.decorator_list if isinstance(statement, _FUNCTION) else [statement]
    for node in nodes:
        for call in ast.walk(node):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr in MARKS
            ):
                yield from (one.value for one in call.args if isinstance(one, ast.Constant))


def results() -> tuple[str, Mapping[str, str]]:
    """The day of the last run that was kept, and the outcome of each test in it."""
    if not RESULTS.exists():
        return "", {}
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))
    return str(kept["date"]), kept["tests"]


def page() -> str:
    """The whole page."""
    controls, attacks = register()
    tests = marked_tests()
    date, outcomes = results()

    def shown(row: Row) -> tuple[str, str]:
        names = tests.get(row.id, ())
        cell = "<br>".join(f"`{name.removeprefix('tests/')}`" for name in names)
        note = f"waits for: {row.waits_for}" if row.waits_for else ""
        return "<br>".join(filter(None, (cell, note))), _outcome(names, outcomes)

    lines = [
        "# Compliance",
        "",
        "Made from `docs/compliance.toml`, the marks on the tests and the results of the last",
        "`make evidence`; `make docs` writes it. This is engineering, not legal advice: it says",
        "which part of the law a part of the product answers to, and how that is proved.",
        "",
        f"Last run: {date or 'none kept'}. *passed* means every test named passed in that run.",
        "",
        "## What the law asks",
        "",
        *_table(
            ("", "law", "asks", "control", "test", "last result"),
            ((r.id, r.law, r.what, f"{r.is_met_by} (`{r.where}`)", *shown(r)) for r in controls),
        ),
        "",
        "## How it is attacked",
        "",
        *_table(
            ("", "attack or fault", "test", "last result"),
            ((row.id, row.what, *shown(row)) for row in attacks),
        ),
    ]
    return "\n".join(lines) + "\n"


def _outcome(names: Iterable[str], outcomes: Mapping[str, str]) -> str:
    told = [outcomes.get(name, "not run") for name in names]
    if not told:
        return ""
    return "passed" if set(told) == {"passed"} else ", ".join(sorted(set(told)))


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(header)
    yield f"| {' | '.join(names)} |"
    yield "|" + "---|" * len(names)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
