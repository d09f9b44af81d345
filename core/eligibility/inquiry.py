"""The 270 as values: whose coverage is asked for, for which services and days."""

from __future__ import annotations

from datetime import datetime

from core.claims.claim import QualifiedDate
from core.claims.inquiry_parties import Identifier, Insured, Party, Procedure, Trace
from core.claims.parties import Value


class Question(Value, frozen=True, kw_only=True):
    """EQ with what follows it (loop 2110): one thing asked.

    ``service_types`` (30 the whole plan, 98 office visit, MH mental health ...) or a procedure.
    ``pointers`` point at the patient's diagnoses from 1. ``place_of_service`` narrows the question;
    ``number`` is a referral (9F) or authorization (G1); ``period`` the days of this service.
    """

    segment: int = 0
    service_types: tuple[str, ...] = ()
    procedure: Procedure | None = None
    family: bool = False
    pointers: tuple[int, ...] = ()
    spend_down_cents: int | None = None
    spend_down_billed_cents: int | None = None
    place_of_service: str = ""
    number: Identifier | None = None
    period: QualifiedDate | None = None


class EligibilityInquiry(Value, frozen=True, kw_only=True):
    """One patient asked for. Without a dependent the subscriber is the patient.

    The days asked for are in the patient's ``dates`` under 291; without them the payer answers for
    today.
    """

    segment: int = 0
    payer: Party
    provider: Party
    subscriber: Insured
    dependent: Insured | None = None
    traces: tuple[Trace, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def patient(self) -> Insured:
        return self.dependent or self.subscriber


class EligibilityRequest(Value, frozen=True, kw_only=True):
    """One 270 (ST): ``reference`` (BHT03) comes back in the answer. ``purpose`` 13 asks, 01 takes
    a request back."""

    segment: int = 0
    control_number: str
    reference: str = ""
    purpose: str = "13"
    created: datetime | None = None
    inquiries: tuple[EligibilityInquiry, ...] = ()
