"""Scrub document v1 (../shared/domain/scrub-document.md) -> the values the engine takes."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

from core import money
from core.claims.claim import (
    Accident,
    Adjustment,
    Attachment,
    Claim,
    CodedAmount,
    CodedDate,
    CodedSpan,
    Dental,
    Form,
    Institutional,
    LineAdjudication,
    OtherPayer,
    ServiceLine,
    SpecialtyRecord,
    Tooth,
)
from core.claims.parties import (
    Address,
    Entity,
    Name,
    Payer,
    PayerKind,
    PayerSequence,
    Person,
    Provider,
    Subscriber,
)
from core.dates import Window
from core.rules.facts import Authorization, ClaimFacts, PriorService
from core.rules.policy import KNOBS
from core.rules.records import seal
from plugins.behavioral_health.records import (
    ATTACHED_NOTE,
    PART_TWO,
    AttachedNote,
    Consent,
    PartTwo,
)
from plugins.home_health.records import EPISODE, Episode
from plugins.telehealth.records import VISIT, Visit


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def provider(given: dict[str, Any] | None) -> Provider | None:
    if given is None:
        return None
    address = given.get("address") or (
        {"line1": "", "zip": given["zip"]} if "zip" in given else None
    )
    return Provider(
        name=Name(last="Provider"),
        entity=Entity.ORGANIZATION if given.get("entity") == "org" else Entity.PERSON,
        npi=given.get("npi") or "",
        taxonomy=given.get("taxonomy") or "",
        tax_id=given.get("tax_id") or "",
        credential=given.get("credential") or "",
        licensed_states=tuple(given.get("licensed_states") or ()),
        address=Address(
            line1=address.get("line1") or "",
            city=address.get("city") or "",
            state=address.get("state") or "",
            postal_code=address.get("zip") or "",
        )
        if address
        else None,
    )


def line(given: dict[str, Any], claim: dict[str, Any]) -> ServiceLine:
    fallback = day(claim.get("dos"))
    tooth, surfaces = given.get("tooth") or "", given.get("surfaces") or ""
    prosthesis = given.get("prosthesis") or {}
    return ServiceLine(
        line_no=given["no"],
        code=given.get("code") or "",
        code_qualifier="HP" if given.get("rev") == "0023" else "HC",
        modifiers=tuple(given.get("modifiers") or ()),
        description=given.get("description") or "",
        units=Decimal(given.get("units") if given.get("units") is not None else 1)
        if claim.get("form") != "837I"
        else Decimal(given.get("units") or 0),
        unit_basis=given.get("unit_basis") or "UN",
        service_from=day(given.get("dos")) or fallback,
        service_to=day(given.get("dos_to")),
        place_of_service=given.get("pos") or "",
        pointers=tuple(given.get("ptr") or ()),
        revenue_code=given.get("rev") or "",
        charge_cents=money.cents(given.get("charge") or "0"),
        noncovered_cents=money.cents(given.get("noncovered") or "0"),
        fee_source="captured",
        minutes=given.get("minutes"),
        start=time.fromisoformat(given["start"]) if given.get("start") else None,
        end=time.fromisoformat(given["end"]) if given.get("end") else None,
        teeth=(Tooth(number=tooth, surfaces=surfaces),) if tooth or surfaces else (),
        oral_cavity=(given["area"],) if given.get("area") else (),
        prosthesis={"initial": "I", "replacement": "R"}.get(prosthesis.get("type") or "", ""),
        prosthesis_prior_on=day(prosthesis.get("prior_date")),
        adjudications=tuple(
            LineAdjudication(
                payer_id="OTHER",
                paid_cents=money.cents(done["paid"]),
                adjustments=adjustments(done.get("cas") or ()),
            )
            for other in claim.get("other_payers") or ()
            for done in other.get("lines") or ()
            if done["no"] == given["no"]
        ),
    )


def adjustments(given: Any) -> tuple[Adjustment, ...]:
    return tuple(
        Adjustment(group=one["group"], code=one["code"], amount_cents=money.cents(one["amount"]))
        for one in given
    )


def records(document: dict[str, Any]) -> tuple[SpecialtyRecord, ...]:
    context, claim = document.get("context") or {}, document["claim"]
    found = []
    if tele := context.get("telehealth"):
        names = Visit.__struct_fields__
        found.append(
            seal(VISIT, Visit(**{k: v for k, v in tele.items() if k in names and v is not None}))
        )
    if context.get("part2"):
        consent = context["part2"].get("consent")
        found.append(
            seal(
                PART_TWO,
                PartTwo(
                    context["part2"].get("program", False),
                    Consent(date.fromisoformat(consent["signed"]), day(consent.get("revoked")))
                    if consent
                    else None,
                ),
            )
        )
    found += [
        seal(ATTACHED_NOTE, AttachedNote(one["content"], bool(one.get("authorization"))))
        for one in claim.get("attachments") or ()
        if one.get("content")
    ]
    if "home_health" in document["plugins"] and claim.get("admission_date"):
        found.append(episode(context, claim))
    return tuple(found)


def episode(context: dict[str, Any], claim: dict[str, Any]) -> SpecialtyRecord:
    notice = context.get("noa") or {}
    return seal(
        EPISODE,
        Episode(
            start_of_care=date.fromisoformat(notice.get("soc") or claim["admission_date"]),
            notice_received=day(notice.get("received")),
            face_to_face=day(context.get("f2f_date")),
            plan_signed=day(context.get("plan_signed") or context.get("poc_signed_date")),
            assessment_accepted=context.get("oasis_accepted"),
        ),
    )


def institutional(given: dict[str, Any]) -> Institutional | None:
    if given.get("form") != "837I":
        return None
    return Institutional(
        type_of_bill=given.get("tob") or "",
        statement_from=date.fromisoformat(given["from"]),
        statement_to=date.fromisoformat(given["through"]),
        admission_date=day(given.get("admission_date")),
        admission_hour=given.get("admission_hour") or "",
        discharge_hour=given.get("discharge_hour") or "",
        admission_type=given.get("admission_type") or "",
        point_of_origin=given.get("point_of_origin") or "",
        patient_status=given.get("patient_status") or "",
        admitting_diagnosis=given.get("admitting_dx") or "",
        reason_diagnoses=tuple(given.get("reason_dx") or ()),
        procedures=dated(given.get("procedures")),
        occurrences=dated(given.get("occurrence_codes")),
        occurrence_spans=tuple(
            CodedSpan(
                code=one["code"],
                first=date.fromisoformat(one["from"]),
                last=date.fromisoformat(one["through"]),
            )
            for one in given.get("occurrence_spans") or ()
        ),
        value_codes=tuple(
            CodedAmount(code=one["code"], amount_cents=money.cents(one["amount"]))
            for one in given.get("value_codes") or ()
        ),
    )


def dated(given: Any) -> tuple[CodedDate, ...]:
    return tuple(
        CodedDate(code=one["code"], on=date.fromisoformat(one["date"])) for one in given or ()
    )


def claim_of(document: dict[str, Any]) -> Claim:
    given, payer = document["claim"], document["payer"]
    patient = given.get("patient") or {}
    person = Person(
        name=Name(last="Invented", first="Person"),
        birth_date=day(patient.get("dob")),
        death_date=day(patient.get("date_of_death")),
    )
    accident = given.get("accident")
    tob = given.get("tob") or ""
    return Claim(
        claim_number=document["id"],
        form=Form(given["form"]),
        frequency=tob[3:] or str(given.get("frequency_code") or "1"),
        payer_claim_number=given.get("original_ref") or "",
        sequence=PayerSequence(given.get("payer_order") or "P"),
        payer=Payer(
            payer_id="TEST",
            name="Payer",
            kind=PayerKind(payer["kind"]),
            state=payer.get("state") or "",
        ),
        subscriber=Subscriber(
            person=person,
            member_id=patient.get("member_id") or "",
            relationship="18" if given.get("subscriber_relationship") in {None, "self"} else "01",
            msp_type=given.get("msp_type") or "",
        ),
        patient=person,
        billing=provider(given.get("billing")) or Provider(name=Name(last="Billing")),
        rendering=provider(given.get("rendering")),
        referring=provider(given.get("referring")),
        ordering=provider(given.get("ordering")),
        supervising=provider(given.get("supervising")),
        attending=provider(given.get("attending")),
        operating=provider(given.get("operating")),
        service_facility=provider(given.get("service_facility")),
        place_of_service=given.get("pos") or "",
        diagnoses=tuple(code.replace(".", "") for code in given.get("dx") or ()),
        auth_number=given.get("auth_number") or "",
        condition_codes=tuple(given.get("condition_codes") or ()),
        admission_date=day(given.get("admission_date")),
        accident=Accident(
            kind={"auto": "AA", "employment": "EM"}.get(accident["type"], "OA"),
            on=day(accident.get("date")),
            state=accident.get("state") or "",
        )
        if accident
        else None,
        signature_on_file=bool(given.get("signature_on_file")),
        accept_assignment=given.get("accept_assignment") or "",
        benefits_assigned=given.get("benefits_assigned") or "",
        release_of_information=given.get("release_of_info") or "",
        institutional=institutional(given),
        dental=Dental(predetermination=given.get("claim_type") == "predetermination"),
        attachments=tuple(
            Attachment(
                report_type=one.get("report_type") or "", transmission=one.get("transmission") or ""
            )
            for one in given.get("attachments") or ()
        ),
        records=records(document),
        other_payers=tuple(
            OtherPayer(
                sequence=PayerSequence(one["order"]),
                payer=Payer(payer_id="OTHER", name="Other"),
                subscriber=Subscriber(person=person),
                paid_cents=money.cents(one["paid"]) if one.get("paid") is not None else None,
            )
            for one in given.get("other_payers") or ()
        ),
        lines=tuple(
            line(one, given) for one in given.get("lines") or () if one.get("rev") != "0001"
        ),
    )


def facts_of(document: dict[str, Any]) -> ClaimFacts:
    context = document.get("context") or {}
    span = context.get("eligibility")
    return ClaimFacts(
        history=tuple(
            PriorService(
                service_on=date.fromisoformat(one["dos"]),
                code=one.get("code") or "",
                modifiers=tuple(one.get("modifiers") or ()),
                rendering_npi=one.get("rendering_npi") or "",
                place_of_service=one.get("pos") or "",
                status=one.get("status") or "paid",
            )
            for one in context.get("history") or ()
            if one.get("dos")
        ),
        authorizations=tuple(
            Authorization(
                number=one.get("number") or "",
                codes=tuple(one.get("codes") or ()),
                window=Window(day(one.get("from")), day(one.get("to"))),
                units_approved=Decimal(one["units_approved"])
                if one.get("units_approved") is not None
                else None,
                units_used=Decimal(one.get("units_used") or 0),
                units_pending=Decimal(one.get("units_pending") or 0),
                provider_npi=one.get("provider_npi") or "",
            )
            for one in context["auths"]
        )
        if context.get("auths") is not None
        else (),
        eligibility=(Window(day(span.get("from")), day(span.get("to"))),) if span else None,
    )


def knobs_of(document: dict[str, Any]) -> dict[str, Any]:
    knobs: dict[str, Any] = {}
    policy = dict(document["payer"].get("policy") or {})
    for name, value in (policy.pop("telehealth", None) or {}).items():
        knobs[f"telehealth.{name}"] = value
    knobs.update(policy)
    plain = {}
    for name, value in knobs.items():
        kind = KNOBS.get(name)
        if value is None and name == "telehealth.modifier_av":
            plain[name] = ""
        elif value is None or kind is None or kind == "limits":
            continue
        elif kind == "codes":
            plain[name] = (value,) if isinstance(value, str) else tuple(value)
        elif kind == "map":
            plain[name] = {key: tuple(item) for key, item in value.items()}
        else:
            plain[name] = value
    return plain
