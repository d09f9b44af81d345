"""The way back: the envelope in which an answer goes to whoever sent an interchange."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from core.errors import InputError
from core.x12.envelope import Envelope
from core.x12.report import InterchangeReport
from core.x12.syntax import STANDARD

_NOBODY = "UNKNOWN"


def return_envelope(interchange: InterchangeReport, created: datetime, control: int) -> Envelope:
    """Sender and receiver of ``interchange`` turned round, under a control number of our own."""
    own_kind, own_id = _party(interchange.receiver)
    other_kind, other_id = _party(interchange.sender)
    return Envelope(
        sender_qualifier=own_kind,
        sender_id=own_id,
        receiver_qualifier=other_kind,
        receiver_id=other_id,
        application_sender=_application(own_id),
        application_receiver=_application(other_id),
        created=created,
        interchange_control=control,
        group_control=control,
        usage="T" if interchange.usage == "T" else "P",
    )


def write_back(
    interchange: InterchangeReport, envelope: Envelope, write: Callable[[Envelope], bytes]
) -> bytes:
    """``write`` under ``envelope``; where a value holds one of our separators, with the sender's.

    Raises ``InputError`` when there is nothing to answer, or neither can carry it.
    """
    try:
        return write(envelope)
    except InputError:
        if interchange.delimiters == STANDARD:
            raise
        line_break = STANDARD.line_break
        marks = msgspec.structs.replace(interchange.delimiters, line_break=line_break)
        return write(msgspec.structs.replace(envelope, delimiters=marks))


def _party(party: tuple[str, str]) -> tuple[str, str]:
    """A qualifier and an id that an envelope can name; else the id of nobody."""
    kind, name = party
    if not (len(kind) == 2 and kind.isascii() and kind.isalnum()):
        kind = "ZZ"
    fits = 1 <= len(name) <= 15 and name.isascii() and name.isprintable()
    return (kind, name) if fits else ("ZZ", _NOBODY)


def _application(name: str) -> str:
    """GS02 and GS03 have two characters at least."""
    return name if len(name) > 1 else _NOBODY
