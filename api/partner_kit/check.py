"""``plugin check``: everything the contract asks, in processes of its own, with places.

The plugin is loaded twice, with different seeds of Python's hash: once timed, once with every call
watched. Both must state and answer the same. Where the operating system can fence a process in, it
is asked a third time as a practice would run it.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from api.partner_kit.asked import SECONDS_MAX, Asked, Child
from api.partner_kit.fenced import fenced_faults
from api.partner_kit.locate import Located
from plugins.conformance.contract import Contract
from plugins.conformance.fault import Fault, worst_first

_SEEDS = (0, 4711)


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome. ``is_fenced``: it was also asked in a fenced process; ``note`` says why not."""

    name: str
    version: str
    rules: int
    sees: tuple[str, ...]
    faults: tuple[Fault, ...]
    is_fenced: bool
    note: str
    seconds: float

    @property
    def is_fit(self) -> bool:
        """Whether nothing but warnings was found."""
        return all(one.is_warning for one in self.faults)


def check(plugin: Located, *, is_fenced: bool = True, seconds: float = SECONDS_MAX) -> Checked:
    """Judge ``plugin``, for so many ``seconds`` at most."""
    began = time.monotonic()
    asked = Asked(what="contract", module="", seconds=seconds)
    timed = Child(plugin, asked, hash_seed=_SEEDS[0])
    watched = Child(plugin, msgspec.structs.replace(asked, is_watched=True), hash_seed=_SEEDS[1])
    first, second = (one.answer().contract or Contract() for one in (timed, watched))
    faults = [*first.faults, *_of_second(second, first), *_differing(first, second)]
    faults += _package_faults(plugin, first)
    note = "it comes with the product" if plugin.is_built_in else "it was not asked for"
    if is_fenced and not plugin.is_built_in:
        more, note = fenced_faults(plugin) if first.rules else ([], "it cannot be loaded")
        faults += more
    return Checked(
        name=first.name or plugin.name,
        version=first.version or plugin.version,
        rules=first.rule_count,
        sees=first.sees,
        faults=worst_first(faults),
        is_fenced=not note,
        note=note,
        seconds=round(time.monotonic() - began, 1),
    )


def _of_second(second: Contract, first: Contract) -> Iterator[Fault]:
    """What only watching shows; its findings are the first's, but for the clock."""
    known = {(one.check, one.where, one.rule) for one in first.faults}
    yield from (one for one in second.faults if (one.check, one.where, one.rule) not in known)


def _differing(first: Contract, second: Contract) -> Iterator[Fault]:
    if not first.rules or not second.rules:
        return
    if first.rules != second.rules:
        said = "states other rules in another process; the order of a set is no order"
        yield Fault(check="determinism", message=said)
    for key in sorted(first.answers):
        rule = key.rpartition("/")[0]
        if first.answers[key] != second.answers.get(key):
            yield Fault(
                check="determinism",
                rule=rule,
                message=f"rule {rule} answers otherwise in another process; sort what comes from a "
                "set, and leave out what the moment decides",
            )


def _package_faults(plugin: Located, found: Contract) -> Iterator[Fault]:
    """The package around the code: names and versions agree, it is described, rules are tried."""
    if found.name and found.name != plugin.name:
        said = (
            f"the entry point is called {plugin.name} and the manifest {found.name}; use one name"
        )
        yield Fault(check="package", message=said)
    if plugin.version and found.version and plugin.version != found.version:
        said = (
            f"the package is version {plugin.version} and the manifest says {found.version}; "
            "a practice is told both"
        )
        yield Fault(check="package", message=said)
    if plugin.wheel is not None:
        yield from _wheel_faults(plugin)
    if plugin.project is not None:
        yield from _project_faults(plugin.project.folder, found)


def _wheel_faults(plugin: Located) -> Iterator[Fault]:
    wheel = plugin.wheel
    assert wheel is not None
    needed = [one for one in wheel.requires if "extra ==" not in one]
    if needed:
        said = f"the wheel needs {needed[0]}; where a plugin runs, there is nothing but Claimwright"
        yield Fault(check="package", message=said)
    package = wheel.module.split(".")[0]
    for one in wheel.files:
        top = one.path.partition("/")[0]
        if top not in {package, f"{package}.py"} and not top.endswith(".dist-info"):
            said = f"the wheel also has {top}; a plugin is its one package"
            yield Fault(check="package", where=one.path, message=said)
            return


def _project_faults(folder: Path, found: Contract) -> Iterator[Fault]:
    if not any(path.name.lower().startswith("readme") for path in folder.iterdir()):
        said = "there is no README; say what the plugin is for, and what it asks for"
        yield Fault(check="docs", message=said, is_warning=True)
    named = _named_in_tests(folder)
    if named is None:
        said = "there are no tests; give each rule a claim that trips it and one that does not"
        yield Fault(check="tests", message=said, is_warning=True)
        return
    for rule in dict.fromkeys(key.rpartition("/")[0] for key in sorted(found.answers)):
        if rule not in named:
            said = f"no test names rule {rule}; give it a claim that trips it and one that does not"
            yield Fault(check="tests", rule=rule, message=said, is_warning=True)


def _named_in_tests(folder: Path) -> set[str] | None:
    """Every text in the project's tests; None where there are none."""
    files = [path for path in folder.rglob("test_*.py") if ".venv" not in path.parts]
    if not files:
        return None
    texts: set[str] = set()
    for path in files:
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, SyntaxError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
    return texts
