"""The 271 as values: what a payer says of a patient's coverage, or why it says nothing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.claims.claim import QualifiedDate
from core.claims.inquiry_parties import Identifier, Insured, Party, Procedure, Trace
from core.claims.parties import Value
from core.eligibility.inquiry import EligibilityInquiry

ACTIVE = frozenset(("1", "2", "3", "4", "5"))
"""EB01 of coverage in force."""

INACTIVE = frozenset(("6", "7", "8"))
"""EB01 of coverage that is not in force."""


class Level(StrEnum):
    """What a rejection is about."""

    REQUEST = "request"
    PAYER = "payer"
    PROVIDER = "provider"
    SUBSCRIBER = "subscriber"
    DEPENDENT = "dependent"
    BENEFIT = "benefit"


class Rejection(Value, frozen=True, kw_only=True):
    """AAA: no answer, and why. ``words.rejection_sentence`` says it for people.

    ``valid`` is AAA01: the request itself was right, but cannot be answered now.
    """

    segment: int = 0
    level: Level
    reason: str
    action: str
    valid: bool = False


class Delivery(Value, frozen=True, kw_only=True):
    """HSD: how much in which time: ``quantity`` of ``quantity_kind`` (VS visits, DY days), each
    ``every`` ``unit`` (DA, WK, MO, YR, VS), within ``periods`` of ``period`` (23 calendar year)."""

    quantity_kind: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    every: Decimal | None = None
    period: str = ""
    periods: int | None = None
    frequency: str = ""
    time_of_day: str = ""


class Circumstance(Value, frozen=True, kw_only=True):
    """III: a place of service (list ZZ) or injury (GR, NI) that the benefit is limited to, or a
    text with its category."""

    list: str = ""
    code: str = ""
    category: str = ""
    text: str = ""


class Benefit(Value, frozen=True, kw_only=True):
    """EB with what follows it: one statement on coverage.

    ``information`` is EB01: 1 active, 6 inactive, A coinsurance, B copayment, C deductible,
    G out-of-pocket limit, I not covered, F limitation, R other payer, L primary care provider ...
    ``service_types`` is what it is said of; none with no ``procedure`` means the whole plan.
    ``level`` is IND, FAM ...; ``period`` 23 calendar year, 27 visit, 29 remaining ...
    ``percent`` is a fraction as the file has it: ``0.2`` is 20 %. ``authorization`` is Y, N, U or
    empty; ``in_network`` Y, N, W (makes no difference), U or empty.
    """

    segment: int = 0
    information: str
    level: str = ""
    service_types: tuple[str, ...] = ()
    insurance_kind: str = ""
    plan: str = ""
    period: str = ""
    amount_cents: int | None = None
    percent: Decimal | None = None
    quantity_kind: str = ""
    quantity: Decimal | None = None
    authorization: str = ""
    in_network: str = ""
    procedure: Procedure | None = None
    pointers: tuple[int, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    numbers: tuple[Identifier, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    messages: tuple[str, ...] = ()
    circumstances: tuple[Circumstance, ...] = ()
    related: tuple[Party, ...] = ()


class EligibilityAnswer(Value, frozen=True, kw_only=True):
    """The answer for one patient, or for a whole payer or provider that was turned away.

    Without a dependent the subscriber is the patient; without a subscriber ``rejections`` say why
    nobody was looked for. The people are as the payer has them.
    """

    segment: int = 0
    payer: Party
    provider: Party | None = None
    subscriber: Insured | None = None
    dependent: Insured | None = None
    traces: tuple[Trace, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    benefits: tuple[Benefit, ...] = ()

    @property
    def patient(self) -> Insured | None:
        return self.dependent or self.subscriber

    @property
    def all_rejections(self) -> tuple[Rejection, ...]:
        """Those of the answer and of its benefits, in file order."""
        found = [*self.rejections, *(each for b in self.benefits for each in b.rejections)]
        return tuple(sorted(found, key=lambda each: each.segment))

    @property
    def plan_names(self) -> tuple[str, ...]:
        """Names of plans with coverage in force, each once."""
        active = (b.plan for b in self.benefits if b.information in ACTIVE and b.plan)
        return tuple(dict.fromkeys(active))

    @property
    def primary_care(self) -> tuple[Party, ...]:
        """Primary care providers the payer names."""
        return tuple(
            party
            for benefit in self.benefits
            for party in benefit.related
            if party.role == "P3" or (benefit.information == "L" and party.role == "1P")
        )

    @property
    def other_payers(self) -> tuple[Party, ...]:
        """Other payers that the payer knows of (EB01 = R)."""
        return tuple(
            party
            for benefit in self.benefits
            if benefit.information == "R"
            for party in benefit.related
            if party.role in _PAYERS
        )


def echoes(answer: EligibilityAnswer, inquiry: EligibilityInquiry) -> bool:
    """Whether the answer gives back a trace number of the inquiry, and so belongs to it.

    False also where either has none: then member number and birth date must tell.
    """
    asked = {(trace.number, trace.originator) for trace in inquiry.traces}
    return any((t.number, t.originator) in asked for t in answer.traces if not t.own)


_PAYERS = frozenset(("PR", "PRP", "SEP", "TTP", "P4", "OC"))


class EligibilityReply(Value, frozen=True, kw_only=True):
    """One 271 (ST). ``reference`` is BHT03 of the request. ``purpose`` 11 answers, 06 confirms that
    a request was taken back."""

    segment: int = 0
    control_number: str
    reference: str = ""
    purpose: str = "11"
    created: datetime | None = None
    answers: tuple[EligibilityAnswer, ...] = ()
