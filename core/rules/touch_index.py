"""Which rules can touch a claim: an index by code, payer, form and kind of payer.

A rule that cannot touch a claim costs it nothing, however many such rules there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from core.claims.claim import Form
from core.claims.parties import PayerKind
from core.rules.rule import Touches


class TouchIndex(msgspec.Struct, frozen=True, kw_only=True):
    """Places of rules in their list, by what they touch."""

    touches: tuple[Touches, ...]
    unbound: Mapping[tuple[Form, PayerKind], tuple[int, ...]]
    by_code: Mapping[str, tuple[int, ...]]
    by_prefix: Mapping[str, tuple[int, ...]]
    by_payer: Mapping[str, tuple[int, ...]]
    prefix_lengths: tuple[int, ...]
    payers: frozenset[str]

    def asked_payer(self, payer_id: str) -> str:
        """The payer as plans are told apart by it: one no rule names is like any other."""
        return payer_id if payer_id in self.payers else ""

    def find(
        self, form: Form, kind: PayerKind, payer_id: str, codes: tuple[str, ...]
    ) -> tuple[tuple[int, tuple[int, ...] | None], ...]:
        """The places of rules for such a claim in order, each with its lines, None meaning all."""
        lines_of: dict[int, list[int]] = {}
        for at, code in enumerate(codes):
            for place in self._bound_to(code):
                lines_of.setdefault(place, []).append(at)
        found: list[tuple[int, tuple[int, ...] | None]] = []
        places = {*lines_of, *self.unbound.get((form, kind), ()), *self.by_payer.get(payer_id, ())}
        for place in sorted(places):
            touches = self.touches[place]
            if not touches.takes_claim(form, kind, payer_id):
                continue
            found.append((place, None if touches.any_code else tuple(lines_of[place])))
        return tuple(found)

    def _bound_to(self, code: str) -> set[int]:
        """Places of the rules that name ``code`` or a beginning of it."""
        found = set(self.by_code.get(code, ()))
        for length in self.prefix_lengths:
            found.update(self.by_prefix.get(code[:length], ()))
        return found


def index_touches(touches: Sequence[Touches]) -> TouchIndex:
    """The index of rules that touch these, in their order."""
    by_code: dict[str, list[int]] = {}
    by_prefix: dict[str, list[int]] = {}
    by_payer: dict[str, list[int]] = {}
    for place, one in enumerate(touches):
        for code in one.codes:
            by_code.setdefault(code, []).append(place)
        for prefix in one.prefixes:
            by_prefix.setdefault(prefix, []).append(place)
        for payer in one.payers if one.any_code else ():
            by_payer.setdefault(payer, []).append(place)
    return TouchIndex(
        touches=tuple(touches),
        unbound={
            (form, kind): tuple(
                place
                for place, one in enumerate(touches)
                if one.any_code and not one.payers and one.takes_claim(form, kind)
            )
            for form in Form
            for kind in PayerKind
        },
        by_code=_frozen(by_code),
        by_prefix=_frozen(by_prefix),
        by_payer=_frozen(by_payer),
        prefix_lengths=tuple(sorted({len(prefix) for prefix in by_prefix})),
        payers=frozenset(payer for one in touches for payer in one.payers),
    )


def _frozen(places: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(found) for key, found in places.items()}
