"""Where the reading of an 837 stands: the loop at hand, what was gathered, what was lost.

The reader is a table-driven walk. ``ReadState.table`` maps the segment ids that the loop at hand
knows to the functions that take them; a segment the table does not know is noted as not carried.
What is gathered waits in plain mappings by field name until the value can be made at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from core.claims.claim import Claim, Form, LineAdjudication, OtherPayer, ServiceLine
from core.claims.parties import Provider, Reference

Fields = dict[str, Any]
Elements = list[str]
Handler = Callable[["ReadState", Elements], None]
Table = dict[str, Handler]


class NotCarried(msgspec.Struct, frozen=True):
    """A segment (``element`` 0) or one element of it that the typed value has no place for."""

    segment: int
    segment_id: str
    loop: str
    element: int = 0


class ReadClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim and where it stood: its segments from CLM on, and the transaction around them.

    ``submitter`` and ``receiver`` are the identifiers of loops 1000A and 1000B. ``not_carried``
    also names what stood above the claim (billing provider, subscriber) and holds for it.
    """

    claim: Claim
    segment: int
    segment_end: int
    transaction_control: str
    interchange_control: str
    submitter: str
    receiver: str
    usage: str
    not_carried: tuple[NotCarried, ...] = ()


class UnreadableClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that could not become a value; ``segment`` is where the fault is."""

    segment: int
    claim_number_present: bool
    reason: str


class Level:
    """One hierarchical level (or the claim itself): what was lost in it, and its first fault."""

    __slots__ = ("fault", "lost")

    def __init__(self) -> None:
        self.lost: list[NotCarried] = []
        self.fault: tuple[int, str] | None = None


class ReadState:
    """The walk through one file. Segment handlers change it; ``done`` holds finished claims."""

    def __init__(self, tables: dict[str, Table]) -> None:
        self.tables = tables
        self.table: Table = tables["outside"]
        self.loop = ""
        self.number = 0
        self.component = ":"
        self.done: list[ReadClaim | UnreadableClaim] = []
        self.transactions = 0

        self.interchange_control = ""
        self.usage = ""
        self.group_version = ""
        self.transaction_control = ""
        self.form = Form.PROFESSIONAL
        self.submitter = ""
        self.receiver = ""

        self.level = Level()
        self.header_level = self.level
        self.billing_level = Level()
        self.subscriber_level = Level()
        self.patient_level: Level | None = None
        self.claim_level = Level()
        self.billing_hl = ""
        self.subscriber_hl = ""

        self.billing: Fields = {}
        self.billing_value: Provider | None = None
        self.payer_references: tuple[Reference, ...] = ()
        self.pay_to: Fields | None = None
        self.coverage: Fields = {}
        self.subscriber: Fields = {}
        self.payer: Fields = {}
        self.patient: Fields | None = None
        self.party: Fields = {}
        self.street: Elements | None = None
        self.street_segment = 0

        self.in_claim = False
        self.claim_segment = 0
        self.begin_claim_fields()

    def begin_claim_fields(self) -> None:
        """Empty everything that belongs to one claim."""
        self.claim: Fields = {}
        self.total_cents = 0
        self.providers: dict[str, Fields] = {}
        self.institutional: Fields = {}
        self.dental: Fields = {}
        self.orthodontics: Fields = {}
        self.accident: Fields = {}
        self.codes_icd9: bool | None = None
        self.codes_segment = 0
        self.claim_service: Fields = {}
        self.ordering: Provider | None = None
        self.ordering_segment = 0
        self.others: list[OtherPayer] = []
        self.other: Fields | None = None
        self.other_coverage: Fields = {}
        self.other_payer: Fields = {}
        self.other_person: Fields = {}
        self.lines: list[ServiceLine] = []
        self.line: Fields | None = None
        self.line_providers: dict[str, Fields] = {}
        self.line_segment = 0
        self.line_has_service = False
        self.adjudications: list[LineAdjudication] = []
        self.adjudication: Fields | None = None

    def enter(self, context: str, loop: str) -> None:
        """Take the segment table of ``context``; ``loop`` is the guide's name for the place."""
        self.table = self.tables[context]
        self.loop = loop

    def lose(self, elements: Elements, element: int = 0) -> None:
        """Note that a segment, or one element of it, is not carried."""
        self.level.lost.append(NotCarried(self.number, elements[0], self.loop, element))

    def unknown(self, elements: Elements) -> None:
        """A segment the loop at hand does not know; outside a claim transaction it is not ours."""
        if self.loop:
            self.lose(elements)

    def lose_where(self, elements: Elements, *places: int) -> None:
        """Note each of these elements that is not empty."""
        for place in places:
            if elements[place]:
                self.lose(elements, place)

    def lose_street(self) -> None:
        """Note a street (N3) that no city (N4) followed."""
        if self.street is not None:
            self.street = None
            self.level.lost.append(NotCarried(self.street_segment, "N3", self.loop))

    def fail(self, reason: str, segment: int = 0) -> None:
        """Note a fault of the level at hand, here or at ``segment``; the first one counts."""
        if self.level.fault is None:
            self.level.fault = (segment or self.number, reason)

    def parts(self, element: str, count: int) -> list[str]:
        """The components of an element, at least ``count`` of them."""
        parts = element.split(self.component)
        missing = count - len(parts)
        if missing > 0:
            parts += [""] * missing
        return parts


def append(fields: Fields, key: str, value: object) -> None:
    """Add ``value`` at the end of the tuple kept under ``key``."""
    fields[key] = (*fields.get(key, ()), value)
