"""Writing eligibility inquiries (270) and answers (271), 005010X279A1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from core.claims.inquiry_parties import Insured
from core.eligibility.answer import (
    Benefit,
    Circumstance,
    Delivery,
    EligibilityAnswer,
    EligibilityReply,
    Level,
    Rejection,
)
from core.eligibility.inquiry import EligibilityInquiry, EligibilityRequest, Question
from core.errors import InputError
from core.x12.envelope import Envelope, wrap
from core.x12.inquiry_writing import (
    Levels,
    Segment,
    clock,
    conforming,
    dtp,
    number_or_nothing,
    ref,
    refuse_controls,
    trn,
    write_insured,
    write_party,
    write_pointers,
    write_procedure,
)
from core.x12.syntax import Delimiters, amount

VERSION = "005010X279A1"


def write_270(requests: Sequence[EligibilityRequest], envelope: Envelope) -> bytes:
    """One interchange, one ST a request, under the request's own control number.

    Neighbours with the same payer and provider share those levels. Raises ``InputError`` naming
    places only when the guide cannot carry a request.
    """
    refuse_controls(requests, "eligibility inquiry")
    bodies = [(each.control_number, list(_request(each, envelope))) for each in requests]
    return conforming(wrap(envelope, "HS", VERSION, bodies), "eligibility inquiry")


def write_271(replies: Sequence[EligibilityReply], envelope: Envelope) -> bytes:
    """The same for answers."""
    refuse_controls(replies, "eligibility answer")
    bodies = [(each.control_number, list(_reply(each, envelope))) for each in replies]
    return conforming(wrap(envelope, "HB", VERSION, bodies), "eligibility answer")


def _start(value: EligibilityRequest | EligibilityReply, envelope: Envelope) -> Segment:
    created = value.created or envelope.created
    return ["BHT", "0022", value.purpose, value.reference, f"{created:%Y%m%d}", clock(created)]


def _request(request: EligibilityRequest, envelope: Envelope) -> Iterator[Segment]:
    if not request.inquiries:
        raise InputError("an eligibility inquiry names nobody")
    spend_down = any(
        question.spend_down_cents is not None
        for inquiry in request.inquiries
        for question in inquiry.questions
    )
    yield [*_start(request, envelope), "RT" if spend_down else ""]
    levels = Levels()
    for inquiry in request.inquiries:
        yield from _inquiry(inquiry, levels, envelope.delimiters)


def _inquiry(
    inquiry: EligibilityInquiry, levels: Levels, delimiters: Delimiters
) -> Iterator[Segment]:
    if inquiry.dependent is None and not inquiry.questions:
        raise InputError("an eligibility inquiry asks nothing; 30 asks for the whole plan")
    source = levels.enter(0, "20", inquiry.payer, "1")
    if source is not None:
        yield source
        yield from write_party(inquiry.payer)
    receiver = levels.enter(1, "21", inquiry.provider, "1")
    if receiver is not None:
        yield receiver
        yield from write_party(inquiry.provider)
    yield from _people(inquiry, levels, delimiters)
    for question in inquiry.questions:
        yield from _question(question, delimiters)


def _people(
    value: EligibilityInquiry | EligibilityAnswer,
    levels: Levels,
    delimiters: Delimiters,
    subscriber_rejected: Iterable[Segment] = (),
    dependent_rejected: Iterable[Segment] = (),
) -> Iterator[Segment]:
    """The levels of the subscriber and dependent; the trace belongs to the patient's."""
    subscriber, dependent = value.subscriber or Insured(), value.dependent
    numbers = [trn(each, isinstance(value, EligibilityAnswer)) for each in value.traces]
    below = "0" if dependent is None else "1"
    yield levels.enter(2, "22", object(), below) or []
    if dependent is None:
        yield from numbers
    yield from write_insured("IL", subscriber, subscriber_rejected, delimiters)
    if dependent is not None:
        yield levels.enter(3, "23", object(), "0") or []
        yield from numbers
        yield from write_insured("03", dependent, dependent_rejected, delimiters)


def _question(question: Question, delimiters: Delimiters) -> Iterator[Segment]:
    yield [
        "EQ",
        _repeated(question.service_types, delimiters),
        write_procedure(question.procedure, delimiters),
        "FAM" if question.family else "",
        "",
        write_pointers(question.pointers, delimiters),
    ]
    for kind, cents in (
        ("R", question.spend_down_cents),
        ("PB", question.spend_down_billed_cents),
    ):
        if cents is not None:
            yield ["AMT", kind, amount(cents)]
    if question.place_of_service:
        yield ["III", "ZZ", question.place_of_service]
    if question.number is not None:
        yield ref(question.number)
    if question.period is not None:
        yield dtp(question.period)


def _repeated(codes: Sequence[str], delimiters: Delimiters) -> str:
    if len(codes) > 1 and not delimiters.repetition:
        raise InputError("several service types need a repetition separator")
    return delimiters.repetition.join(codes)


def _reply(reply: EligibilityReply, envelope: Envelope) -> Iterator[Segment]:
    if not reply.answers:
        raise InputError("an eligibility answer says nothing")
    yield _start(reply, envelope)
    levels = Levels()
    for answer in reply.answers:
        _refuse_misplaced(answer)
        yield from _answer(answer, levels, envelope.delimiters)


def _refuse_misplaced(answer: EligibilityAnswer) -> None:
    """A rejection about somebody the answer does not name, or benefits of nobody."""
    absent = {Level.BENEFIT}
    if answer.provider is None:
        absent.add(Level.PROVIDER)
    if answer.subscriber is None:
        absent.add(Level.SUBSCRIBER)
    if answer.dependent is None:
        absent.add(Level.DEPENDENT)
    if any(each.level in absent for each in answer.rejections):
        raise InputError("a rejection is about somebody the answer does not name")
    if any(each.level is not Level.BENEFIT for b in answer.benefits for each in b.rejections):
        raise InputError("a rejection of a benefit is about something else")
    if answer.subscriber is None and (answer.benefits or answer.dependent or answer.traces):
        raise InputError("an answer has benefits but no subscriber")
    if answer.provider is None and answer.subscriber is not None:
        raise InputError("an answer for a subscriber names the provider that asked")


def _answer(answer: EligibilityAnswer, levels: Levels, delimiters: Delimiters) -> Iterator[Segment]:
    request, payer, provider, subscriber, dependent = (
        [each for each in answer.rejections if each.level is level]
        for level in (
            Level.REQUEST,
            Level.PAYER,
            Level.PROVIDER,
            Level.SUBSCRIBER,
            Level.DEPENDENT,
        )
    )
    # An answer for a whole payer or provider is the only one of its level.
    whole: object = (answer.payer, request, payer) if answer.provider is not None else object()
    source = levels.enter(0, "20", whole, "0" if answer.provider is None else "1")
    if source is not None:
        yield source
        yield from _rejections(request)
        yield from write_party(answer.payer, _rejections(payer))
    if answer.provider is None:
        return
    asked: object = (answer.provider, provider) if answer.subscriber is not None else object()
    receiver = levels.enter(1, "21", asked, "0" if answer.subscriber is None else "1")
    if receiver is not None:
        yield receiver
        yield from write_party(answer.provider, _rejections(provider))
    if answer.subscriber is None:
        return
    yield from _people(answer, levels, delimiters, _rejections(subscriber), _rejections(dependent))
    for benefit in answer.benefits:
        yield from _benefit(benefit, delimiters)


def _rejections(rejections: Sequence[Rejection]) -> Iterator[Segment]:
    for each in rejections:
        yield ["AAA", "Y" if each.valid else "N", "", each.reason, each.action]


def _benefit(benefit: Benefit, delimiters: Delimiters) -> Iterator[Segment]:
    cents = benefit.amount_cents
    yield [
        "EB",
        benefit.information,
        benefit.level,
        _repeated(benefit.service_types, delimiters),
        benefit.insurance_kind,
        benefit.plan,
        benefit.period,
        "" if cents is None else amount(cents),
        number_or_nothing(benefit.percent),
        benefit.quantity_kind,
        number_or_nothing(benefit.quantity),
        benefit.authorization,
        benefit.in_network,
        write_procedure(benefit.procedure, delimiters),
        write_pointers(benefit.pointers, delimiters),
    ]
    yield from (_delivery(each) for each in benefit.deliveries)
    yield from (ref(each) for each in benefit.numbers)
    yield from (dtp(each) for each in benefit.dates)
    yield from _rejections(benefit.rejections)
    yield from (["MSG", each] for each in benefit.messages)
    yield from (_circumstance(each) for each in benefit.circumstances)
    if benefit.related:
        yield ["LS", "2120"]
        for who in benefit.related:
            yield from write_party(who)
        yield ["LE", "2120"]


def _delivery(delivery: Delivery) -> Segment:
    return [
        "HSD",
        delivery.quantity_kind,
        number_or_nothing(delivery.quantity),
        delivery.unit,
        number_or_nothing(delivery.every),
        delivery.period,
        number_or_nothing(delivery.periods),
        delivery.frequency,
        delivery.time_of_day,
    ]


def _circumstance(circumstance: Circumstance) -> Segment:
    return [
        "III",
        circumstance.list,
        circumstance.code,
        circumstance.category,
        circumstance.text,
    ]
