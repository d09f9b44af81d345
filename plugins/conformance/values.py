"""What a plugin states, judged as values: its manifest, the fields of its rules, their days."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from core.dates import Window
from core.rules.policy import KNOBS
from core.rules.pricing import FeeSchedule
from core.rules.records import RecordType
from core.rules.rule import Rule, Touches
from core.rules.rulebook import RuleSet
from core.rules.tables import Tables
from plugins.conformance.code import PluginCode
from plugins.conformance.fault import Fault
from plugins.spec import Manifest

_VERSION = re.compile(r"\d+(\.\d+){0,3}([abc.]?(rc|dev|post)?\d+)?\Z", re.ASCII)
_NO_SOURCE = re.compile(
    r"\W*(to ?do|tbd|tba|n/?a|none|unknown|source|manual|rule|policy|internal|see above|x+|\?+)\W*",
    re.ASCII | re.IGNORECASE,
)
_SOURCE_LENGTH_MIN = 5
_NO_TEXT = re.compile(r"\s|[a-z]")


def manifest_faults(manifest: Manifest, code: PluginCode) -> Iterator[Fault]:
    """What ``load`` does not refuse, and an operator would stumble over."""
    where = code.place_of(manifest.name)

    def fault(message: str, *, is_warning: bool = False) -> Fault:
        return Fault(check="manifest", where=where, message=message, is_warning=is_warning)

    if not _VERSION.match(manifest.version):
        yield fault("the manifest's version is not like 1.2.0")
    if not manifest.title.strip():
        yield fault("the manifest has no title; it stands on the page of specialties")
    if not manifest.author.strip() and not _is_built_in(manifest):
        yield fault(
            "the manifest names no author; say whom a fault is reported to", is_warning=True
        )


def _is_built_in(manifest: Manifest) -> bool:
    from plugins.host import available

    return manifest.name in {one.name for one in available()}


def rule_faults(stated: RuleSet, others: Iterable[Rule], code: PluginCode) -> Iterator[Fault]:
    """Every rule by itself, then the versions of one id beside each other."""
    rules = stated.rules()
    known = {rule.id for rule in (*rules, *others)}
    for rule in rules:
        for check, message, is_warning in _of_rule(rule, known):
            yield Fault(
                check=check,
                rule=rule.id,
                where=code.place_of(rule.id),
                message=f"rule {rule.id} {message}",
                is_warning=is_warning,
            )
    yield from _gaps(rules, code)


_Said = tuple[str, str, bool]


def _of_rule(rule: Rule, known: set[str]) -> Iterator[_Said]:
    wrong = list(_misfits(rule))
    for field in wrong:
        yield "types", f"has a {field} of another type than the contract says", False
    if wrong:
        return
    source = rule.source.strip()
    if len(source) < _SOURCE_LENGTH_MIN or _NO_SOURCE.fullmatch(source):
        yield "citation", "cites nothing a reader could look up", False
    for table in rule.needs.tables:
        if table not in Tables.__struct_fields__:
            yield (
                "needs",
                f"needs a table {table}, which nobody loads; it never has an opinion",
                True,
            )
    for other in rule.supersedes:
        if other not in known:
            yield "supersedes", f"supersedes {other}, which no rule here is called", True
    touches = getattr(rule, "touches", None)
    if isinstance(touches, Touches):
        for text in (*touches.codes, *touches.prefixes):
            if not text or _NO_TEXT.search(text):
                yield "touches", "touches a code that is written as no claim writes it", False
                break
    if isinstance(rule, FeeSchedule) and any(fee.amount_cents < 0 for fee in rule.fees):
        yield "fees", "has a fee below zero", False
    if isinstance(rule, RecordType) and rule.schema_version > 1 and rule.upgrade is None:
        yield (
            "records",
            "has an earlier shape and no upgrade from it; stored records stay shut",
            False,
        )


def _gaps(rules: Iterable[Rule], code: PluginCode) -> Iterator[Fault]:
    """Windows of one id that leave days between them, and rules that began nowhere and are over."""
    versions: dict[str, list[Rule]] = {}
    for rule in rules:
        if isinstance(rule.effective, Window):
            versions.setdefault(rule.id, []).append(rule)
    for id, some in versions.items():
        some.sort(key=lambda rule: rule.effective.first or date.min)
        for earlier, later in pairwise(some):
            last, first = earlier.effective.last, later.effective.first
            if last and first and (first - last).days > 1:
                yield _windows(id, code, f"holds on no day between {last} and {first}")
        only = some[-1].effective
        if len(some) == 1 and only.first is None and only.last is not None:
            yield _windows(id, code, f"ends on {only.last} and says no day on which it began")


def _windows(id: str, code: PluginCode, message: str) -> Fault:
    return Fault(
        check="windows", rule=id, where=code.place_of(id), message=f"rule {id} {message}",
        is_warning=True,
    )  # fmt: skip


def policy_faults(stated: RuleSet, code: PluginCode) -> Iterator[Fault]:
    """Knobs that are neither the platform's nor the plugin's own."""
    for policy in stated.payer_policies:
        for knob in policy.knobs:
            if knob not in KNOBS and not knob.startswith(f"{stated.name}."):
                yield Fault(
                    check="knobs",
                    rule=policy.id,
                    where=code.place_of(knob) or code.place_of(policy.id),
                    message=f"policy {policy.id} sets {knob}; a knob of one's own is named "
                    f"{stated.name}.<knob>",
                )


def _misfits(value: Any, above: str = "") -> Iterator[str]:
    """The fields of a struct whose value is of another type than it declares, by name."""
    kind: Any = type(value)
    for name, hint in _hints(kind).items():
        given = getattr(value, name)
        if not _fits(given, hint):
            yield f"{above}{name}"
            continue
        for one in given if isinstance(given, tuple) else (given,):
            if isinstance(one, msgspec.Struct):
                yield from _misfits(one, f"{above}{name}.")


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    try:
        hints = get_type_hints(kind)
    except (NameError, TypeError):
        return {}
    return {name: hints[name] for name in kind.__struct_fields__ if name in hints}


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any or isinstance(hint, str):
        return True
    if origin in (Union, types.UnionType):
        return any(_fits(value, one) for one in arguments)
    if origin is Literal:
        return value in arguments
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return all(_fits(one, arguments[0]) for one in value)
        return len(value) == len(arguments)
    if origin is type or hint is type:
        return isinstance(value, type)
    if origin is Callable:
        return callable(value)
    if origin is not None:
        return not isinstance(origin, type) or isinstance(value, origin)
    if hint is int:
        return type(value) is int
    return not isinstance(hint, type) or isinstance(value, hint)
