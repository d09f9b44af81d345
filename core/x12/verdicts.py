"""Verdicts of a 999 as values, and how a check's report becomes them."""

from __future__ import annotations

from itertools import groupby

import msgspec

from core.x12.ack_codes import (
    ELEMENT_CODES,
    GROUP_CODES,
    SEGMENT_CODES,
    STATUS_LETTERS,
    TRANSACTION_CODES,
)
from core.x12.report import FileReport, GroupReport, Status, TransactionReport, X12Error


class ElementFault(msgspec.Struct, frozen=True, kw_only=True):
    """IK4: element and component (0: the whole element) and what is wrong (IK403)."""

    element: int
    component: int = 0
    code: str


class SegmentFault(msgspec.Struct, frozen=True, kw_only=True):
    """IK3: segment id, its place counted from ST = 1, loop, what is wrong (IK304), elements.

    ``claim_number`` is the claim (CLM01) it lies in, where that is known.
    """

    segment_id: str
    position: int
    loop: str = ""
    code: str
    elements: tuple[ElementFault, ...] = ()
    claim_number: str = ""


class TransactionVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """AK2 to IK5: the transaction and its verdict A, E or R (senders also use M, W, X)."""

    kind: str
    control: str
    status: str
    version: str = ""
    codes: tuple[str, ...] = ()
    faults: tuple[SegmentFault, ...] = ()


class GroupVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """AK1 and AK9: the group, its verdict A, E, P or R, and its counts of transactions."""

    functional_id: str
    control: str
    version: str = ""
    status: str
    included: int
    received: int
    accepted: int
    codes: tuple[str, ...] = ()
    transactions: tuple[TransactionVerdict, ...] = ()


def verdicts_of(report: FileReport) -> tuple[GroupVerdict, ...]:
    """The verdicts on all groups of a checked file; groups of acknowledgements get none."""
    return tuple(
        _group(group)
        for interchange in report.interchanges
        for group in interchange.groups
        if group.functional_id != "FA"
    )


def _group(group: GroupReport) -> GroupVerdict:
    transactions = tuple(_transaction(each) for each in group.transactions)
    accepted = sum(each.status != "R" for each in transactions)
    # A group whose own envelope is wrong may lack transactions: none of it is taken.
    broken = any(error.severity == "error" for error in group.errors)
    if broken:
        accepted = 0
    if not accepted:
        status = "R"
    elif accepted < len(transactions):
        status = "P"
    else:
        status = "E" if any(each.status == "E" for each in transactions) else "A"
    codes = dict.fromkeys(GROUP_CODES.get(error.code, "3") for error in group.errors)
    return GroupVerdict(
        functional_id=group.functional_id,
        control=group.control,
        version=group.version,
        status=status,
        included=len(transactions),
        received=len(transactions),
        accepted=accepted,
        codes=tuple(codes),
        transactions=transactions,
    )


def _transaction(report: TransactionReport) -> TransactionVerdict:
    serious = [error for error in report.errors if error.severity == "error"]
    codes = dict.fromkeys(
        TRANSACTION_CODES[error.code] for error in serious if error.code in TRANSACTION_CODES
    )
    within = [error for error in serious if error.code not in TRANSACTION_CODES]
    if within:
        codes["5"] = None
    faults = [
        fault
        for segment, errors in groupby(within, key=lambda error: error.segment)
        for fault in _segment(
            list(errors), segment - report.segment + 1, report.claim_numbers.get(segment, "")
        )
    ]
    own_version = "" if report.transaction == "835" else report.version
    return TransactionVerdict(
        kind=report.transaction,
        control=report.control,
        version=own_version,
        status=STATUS_LETTERS[Status(report.status)],
        codes=tuple(codes),
        faults=tuple(faults),
    )


def _segment(errors: list[X12Error], position: int, claim_number: str) -> list[SegmentFault]:
    """The faults at one place: each about a segment as a whole, then one with its elements."""
    found = [
        SegmentFault(
            segment_id=_id(error.segment_id),
            position=position,
            loop=error.loop,
            code=SEGMENT_CODES[error.code],
            claim_number=claim_number,
        )
        for error in errors
        if error.code in SEGMENT_CODES
    ]
    elements = [error for error in errors if error.code not in SEGMENT_CODES]
    if elements:
        found.append(
            SegmentFault(
                segment_id=_id(elements[0].segment_id),
                position=position,
                loop=elements[0].loop,
                code="8",
                elements=tuple(
                    ElementFault(
                        element=error.element,
                        component=error.component,
                        code=ELEMENT_CODES.get(error.code, "I12"),
                    )
                    for error in elements
                    if error.element
                ),
                claim_number=claim_number,
            )
        )
    return found


def _id(segment_id: str) -> str:
    """The id as far as a 999 can name it."""
    fits = 2 <= len(segment_id) <= 3 and segment_id.isascii() and segment_id.isalnum()
    return segment_id if fits else "ZZZ"
