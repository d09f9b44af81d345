"""Checking a whole file: envelope, then every transaction against the guide it names.

SNIP 1 and 2 come from the guide tables, SNIP 3 from ``balance``. Whatever the bytes, the answer is
a report: data that cannot be read ends in an envelope error with its position.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from core.dates import parse_day
from core.errors import InputError, X12SyntaxError
from core.x12.check_options import CheckOptions
from core.x12.envelope import TRANSACTION_OF_GROUP
from core.x12.error_list import Allowance, ErrorList
from core.x12.guides import Row
from core.x12.report import (
    FileReport,
    GroupReport,
    InterchangeReport,
    Status,
    TransactionReport,
    X12Error,
)
from core.x12.rows import faults
from core.x12.syntax import Delimiters, SegmentStream
from core.x12.transaction_check import NO_OPTIONS, TransactionCheck

__all__ = ["CheckOptions", "FileReport", "Status", "TransactionReport", "X12Error", "check"]

# ISA, GS and ST together: each is a report of its own, so a file may not have any number of them.
ENVELOPES_MAX = 60_000
# Interchanges of a file may each name other delimiters; this many kinds get prepared patterns.
DELIMITERS_PREPARED_MAX = 8
_ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_PARTIES = frozenset(("01", "14", "20", "27", "28", "29", "30", "33", "ZZ"))
# The ISA elements that have a list of values: their number -> the list.
_ISA_CODES = {
    1: frozenset(("00", "03")),
    3: frozenset(("00", "01")),
    5: _PARTIES,
    7: _PARTIES,
    12: frozenset(("00401", "00501", "00602")),
    14: frozenset(("0", "1")),
    15: frozenset(("P", "T")),
}
_GS = Row("GS", "R", 1, "1R 2R 3R 4R 5R 6R 7R=X 8R")
_GE = Row("GE", "R", 1, "1R 2R")
_SE = Row("SE", "R", 1, "1R 2R")
_IEA = Row("IEA", "R", 1, "1R 2R")
_TA1 = Row("TA1", "R", 1, "1R 2R 3R 4R=A|E|R 5R")


def check(data: bytes | Iterable[bytes], options: CheckOptions = NO_OPTIONS) -> FileReport:
    """Check ``data`` (a file, or its blocks). Never raises for what the bytes hold."""
    return _FileCheck(options).run(data)


class _EnvelopesError(Exception):
    """The file has more envelopes than a report may hold."""


class _Group:
    def __init__(self, values: list[str], allowance: Allowance) -> None:
        padded = values + [""] * 9
        self.functional_id, self.sender, self.receiver = padded[1:4]
        self.control, self.version = padded[6], padded[8]
        self.created = _day(padded[4])
        self.transactions: list[TransactionReport] = []
        self.controls: set[str] = set()
        self.errors = ErrorList(allowance)
        self.counted = 0

    def result(self) -> GroupReport:
        return GroupReport(
            functional_id=self.functional_id,
            control=self.control,
            version=self.version,
            sender=self.sender,
            receiver=self.receiver,
            counted=self.counted,
            transactions=tuple(self.transactions),
            errors=self.errors.all(),
        )


class _Interchange:
    def __init__(self, values: list[str], delimiters: Delimiters, allowance: Allowance) -> None:
        padded = values + [""] * 17
        self.sender = padded[5], padded[6].strip()
        self.receiver = padded[7], padded[8].strip()
        self.usage, self.delimiters = padded[15], delimiters
        self.date, self.time, self.control = padded[9], padded[10], padded[13]
        self.wanted = padded[14] == "1"
        self.groups: list[GroupReport] = []
        self.controls: set[str] = set()
        self.errors = ErrorList(allowance)
        self.answers = 0

    def result(self) -> InterchangeReport:
        return InterchangeReport(
            control=self.control,
            sender=self.sender,
            receiver=self.receiver,
            usage=self.usage,
            delimiters=self.delimiters,
            date=self.date,
            time=self.time,
            acknowledgement_requested=self.wanted,
            groups=tuple(self.groups),
            errors=self.errors.all(),
        )


class _FileCheck:
    """The envelope as a small state machine: what is open, and what each segment does to it."""

    def __init__(self, options: CheckOptions) -> None:
        self._options = options
        self._interchanges: list[InterchangeReport] = []
        self._interchange: _Interchange | None = None
        self._group: _Group | None = None
        self._transaction: TransactionCheck | None = None
        self._delimiters = Delimiters()
        self._seen: set[Delimiters] = set()
        self._numbers: set[str] = set()
        self._envelopes = 0
        self._allowance = Allowance()
        self._envelope = {
            "ISA": self._open_interchange,
            "TA1": self._answer,
            "GS": self._open_group,
            "ST": self._open_transaction,
            "SE": self._close_transaction,
            "GE": self._close_group,
            "IEA": self._close_interchange,
        }

    def run(self, data: bytes | Iterable[bytes]) -> FileReport:
        unreadable: tuple[X12Error, ...] = ()
        stream = SegmentStream(data)
        number = 0
        try:
            for texts in stream.chunks():
                self._delimiters = stream.delimiters
                self._take(number, texts)
                number += len(texts)
        except _EnvelopesError:
            self._stop()
        except X12SyntaxError as error:
            unreadable = (
                X12Error(
                    snip=1,
                    segment=error.segment,
                    element=error.element,
                    code="not-x12" if error.segment == 0 else "unreadable",
                    message=error.message,
                ),
            )
        self._end(number, stream.unterminated)
        return FileReport(interchanges=tuple(self._interchanges), unreadable=unreadable)

    def _take(self, number: int, texts: list[str]) -> None:
        element = self._delimiters.element
        at, count = 0, len(texts)
        while at < count:
            if self._transaction is not None:
                at = self._transaction.run(texts, at, number + at + 1)
                if at == count:
                    return
            values = texts[at].split(element)
            at += 1
            handler = self._envelope.get(values[0])
            if handler is not None:
                handler(number + at, values)
            else:
                message = "a segment outside of any transaction"
                self._say(number + at, values[0][:3], "outside", message)

    def _say(
        self,
        segment: int,
        segment_id: str,
        code: str,
        message: str,
        element: int = 0,
        *,
        snip: int = 1,
        always: bool = False,
    ) -> None:
        home = self._group or self._interchange
        if home is not None:
            error = X12Error(
                snip=snip,
                segment=segment,
                segment_id=segment_id,
                element=element,
                code=code,
                message=message,
            )
            home.errors.add(error, always=always)

    def _count(self, segment: int, segment_id: str) -> None:
        """One more envelope; the check ends here when there are too many."""
        self._envelopes += 1
        if self._envelopes > ENVELOPES_MAX:
            self._leave_transaction()
            message = (
                f"a file may hold {ENVELOPES_MAX} interchanges, groups and transactions together;"
                " what follows was not looked at: divide the file"
            )
            self._say(segment, segment_id, "too-many-envelopes", message, always=True)
            raise _EnvelopesError

    def _stop(self) -> None:
        self._leave_group()
        self._leave_interchange()

    def _row(self, segment: int, row: Row, values: list[str]) -> None:
        for fault in faults(row, values, self._delimiters):
            self._say(segment, row.id, fault.code, fault.message, fault.element)

    def _open_interchange(self, segment: int, values: list[str]) -> None:
        self._end(segment, False)
        self._interchange = _Interchange(values, self._delimiters, self._allowance)
        self._count(segment, "ISA")
        if len(self._seen) < DELIMITERS_PREPARED_MAX:
            self._seen.add(self._delimiters)
        number = "*".join((*values[5:9], *values[13:14]))
        if number in self._numbers:
            message = "the sender used this control number before in the file"
            self._say(segment, "ISA", "interchange-repeated", message, 13)
        self._numbers.add(number)
        for element, (width, value) in enumerate(zip(_ISA_WIDTHS, values[1:], strict=False), 1):
            if element == 16:
                break
            taken = element == 11 and value in (
                self._delimiters.component,
                self._delimiters.segment,
            )
            if len(value) != width or taken or not _isa_value_fits(element, value):
                message = f"ISA element {element} has not the width or the code it must have"
                self._say(segment, "ISA", "isa-element", message, element)
        if self._options.profile is not None:
            usage = values[15] if len(values) > 15 else ""
            demands = self._options.profile.interchange_faults(usage, self._delimiters)
            for element, code, message in demands:
                self._say(segment, "ISA", code, message, element, snip=7)

    def _open_group(self, segment: int, values: list[str]) -> None:
        self._drop_transaction(segment)
        if self._group is not None:
            self._say(segment, "GS", "group-unclosed", "the group before has no GE")
            self._leave_group()
        interchange = self._interchange
        self._group = _Group(values, self._allowance)
        self._count(segment, "GS")
        self._row(segment, _GS, values)
        if interchange is not None:
            if self._group.control in interchange.controls:
                message = "this group number was used before in the interchange"
                self._say(segment, "GS", "group-repeated", message, 6)
            interchange.controls.add(self._group.control)

    def _open_transaction(self, segment: int, values: list[str]) -> None:
        self._drop_transaction(segment)
        group = self._group
        self._count(segment, "ST")
        if group is None:
            self._say(segment, "ST", "outside", "a transaction outside of any group")
        version = group.version if group is not None else ""
        prepared = self._delimiters in self._seen
        created = group.created if group is not None else None
        transaction = TransactionCheck(
            segment,
            values,
            version,
            self._delimiters,
            self._allowance,
            prepared,
            created,
            self._options,
        )
        self._transaction = transaction
        if group is None:
            return
        group.counted += 1
        profile = self._options.profile
        most = profile.transactions_per_group if profile is not None else 0
        if most and group.counted == most + 1:
            message = f"this partner takes {most} transactions a group"
            self._say(segment, "ST", "partner-transactions", message, snip=7)
        expected = TRANSACTION_OF_GROUP.get(group.functional_id)
        if expected is not None and expected != transaction.transaction:
            message = "this kind of transaction does not belong into a group of this kind"
            transaction.say(1, segment, "ST", "wrong-group", message, 1)
        if transaction.control in group.controls:
            message = "this control number was used before in the group"
            transaction.say(1, segment, "ST", "control-repeated", message, 2)
        group.controls.add(transaction.control)

    def _close_transaction(self, segment: int, values: list[str]) -> None:
        transaction = self._transaction
        if transaction is None:
            self._say(segment, "SE", "outside", "an SE without its ST")
            return
        transaction.close(segment)
        for fault in faults(_SE, values, self._delimiters):
            transaction.say(1, segment, "SE", fault.code, fault.message, fault.element)
        if _number(values, 1) != transaction.count + 1:
            message = f"there are {transaction.count + 1} segments from ST to SE"
            transaction.say(1, segment, "SE", "segment-count", message, 1)
        if values[2:3] != [transaction.control]:
            message = "ST and SE have different control numbers"
            transaction.say(1, segment, "SE", "transaction-control", message, 2)
        self._leave_transaction()

    def _close_group(self, segment: int, values: list[str]) -> None:
        self._drop_transaction(segment)
        group = self._group
        if group is None:
            self._say(segment, "GE", "outside", "a GE without its GS")
            return
        self._row(segment, _GE, values)
        if _number(values, 1) != group.counted:
            message = f"there are {group.counted} transactions in the group"
            self._say(segment, "GE", "transaction-count", message, 1)
        if values[2:3] != [group.control]:
            self._say(segment, "GE", "group-control", "GS and GE have different numbers", 2)
        self._leave_group()

    def _close_interchange(self, segment: int, values: list[str]) -> None:
        self._drop_transaction(segment)
        if self._group is not None:
            self._say(segment, "IEA", "group-unclosed", "the last group has no GE")
            self._leave_group()
        interchange = self._interchange
        if interchange is None:
            return
        self._row(segment, _IEA, values)
        if _number(values, 1) != len(interchange.groups):
            message = f"there are {len(interchange.groups)} groups in the interchange"
            self._say(segment, "IEA", "group-count", message, 1)
        if values[2:3] != [interchange.control]:
            message = "ISA and IEA have different control numbers"
            self._say(segment, "IEA", "interchange-control", message, 2)
        self._leave_interchange()

    def _answer(self, segment: int, values: list[str]) -> None:
        self._row(segment, _TA1, values)

    def _drop_transaction(self, segment: int) -> None:
        """A transaction that never came to its SE."""
        if self._transaction is not None:
            message = "the transaction has no SE"
            self._transaction.say(1, segment, "SE", "transaction-unclosed", message)
            self._leave_transaction()

    def _leave_transaction(self) -> None:
        if self._transaction is not None and self._group is not None:
            self._group.transactions.append(self._transaction.result())
        self._transaction = None

    def _leave_group(self) -> None:
        if self._group is not None and self._interchange is not None:
            self._interchange.groups.append(self._group.result())
        self._group = None

    def _leave_interchange(self) -> None:
        if self._interchange is not None:
            self._interchanges.append(self._interchange.result())
        self._interchange = None

    def _end(self, segment: int, unterminated: bool) -> None:
        """The file or the interchange ends here, finished or not."""
        self._drop_transaction(segment)
        open_group = self._group is not None
        self._leave_group()
        if self._interchange is not None:
            what = "GE and IEA" if open_group else "IEA"
            self._say(segment, "IEA", "interchange-unclosed", f"the interchange has no {what}")
            self._leave_interchange()
        if unterminated and self._interchanges:
            last = self._interchanges[-1]
            error = X12Error(
                snip=1,
                severity="warning",
                segment=segment,
                segment_id="IEA",
                code="unterminated",
                message="the last segment has no terminator",
            )
            self._interchanges[-1] = msgspec.structs.replace(last, errors=(*last.errors, error))


def _isa_value_fits(element: int, value: str) -> bool:
    match element:
        case 9:
            try:
                parse_day("20" + value)
            except InputError:
                return False
        case 10:
            return value.isdecimal() and value.isascii() and value < "2400" and value[2] < "6"
        case 13:
            return value.isdecimal() and value.isascii()
    codes = _ISA_CODES.get(element)
    return value in codes if codes else value.isascii() and value.isprintable()


def _day(value: str) -> date | None:
    try:
        return parse_day(value)
    except InputError:
        return None


def _number(values: list[str], place: int) -> int:
    """The whole number at ``place``, or -1."""
    value = values[place] if place < len(values) else ""
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 10 else -1
