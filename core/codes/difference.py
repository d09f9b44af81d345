"""What one release of a table changes against another."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

import msgspec

from core.codes.published import Kind, Loaded


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one code that were added, changed or ended, each by what stands beside the code."""

    code: str
    added: frozenset[str]
    changed: frozenset[str]
    ended: frozenset[str]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows were added, changed and ended."""

    added: int = 0
    changed: int = 0
    ended: int = 0


_NOTHING: Mapping[str, Hashable] = {}


def changes(kind: Kind, before: Loaded | None, after: Loaded) -> Iterator[Change]:
    """Code by code, what ``after`` does not hold as ``before`` did; both are read once."""
    olds = iter(()) if before is None else iter(kind.rows(before))
    old = next(olds, None)
    for code, rows in kind.rows(after):
        while old is not None and old[0] < code:
            yield from _of(old[0], old[1], _NOTHING)
            old = next(olds, None)
        if old is not None and old[0] == code:
            yield from _of(code, old[1], rows)
            old = next(olds, None)
        else:
            yield from _of(code, _NOTHING, rows)
    while old is not None:
        yield from _of(old[0], old[1], _NOTHING)
        old = next(olds, None)


def _of(
    code: str, before: Mapping[str, Hashable], after: Mapping[str, Hashable]
) -> Iterator[Change]:
    if before == after:
        return
    yield Change(
        code=code,
        added=frozenset(after.keys() - before.keys()),
        changed=frozenset(key for key in after.keys() & before.keys() if after[key] != before[key]),
        ended=frozenset(before.keys() - after.keys()),
    )


def counted(kind: Kind, before: Loaded | None, after: Loaded) -> Counts:
    """How many rows ``after`` adds, changes and ends."""
    added = changed = ended = 0
    for one in changes(kind, before, after):
        added += len(one.added)
        changed += len(one.changed)
        ended += len(one.ended)
    return Counts(added=added, changed=changed, ended=ended)
