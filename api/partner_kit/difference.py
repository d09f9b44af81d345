"""``plugin diff``: what a practice has to know before it takes another version of a plugin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from api.partner_kit.asked import Answered
from core.money import dollars
from plugins.spec import Manifest

ADDED, REMOVED, CHANGED = "added", "removed", "changed"

_FEES, _POLICIES = "fee_schedules", "payer_policies"
_MANIFEST = ("title", "contract", "prefixes", "requires", "fails_open", "author")
_CODE = frozenset({"check", "derive", "apply", "due", "upgrade", "sensitivity", "type"})
_ABSENT = ""


class Field(msgspec.Struct, frozen=True):
    """One thing that was otherwise."""

    name: str
    before: str
    after: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, fee or knob. ``kind`` is the hook that states it, ``fee`` or ``knob``.

    ``title`` is what the rule says of itself; ``fields`` are what changed, or stands in a new one.
    """

    what: str
    kind: str
    id: str
    title: str = ""
    fields: tuple[Field, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """From one version to another. ``sees`` asks a practice for its consent where it grows."""

    name: str
    before: str
    after: str
    sees_added: tuple[str, ...]
    sees_removed: tuple[str, ...]
    manifest: tuple[Field, ...]
    hooks_added: tuple[str, ...]
    hooks_removed: tuple[str, ...]
    changes: tuple[Change, ...]
    files: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs that a practice could notice."""
        return not (
            self.sees_added or self.sees_removed or self.manifest or self.changes
            or self.hooks_added or self.hooks_removed
        )  # fmt: skip


def difference(before: Answered, after: Answered) -> Difference:
    """What ``after`` states otherwise than ``before``."""
    old, new = _manifest(before), _manifest(after)
    asked, asking = ({one.value for one in each.sees} for each in (old, new))
    return Difference(
        name=new.name,
        before=old.version,
        after=new.version,
        sees_added=tuple(sorted(asking - asked)),
        sees_removed=tuple(sorted(asked - asking)),
        manifest=tuple(_manifest_fields(old, new)),
        hooks_added=tuple(sorted(after.stated.keys() - before.stated.keys())),
        hooks_removed=tuple(sorted(before.stated.keys() - after.stated.keys())),
        changes=(*_rules(before, after), *_fees(before, after), *_knobs(before, after)),
        files=tuple(_files(before.files, after.files)),
    )


def _manifest(answered: Answered) -> Manifest:
    assert answered.manifest is not None, "described by asked.describe"
    return answered.manifest


def _manifest_fields(old: Manifest, new: Manifest) -> Iterator[Field]:
    if old.name != new.name:
        yield Field("name", old.name, new.name)
    for name in _MANIFEST:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Field(name, _said(msgspec.to_builtins(before)), _said(msgspec.to_builtins(after)))


_Key = tuple[str, ...]


def _rules(before: Answered, after: Answered) -> Iterator[Change]:
    for kind in sorted(before.stated.keys() | after.stated.keys()):
        olds, news = (_by_version(each.stated.get(kind, ())) for each in (before, after))
        for key in sorted(olds.keys() | news.keys()):
            old, new = olds.get(key), news.get(key)
            rule = new or old or {}
            change = Change(
                what=CHANGED, kind=kind, id=str(rule["id"]), title=str(rule.get("title", ""))
            )
            if old is None:
                yield msgspec.structs.replace(change, what=ADDED, fields=_shown(rule))
            elif new is None:
                yield msgspec.structs.replace(change, what=REMOVED, fields=_shown(rule))
            elif fields := tuple(_fields(old, new)):
                yield msgspec.structs.replace(change, fields=fields)


def _by_version(rules: Iterable[dict[str, Any]]) -> dict[_Key, dict[str, Any]]:
    """Rules by id, versions of one id by the day they begin."""
    return {(str(rule["id"]), str(_window(rule).get("first") or "")): rule for rule in rules}


def _window(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    found = rule.get("effective") or {}
    return found if isinstance(found, Mapping) else {}


def _shown(rule: Mapping[str, Any]) -> tuple[Field, ...]:
    """What a reader asks of a rule that came or went."""
    given = [("source", str(rule.get("source", ""))), ("holds", _said(_window(rule)))]
    if "severity" in rule:
        given.insert(0, ("severity", str(rule["severity"])))
    return tuple(Field(name, _ABSENT, value) for name, value in given)


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Field]:
    for name in sorted(old.keys() | new.keys()):
        if name in {"fees", "knobs"} or name in _CODE:
            continue  # told one by one, or by the text of the function
        before, after = old.get(name), new.get(name)
        if before != after:
            is_code = name == "code"
            yield Field(name, "" if is_code else _said(before), "" if is_code else _said(after))


def _fees(before: Answered, after: Answered) -> Iterator[Change]:
    olds, news = (dict(_every_fee(each)) for each in (before, after))
    for key in sorted(olds.keys() | news.keys()):
        old, new = olds.get(key), news.get(key)
        if old == new:
            continue
        what = ADDED if old is None else REMOVED if new is None else CHANGED
        fields = (Field("amount", _dollars(old), _dollars(new)),)
        yield Change(what=what, kind="fee", id=" ".join(filter(None, key)), fields=fields)


def _every_fee(answered: Answered) -> Iterator[tuple[_Key, int]]:
    for schedule in answered.stated.get(_FEES, ()):
        for fee in schedule["fees"]:
            window = _window(fee)
            days = _said(window) if window else ""
            key = (schedule["id"], fee["code"], fee.get("modifier", ""), fee.get("place", ""), days)
            yield key, int(fee["amount_cents"])


def _dollars(cents: int | None) -> str:
    return _ABSENT if cents is None else dollars(cents)


def _knobs(before: Answered, after: Answered) -> Iterator[Change]:
    olds, news = (dict(_every_knob(each)) for each in (before, after))
    for key in sorted(olds.keys() | news.keys()):
        old, new = olds.get(key, _ABSENT), news.get(key, _ABSENT)
        if old != new:
            what = ADDED if key not in olds else REMOVED if key not in news else CHANGED
            field = Field(key[-1], old, new)
            yield Change(what=what, kind="knob", id=" ".join(filter(None, key)), fields=(field,))


def _every_knob(answered: Answered) -> Iterator[tuple[_Key, str]]:
    for policy in answered.stated.get(_POLICIES, ()):
        first = str(_window(policy).get("first") or "")
        for knob, value in policy["knobs"].items():
            yield (policy["id"], first, knob), _said(value)


def _files(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            what = ADDED if path not in old else REMOVED if path not in new else CHANGED
            yield Change(what=what, kind="file", id=path)


def _said(value: Any) -> str:
    """A value in as few words as it has."""
    if isinstance(value, Mapping) and set(value) <= {"first", "last"}:
        first, last = value.get("first"), value.get("last")
        return f"{first or 'always'} to {last}" if last else f"from {first}" if first else "always"
    if isinstance(value, list | tuple):
        return ", ".join(_said(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(one)}" for name, one in sorted(value.items()) if one)
    return "" if value is None else str(value)
