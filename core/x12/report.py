"""What a check found: values, and their JSON form."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Literal

import msgspec

from core.x12.syntax import STANDARD, Delimiters

Severity = Literal["error", "warning"]


class Status(StrEnum):
    """The verdict on a transaction, as its 999 says it (IK501 A, E, R).

    A 999 speaks of syntax and guide only. So an error of SNIP 1 or 2 rejects; an error of a higher
    level (a balance, a code) is noted but does not reject, since the next system can still read
    the transaction and must judge each claim for itself; a warning changes nothing.
    """

    ACCEPTED = "accepted"
    ACCEPTED_WITH_ERRORS = "accepted_with_errors"
    REJECTED = "rejected"


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """Where the value stands that made a situation hold; numbers as in ``X12Error``."""

    segment: int
    segment_id: str
    loop: str = ""
    element: int = 0
    component: int = 0


class X12Error(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found. ``segment`` counts from 1 in the file, ``element`` and ``component`` from 1.

    0 means the whole (file, segment, element). ``code`` is stable, ``message`` is for people; it
    never repeats a value of the file. ``trigger`` is what made a situation hold; it is for the CTX
    of a 999 and stays out of the JSON.
    """

    snip: int
    severity: Severity = "error"
    segment: int
    segment_id: str = ""
    loop: str = ""
    element: int = 0
    component: int = 0
    code: str
    message: str
    trigger: Trigger | None = None


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Who sent an 837 to whom (loops 1000A and 1000B) under which reference (BHT03)."""

    reference: str = ""
    submitter_name: str = ""
    submitter_id: str = ""
    receiver_name: str = ""
    receiver_id: str = ""


class TransactionReport(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction: ``type`` as people say it (837P), claims counted, errors in file order.

    ``segment`` and ``segment_end`` are where it begins and ends; ``transaction`` is ST01.
    ``not_checked`` names what no table or rule covered. ``claim_numbers`` gives, by segment number
    of an error, the claim it lies under (CLM01, CLP01, TRN02); it and ``header`` are for the
    answers and stay out of the JSON.
    """

    type: str
    version: str
    control: str
    status: Status
    claims: int
    not_checked: tuple[str, ...] = ()
    errors: tuple[X12Error, ...] = ()
    transaction: str = ""
    segment: int = 0
    segment_end: int = 0
    claim_numbers: dict[int, str] = {}
    header: Header = Header()


class GroupReport(msgspec.Struct, frozen=True, kw_only=True):
    """One functional group: GS01, GS06, GS08, GS02, GS03, what GE01 counted, its transactions."""

    functional_id: str
    control: str
    version: str
    sender: str = ""
    receiver: str = ""
    counted: int = 0
    transactions: tuple[TransactionReport, ...] = ()
    errors: tuple[X12Error, ...] = ()


class InterchangeReport(msgspec.Struct, frozen=True, kw_only=True):
    """One interchange: control number, ISA09 and ISA10, its groups, and errors of its own.

    ``sender`` and ``receiver`` are ISA05 with ISA06, and ISA07 with ISA08; ``usage`` is ISA15.
    """

    control: str
    sender: tuple[str, str] = ("", "")
    receiver: tuple[str, str] = ("", "")
    usage: str = ""
    delimiters: Delimiters = STANDARD
    date: str = ""
    time: str = ""
    acknowledgement_requested: bool = False
    groups: tuple[GroupReport, ...] = ()
    errors: tuple[X12Error, ...] = ()


class FileReport(msgspec.Struct, frozen=True, kw_only=True):
    """One file. ``errors`` are those of no transaction: envelope, or the file cannot be read."""

    interchanges: tuple[InterchangeReport, ...] = ()
    unreadable: tuple[X12Error, ...] = ()

    @property
    def transactions(self) -> tuple[TransactionReport, ...]:
        """All transactions in file order."""
        return tuple(t for i in self.interchanges for g in i.groups for t in g.transactions)

    @property
    def errors(self) -> tuple[X12Error, ...]:
        """Envelope errors in file order."""
        found = [e for i in self.interchanges for e in i.errors]
        found += [e for i in self.interchanges for g in i.groups for e in g.errors]
        return tuple(sorted([*found, *self.unreadable], key=lambda e: e.segment))

    @property
    def has_errors(self) -> bool:
        """Whether anything of severity error was found anywhere."""
        if any(error.severity == "error" for error in self.errors):
            return True
        return any(e.severity == "error" for t in self.transactions for e in t.errors)

    def to_json(self, file: str = "") -> bytes:
        """The report as one line of JSON, with ``file`` as its name."""
        return b"".join(self.json_parts(file))

    def json_parts(self, file: str = "") -> Iterator[bytes]:
        """``to_json`` piece by piece, for a report on many transactions."""
        yield b'{"file":' + _JSON(file)
        yield b',"interchanges":%d,"transactions":[' % len(self.interchanges)
        comma = b""
        for transaction in self.transactions:
            body: dict[str, Any] = {name: getattr(transaction, name) for name in _PLAIN_FIELDS}
            body["errors"] = [_fields(error) for error in transaction.errors]
            yield comma + _JSON(body)
            comma = b","
        yield b'],"errors":' + _JSON([_fields(error) for error in self.errors]) + b"}"


_JSON = msgspec.json.Encoder().encode
_PLAIN_FIELDS = ("type", "version", "control", "status", "claims", "not_checked")
_ERROR_FIELDS = (
    "snip", "severity", "segment", "segment_id", "loop", "element", "component", "code", "message",
)  # fmt: skip


def _fields(error: X12Error) -> dict[str, Any]:
    return {name: getattr(error, name) for name in _ERROR_FIELDS}
