"""The table of moves, walked over every stage, event and debtor there is."""

from datetime import date, timedelta
from itertools import product

import pytest

from core.claims.lifecycle import (
    MONEY_STAGES,
    MOVES,
    POSTABLE_STAGES,
    Event,
    NextActor,
    Owes,
    Position,
    Stage,
    allowed,
    move,
    moves_table,
    opened,
)
from core.errors import StateError

TODAY = date(2026, 3, 2)

MONEY_EVENTS = (
    Event.PAY,
    Event.PAY_PATIENT_OWES,
    Event.PAY_NEXT_PAYER_OWES,
    Event.PAY_CROSSED_OVER,
    Event.PAY_PART,
    Event.DENY,
    Event.REVERSE,
    Event.FORWARD,
    Event.PREDETERMINE,
)


def walk(*events: Event) -> Position:
    position = opened(TODAY)
    for event in events:
        position = move(position, event, today=TODAY)
    return position


FILED = (Event.RELEASE, Event.BATCH, Event.SEND)


@pytest.mark.parametrize(("stage", "event"), list(product(Stage, Event)))
def test_a_move_is_in_the_table_or_refused(stage: Stage, event: Event) -> None:
    for owes in Owes:
        position = Position(stage=stage, owes=owes, next_actor=NextActor.BILLER)
        found = MOVES.get((stage, event))
        if found is None or (found.owed_by and owes not in found.owed_by):
            assert not allowed(position, event)
            with pytest.raises(StateError):
                move(position, event, today=TODAY)
            continue
        after = move(position, event, today=TODAY)
        assert (after.stage, after.owes, after.next_actor) == (
            found.stage,
            found.owes or owes,
            found.next_actor,
        )
        expected = None if found.days is None else TODAY + timedelta(days=found.days)
        assert after.due_on == expected


def test_every_event_moves_something_and_every_stage_can_be_reached() -> None:
    assert {event for _, event in MOVES} == set(Event)
    reached = {Stage.DRAFT}
    for _ in Stage:
        reached |= {found.stage for (stage, _), found in MOVES.items() if stage in reached}
    assert reached == set(Stage)


def test_no_stage_is_a_dead_end_but_a_void_or_replaced_claim_takes_only_money() -> None:
    for stage in Stage:
        events = {event for at, event in MOVES if at is stage}
        assert events
        if stage in (Stage.VOID, Stage.REPLACED):
            assert events == {*MONEY_EVENTS, Event.GO_OVERDUE}


@pytest.mark.parametrize("event", MONEY_EVENTS)
def test_money_is_taken_in_every_stage_a_payer_can_have_seen(event: Event) -> None:
    assert {stage for stage, one in MOVES if one is event} == POSTABLE_STAGES
    assert set(MONEY_STAGES) < POSTABLE_STAGES


@pytest.mark.parametrize("stage", [Stage.DRAFT, Stage.HELD, Stage.READY, Stage.BATCHED])
def test_a_claim_not_sent_takes_no_decision(stage: Stage) -> None:
    assert not {event for at, event in MOVES if at is stage} & set(MONEY_EVENTS)


def test_who_acts_has_a_date_and_who_owes_nothing_is_asked_for_nothing() -> None:
    for (stage, event), found in MOVES.items():
        assert found.reason, (stage, event)
        if found.next_actor is NextActor.NOBODY:
            assert found.days is None
            assert found.owes is Owes.NOBODY
        elif event is not Event.BILL_NEXT_PAYER:
            assert found.days is not None
            assert found.days > 0


def test_a_rejected_claim_goes_back_to_the_biller_and_out_again() -> None:
    rejected = walk(*FILED, Event.REJECT_999)
    assert rejected.stage is Stage.REJECTED
    assert rejected.next_actor is NextActor.BILLER
    assert rejected.due_on == date(2026, 3, 4)
    edited = walk(*FILED, Event.ACCEPT_999, Event.REJECT_277CA, Event.EDIT)
    assert edited.stage is Stage.DRAFT
    assert move(rejected, Event.RESUBMIT, today=TODAY).stage is Stage.READY


def test_a_held_claim_is_edited_or_released_by_override() -> None:
    held = walk(Event.HOLD_FOR_CODER)
    assert held.next_actor is NextActor.CODER
    assert move(held, Event.OVERRIDE, today=TODAY).stage is Stage.READY
    assert move(held, Event.EDIT, today=TODAY).stage is Stage.DRAFT
    assert not allowed(held, Event.BATCH)


def test_a_claim_is_not_sent_twice() -> None:
    sent = walk(*FILED)
    for event in (Event.SEND, Event.BATCH, Event.EDIT, Event.RELEASE, Event.RESUBMIT):
        assert not allowed(sent, event)


def test_the_patient_is_billed_only_when_the_patient_owes() -> None:
    waiting = walk(*FILED, Event.PAY_NEXT_PAYER_OWES)
    with pytest.raises(StateError, match="next payer owes"):
        move(waiting, Event.BILL_PATIENT, today=TODAY)
    owing = walk(*FILED, Event.PAY_PATIENT_OWES, Event.BILL_PATIENT)
    assert owing.next_actor is NextActor.PATIENT
    assert owing.due_on == date(2026, 4, 1)


def test_a_replaced_claim_takes_its_reversal_and_stays_replaced() -> None:
    replaced = walk(*FILED, Event.ACCEPT_277CA, Event.PAY_PART, Event.CORRECT)
    assert replaced.stage is Stage.REPLACED
    reversed_ = move(replaced, Event.REVERSE, today=TODAY)
    assert reversed_ == Position(
        stage=Stage.REPLACED, owes=Owes.NOBODY, next_actor=NextActor.NOBODY
    )
    assert walk(*FILED, Event.DENY, Event.VOID_FILED).stage is Stage.VOID


def test_a_denial_is_appealed_and_then_paid() -> None:
    appealed = walk(*FILED, Event.DENY, Event.APPEAL)
    assert (appealed.stage, appealed.next_actor) == (Stage.DENIED, NextActor.PAYER)
    assert move(appealed, Event.PAY, today=TODAY).stage is Stage.PAID


def test_a_crossover_that_does_not_come_is_asked_after_and_billed() -> None:
    overdue = walk(*FILED, Event.PAY_CROSSED_OVER, Event.GO_OVERDUE)
    assert (overdue.owes, overdue.next_actor) == (Owes.NEXT_PAYER, NextActor.BILLER)
    assert move(overdue, Event.BILL_NEXT_PAYER, today=TODAY).next_actor is NextActor.PAYER


def test_the_message_of_a_refused_move_names_stage_and_event() -> None:
    with pytest.raises(StateError, match="write off is not possible for a claim that is draft"):
        walk(Event.WRITE_OFF)


def test_the_table_as_markdown_has_a_row_a_move() -> None:
    rows = moves_table().splitlines()
    assert len(rows) == len(MOVES) + 2
    assert all(row.count("|") == 8 for row in rows)
