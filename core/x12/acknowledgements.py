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
    GROUP_CODES,
    GROUP_WORDS,
    INTERCHANGE_WORDS,
    NOTE_OF_CODE,
    NOTE_OF_IEA_ELEMENT,
    NOTE_OF_ISA_ELEMENT,
    SEGMENT_WORDS,
    TRANSACTION_WORDS,
    VERDICT_WORDS,
    words,
)
from core.x12.envelope import Envelope, interchange_header, interchange_trailer, wrap
from core.x12.report import FileReport, InterchangeReport, X12Error
from core.x12.syntax import Delimiters, SegmentStream, composite, render
from core.x12.verdicts import (
    BUSINESS_UNITS,
    CODES_MAX,
    ElementFault,
    GroupVerdict,
    SegmentFault,
    Situation,
    TransactionVerdict,
    verdicts_of,
)

__all__ = [
    "Acknowledgement999",
    "ElementFault",
    "GroupVerdict",
    "InterchangeAcknowledgement",
    "SegmentFault",
    "Situation",
    "TransactionVerdict",
    "read_999",
    "read_ta1",
    "write_999",
    "write_ta1",
]

VERSION_999 = "005010X231A1"
_TRIGGER = "SITUATIONAL TRIGGER"
_TRIGGERS_MAX = 9
_CONTEXT_VALUE_MAX = 35


class Acknowledgement999(msgspec.Struct, frozen=True, kw_only=True):
    """One 999 (or 997, its ``kind``): who sent it in which interchange, its verdict on a group."""

    kind: str = "999"
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
            text += f" Reason {self.note[:3]}: {words(INTERCHANGE_WORDS, self.note)}."
        return (text,)


def _verdict(letter: str) -> str:
    return VERDICT_WORDS.get(letter, "answered in a way we do not know")


def _group_sentences(group: GroupVerdict) -> Iterator[str]:
    yield (
        f"Group {group.control} was {_verdict(group.status)}: {group.accepted} of {group.received}"
        " transactions accepted."
    )
    for code in group.codes:
        yield f"Group {group.control}: {words(GROUP_WORDS, code)}."
    for transaction in group.transactions:
        name = f"Transaction {transaction.control}"
        reasons = "; ".join(words(TRANSACTION_WORDS, code) for code in transaction.codes)
        yield f"{name} was {_verdict(transaction.status)}{': ' if reasons else ''}{reasons}."
        for fault in transaction.faults:
            yield from _fault_sentences(name, fault)


def _fault_sentences(transaction: str, fault: SegmentFault) -> Iterator[str]:
    loop = f" in loop {fault.loop}" if fault.loop else ""
    claim = f", claim {fault.claim_number}" if fault.claim_number else ""
    place = f"{transaction}{claim}, segment {fault.position} ({fault.segment_id}{loop})"
    if fault.code != "8" or not fault.elements:
        yield f"{place}: {words(SEGMENT_WORDS, fault.code)}."
    for each in fault.elements:
        component = f", component {each.component}" if each.component else ""
        yield f"{place}, element {each.element}{component}: {words(ELEMENT_WORDS, each.code)}."
    for cause in fault.situations:
        loop = f" in loop {cause.loop}" if cause.loop else ""
        element = f", element {cause.element}" if cause.element else ""
        yield f"{place}: because of segment {cause.position} ({cause.segment_id}{loop}){element}."


def read_999(data: bytes | Iterable[bytes]) -> tuple[Acknowledgement999, ...]:
    """All 999s and 997s of a file, in order; other transactions and TA1s are passed over.

    Raises ``X12SyntaxError`` when the data is not X12 or breaks off.
    """
    found: list[Acknowledgement999] = []
    interchange: list[str] = []
    body: list[list[str]] | None = None
    start, control, kind = 0, "", ""
    stream = SegmentStream(data)
    for values in stream:
        segment_id = values[0]
        if segment_id == "ISA":
            interchange, body = values + [""] * 17, None
        elif segment_id == "ST":
            wanted = values[1:2] in (["999"], ["997"])
            body = [] if wanted else None
            start, control, kind = stream.number, _at(values, 2), _at(values, 1)
        elif segment_id == "SE" and body is not None:
            component = stream.delimiters.component
            found.append(
                Acknowledgement999(
                    kind=kind,
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
    if name == _TRIGGER:
        place = _at(values, 5).split(component)
        cause = Situation(
            segment_id=_at(values, 2),
            position=_whole(values, 3),
            loop=_at(values, 4),
            element=_whole(place, 0),
            component=_whole(place, 1),
        )
        return msgspec.structs.replace(fault, situations=(*fault.situations, cause))
    if name not in BUSINESS_UNITS.values() or fault.claim_number:
        return fault
    return msgspec.structs.replace(fault, claim_number=value, business_unit=name)


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
    marks = envelope.delimiters
    control = group.control if _is_number(group.control) else "0"
    version = _fitting(group.version, 1, 12, marks) or "UNKNOWN"
    yield ["AK1", _fitting(group.functional_id, 2, 2, marks) or "ZZ", control, version]
    for transaction in group.transactions:
        kind = _fitting(transaction.kind, 3, 3, marks) or "ZZZ"
        # A number that is too short for AK202 is filled up, as its sender should have done.
        number = _fitting(transaction.control.rjust(4, "0"), 4, 9, marks) or "0000"
        yield ["AK2", kind, number, _fitting(transaction.version, 1, 35, marks)]
        for fault in transaction.faults:
            yield from _fault(fault, marks)
        yield ["IK5", transaction.status, *transaction.codes[:CODES_MAX]]
    counts = [str(group.included), str(group.received), str(group.accepted)]
    yield ["AK9", group.status, *counts, *group.codes[:CODES_MAX]]


def _fault(fault: SegmentFault, marks: Delimiters) -> Iterator[list[str]]:
    """IK3 with its contexts and elements; the wrong value itself is never copied."""
    yield ["IK3", fault.segment_id, str(fault.position), fault.loop, fault.code]
    for cause in fault.situations[:_TRIGGERS_MAX]:
        place = composite(_place(cause.element, cause.component), marks) if cause.element else ""
        yield ["CTX", _TRIGGER, cause.segment_id, str(cause.position), cause.loop, place]
    number = _fitting(fault.claim_number, 1, _CONTEXT_VALUE_MAX, marks)
    if number:
        yield ["CTX", composite((fault.business_unit, number), marks)]
    for each in fault.elements:
        yield ["IK4", composite(_place(each.element, each.component), marks), "", each.code]


def _place(element: int, component: int) -> tuple[str, ...]:
    return (str(element), str(component)) if component else (str(element),)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 9


def _fitting(text: str, shortest: int, longest: int, marks: Delimiters) -> str:
    """``text`` where it can be copied into an answer, else nothing."""
    fits = shortest <= len(text) <= longest and text.isascii() and text.isprintable()
    parting = (marks.element, marks.component, marks.segment, marks.repetition)
    if not fits or text != text.strip() or any(mark and mark in text for mark in parting):
        return ""
    return text


def write_ta1(
    report: FileReport | Sequence[InterchangeAcknowledgement], envelope: Envelope
) -> bytes:
    """An interchange with one TA1 for each interchange of a checked file, and no group.

    Raises ``InputError`` when not even an ISA could be read, so that nobody can be answered.
    """
    answers = (
        [_answer(each, envelope) for each in report.interchanges]
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


def _answer(interchange: InterchangeReport, envelope: Envelope) -> InterchangeAcknowledgement:
    notes = [_note(each) for each in interchange.errors if each.severity == "error"]
    code = "R" if notes else "A"
    if not notes:
        # The 999 answers for groups. Of what it has no code for, the TA1 says at least so much.
        groups = [error for group in interchange.groups for error in group.errors]
        notes = [_note(each) for each in groups if each.code not in GROUP_CODES]
        code = "E" if notes else "A"
    # The most telling note: that the envelope does not fit together is said of last resort.
    note = next((each for each in notes if each != "022"), "022" if notes else "000")
    control = interchange.control
    made = envelope.created
    wrong = {error.element for error in interchange.errors if error.code == "isa-element"}
    return InterchangeAcknowledgement(
        interchange_control=control if CONTROL_NUMBER.fullmatch(control) else "000000000",
        date=f"{made:%y%m%d}" if 9 in wrong else interchange.date,
        time=f"{made:%H%M}" if 10 in wrong else interchange.time,
        code=code,
        note=note,
    )


def _note(error: X12Error) -> str:
    """TA105 for an error of the envelope."""
    if error.code in NOTE_OF_CODE:
        return NOTE_OF_CODE[error.code]
    elements = {"ISA": NOTE_OF_ISA_ELEMENT, "IEA": NOTE_OF_IEA_ELEMENT}
    return elements.get(error.segment_id, {}).get(error.element, "024")
