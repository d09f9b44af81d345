"""Making the claim from what the segment handlers gathered."""

from __future__ import annotations

from datetime import date
from itertools import chain

import msgspec

from core.claims.claim import (
    Accident,
    Claim,
    Dental,
    Form,
    Institutional,
    Orthodontics,
    OtherPayer,
    QualifiedDate,
)
from core.claims.parties import (
    Entity,
    Payer,
    Person,
    Provider,
    Reference,
    Subscriber,
)
from core.errors import InputError
from core.x12.claims_read_lines import finish_line
from core.x12.claims_read_other_payers import finish_other, sequence
from core.x12.claims_read_parties import payer_kind
from core.x12.claims_state import (
    Fields,
    Level,
    NotCarried,
    ReadClaim,
    ReadState,
    UnreadableClaim,
    append,
)
from core.x12.icd_edition import is_icd10


def finish_claim(state: ReadState) -> None:
    """When a claim is open, make its value, or say why not, and put it with the done ones."""
    if not state.in_claim:
        return
    state.in_claim = False
    last = state.number - 1
    levels = _levels(state)
    finish_line(state)
    finish_other(state)
    fault = next((level.fault for level in levels if level.fault), None)
    if fault is None:
        try:
            claim = _claim(state)
        except InputError as problem:
            fault = (state.claim_segment, problem.message)
    if fault is not None:
        present = bool(state.claim.get("claim_number"))
        state.done.append(
            UnreadableClaim(segment=fault[0], claim_number_present=present, reason=fault[1])
        )
        return
    state.lose_street()
    state.done.append(
        ReadClaim(
            claim=claim,
            segment=state.claim_segment,
            segment_end=last,
            transaction_control=state.transaction_control,
            interchange_control=state.interchange_control,
            submitter=state.submitter,
            receiver=state.receiver,
            usage=state.usage,
            not_carried=tuple(chain.from_iterable(level.lost for level in levels)),
        )
    )


def _levels(state: ReadState) -> list[Level]:
    levels = [state.header_level, state.billing_level, state.subscriber_level]
    if state.patient_level is not None:
        levels.append(state.patient_level)
    levels.append(state.claim_level)
    return levels


def _claim(state: ReadState) -> Claim:
    if not state.lines:
        raise InputError("the claim has no service line")
    if "name" not in state.billing:
        raise InputError("the claim has no billing provider (loop 2010AA)")
    if "name" not in state.subscriber:
        raise InputError("the claim has no subscriber (loop 2010BA)")
    if state.patient is not None and "name" not in state.patient:
        raise InputError("the patient level has no patient (loop 2010CA)")
    fields = state.claim
    fields["form"] = state.form
    _parties(state, fields)
    if state.accident:
        _accident(state, fields)
    if state.form is Form.INSTITUTIONAL:
        fields["institutional"] = _institutional(state.institutional)
    elif state.form is Form.DENTAL:
        _dental(state, fields)
    for field, gathered in state.providers.items():
        fields[field] = Provider(**gathered)
    if state.ordering is not None:
        fields["ordering"] = state.ordering
    claim = Claim(**fields, lines=tuple(state.lines), other_payers=_others(state))
    _check_totals(state, claim)
    return claim


def _parties(state: ReadState, fields: Fields) -> None:
    if state.billing_value is None:
        state.billing_value = Provider(**state.billing)
    fields["billing"] = _with_references(state.billing_value, state.payer_references)
    if state.pay_to is not None:
        fields["pay_to"] = Provider(**state.pay_to)
    coverage = state.coverage
    fields["sequence"] = sequence(coverage.get("sequence", ""))
    indicator = coverage.get("filing_indicator", "")
    payer = state.payer or {"payer_id": "", "name": ""}
    fields["payer"] = Payer(**payer, filing_indicator=indicator, kind=payer_kind(indicator))
    person = Person(**state.subscriber)
    is_self = state.patient is None
    fields["subscriber"] = Subscriber(
        person=person,
        member_id=coverage.get("member_id", ""),
        relationship="18" if is_self else coverage.get("relationship", ""),
        group_number=coverage.get("group_number", ""),
        group_name=coverage.get("group_name", ""),
        msp_type=coverage.get("msp_type", ""),
        entity=coverage.get("entity", Entity.PERSON),
    )
    fields["patient"] = person if state.patient is None else Person(**state.patient)


def _with_references(billing: Provider, references: tuple[Reference, ...]) -> Provider:
    if not references:
        return billing
    return msgspec.structs.replace(billing, references=billing.references + references)


def _accident(state: ReadState, fields: Fields) -> None:
    if "kind" in state.accident:
        fields["accident"] = Accident(**state.accident)
        return
    # A day of accident without its cause stays what it is: a date.
    append(fields, "dates", QualifiedDate(qualifier="439", first=state.accident["on"]))


def _institutional(gathered: Fields) -> Institutional:
    if "statement_from" not in gathered:
        raise InputError("the statement dates (DTP 434) are missing")
    return Institutional(**gathered)


def _dental(state: ReadState, fields: Fields) -> None:
    if state.orthodontics:
        state.dental["orthodontics"] = Orthodontics(**state.orthodontics)
    if state.dental:
        fields["dental"] = Dental(**state.dental)
    first = state.claim_service.get("service_from")
    if first is not None:
        # The claim's day of service holds for every line that has none of its own.
        state.lines = [
            line
            if line.service_from
            else msgspec.structs.replace(
                line, service_from=first, service_to=state.claim_service["service_to"]
            )
            for line in state.lines
        ]


def _others(state: ReadState) -> tuple[OtherPayer, ...]:
    """The other payers; where only the lines say when one decided, it decided then."""
    days: dict[str, date] = {}
    for line in state.lines:
        for decided in line.adjudications:
            day = decided.adjudicated_on
            if day is not None and day > days.get(decided.payer_id, date.min):
                days[decided.payer_id] = day
    return tuple(
        [
            msgspec.structs.replace(other, adjudicated_on=days.get(other.payer.payer_id))
            if other.adjudicated_on is None
            else other
            for other in state.others
        ]
    )


def _check_totals(state: ReadState, claim: Claim) -> None:
    """What a claim says about itself and the value derives: the total, and the ICD edition."""
    lost = state.claim_level.lost
    if claim.charge_cents != state.total_cents:
        lost.append(NotCarried(state.claim_segment, "CLM", "2300", 2))
    if state.codes_icd9 is not None and state.codes_icd9 is is_icd10(claim):
        lost.append(NotCarried(state.codes_segment, "HI", "2300", 1))
