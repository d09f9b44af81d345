"""What a payer answers to a question of ours (277, 271, 278), in plain sentences.

Claims and inquiries go by their numbers; no person is named, and no free text is repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from core.claims.parties import Entity
from core.eligibility.answer import ACTIVE, INACTIVE, EligibilityAnswer
from core.eligibility.authorization_words import sentences as decision_sentences
from core.eligibility.authorizations import AuthorizationAnswer, in_effect, is_open
from core.eligibility.coverage import (
    WHOLE_PLAN,
    coverage_window,
    is_active,
    statements,
)
from core.eligibility.words import (
    benefit_sentences,
    rejection_sentence,
    service_words,
)
from core.money import dollars
from core.x12.authorization_reader import read_authorizations
from core.x12.claim_inquiry_reader import read_277
from core.x12.claim_inquiry_values import ClaimStatusAnswer, ClaimStatusReply, Decision
from core.x12.claim_status_words import asks_nothing, sentence
from core.x12.eligibility_reader import read_271
from core.x12.explained import Explained, counted

# What the patient pays, what is limited and what is left out: statements told one by one.
_TOLD = frozenset(("A", "B", "C", "E", "F", "G", "I", "J", "Y"))
_OTHER_PAYER = "R"


def explain_277(data: Iterable[bytes]) -> Iterator[Explained]:
    """What became of the claims that were asked for, one answer a transaction."""
    for reply in read_277(data):
        yield Explained(
            kind="277",
            segment=reply.segment,
            control=reply.control_number,
            sentences=tuple(dict.fromkeys(_status(reply))),
        )


def _status(reply: ClaimStatusReply) -> Iterator[str]:
    claims = [answer for answer in reply.answers if answer.subscriber is not None]
    finished = sum(answer.is_finished for answer in claims)
    if claims:
        yield f"Answer {reply.reference} on {counted(len(claims), 'claim')}: {finished:,} decided."
    else:
        yield f"Answer {reply.reference} names no claim."
    for answer in reply.answers:
        subject = _subject(answer)
        yield from _decisions(subject, answer.decisions)
        yield from _money(subject, answer)
        for place, line in enumerate(answer.lines, 1):
            for decision in line.decisions:
                asking = [code for code in decision.codes if not asks_nothing(code)]
                for code in asking:
                    yield sentence(code, f"{subject}, service {place} of those named")


def _subject(answer: ClaimStatusAnswer) -> str:
    if answer.subscriber is None:
        whose = "of one provider" if answer.providers else "of the sender"
        return f"The request {whose}"
    if answer.claim_number:
        return f"Claim {answer.claim_number}"
    if answer.payer_claim_number:
        return f"The payer's claim {answer.payer_claim_number}"
    return f"The claim of inquiry {answer.trace}" if answer.trace else "A claim without a number"


def _decisions(subject: str, decisions: Iterable[Decision]) -> Iterator[str]:
    for decision in decisions:
        for code in decision.codes:
            yield sentence(code, subject)


def _money(subject: str, answer: ClaimStatusAnswer) -> Iterator[str]:
    """What was paid, where the payer has decided and says so."""
    if not answer.is_finished or answer.paid_cents is None:
        return
    charge = "" if answer.charge_cents is None else f" of {dollars(answer.charge_cents)}"
    text = f"{subject}: {dollars(answer.paid_cents)}{charge} paid"
    decided = next((d.decided_on for d in answer.decisions if d.decided_on), None)
    remitted = next((d.remitted_on for d in answer.decisions if d.remitted_on), None)
    text += f", decided on {decided.isoformat()}" if decided else ""
    if answer.check_number:
        text += f", check or transfer {answer.check_number}"
        text += f" of {remitted.isoformat()}" if remitted else ""
    yield f"{text}."


def explain_271(data: Iterable[bytes]) -> Iterator[Explained]:
    """Whether each patient is covered and what they will owe, one answer a patient."""
    for reply in read_271(data):
        for answer in reply.answers:
            yield Explained(
                kind="271",
                segment=answer.segment,
                control=reply.control_number,
                sentences=tuple(_coverage(answer)),
            )


def _coverage(answer: EligibilityAnswer) -> Iterator[str]:
    asked = next((trace.number for trace in answer.traces if not trace.own), "")
    subject = f"Inquiry {asked}" if asked else "An inquiry without a number"
    refused = [rejection_sentence(each) for each in answer.all_rejections]
    if answer.benefits:
        yield f"{subject}: {_active(answer)}"
    elif refused:
        yield f"{subject} was not answered."
    else:
        yield f"{subject}: the answer says nothing of coverage. Ask the payer."
    yield from refused
    yield from _services(answer)
    yield from benefit_sentences(b for b in answer.benefits if b.information in _TOLD)
    yield from _authorization(answer)
    yield from _others(answer)


def _active(answer: EligibilityAnswer) -> str:
    """Whether coverage is in force, of which plan, and when."""
    active = is_active(answer)
    if active is None:
        said = {b.information for b in answer.benefits} & (ACTIVE | INACTIVE)
        if said <= INACTIVE and said:
            active = False
        elif not said & ACTIVE:
            return "the payer does not say whether the patient is covered. Ask the payer."
        else:
            return "the payer answers for single services only."
    plans = f" ({'; '.join(answer.plan_names)})" if answer.plan_names else ""
    if not active:
        return "the patient is not covered. Ask the patient for other insurance."
    stated = statements(answer, ACTIVE)
    own = [day for benefit in stated for day in benefit.dates]
    patient = answer.patient
    window = coverage_window(own or (patient.dates if patient is not None else ()))
    first, last = (window.first, window.last) if window is not None else (None, None)
    return f"the patient is covered{plans}{_days(first, last)}."


def _days(first: date | None, last: date | None) -> str:
    if first is not None and last is not None:
        return f" from {first.isoformat()} to {last.isoformat()}"
    if first is not None:
        return f" since {first.isoformat()}"
    return f" until {last.isoformat()}" if last is not None else ""


def _services(answer: EligibilityAnswer) -> Iterator[str]:
    """Services that the payer names as covered, beside the plan as a whole."""
    named = dict.fromkeys(
        code
        for benefit in answer.benefits
        if benefit.information in ACTIVE
        for code in benefit.service_types
        if code != WHOLE_PLAN
    )
    if named:
        yield f"Covered: {', '.join(map(service_words, named))}."
    refused = dict.fromkeys(
        code
        for benefit in answer.benefits
        if benefit.information in INACTIVE
        for code in benefit.service_types
        if code != WHOLE_PLAN
    )
    if refused:
        yield f"Coverage not in force: {', '.join(map(service_words, refused))}."


def _authorization(answer: EligibilityAnswer) -> Iterator[str]:
    needing = [benefit for benefit in answer.benefits if benefit.authorization == "Y"]
    if not needing:
        return
    named = list(dict.fromkeys(code for benefit in needing for code in benefit.service_types))
    words = [service_words(code) for code in named]
    if any(benefit.procedure is not None for benefit in needing):
        words.append("the procedure named")
    what = f" for {', '.join(words)}" if words else ""
    yield f"An authorization is needed{what}. Get it before the visit."


def _others(answer: EligibilityAnswer) -> Iterator[str]:
    """Who else is in play, and that there is more to read."""
    if any(benefit.information == _OTHER_PAYER for benefit in answer.benefits):
        names = dict.fromkeys(
            party.name.last
            for party in answer.other_payers
            if party.entity is Entity.ORGANIZATION and party.name.last
        )
        who = f" ({'; '.join(names)})" if names else ""
        yield f"The payer knows of another payer{who}. Find out who pays first."
    if answer.primary_care:
        yield "The payer names a primary care provider. Ask whether a referral is needed."
    messages = sum(len(benefit.messages) for benefit in answer.benefits)
    if messages:
        yield f"The payer adds {counted(messages, 'message')} of its own; x12 show prints them."


def explain_278(data: Iterable[bytes]) -> Iterator[Explained]:
    """What the reviewer decided, one answer a transaction; requests are passed over."""
    for each in read_authorizations(data):
        if isinstance(each, AuthorizationAnswer):
            yield Explained(
                kind="278",
                segment=each.segment,
                control=each.control_number,
                sentences=tuple(_review(each)),
            )


def _review(answer: AuthorizationAnswer) -> Iterator[str]:
    said = decision_sentences(answer)
    event = answer.event
    number = event.decision.number if event is not None and event.decision is not None else ""
    yield from said
    if number:
        yield f"Authorization number {number}{_effect(*in_effect(answer))}."
    for place, service in enumerate(answer.services, 1):
        decision = service.decision
        if decision is not None and decision.number and decision.number != number:
            days = _effect(*in_effect(answer, service))
            yield f"Service {place}: authorization number {decision.number}{days}."
    if is_open(answer):
        yield "This answer is not the last: a decision is still to come."


def _effect(first: date | None, last: date | None) -> str:
    days = _days(first, last)
    return f", good{days}" if days else ""
