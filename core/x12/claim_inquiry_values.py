"""The 276 and 277 as values: what became of a claim, asked and answered."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from core.claims.inquiry_parties import Insured, Party, Procedure
from core.claims.parties import Value
from core.x12.claim_status_values import StatusCode


class InquiredLine(Value, frozen=True, kw_only=True):
    """One service line asked for (SVC of a 276). ``control_number`` is our REF*6R of the claim."""

    segment: int = 0
    procedure: Procedure
    charge_cents: int
    revenue_code: str = ""
    units: Decimal = Decimal(1)
    control_number: str = ""
    service_from: date
    service_to: date | None = None


class ClaimStatusInquiry(Value, frozen=True, kw_only=True):
    """One claim asked for (TRN of a 276). Without a dependent the subscriber is the patient.

    ``trace`` comes back in the answer. ``claim_number`` is our CLM01 (REF*EJ),
    ``payer_claim_number`` the payer's (1K), ``clearinghouse_number`` D9. ``providers`` are one or
    two: who billed, and who rendered where the payer asks for it.
    """

    segment: int = 0
    payer: Party
    receiver: Party
    providers: tuple[Party, ...]
    subscriber: Insured
    dependent: Insured | None = None
    trace: str
    payer_claim_number: str = ""
    type_of_bill: str = ""
    location: str = ""
    group_number: str = ""
    claim_number: str = ""
    prescription_number: str = ""
    clearinghouse_number: str = ""
    charge_cents: int | None = None
    service_from: date | None = None
    service_to: date | None = None
    lines: tuple[InquiredLine, ...] = ()

    @property
    def patient(self) -> Insured:
        return self.dependent or self.subscriber


class ClaimStatusRequest(Value, frozen=True, kw_only=True):
    """One 276 (ST)."""

    segment: int = 0
    control_number: str
    reference: str
    created: datetime | None = None
    inquiries: tuple[ClaimStatusInquiry, ...] = ()


class Decision(Value, frozen=True, kw_only=True):
    """STC: one to three status codes and the day they hold since.

    At claim level also the charge, what was paid, the day the claim was ``decided_on``, and the day
    and number of the check or transfer. ``message`` stands only where a sender put it against the
    guide.
    """

    segment: int = 0
    codes: tuple[StatusCode, ...]
    effective_on: date | None = None
    charge_cents: int | None = None
    paid_cents: int | None = None
    decided_on: date | None = None
    remitted_on: date | None = None
    check_number: str = ""
    message: str = ""


class AnsweredLine(Value, frozen=True, kw_only=True):
    """What became of one service line (loop 2220)."""

    segment: int = 0
    procedure: Procedure
    charge_cents: int
    paid_cents: int
    revenue_code: str = ""
    units: Decimal | None = None
    control_number: str = ""
    service_from: date | None = None
    service_to: date | None = None
    decisions: tuple[Decision, ...] = ()


class ClaimStatusAnswer(Value, frozen=True, kw_only=True):
    """What became of one claim, or why a whole receiver or provider got no answer.

    Without a subscriber ``decisions`` are about the provider; without ``providers`` about the
    receiver, that is the sender of the 276. ``trace`` is that of the inquiry.
    """

    segment: int = 0
    payer: Party
    receiver: Party
    providers: tuple[Party, ...] = ()
    subscriber: Insured | None = None
    dependent: Insured | None = None
    trace: str
    decisions: tuple[Decision, ...] = ()
    payer_claim_number: str = ""
    type_of_bill: str = ""
    claim_number: str = ""
    prescription_number: str = ""
    voucher: str = ""
    clearinghouse_number: str = ""
    service_from: date | None = None
    service_to: date | None = None
    lines: tuple[AnsweredLine, ...] = ()

    @property
    def patient(self) -> Insured | None:
        return self.dependent or self.subscriber

    @property
    def codes(self) -> tuple[StatusCode, ...]:
        """Every status code of the claim and its lines, in order, each once."""
        found = [code for decision in self.decisions for code in decision.codes]
        found += [code for line in self.lines for d in line.decisions for code in d.codes]
        return tuple(dict.fromkeys(found))

    @property
    def is_finished(self) -> bool:
        """Whether the payer has decided: a category F0 to F4 on the claim."""
        return any(code.category[:1] == "F" for d in self.decisions for code in d.codes)

    @property
    def charge_cents(self) -> int | None:
        return next((d.charge_cents for d in self.decisions if d.charge_cents is not None), None)

    @property
    def paid_cents(self) -> int | None:
        return next((d.paid_cents for d in self.decisions if d.paid_cents is not None), None)

    @property
    def check_number(self) -> str:
        return next((d.check_number for d in self.decisions if d.check_number), "")


class ClaimStatusReply(Value, frozen=True, kw_only=True):
    """One 277 (ST). ``reference`` is BHT03: the payer's number of this answer."""

    segment: int = 0
    control_number: str
    reference: str
    created: datetime | None = None
    answers: tuple[ClaimStatusAnswer, ...] = ()
