"""One claim and what is to become of it -> the claim payment of the 835, balanced by construction.

Each line starts from its charge; every step takes a part of what is left and names it with an
adjustment, and what is left at the end is paid. So charge = paid + adjustments always holds.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from api.simulator.fees import Terms, allowed_cents, is_hipps, pays_by_period
from api.simulator.script import Cause, Outcome
from core.claims.claim import Adjustment, Claim, Form, QualifiedDate, ServiceLine
from core.claims.parties import PayerSequence, Reference, Value
from core.remittance.values import ClaimPayment, QualifiedAmount, ServicePayment

_STATUS = {PayerSequence.PRIMARY: "1", PayerSequence.SECONDARY: "2", PayerSequence.TERTIARY: "3"}
# SBR09 and CLP06 are different lists: what the 835 lacks it calls a preferred provider plan.
_FILING_835 = frozenset(
    {"12", "13", "14", "15", "16", "17", "AM", "CH", "DS", "HM", "LM", "MA", "MB", "MC", "OF"}
    | {"TV", "VA", "WC", "ZZ"}
)
BUNDLED = Cause(group="CO", code="45")
ALREADY_DECIDED = Cause(group="CO", code="18")
PREDETERMINED = Cause(group="OA", code="101")
NOT_COVERED = Cause(group="CO", code="96", remarks=("N130",))


class Ruling(Value, frozen=True, kw_only=True):
    """How to decide one claim. ``line`` is the position of the one denied line of a partial.

    ``allowed_percent`` scales what the terms allow, for a correction; ``replaces`` is the payer
    claim number that this decision takes the place of.
    """

    outcome: Outcome
    cause: Cause | None = None
    line: int = 0
    allowed_percent: int = 100
    replaces: str = ""


class _Shares:
    """What the patient still has to bear of one claim, used up line by line."""

    def __init__(self, outcome: Outcome, terms: Terms) -> None:
        self.deductible = terms.deductible_cents if outcome is Outcome.DEDUCTIBLE else 0
        if outcome is Outcome.DEDUCTIBLE and not self.deductible:
            self.deductible = 10_000
        self.copay = (terms.copay_cents or 1_500) if outcome is Outcome.COPAY else 0
        bears_part = terms.always_coinsurance or outcome is Outcome.COINSURANCE
        self.coinsurance_percent = (terms.coinsurance_percent or 20) if bears_part else 0

    def of(self, allowed: int) -> list[Adjustment]:
        """The patient's part of one line's allowed amount."""
        parts = []
        deductible = min(self.deductible, allowed)
        self.deductible -= deductible
        coinsurance = percent(allowed - deductible, self.coinsurance_percent)
        copay = min(self.copay, allowed - deductible - coinsurance)
        self.copay -= copay
        for code, amount in (("1", deductible), ("2", coinsurance), ("3", copay)):
            if amount:
                parts.append(Adjustment(group="PR", code=code, amount_cents=amount))
        return parts


def percent(amount_cents: int, rate: int) -> int:
    """``rate`` hundredths of an amount that is not negative, rounded half up."""
    return (amount_cents * rate + 50) // 100


def adjudicate(
    claim: Claim, terms: Terms, ruling: Ruling, *, payer_claim_number: str, received: date
) -> ClaimPayment:
    """The payment of ``claim`` under ``ruling``."""
    shares = _Shares(ruling.outcome, terms)
    follows = claim.sequence is not PayerSequence.PRIMARY and bool(claim.other_payers)
    rests: tuple[int | None, ...] = _rests(claim) if follows else (None,) * len(claim.lines)
    lines = tuple(
        _line(claim, position, terms, ruling, shares, rest) for position, rest in enumerate(rests)
    )
    return _payment(claim, ruling, lines, payer_claim_number, received)


def _line(
    claim: Claim,
    position: int,
    terms: Terms,
    ruling: Ruling,
    shares: _Shares,
    rest: int | None,
) -> ServicePayment:
    line = claim.lines[position]
    cause = _refusal(claim, line, position, ruling)
    if cause is not None:
        refused = [_part(cause, line.charge_cents)] if line.charge_cents else []
        return _service(claim, line, 0, refused, cause.remarks if refused else (), allowed=None)
    if rest is not None:
        return _after_others(claim, line, shares, rest)
    return _first_payer(claim, line, terms, ruling, shares)


def _first_payer(
    claim: Claim, line: ServiceLine, terms: Terms, ruling: Ruling, shares: _Shares
) -> ServicePayment:
    """A line no one decided before: contract, the patient's part, sequestration, payment."""
    allowed = percent(allowed_cents(line, terms), ruling.allowed_percent)
    taken: list[Adjustment] = []
    remarks: tuple[str, ...] = ()
    noncovered = min(line.noncovered_cents, line.charge_cents)
    if noncovered and not is_hipps(line):
        taken.append(_part(NOT_COVERED, noncovered))
        remarks = NOT_COVERED.remarks
        allowed = min(allowed, line.charge_cents - noncovered)
    else:
        noncovered = 0
    over_contract = line.charge_cents - noncovered - allowed
    if over_contract:
        # CARC 94: the payer pays more than was charged, as a period rate does.
        code = "45" if over_contract > 0 else "94"
        taken.append(Adjustment(group="CO", code=code, amount_cents=over_contract))
    patient = shares.of(allowed)
    taken += patient
    left = allowed - sum(part.amount_cents for part in patient)
    withheld = percent(left, terms.sequestration_percent)
    if withheld:
        taken.append(Adjustment(group="CO", code="253", amount_cents=withheld))
    return _service(claim, line, left - withheld, taken, remarks, allowed=allowed)


def _refusal(claim: Claim, line: ServiceLine, position: int, ruling: Ruling) -> Cause | None:
    """Why ``line`` is not paid, or None when it is."""
    if ruling.outcome is Outcome.PARTIAL:
        return ruling.cause if position == ruling.line else None
    if ruling.cause is not None:
        return ruling.cause
    return BUNDLED if pays_by_period(claim) and not is_hipps(line) else None


def _after_others(claim: Claim, line: ServiceLine, shares: _Shares, rest: int) -> ServicePayment:
    """A later payer's line: all but the patient's rest is the earlier payers' doing (OA-23)."""
    taken: list[Adjustment] = []
    if line.charge_cents != rest:
        impact = line.charge_cents - rest
        taken.append(Adjustment(group="OA", code="23", amount_cents=impact))
    patient = shares.of(rest)
    taken += patient
    paid = rest - sum(part.amount_cents for part in patient)
    return _service(claim, line, paid, taken, (), allowed=rest)


def _rests(claim: Claim) -> tuple[int, ...]:
    """What the last payer that decided left to the patient, line by line.

    From loop 2430 where the claim has it; else the claim-level rest goes to the lines in order,
    each up to its charge.
    """
    decided = [other for other in claim.other_payers if other.paid_cents is not None]
    last = max(decided, key=lambda other: "PST".index(other.sequence), default=None)
    if last is None:
        return tuple(line.charge_cents for line in claim.lines)
    of_last = [
        [found for found in line.adjudications if found.payer_id == last.payer.payer_id]
        for line in claim.lines
    ]
    if any(of_last):
        return tuple(
            max(0, min(line.charge_cents, sum(_patient_part(one.adjustments) for one in found)))
            for line, found in zip(claim.lines, of_last, strict=True)
        )
    rest = last.remaining_patient_cents
    left = _patient_part(last.adjustments) if rest is None else rest
    rests = []
    for line in claim.lines:
        part = max(0, min(line.charge_cents, left))
        left -= part
        rests.append(part)
    return tuple(rests)


def _patient_part(adjustments: tuple[Adjustment, ...]) -> int:
    return sum(part.amount_cents for part in adjustments if part.group == "PR")


def _part(cause: Cause, amount_cents: int) -> Adjustment:
    return Adjustment(group=cause.group, code=cause.code, amount_cents=amount_cents)


def _service(
    claim: Claim,
    line: ServiceLine,
    paid: int,
    taken: list[Adjustment],
    remarks: tuple[str, ...],
    *,
    allowed: int | None,
) -> ServicePayment:
    code, qualifier, revenue = line.code, line.code_qualifier, line.revenue_code
    if not code:
        code, qualifier, revenue = line.revenue_code, "NU", ""
    refused = allowed is None
    return ServicePayment(
        segment=0,
        code=code,
        code_qualifier=qualifier,
        modifiers=line.modifiers,
        revenue_code=revenue,
        charge_cents=line.charge_cents,
        paid_cents=paid,
        paid_units=Decimal(0) if refused else line.units,
        original_units=line.units if refused else None,
        service_from=line.service_from or claim.service_from,
        service_to=line.service_to if line.service_from else claim.service_to,
        control_number=line.control_number,
        adjustments=tuple(taken),
        remark_codes=remarks,
        amounts=(QualifiedAmount(qualifier="B6", amount_cents=allowed),) if allowed else (),
    )


def _payment(
    claim: Claim,
    ruling: Ruling,
    lines: tuple[ServicePayment, ...],
    payer_claim_number: str,
    received: date,
) -> ClaimPayment:
    if ruling.outcome is Outcome.PREDETERMINATION:
        status = "25"
    elif ruling.cause is not None and ruling.outcome is not Outcome.PARTIAL:
        status = "4"
    else:
        status = _STATUS[claim.sequence]
    allowed = sum(line.allowed_cents or 0 for line in lines)
    filing = claim.payer.filing_indicator
    bill = claim.institutional.type_of_bill if claim.institutional else ""
    place = bill[1:3] if claim.form is Form.INSTITUTIONAL else claim.place_of_service
    replaced = (Reference(qualifier="F8", value=ruling.replaces),) if ruling.replaces else ()
    return ClaimPayment(
        segment=0,
        claim_number=claim.claim_number,
        status=status,
        charge_cents=claim.charge_cents,
        paid_cents=sum(line.paid_cents for line in lines),
        patient_responsibility_cents=sum(
            part.amount_cents for line in lines for part in line.adjustments if part.group == "PR"
        ),
        filing_indicator=filing if filing in _FILING_835 else "12",
        payer_claim_number=payer_claim_number,
        facility_code=place,
        frequency=claim.frequency,
        drg=claim.institutional.drg if claim.institutional else "",
        patient=claim.patient.name,
        member_id=claim.subscriber.member_id,
        service_from=claim.service_from,
        service_to=claim.service_to,
        lines=lines,
        amounts=(QualifiedAmount(qualifier="AU", amount_cents=allowed),) if allowed else (),
        references=replaced,
        dates=(QualifiedDate(qualifier="050", first=received),),
    )
