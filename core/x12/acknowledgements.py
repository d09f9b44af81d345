"""999 and TA1: what the other side says of our files, and what we say of theirs.

Reading is tolerant: a TA1 may stand before any group, several interchanges may follow each other,
and the older 997 is read as well. Writing takes a check's report, or verdicts made by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from core.errors import InputError
from core.x12.ack_codes import (
    CONTROL_NUMBER,
    ELEMENT_WORDS,
    GROUP_WORDS,
    INTERCHANGE_WORDS,
    NOTE_OF_CODE,
    NOTE_OF_ISA_ELEMENT,
    SEGMENT_WORDS,
    TRANSACTION_WORDS,
    VERDICT_WORDS,
)
from core.x12.envelope import Envelope, interchange_header, interchange_trailer, wrap
from core.x12.report import FileReport, InterchangeReport
from core.x12.syntax import SegmentStream, composite, render
from core.x12.verdicts import (
    ElementFault,
    GroupVerdict,
    SegmentFault,
    TransactionVerdict,
    verdicts_of,
)

__all__ = [
    "Acknowledgement999",
    "ElementFault",
    "GroupVerdict",
    "InterchangeAcknowledgement",
    "SegmentFault",
    "TransactionVerdict",
    "read_999",
    "read_ta1",
    "write_999",
    "write_ta1",
]

VERSION_999 = "005010X231A1"


class Acknowledgement999(msgspec.Struct, frozen=True, kw_only=True):
    """One 999 (or 997): who sent it in which interchange, and its verdict on one of our groups."""

    interchange_control: str
    sender_id: str
    receiver_id: str
    control: str
    group: GroupVerdict
    segment: int = 0

    @property
    def group_control(self) -> str:
        """GS06 of the group that is answered."""
        return self.group.control

    @property
    def transactions(self) -> tuple[TransactionVerdict, ...]:
        """The verdicts on its transactions; empty when the sender only answers the group."""
        return self.group.transactions

    def sentences(self) -> tuple[str, ...]:
        """The answer in plain words, faults with their places."""
        return tuple(_group_sentences(self.group))


class InterchangeAcknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """A TA1: the verdict A, E or R on the interchange with this control number, and why."""

    interchange_control: str
    date: str
    time: str
    code: str
    note: str
    segment: int = 0

    def sentences(self) -> tuple[str, ...]:
        """The answer in plain words."""
        verdict = VERDICT_WORDS.get(self.code, "answered in a way we do not know")
        text = f"Interchange {self.interchange_control} was {verdict}."
        if self.note not in ("", "000"):
            why = INTERCHANGE_WORDS.get(self.note, "a reason we do not know")
            text += f" Reason {self.note}: {why}."
        return (text,)


def _group_sentences(group: GroupVerdict) -> Iterator[str]:
    verdict = VERDICT_WORDS.get(group.status, "answered in a way we do not know")
    yield (
        f"Group {group.control} was {verdict}: {group.accepted} of {group.received} transactions"
        " accepted."
    )
    for code in group.codes:
        yield f"Group {group.control}: {GROUP_WORDS.get(code, f'code {code}')}."
    for transaction in group.transactions:
        name = f"Transaction {transaction.control}"
        verdict = VERDICT_WORDS.get(transaction.status, "answered in a way we do not know")
        reasons = [TRANSACTION_WORDS.get(code, f"code {code}") for code in transaction.codes]
        yield f"{name} was {verdict}{': ' if reasons else ''}{'; '.join(reasons)}."
        for fault in transaction.faults:
            loop = f" in loop {fault.loop}" if fault.loop else ""
            place = f"{name}, segment {fault.position} ({fault.segment_id}{loop})"
            if fault.code != "8" or not fault.elements:
                yield f"{place}: {SEGMENT_WORDS.get(fault.code, f'code {fault.code}')}."
            for each in fault.elements:
                component = f", component {each.component}" if each.component else ""
                why = ELEMENT_WORDS.get(each.code, f"code {each.code}")
                yield f"{place}, element {each.element}{component}: {why}."


def read_999(data: bytes | Iterable[bytes]) -> tuple[Acknowledgement999, ...]:
    """All 999s and 997s of a file, in order; other transactions and TA1s are passed over.

    Raises ``X12SyntaxError`` when the data is not X12 or breaks off.
    """
    found: list[Acknowledgement999] = []
    interchange: list[str] = []
    body: list[list[str]] | None = None
    start, control = 0, ""
    stream = SegmentStream(data)
    for values in stream:
        segment_id = values[0]
        if segment_id == "ISA":
            interchange, body = values + [""] * 17, None
        elif segment_id == "ST":
            wanted = values[1:2] in (["999"], ["997"])
            body = [] if wanted else None
            start, control = stream.number, _at(values, 2)
        elif segment_id == "SE" and body is not None:
            component = stream.delimiters.component
            found.append(
                Acknowledgement999(
                    interchange_control=interchange[13],
                    sender_id=interchange[6].strip(),
                    receiver_id=interchange[8].strip(),
                    control=control,
                    group=_read_group(body, component),
                    segment=start,
                )
            )
            body = None
        elif body is not None:
            body.append(values)
    return tuple(found)


def _at(values: Sequence[str], place: int) -> str:
    return values[place] if place < len(values) else ""


def _whole(values: Sequence[str], place: int) -> int:
    text = _at(values, place)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 12 else 0


def _codes(values: Sequence[str], first: int) -> tuple[str, ...]:
    return tuple(code for code in values[first : first + 5] if code)


def _read_group(body: list[list[str]], component: str) -> GroupVerdict:
    head: Sequence[str] = ()
    tail: Sequence[str] = ()
    transactions: list[TransactionVerdict] = []
    opening: Sequence[str] = ()
    faults: list[SegmentFault] = []
    for values in body:
        match values[0]:
            case "AK1":
                head = values
            case "AK9":
                tail = values
            case "AK2":
                opening, faults = values, []
            case "IK3" | "AK3":
                faults.append(
                    SegmentFault(
                        segment_id=_at(values, 1),
                        position=_whole(values, 2),
                        loop=_at(values, 3),
                        code=_at(values, 4),
                    )
                )
            case "IK4" | "AK4" if faults:
                faults[-1] = _with_element(faults[-1], values, component)
            case "CTX" if faults:
                faults[-1] = _with_context(faults[-1], values, component)
            case "IK5" | "AK5":
                transactions.append(
                    TransactionVerdict(
                        kind=_at(opening, 1),
                        control=_at(opening, 2),
                        version=_at(opening, 3),
                        status=_at(values, 1),
                        codes=_codes(values, 2),
                        faults=tuple(faults),
                    )
                )
                opening, faults = (), []
    return GroupVerdict(
        functional_id=_at(head, 1),
        control=_at(head, 2),
        version=_at(head, 3),
        status=_at(tail, 1),
        included=_whole(tail, 2),
        received=_whole(tail, 3),
        accepted=_whole(tail, 4),
        codes=_codes(tail, 5),
        transactions=tuple(transactions),
    )


def _with_element(fault: SegmentFault, values: list[str], component: str) -> SegmentFault:
    place = _at(values, 1).split(component)
    each = ElementFault(element=_whole(place, 0), component=_whole(place, 1), code=_at(values, 3))
    return msgspec.structs.replace(fault, elements=(*fault.elements, each))


def _with_context(fault: SegmentFault, values: list[str], component: str) -> SegmentFault:
    name, _, value = _at(values, 1).partition(component)
    if name != "CLM01" or fault.claim_number:
        return fault
    return msgspec.structs.replace(fault, claim_number=value)


def read_ta1(data: bytes | Iterable[bytes]) -> tuple[InterchangeAcknowledgement, ...]:
    """All TA1 segments of a file, wherever they stand."""
    stream = SegmentStream(data)
    return tuple(
        InterchangeAcknowledgement(
            interchange_control=_at(values, 1),
            date=_at(values, 2),
            time=_at(values, 3),
            code=_at(values, 4),
            note=_at(values, 5),
            segment=stream.number,
        )
        for values in stream
        if values[0] == "TA1"
    )


def write_999(report: FileReport | Sequence[GroupVerdict], envelope: Envelope) -> bytes:
    """The 999 on every group of a checked file (or on the given verdicts), one ST each.

    Groups of acknowledgements are not answered. Raises ``InputError`` when there is nothing to
    answer.
    """
    groups = verdicts_of(report) if isinstance(report, FileReport) else tuple(report)
    if not groups:
        raise InputError("there is no group to answer with a 999")
    transactions = (
        (f"{number:04d}", _body(group, envelope)) for number, group in enumerate(groups, 1)
    )
    return wrap(envelope, "FA", VERSION_999, transactions)


def _body(group: GroupVerdict, envelope: Envelope) -> Iterator[list[str]]:
    yield ["AK1", group.functional_id, group.control, group.version]
    for transaction in group.transactions:
        yield ["AK2", transaction.kind, transaction.control, transaction.version]
        for fault in transaction.faults:
            # IK303 holds four characters: 2010AA is named 2010.
            position = str(fault.position)
            yield ["IK3", fault.segment_id, position, fault.loop[:4], fault.code]
            if fault.claim_number and len(fault.claim_number) <= 35:
                yield ["CTX", composite(("CLM01", fault.claim_number), envelope.delimiters)]
            for each in fault.elements:
                place = [str(each.element), str(each.component) if each.component else ""]
                yield ["IK4", composite(place, envelope.delimiters), "", each.code]
        yield ["IK5", transaction.status, *transaction.codes[:5]]
    counts = [str(group.included), str(group.received), str(group.accepted)]
    yield ["AK9", group.status, *counts, *group.codes[:5]]


def write_ta1(
    report: FileReport | Sequence[InterchangeAcknowledgement], envelope: Envelope
) -> bytes:
    """An interchange with one TA1 for each interchange of a checked file, and no group.

    Raises ``InputError`` when not even an ISA could be read, so that nobody can be answered.
    """
    answers = (
        [_answer(each) for each in report.interchanges]
        if isinstance(report, FileReport)
        else list(report)
    )
    if not answers:
        raise InputError("there is no interchange to answer with a TA1")
    segments = [
        ["TA1", each.interchange_control, each.date, each.time, each.code, each.note]
        for each in answers
    ]
    whole = [interchange_header(envelope), *segments, interchange_trailer(envelope, 0)]
    return render(whole, envelope.delimiters)


def _answer(interchange: InterchangeReport) -> InterchangeAcknowledgement:
    errors = [each for each in interchange.errors if each.severity == "error"]
    notes = [
        NOTE_OF_ISA_ELEMENT[each.element]
        if each.code == "isa-element"
        else NOTE_OF_CODE.get(each.code, "022")
        for each in errors
    ]
    # The most telling note: that the envelope does not fit together is said of last resort.
    note = next((each for each in notes if each != "022"), "022" if notes else "000")
    control = interchange.control
    return InterchangeAcknowledgement(
        interchange_control=control if CONTROL_NUMBER.fullmatch(control) else "000000000",
        date=interchange.date,
        time=interchange.time,
        code="R" if errors else "A",
        note=note,
    )
