"""What a release touches beside the rows it changes: rules, and claims by their codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from core.codes.difference import Change
from core.codes.published import Kind
from core.rules.edits import ClaimEdit, Gate
from core.rules.rule import Rule


class TouchedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that will judge otherwise, or may: it reads the table, or names codes of it."""

    id: str
    title: str
    reads_table: bool
    codes: tuple[str, ...]


class Touched:
    """The codes a release changes, and by each what stands beside it (see ``Kind.pairs``)."""

    def __init__(self, kind: Kind, changes: Iterable[Change]) -> None:
        self._kind = kind
        self._beside: Mapping[str, frozenset[str]] = {
            one.code: one.added | one.changed | one.ended for one in changes
        }

    def codes(self) -> frozenset[str]:
        """Every code with a changed row, and for pairs its partners too."""
        found = frozenset(self._beside)
        return found.union(*self._beside.values()) if self._kind.pairs and found else found

    def has_claim(self, codes: frozenset[str]) -> bool:
        """Whether a claim with these codes is touched: by a pair, when it has both codes."""
        for code in codes & self._beside.keys():
            if not self._kind.pairs or not self._beside[code].isdisjoint(codes):
                return True
        return False

    def rules(self, rules: Iterable[Rule]) -> tuple[TouchedRule, ...]:
        """The rules that read this table, or whose codes have changed rows; by id."""
        codes = sorted(self.codes())
        found = []
        for rule in rules:
            reads = bool(codes) and not set(rule.needs.tables).isdisjoint(self._kind.fills)
            named: tuple[str, ...] = ()
            if isinstance(rule, ClaimEdit | Gate) and not rule.touches.any_code:
                named = tuple(code for code in codes if rule.touches.takes_code(code))
            if reads or named:
                found.append(
                    TouchedRule(id=rule.id, title=rule.title, reads_table=reads, codes=named)
                )
        return tuple(sorted(found, key=lambda one: one.id))
