"""Grouping denial items so that one person works them in one go."""

from datetime import date
from uuid import UUID

from core.claims.position import NextActor
from core.denials.causes import Cause
from core.denials.items import DEFAULT_PLAYS, DenialItem, due_on, group_items


def item(payer: int, cause: Cause, carc: str, amount: int, due: date) -> DenialItem:
    return DenialItem(
        claim_id=UUID(int=amount),
        line_no=1,
        payer_ref=UUID(int=payer),
        group="CO",
        carc=carc,
        amount_cents=amount,
        cause=cause,
        label="",
        next_step="",
        actor=NextActor.BILLER,
        decided_on=date(2026, 3, 1),
        due_on=due,
        due_basis="",
        segment=1,
    )


def test_items_of_one_payer_cause_and_code_are_one_piece_of_work() -> None:
    early, late = date(2026, 3, 5), date(2026, 3, 9)
    items = [
        item(1, Cause.CODING, "4", 100, late),
        item(2, Cause.CODING, "4", 5000, late),
        item(1, Cause.CODING, "4", 300, early),
        item(1, Cause.CODING, "11", 200, early),
    ]
    groups = group_items(items)
    assert [
        (one.payer_ref.int, one.carc, one.amount_cents, one.first_due_on) for one in groups
    ] == [
        (2, "4", 5000, late),
        (1, "4", 400, early),
        (1, "11", 200, early),
    ]
    assert sum(len(one.items) for one in groups) == len(items)
    assert group_items(reversed(items))[0] == groups[0]


def test_a_play_says_what_by_when_and_why() -> None:
    for cause, play in DEFAULT_PLAYS.items():
        assert play.next_step, cause
        assert play.basis, cause
        assert due_on(play, date(2026, 3, 1)) > date(2026, 3, 1)
