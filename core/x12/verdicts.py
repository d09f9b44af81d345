"""Verdicts of a 999 as values, and how a check's report becomes them."""

from __future__ import annotations

from itertools import groupby

import msgspec

from core.x12.ack_codes import (
    ELEMENT_CODES,
    GROUP_CODES,
    GROUP_ELEMENT_CODES,
    SEGMENT_CODES,
    STATUS_LETTERS,
    TRANSACTION_CODES,
)
from core.x12.report import (
    FileReport,
    GroupReport,
    Status,
    TransactionReport,
    Trigger,
    X12Error,
)

# An answer names five reasons at most (IK502 to IK506, AK905 to AK909).
CODES_MAX = 5
# IK401 counts elements and components in two digits.
PLACE_MAX = 99
# What a 999 calls the claim that a fault lies in: the element that numbers it, by ST01. The guide
# has no name for the claims of an 835.
BUSINESS_UNITS = {"837": "CLM01", "277": "TRN02"}


class ElementFault(msgspec.Struct, frozen=True, kw_only=True):
    """IK4: element and component (0: the whole element) and what is wrong (IK403)."""

    element: int
    component: int = 0
    code: str


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """CTX: the place that made a situation hold; position counted from ST = 1, loop as IK303."""

    segment_id: str
    position: int
    loop: str = ""
    element: int = 0
    component: int = 0


class SegmentFault(msgspec.Struct, frozen=True, kw_only=True):
    """IK3: segment id, its place counted from ST = 1, loop, what is wrong (IK304), elements.

    ``claim_number`` is the claim it lies in, where that is known, as ``business_unit`` (CLM01
    or TRN02) numbers it; ``situations`` are what made it a fault.
    """

    segment_id: str
    position: int
    loop: str = ""
    code: str
    elements: tuple[ElementFault, ...] = ()
    claim_number: str = ""
    business_unit: str = "CLM01"
    situations: tuple[Situation, ...] = ()


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
    codes = dict.fromkeys(_group_code(error) for error in group.errors)
    return GroupVerdict(
        functional_id=group.functional_id,
        control=group.control,
        version=group.version,
        status=status,
        included=len(transactions),
        received=len(transactions),
        accepted=accepted,
        codes=tuple(code for code in codes if code)[:CODES_MAX],
        transactions=transactions,
    )


def _group_code(error: X12Error) -> str:
    """AK905 for an error of GS or GE; empty where the list has none for it."""
    at = (error.segment_id, error.element)
    return GROUP_CODES.get(error.code) or GROUP_ELEMENT_CODES.get(at, "")


def _transaction(report: TransactionReport) -> TransactionVerdict:
    serious = [error for error in report.errors if error.severity == "error"]
    codes = dict.fromkeys(
        TRANSACTION_CODES[error.code] for error in serious if error.code in TRANSACTION_CODES
    )
    within = [error for error in serious if error.code not in TRANSACTION_CODES]
    if within:
        codes["5"] = None
    unit = BUSINESS_UNITS.get(report.transaction, "")
    faults = [
        fault
        for segment, errors in groupby(within, key=lambda error: error.segment)
        for fault in _segment(
            [error for error in errors if error.code != "more-errors"],
            report.segment,
            (unit, report.claim_numbers.get(segment, "")),
        )
    ]
    own_version = "" if report.transaction == "835" else report.version
    return TransactionVerdict(
        kind=report.transaction,
        control=report.control,
        version=own_version,
        status=STATUS_LETTERS[Status(report.status)],
        codes=tuple(codes)[:CODES_MAX],
        faults=tuple(faults),
    )


def _segment(errors: list[X12Error], start: int, claim: tuple[str, str]) -> list[SegmentFault]:
    """The faults at one place: each about a segment as a whole, then one with its elements.

    ``start`` is where ST stands; ``claim`` the business unit and its number.
    """
    found = []
    elements = []
    for error in errors:
        code = _segment_code(error)
        if code:
            found.append(_fault([error], code, start, claim))
        else:
            elements.append(error)
    if elements:
        found.append(_fault(elements, "8", start, claim))
    return found


def _fault(errors: list[X12Error], code: str, start: int, claim: tuple[str, str]) -> SegmentFault:
    first = errors[0]
    places = dict.fromkeys(error.trigger for error in errors if error.trigger is not None)
    unit, number = claim if all(claim) else ("CLM01", "")
    return SegmentFault(
        segment_id=_id(first.segment_id),
        position=first.segment - start + 1,
        loop=loop_id(first.loop),
        code=code,
        elements=tuple(
            ElementFault(
                element=error.element,
                component=error.component,
                code=_element_code(error),
            )
            for error in errors
            if 0 < error.element <= PLACE_MAX and error.component <= PLACE_MAX and code == "8"
        ),
        claim_number=number,
        business_unit=unit,
        situations=tuple(_situation(place, start) for place in places),
    )


def _situation(place: Trigger, start: int) -> Situation:
    return Situation(
        segment_id=_id(place.segment_id),
        position=place.segment - start + 1,
        loop=loop_id(place.loop),
        element=place.element,
        component=place.component,
    )


def _segment_code(error: X12Error) -> str:
    """IK304 for an error about a segment as a whole; empty for one about its elements."""
    known = SEGMENT_CODES.get(error.code, "")
    if not known and error.snip == 4 and not error.element:
        return "I9" if _is_excess(error) else "I6" if _is_lack(error) else ""
    return known


def _element_code(error: X12Error) -> str:
    """IK403: by our finding, else what findings of its SNIP level are."""
    known = ELEMENT_CODES.get(error.code)
    if known:
        return known
    if error.snip == 4:
        return "I13" if _is_excess(error) else "I9" if _is_lack(error) else "I12"
    return "7" if error.snip == 5 else "I12"


def _is_excess(error: X12Error) -> bool:
    """Whether a situational finding says that something is there which should not be."""
    return error.code.endswith(("-not-used", "-not-allowed", "-unexpected"))


def _is_lack(error: X12Error) -> bool:
    """Whether a situational finding says that something is not there which should be."""
    return error.code.endswith(("-missing", "-required"))


def loop_id(loop: str) -> str:
    """A loop as IK303 can name it, in four characters: 2010AA is 2010."""
    return loop[:4]


def _id(segment_id: str) -> str:
    """The id as far as a 999 can name it."""
    fits = 2 <= len(segment_id) <= 3 and segment_id.isascii() and segment_id.isalnum()
    return segment_id if fits else "ZZZ"
