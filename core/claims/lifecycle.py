"""Where a claim stands, as four answers, and the one table of moves between them.

A claim is one bill to one payer; the bill to the next payer is a claim of its own with its own
position. Where it is (``Stage``), who owes what is open (``Owes``), who acts next (``NextActor``)
and by when (``due_on``) are separate questions, so that no stage has to stand for a combination.

Money never waits for a stage: an event that comes from a remittance is allowed in every stage the
payer can have seen. Everything else is allowed only where ``MOVES`` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from core.claims.position import Event, Move, NextActor, Owes, Position, Stage
from core.dates import days_after
from core.errors import StateError

__all__ = [
    "MONEY_STAGES",
    "MOVES",
    "POSTABLE_STAGES",
    "Event",
    "Move",
    "NextActor",
    "Owes",
    "Position",
    "Stage",
    "allowed",
    "move",
    "moves_table",
    "opened",
]

_S, _O, _A, _E = Stage, Owes, NextActor, Event

_UNSENT = (_S.DRAFT, _S.HELD, _S.READY)
_WITH_PAYER = (_S.SENT, _S.RECEIVED, _S.ACCEPTED)
_DECIDED = (_S.PAID, _S.PARTLY_PAID, _S.DENIED, _S.REVERSED)
_ENDED = (_S.REPLACED, _S.VOID)
# A payer can pay what a clearinghouse rejected, and pay late on what we closed.
MONEY_STAGES = (*_WITH_PAYER, _S.REJECTED, *_DECIDED, _S.CLOSED)
"""Stages in which a remittance moves the claim."""

POSTABLE_STAGES = frozenset((*MONEY_STAGES, *_ENDED))
"""Stages in which a remittance may post money to the claim at all."""

_Row = tuple[Event, tuple[Stage, ...], Stage | None, Owes | None, NextActor, int | None, str]

# event, from, to (None: stays), owes (None: stays), next actor, days, why this many days
_TABLE: tuple[_Row, ...] = (
    # Building
    (_E.RELEASE, _UNSENT, _S.READY, _O.PAYER, _A.SYSTEM, 1, "goes out with the next batch"),
    (_E.HOLD_FOR_BILLER, _UNSENT, _S.HELD, _O.PAYER, _A.BILLER, 2, "a held claim earns nothing"),
    (_E.HOLD_FOR_CODER, _UNSENT, _S.HELD, _O.PAYER, _A.CODER, 3, "coding questions take a chart"),
    (_E.HOLD_FOR_CLIENT, _UNSENT, _S.HELD, _O.PAYER, _A.CLIENT, 5, "the practice answers weekly"),
    (_E.OVERRIDE, (_S.HELD,), _S.READY, _O.PAYER, _A.SYSTEM, 1, "goes out with the next batch"),
    (
        _E.EDIT,
        (*_UNSENT, _S.REJECTED),
        _S.DRAFT,
        _O.PAYER,
        _A.SYSTEM,
        1,
        "is scrubbed again at once",
    ),
    (
        _E.WITHDRAW,
        (*_UNSENT, _S.REJECTED),
        _S.VOID,
        _O.NOBODY,
        _A.NOBODY,
        None,
        "never to be filed",
    ),
    # Filing
    (_E.BATCH, (_S.READY,), _S.BATCHED, _O.PAYER, _A.SYSTEM, 1, "a batch leaves the same day"),
    (_E.UNBATCH, (_S.BATCHED,), _S.READY, _O.PAYER, _A.SYSTEM, 1, "the file was not sent"),
    (_E.SEND, (_S.BATCHED,), _S.SENT, _O.PAYER, _A.PAYER, 2, "a 999 comes within a business day"),
    (
        _E.ACCEPT_999,
        (_S.SENT,),
        _S.RECEIVED,
        _O.PAYER,
        _A.PAYER,
        5,
        "a 277CA follows the 999 within days",
    ),
    (
        _E.REJECT_999,
        (_S.SENT, _S.RECEIVED),
        _S.REJECTED,
        _O.PAYER,
        _A.BILLER,
        2,
        "timely filing runs on: the payer has no claim",
    ),
    (
        _E.ACCEPT_277CA,
        (_S.SENT, _S.RECEIVED),
        _S.ACCEPTED,
        _O.PAYER,
        _A.PAYER,
        30,
        "prompt payment of electronic claims: 30 days in Medicare and most states",
    ),
    (
        _E.REJECT_277CA,
        _WITH_PAYER,
        _S.REJECTED,
        _O.PAYER,
        _A.BILLER,
        2,
        "timely filing runs on: the payer has no claim",
    ),
    (_E.RESUBMIT, (_S.REJECTED,), _S.READY, _O.PAYER, _A.SYSTEM, 1, "goes out with the next batch"),
    (
        _E.GO_OVERDUE,
        (*_WITH_PAYER, *_DECIDED, *_ENDED),
        None,
        None,
        _A.BILLER,
        3,
        "nothing came by the due date: somebody asks",
    ),
    # Remittance
    (_E.PAY, MONEY_STAGES, _S.PAID, _O.NOBODY, _A.SYSTEM, 1, "closed when the ledger says zero"),
    (
        _E.PAY_PATIENT_OWES,
        MONEY_STAGES,
        _S.PAID,
        _O.PATIENT,
        _A.SYSTEM,
        5,
        "goes on the next statement run",
    ),
    (
        _E.PAY_NEXT_PAYER_OWES,
        MONEY_STAGES,
        _S.PAID,
        _O.NEXT_PAYER,
        _A.SYSTEM,
        2,
        "the next payer's filing time counts from this decision",
    ),
    (
        _E.PAY_CROSSED_OVER,
        MONEY_STAGES,
        _S.PAID,
        _O.NEXT_PAYER,
        _A.PAYER,
        30,
        "the next payer has the claim from this one; bill it only if nothing comes",
    ),
    (_E.PAY_PART, MONEY_STAGES, _S.PARTLY_PAID, _O.PAYER, _A.BILLER, 5, "first touch of a denial"),
    (_E.DENY, MONEY_STAGES, _S.DENIED, _O.PAYER, _A.BILLER, 5, "first touch of a denial"),
    (
        _E.REVERSE,
        MONEY_STAGES,
        _S.REVERSED,
        _O.PAYER,
        _A.PAYER,
        14,
        "a correction travels with its reversal; alone it is a question",
    ),
    (_E.FORWARD, MONEY_STAGES, None, _O.PAYER, _A.PAYER, 30, "another payer has the claim now"),
    (
        _E.PREDETERMINE,
        MONEY_STAGES,
        _S.CLOSED,
        _O.NOBODY,
        _A.NOBODY,
        None,
        "an estimate: nothing is owed before the service",
    ),
    # A claim that was replaced or voided takes the payer's reversal and stays what it is; any
    # other money on it is looked at.
    (_E.REVERSE, _ENDED, None, _O.NOBODY, _A.NOBODY, None, "the reversal we asked for"),
    *(
        (event, _ENDED, None, _O.NOBODY, _A.BILLER, 5, "a decision on a claim we took back")
        for event in (
            _E.PAY,
            _E.PAY_PATIENT_OWES,
            _E.PAY_NEXT_PAYER_OWES,
            _E.PAY_CROSSED_OVER,
            _E.PAY_PART,
            _E.DENY,
            _E.FORWARD,
            _E.PREDETERMINE,
        )
    ),
    # After the decision
    (
        _E.APPEAL,
        (_S.DENIED, _S.PARTLY_PAID),
        None,
        _O.PAYER,
        _A.PAYER,
        60,
        "a payer decides a first appeal within 60 days",
    ),
    (
        _E.CORRECT,
        (_S.ACCEPTED, *_DECIDED),
        _S.REPLACED,
        _O.NOBODY,
        _A.PAYER,
        30,
        "the payer reverses this claim when it takes the replacement (frequency 7)",
    ),
    (
        _E.VOID_FILED,
        (_S.ACCEPTED, *_DECIDED),
        _S.VOID,
        _O.NOBODY,
        _A.PAYER,
        30,
        "the payer takes back what it paid (frequency 8)",
    ),
    (
        _E.BILL_NEXT_PAYER,
        _DECIDED,
        None,
        _O.NEXT_PAYER,
        _A.PAYER,
        None,
        "the next payer's claim has its own dates",
    ),
    (
        _E.TRANSFER_TO_PATIENT,
        (*_DECIDED, _S.REJECTED),
        None,
        _O.PATIENT,
        _A.SYSTEM,
        5,
        "goes on the next statement run",
    ),
    (_E.BILL_PATIENT, _DECIDED, None, _O.PATIENT, _A.PATIENT, 30, "a statement is due in 30 days"),
    (
        _E.WRITE_OFF,
        (*_DECIDED, _S.REJECTED),
        _S.CLOSED,
        _O.NOBODY,
        _A.NOBODY,
        None,
        "given up with a reason and an approval",
    ),
    (
        _E.SETTLE,
        (_S.PAID, _S.PARTLY_PAID, _S.DENIED),
        _S.CLOSED,
        _O.NOBODY,
        _A.NOBODY,
        None,
        "the ledger says zero",
    ),
    (
        _E.REOPEN,
        (_S.CLOSED, _S.PAID),
        _S.PARTLY_PAID,
        _O.PAYER,
        _A.BILLER,
        5,
        "something is open after all",
    ),
)

# The patient is never billed while an insurer owes, and the next payer only after a decision
# that left it something.
_OWED_BY: Mapping[Event, tuple[Owes, ...]] = {
    _E.BILL_PATIENT: (_O.PATIENT,),
    _E.BILL_NEXT_PAYER: (_O.NEXT_PAYER, _O.PAYER),
    _E.TRANSFER_TO_PATIENT: (_O.PAYER, _O.NEXT_PAYER),
}


def _expanded() -> Mapping[tuple[Stage, Event], Move]:
    moves: dict[tuple[Stage, Event], Move] = {}
    for event, stages, to, owes, actor, days, reason in _TABLE:
        for stage in stages:
            assert (stage, event) not in moves, "one row a stage and event"
            moves[stage, event] = Move(
                stage=to or stage,
                owes=owes,
                next_actor=actor,
                days=days,
                reason=reason,
                owed_by=_OWED_BY.get(event, ()),
            )
    return MappingProxyType(moves)


MOVES: Mapping[tuple[Stage, Event], Move] = _expanded()
"""Every allowed move. What is not here does not happen."""


def opened(today: date) -> Position:
    """The position of a claim just built: it is scrubbed next, within a day."""
    return Position(
        stage=Stage.DRAFT,
        owes=Owes.PAYER,
        next_actor=NextActor.SYSTEM,
        due_on=days_after(today, 1),
    )


def allowed(position: Position, event: Event) -> bool:
    """Whether ``move`` would take the event."""
    found = MOVES.get((position.stage, event))
    return found is not None and (not found.owed_by or position.owes in found.owed_by)


def move(position: Position, event: Event, *, today: date) -> Position:
    """The position after ``event``; ``StateError`` where the table has no such move."""
    found = MOVES.get((position.stage, event))
    if found is None:
        raise StateError(
            f"{_words(event)} is not possible for a claim that is {_words(position.stage)}; "
            "look at where the claim stands and choose one of the moves it allows"
        )
    if found.owed_by and position.owes not in found.owed_by:
        raise StateError(
            f"{_words(event)} is not possible while {_words(position.owes)} owes what is open; "
            "wait for that decision or move the balance first"
        )
    return Position(
        stage=found.stage,
        owes=found.owes or position.owes,
        next_actor=found.next_actor,
        due_on=None if found.days is None else days_after(today, found.days),
    )


def moves_table() -> str:
    """``MOVES`` as a Markdown table, in the order of stages and events, for the documentation."""
    rows = [
        "| stage | event | becomes | owes | next | days | why |",
        "|---|---|---|---|---|---|---|",
    ]
    for stage in Stage:
        for event in Event:
            found = MOVES.get((stage, event))
            if found is None:
                continue
            only = f" (only while {' or '.join(found.owed_by)} owes)" if found.owed_by else ""
            days = "" if found.days is None else str(found.days)
            owes = found.owes or "stays"
            rows.append(
                f"| {stage} | {event}{only} | {found.stage} | {owes} | {found.next_actor} | {days} "
                f"| {found.reason} |"
            )
    return "\n".join(rows) + "\n"


def _words(name: StrEnum) -> str:
    return name.value.replace("_", " ")
