"""The stateless scrub: a document in, a result out (scrub document v1). Nothing is looked up.

``read_document`` and ``result_of`` are the two ends, ``scrub_document`` is between them. The rule
book is the one of the document's plugins; the document's own knobs stand over the book's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from core.claims.claim import Claim, Form, SpecialtyRecord
from core.claims.parties import Name, Payer, Person, Provider, Subscriber
from core.rules.case import Case
from core.rules.facts import ClaimFacts
from core.rules.policy import KnobValue, Policy
from core.rules.rulebook import RuleBook
from core.rules.tables import DiagnosisBook, Tables
from core.scrub.derive import Supported, derive
from core.scrub.document_claim import read_claim
from core.scrub.document_facts import read_facts
from core.scrub.document_parts import Part
from core.scrub.document_policy import read_knobs, read_payer
from core.scrub.document_records import read_records
from core.scrub.document_tables import read_tables
from core.scrub.engine import judge, plan_of
from core.scrub.finding import Finding, order_of


class ScrubDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document as values. ``claim`` None: only what the context supports is wanted.

    ``by_form``: the claim has a form, so the core rules of that form judge it beside the plugins.
    ``context`` is kept as it came: what of it is a record, the plugins of the rule book say.
    """

    id: str
    plugins: tuple[str, ...]
    as_of: date
    received_on: date | None
    payer: Payer
    knobs: Mapping[str, KnobValue]
    claim: Claim | None
    by_form: bool
    facts: ClaimFacts
    tables: Tables
    context: Part


def read_document(
    data: Mapping[str, Any], *, today: date, diagnoses: DiagnosisBook | None = None
) -> ScrubDocument:
    """The document in ``data`` (decoded JSON); ``InputError`` names the place that is wrong.

    ``today`` is the day of every rule when the document states neither ``as_of`` nor a day of
    receipt.
    """
    whole = Part(data)
    payer_part, claim_part = whole.part("payer"), whole.part("claim")
    if payer_part is None:
        raise whole.wrong("payer", "an object with the kind of payer")
    payer = read_payer(payer_part)
    context = whole.part("context") or Part({}, "context")
    received_on = claim_part.day("received_date") if claim_part else None
    as_of = whole.day("as_of") or received_on or today
    form = claim_part.text("form") if claim_part else ""
    return ScrubDocument(
        id=whole.text("id"),
        plugins=whole.texts("plugins"),
        as_of=as_of,
        # An 837P without the day is scrubbed on the day it is received.
        received_on=received_on or (as_of if form == Form.PROFESSIONAL else None),
        payer=payer,
        knobs=read_knobs(payer_part.part("policy")),
        claim=read_claim(claim_part, payer) if claim_part else None,
        by_form=bool(form),
        facts=read_facts(context),
        tables=read_tables(context.part("reference"), diagnoses),
        context=context,
    )


def scrub_document(document: ScrubDocument, rule_book: RuleBook) -> dict[str, Any]:
    """The result of ``document``, ready to be written as JSON.

    ``InputError`` where its context states a record of a specialty that does not fit.
    """
    records = (*document.facts.records, *read_records(document.context, rule_book.records.values()))
    claim = document.claim and _with_records(document.claim, records)
    policies: dict[date | None, Policy] = {}

    def policy_of(payer: Payer, day: date | None) -> Policy:
        known = policies.get(day)
        if known is None:
            knobs = {**rule_book.policy(payer, day).knobs, **document.knobs}
            known = policies[day] = Policy(knobs)
        return known

    day = claim.service_from if claim else None
    case = Case(
        claim=claim or _no_claim(document.payer),
        day=day,
        as_of=document.as_of,
        received_on=document.received_on,
        policy=policy_of(document.payer, day),
        facts=msgspec.structs.replace(document.facts, records=records),
        tables=document.tables,
        policy_of=policy_of,
    )
    findings = judge([case], [plan_of(rule_book, claim)])[0] if claim else ()
    return result_of(document.id, findings, derive(case, rule_book.derivations))


def _with_records(claim: Claim, stated: tuple[SpecialtyRecord, ...]) -> Claim:
    """The claim as it would have come with its visit's records; its own have precedence."""
    own = {record.kind for record in claim.records}
    found = tuple(record for record in stated if record.kind not in own)
    return msgspec.structs.replace(claim, records=(*claim.records, *found)) if found else claim


def _no_claim(payer: Payer) -> Claim:
    nobody = Person(name=Name(last=""), sex=None)
    return Claim(
        claim_number="",
        form=Form.INSTITUTIONAL,
        payer=payer,
        subscriber=Subscriber(person=nobody),
        patient=nobody,
        billing=Provider(name=Name(last="")),
        lines=(),
    )


def result_of(id: str, findings: tuple[Finding, ...], supported: Supported) -> dict[str, Any]:
    """The result of one document (section 8)."""
    every = sorted((*findings, *supported.findings), key=order_of)
    return {
        "id": id,
        "clean": not any(one.severity.holds for one in every),
        "findings": [_written(one) for one in every],
        "derived": supported.derived,
        "pricing": supported.pricing,
    }


def _written(finding: Finding) -> dict[str, Any]:
    """A finding: what the contract names, then what else the product knows, where there is any."""
    optional = {
        "reason": finding.reason,
        "suggestion": finding.suggestion,
        "source": finding.source,
        "carc": finding.carc,
        "rarc": finding.rarc,
        "effective_from": finding.effective_from and finding.effective_from.isoformat(),
        "table_row": finding.table_row,
        "place_837": finding.place_837,
        "version": finding.version,
        "layer": finding.layer.value,
    }
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "line": finding.line_no,
        "message": finding.message,
        **{name: value for name, value in optional.items() if value},
    }
