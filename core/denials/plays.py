"""What a specialty or payer knows better about a denial than the default play of its cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from core.claims.parties import PayerKind
from core.claims.position import NextActor
from core.dates import days_after
from core.denials.items import DenialItem
from core.rules.plays import DenialPlay

_ACTORS = {
    "biller": NextActor.BILLER,
    "coder": NextActor.CODER,
    "practice": NextActor.CLIENT,
}


def refined(
    items: Sequence[DenialItem],
    plays: Sequence[DenialPlay],
    *,
    payer_kinds: Mapping[UUID, PayerKind],
    codes: Mapping[tuple[UUID, int | None], str],
) -> tuple[DenialItem, ...]:
    """``items`` with the first of ``plays`` that fits each; the others keep their default play.

    ``payer_kinds`` are by payer record, ``codes`` are the billed codes by claim and line.
    """
    if not plays:
        return tuple(items)
    return tuple(_refined(item, plays, payer_kinds, codes) for item in items)


def _refined(
    item: DenialItem,
    plays: Sequence[DenialPlay],
    payer_kinds: Mapping[UUID, PayerKind],
    codes: Mapping[tuple[UUID, int | None], str],
) -> DenialItem:
    kind = payer_kinds.get(item.payer_ref)
    code = codes.get((item.claim_id, item.line_no), "")
    for play in plays:
        if _fits(play, item, kind, code):
            return msgspec.structs.replace(
                item,
                next_step=play.step,
                actor=_ACTORS.get(play.owner, NextActor.BILLER),
                due_on=days_after(item.decided_on, play.deadline_days),
                due_basis=f"{play.id}: {play.source}",
            )
    return item


def _fits(play: DenialPlay, item: DenialItem, kind: PayerKind | None, code: str) -> bool:
    return (
        item.carc in play.carcs
        and item.decided_on in play.effective
        and (not play.groups or item.group in play.groups)
        and (not play.rarcs or any(one in play.rarcs for one in item.remark_codes))
        and (not play.payer_kinds or kind in play.payer_kinds)
        and (not play.code_prefixes or code.startswith(play.code_prefixes))
    )
