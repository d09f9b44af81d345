"""What the two processes say to each other: a length of four bytes, and a value as msgpack.

The process that asks believes nothing it reads: every answer is decoded into its type or refused.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from core.claims.claim import Claim, ServiceLine
from core.rules.facts import ClaimFacts
from plugins.confined.faults import FaultKind
from plugins.confined.limits import Limits
from plugins.demo import DemoPractice
from plugins.spec import Manifest

HEADER_BYTES = 4
QUESTION = 1 << 31
"""Set in the length of what the plugin's process asks meanwhile: it is no answer yet."""


class Start(msgspec.Struct, frozen=True, tag="start"):
    """The first thing its process is told; ``folder`` empty: the environment's packages."""

    module: str
    folder: str
    root: str
    parent: int
    limits: Limits


class Fenced(msgspec.Struct, frozen=True):
    """Which fences hold: each was tried from inside before the plugin is imported."""

    held: tuple[str, ...]


class Import(msgspec.Struct, frozen=True, tag="import"):
    """Import the plugin now."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What the plugin is, or in what way it is none. ``settings`` describes the settings' type."""

    manifest: Manifest | None = None
    settings: dict[str, Any] = {}
    refused: str = ""


class Open(msgspec.Struct, frozen=True, tag="open"):
    """Ask the hooks with these settings (JSON); the book gets the number ``book``."""

    book: int
    settings: bytes


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What each hook stated, rule by rule, without the functions."""

    rules: dict[str, msgspec.Raw] = {}
    refused: str = ""


LOOKERS = ("claim_edits", "gates")
"""The hooks whose rules are asked in batches."""


def number_of(hook: str, place: int) -> int:
    """By which number a batch names the rule that stands at ``place`` of ``hook``."""
    return place * len(LOOKERS) + LOOKERS.index(hook)


def looker_of(number: int) -> tuple[str, int]:
    """Hook and place of the rule of this number."""
    place, hook = divmod(number, len(LOOKERS))
    return LOOKERS[hook], place


NONE_OFFERED = -1
"""Stands for the number of tables where there are none to ask."""


class CaseSent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One case as the plugin may see it. ``knobs`` pairs days with numbers of ``Judge.knobs``,
    ``tables`` is a number of ``Judge.tables``.
    """

    claim: Claim
    day: date | None
    as_of: date
    received_on: date | None
    facts: ClaimFacts
    knobs: tuple[tuple[date | None, int], ...]
    tables: int = NONE_OFFERED


class Judge(msgspec.Struct, frozen=True, tag="judge"):
    """A batch. ``asked`` are triples: a rule, a case, positions of lines (None: all).

    ``tables`` names the reference tables that may be asked, by number.
    """

    book: int
    knobs: dict[int, dict[str, Any]]
    cases: tuple[CaseSent, ...]
    asked: tuple[tuple[int, int, tuple[int, ...] | None], ...]
    tables: dict[int, tuple[str, ...]] = {}


class Said(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a rule answered to the question ``at``: its flags, or in what way it failed."""

    at: int
    flags: bytes = b""
    fault: FaultKind | None = None
    error: str = ""


class Judged(msgspec.Struct, frozen=True):
    """The answers that say something."""

    said: tuple[Said, ...]


class Call(msgspec.Struct, frozen=True, tag="call"):
    """Call a function of a rule with values that were encoded as its hook asks."""

    book: int
    hook: str
    place: int
    field: str
    given: tuple[msgspec.Raw, ...]


class Demo(msgspec.Struct, frozen=True, tag="demo"):
    """Ask for invented visits."""

    seed: int
    practice: DemoPractice


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """What the function gave back, or in what way it failed."""

    value: msgspec.Raw = msgspec.Raw(b"\xc0")
    fault: FaultKind | None = None
    error: str = ""


class TableAsked(msgspec.Struct, frozen=True, array_like=True, tag="table"):
    """Ask a reference table by one of its methods."""

    number: int
    table: str
    method: str
    given: msgspec.Raw


class PriceAsked(msgspec.Struct, frozen=True, array_like=True, tag="price"):
    """Ask what would be allowed for another line."""

    line: ServiceLine


Asked = TableAsked | PriceAsked
ASKED: msgspec.msgpack.Decoder[Asked] = msgspec.msgpack.Decoder(Asked)


class Answered(msgspec.Struct, frozen=True, array_like=True):
    """The answer to what was asked."""

    value: msgspec.Raw = msgspec.Raw(b"\xc0")
    failed: bool = False


Request = Start | Import | Open | Judge | Call | Demo

_ENCODER = msgspec.msgpack.Encoder(decimal_format="string")
REQUESTS: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)


def framed(value: object, *, mark: int = 0) -> bytearray:
    """``value`` as it goes over the wire; ``mark`` is ``QUESTION`` for one that is asked back."""
    buffer = bytearray(HEADER_BYTES)
    _ENCODER.encode_into(value, buffer, HEADER_BYTES)
    length = mark | (len(buffer) - HEADER_BYTES)
    buffer[:HEADER_BYTES] = length.to_bytes(HEADER_BYTES, "big")
    return buffer


def encoded(value: object) -> bytes:
    """``value`` as a part of a message."""
    return _ENCODER.encode(value)


def read_frame(read: Callable[[int], bytes], bytes_max: int) -> bytes | None:
    """The next message; None when the other side closed. ``ValueError`` when it is too long."""
    found = read_marked(read, bytes_max)
    return None if found is None else found[1]


def read_marked(read: Callable[[int], bytes], bytes_max: int) -> tuple[bool, bytes] | None:
    """The next message, and whether it is a question; see ``read_frame``."""
    header = _exactly(read, HEADER_BYTES)
    if header is None:
        return None
    length = int.from_bytes(header, "big")
    is_question, length = bool(length & QUESTION), length & ~QUESTION
    if length > bytes_max:
        raise ValueError("too long")
    body = _exactly(read, length)
    return None if body is None else (is_question, body)


def _exactly(read: Callable[[int], bytes], length: int) -> bytes | None:
    parts, missing = [], length
    while missing:
        part = read(min(missing, 1 << 20))
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
