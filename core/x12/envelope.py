"""The envelope: ISA and IEA, GS and GE, ST and SE around transactions, with control totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from core.errors import InputError
from core.x12.syntax import STANDARD, Delimiters, render

# The segments around transactions.
ENVELOPE_SEGMENTS = frozenset(("ISA", "TA1", "GS", "ST", "SE", "GE", "IEA"))
CONTROL_MAX = 999_999_999
VERSION_GS = "005010"

# GS01 -> ST01.
TRANSACTION_OF_GROUP: dict[str, str] = {
    "HC": "837",
    "HP": "835",
    "FA": "999",
    "HN": "277",
    "HS": "270",
    "HB": "271",
    "HR": "276",
    "HI": "278",
    "PI": "275",
}

Transactions = Iterable[tuple[str, Iterable[Sequence[str]]]]


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends to whom, when, and under which control numbers (1 to 999,999,999).

    The qualifiers are ISA05 and ISA07, the ids ISA06 and ISA08 (at most 15 characters). The
    application codes are GS02 and GS03 and default to the ids. ``usage`` is P (production) or T
    (test). ``release`` is ISA12.
    """

    sender_qualifier: str = "ZZ"
    sender_id: str
    receiver_qualifier: str = "ZZ"
    receiver_id: str
    application_sender: str = ""
    application_receiver: str = ""
    created: datetime
    interchange_control: int
    group_control: int
    usage: Literal["P", "T"] = "P"
    acknowledgement_requested: bool = False
    delimiters: Delimiters = STANDARD
    release: Literal["00501", "00602"] = "00501"

    def __post_init__(self) -> None:
        for control in (self.interchange_control, self.group_control):
            if not 1 <= control <= CONTROL_MAX:
                raise InputError("a control number is a number from 1 to 999999999")
        for party in (self.sender_id, self.receiver_id):
            if not 1 <= len(party) <= 15 or party != party.strip():
                raise InputError("an interchange id has 1 to 15 characters and no blank around")
        for application in (self.application_sender, self.application_receiver):
            if len(application) == 1 or len(application) > 15:
                raise InputError("an application code has 2 to 15 characters")
        for qualifier in (self.sender_qualifier, self.receiver_qualifier):
            if len(qualifier) != 2:
                raise InputError("an interchange id qualifier has two characters")


def wrap(envelope: Envelope, functional_id: str, version: str, transactions: Transactions) -> bytes:
    """One interchange with one group of ``transactions``: control number ST02, body without ST, SE.

    ``functional_id`` is GS01 (HC, HP, FA, HN ...), ``version`` GS08 such as ``005010X222A1``. ST03
    is written for all but the 835, whose guide has none.
    """
    delimiters = envelope.delimiters
    parts = [
        render(
            [interchange_header(envelope), _group_header(envelope, functional_id, version)],
            delimiters,
        )
    ]
    kind = TRANSACTION_OF_GROUP[functional_id]
    st03 = [] if kind == "835" else [version]
    count = 0
    for control, body in transactions:
        count += 1
        parts.append(render(_framed(["ST", kind, control, *st03], body), delimiters))
    parts.append(
        render(
            [["GE", str(count), str(envelope.group_control)], interchange_trailer(envelope, 1)],
            delimiters,
        )
    )
    return b"".join(parts)


def interchange_header(envelope: Envelope) -> list[str]:
    """The ISA segment, every field at its fixed width."""
    delimiters = envelope.delimiters
    return [
        "ISA", "00", " " * 10, "00", " " * 10,
        envelope.sender_qualifier, envelope.sender_id.ljust(15),
        envelope.receiver_qualifier, envelope.receiver_id.ljust(15),
        envelope.created.strftime("%y%m%d"), envelope.created.strftime("%H%M"),
        delimiters.repetition or "U", envelope.release, f"{envelope.interchange_control:09d}",
        "1" if envelope.acknowledgement_requested else "0", envelope.usage, delimiters.component,
    ]  # fmt: skip


def interchange_trailer(envelope: Envelope, groups: int) -> list[str]:
    """The IEA segment for an interchange of ``groups`` functional groups."""
    return ["IEA", str(groups), f"{envelope.interchange_control:09d}"]


def _group_header(envelope: Envelope, functional_id: str, version: str) -> list[str]:
    return [
        "GS",
        functional_id,
        envelope.application_sender or envelope.sender_id,
        envelope.application_receiver or envelope.receiver_id,
        envelope.created.strftime("%Y%m%d"),
        envelope.created.strftime("%H%M"),
        str(envelope.group_control),
        "X",
        version,
    ]


def _framed(opening: list[str], body: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    yield opening
    count = 2
    for segment in body:
        count += 1
        yield segment
    yield ["SE", str(count), opening[2]]
