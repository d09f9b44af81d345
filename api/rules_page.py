"""``docs/rules.md``: every rule of the platform and of the specialties, and the tests that show it.

The tests are read as text from the checkout the page is made in; they are no part of the product.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path

from core.dates import ALWAYS
from core.rules.edits import ClaimEdit, Gate
from core.rules.rule import Rule
from core.rules.rulebook import RuleSet
from core.scrub.finding import Severity
from plugins.host import EnabledPlugin, default_host, platform_rules

_TESTS = Path(__file__).resolve().parent.parent / "tests"
_TRIALS = ("core/scrub/trials_*.py", "plugins/*/trials*.py")
_OTHER_TESTS = ("plugins/**/test_*.py", "core/scrub/test_*.py", "core/rules/test_*.py")
_NAMED_MAX = 2

HEADER = (
    "id", "title", "severity", "window", "837 place", "prevents", "source", "layer", "shown by",
)  # fmt: skip


def contributors() -> tuple[tuple[str, RuleSet], ...]:
    """The platform and each specialty that comes with it, by title."""
    host = default_host()
    sets = [
        (manifest.title, host.rule_set(EnabledPlugin(name=manifest.name)))
        for manifest in host.available()
    ]
    return (("Platform", platform_rules()), *sets)


def rows(one: RuleSet) -> Iterator[tuple[object, ...]]:
    """A row a rule, under ``HEADER``."""
    for rule in one.rules():
        yield (
            rule.id,
            rule.title,
            _severity(rule),
            _window(rule),
            getattr(rule, "place_837", ""),
            _prevents(rule),
            rule.source,
            rule.layer.value,
            shown_by().get(rule.id, ""),
        )


def _severity(rule: Rule) -> str:
    if isinstance(rule, ClaimEdit):
        return rule.severity.value
    return Severity.REJECT.value if isinstance(rule, Gate) else ""


def _window(rule: Rule) -> str:
    window = rule.effective
    if window == ALWAYS:
        return "always"
    days = [f"from {window.first}"] if window.first else []
    days += [f"until {window.last}"] if window.last else []
    basis = rule.basis.value.replace("_", " ")
    return " ".join(days) + ("" if basis == "service from" else f" (by {basis})")


def _prevents(rule: Rule) -> str:
    codes = (getattr(rule, "carc", ""), getattr(rule, "rarc", ""))
    return " ".join(code for code in codes if code)


@cache
def shown_by() -> Mapping[str, str]:
    """What shows each rule at work: its trials, else the first tests that speak of it."""
    trials = chain.from_iterable(
        map(_trials_in, sorted(chain.from_iterable(map(_TESTS.glob, _TRIALS))))
    )
    found = {rule: f"`{rule}-1` ..." for rule in trials}
    named: dict[str, list[str]] = defaultdict(list)
    for path in sorted(chain.from_iterable(map(_TESTS.glob, _OTHER_TESTS))):
        for rule in dict.fromkeys(_trials_in(path)):
            named[rule].append(path.name)
        for test, words in _tests_in(path):
            for word in words:
                named[word].append(test)
    for rule, tests in named.items():
        more = len(tests) - _NAMED_MAX
        text = ", ".join(f"`{test}`" for test in tests[:_NAMED_MAX])
        found.setdefault(rule, text + (f" and {more} more" if more > 0 else ""))
    return found


def _trials_in(path: Path) -> Iterator[str]:
    """The rule of each ``Trial("PS-001", ...)`` written in ``path``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            first = node.args[0] if node.args else None
            if node.func.id == "Trial" and isinstance(first, ast.Constant):
                yield str(first.value)


def _tests_in(path: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Each test function of ``path`` with the texts it is about, those of its cases included."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            words = (each for each in ast.walk(node) if isinstance(each, ast.Constant))
            yield node.name, frozenset(str(word.value) for word in words)
