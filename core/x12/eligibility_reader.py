"""Reading eligibility inquiries (270) and answers (271), 005010X279A1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.claims.inquiry_parties import Identifier, Insured, Party
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
from core.errors import X12SyntaxError
from core.x12.inquiry_reading import (
    cents,
    count,
    decimal,
    identifiers,
    insured,
    maybe,
    named,
    padded,
    party,
    periods,
    pointers,
    procedure,
    start,
    traces,
)
from core.x12.loops import Loop, TransactionLoops, read_transactions
from core.x12.syntax import Delimiters


def read_270(data: bytes | Iterable[bytes]) -> tuple[EligibilityRequest, ...]:
    """Every eligibility inquiry of a file; other transactions in it are passed over.

    Raises a positioned ``X12SyntaxError`` for what is not X12, an amount or date that is none, or a
    file without any 270.
    """
    found = tuple(_request(each) for each in read_transactions(data, ("270",)))
    if not found:
        raise X12SyntaxError("it holds no eligibility inquiry (270)")
    return found


def read_271(data: bytes | Iterable[bytes]) -> tuple[EligibilityReply, ...]:
    """Every answer to an eligibility inquiry; other transactions in it are passed over.

    Raises like ``read_270``.
    """
    found = tuple(_reply(each) for each in read_transactions(data, ("271",)))
    if not found:
        raise X12SyntaxError("it holds no answer to an eligibility inquiry (271)")
    return found


def _request(transaction: TransactionLoops) -> EligibilityRequest:
    purpose, reference, created = start(transaction.body)
    marks = transaction.delimiters
    inquiries = []
    for source in transaction.body.below("2000A"):
        payer = _party(source, "2100A")
        for receiver in source.below("2000B"):
            provider = _party(receiver, "2100B")
            for subscriber, dependent in _patients(receiver, "EQ"):
                level = dependent or subscriber
                inquiries.append(
                    EligibilityInquiry(
                        segment=level.number,
                        payer=payer,
                        provider=provider,
                        subscriber=_insured(subscriber, marks) or Insured(),
                        dependent=_insured(dependent, marks),
                        traces=traces(level, answer=False),
                        questions=tuple(
                            _question(each, marks) for each in _below_name(level, "2110")
                        ),
                    )
                )
    return EligibilityRequest(
        segment=transaction.segment,
        control_number=transaction.control,
        reference=reference,
        purpose=purpose,
        created=created,
        inquiries=tuple(inquiries),
    )


def _patients(receiver: Loop, content: str) -> Iterator[tuple[Loop, Loop | None]]:
    """Subscriber levels that are patients themselves, and each dependent with its subscriber."""
    for subscriber in receiver.below("2000C"):
        dependents = subscriber.below("2000D")
        asked = any(inner.segments[0][0] == content for inner in _below_name(subscriber, "2110"))
        if asked or not dependents:
            yield subscriber, None
        for dependent in dependents:
            yield subscriber, dependent


def _party(level: Loop, name: str) -> Party:
    found = level.below(name)
    return party(found[0]) if found else Party(segment=level.number, role="")


def _insured(level: Loop | None, marks: Delimiters) -> Insured | None:
    names = level.below("2100C", "2100D") if level is not None else []
    return insured(names[0], marks.component) if names else None


def _below_name(level: Loop, loop: str) -> list[Loop]:
    """The loops 2110C or 2110D of a person's level."""
    names = level.below("2100C", "2100D")
    return [each for name in names for each in name.below(f"{loop}C", f"{loop}D")]


def _question(loop: Loop, marks: Delimiters) -> Question:
    number, eq = next(padded(loop, "EQ"))
    money = {each[1]: cents(at, each[2]) for at, each in padded(loop, "AMT")}
    numbers: tuple[Identifier, ...] = identifiers(loop)
    days = periods(loop)
    return Question(
        segment=number,
        service_types=_repeated(eq[1], marks),
        procedure=procedure(eq[2], marks.component),
        family=eq[3] == "FAM",
        pointers=pointers(number, eq[5], marks.component),
        spend_down_cents=money.get("R"),
        spend_down_billed_cents=money.get("PB"),
        place_of_service=loop.value("III", 2, "ZZ"),
        number=numbers[0] if numbers else None,
        period=days[0] if days else None,
    )


def _repeated(text: str, marks: Delimiters) -> tuple[str, ...]:
    if not marks.repetition:
        return (text,) if text else ()
    return tuple(each for each in text.split(marks.repetition) if each)


def _reply(transaction: TransactionLoops) -> EligibilityReply:
    purpose, reference, created = start(transaction.body)
    answers: list[EligibilityAnswer] = []
    for source in transaction.body.below("2000A"):
        answers += _answers(source, transaction.delimiters)
    return EligibilityReply(
        segment=transaction.segment,
        control_number=transaction.control,
        reference=reference,
        purpose=purpose,
        created=created,
        answers=tuple(answers),
    )


def _answers(source: Loop, marks: Delimiters) -> Iterator[EligibilityAnswer]:
    payer = _party(source, "2100A")
    whole = (*_rejections(source, Level.REQUEST), *_named_rejections(source, Level.PAYER, "2100A"))
    if not source.below("2000B"):
        yield EligibilityAnswer(segment=source.number, payer=payer, rejections=whole)
    for receiver in source.below("2000B"):
        provider = _party(receiver, "2100B")
        above = (*whole, *_named_rejections(receiver, Level.PROVIDER, "2100B"))
        if not receiver.below("2000C"):
            yield EligibilityAnswer(
                segment=receiver.number, payer=payer, provider=provider, rejections=above
            )
        for subscriber, dependent in _patients(receiver, "EB"):
            level = dependent or subscriber
            own = _named_rejections(subscriber, Level.SUBSCRIBER, "2100C")
            if dependent is not None:
                own += _named_rejections(dependent, Level.DEPENDENT, "2100D")
            yield EligibilityAnswer(
                segment=level.number,
                payer=payer,
                provider=provider,
                subscriber=_insured(subscriber, marks),
                dependent=_insured(dependent, marks),
                traces=traces(level, answer=True),
                rejections=(*above, *own),
                benefits=tuple(_benefit(each, marks) for each in _below_name(level, "2110")),
            )


def _rejections(loop: Loop, level: Level) -> tuple[Rejection, ...]:
    return tuple(
        Rejection(
            segment=number,
            level=level,
            reason=elements[3],
            action=elements[4],
            valid=elements[1] == "Y",
        )
        for number, elements in padded(loop, "AAA")
    )


def _named_rejections(level: Loop, what: Level, name: str) -> tuple[Rejection, ...]:
    return tuple(each for loop in level.below(name) for each in _rejections(loop, what))


def _benefit(loop: Loop, marks: Delimiters) -> Benefit:
    number, eb = next(padded(loop, "EB"))
    return Benefit(
        segment=number,
        information=eb[1],
        level=eb[2],
        service_types=_repeated(eb[3], marks),
        insurance_kind=eb[4],
        plan=eb[5],
        period=eb[6],
        amount_cents=cents(number, eb[7]),
        percent=decimal(number, eb[8]),
        quantity_kind=eb[9],
        quantity=decimal(number, eb[10]),
        authorization=eb[11],
        in_network=eb[12],
        procedure=procedure(eb[13], marks.component),
        pointers=pointers(number, eb[14], marks.component),
        deliveries=tuple(_delivery(at, each) for at, each in padded(loop, "HSD")),
        numbers=identifiers(loop),
        dates=periods(loop),
        rejections=_rejections(loop, Level.BENEFIT),
        messages=tuple(each[1] for _, each in padded(loop, "MSG")),
        circumstances=tuple(
            Circumstance(list=each[1], code=each[2], category=each[3], text=each[4])
            for inner in loop.below("2115C", "2115D")
            for _, each in padded(inner, "III")
        ),
        related=tuple(_related(loop)),
    )


def _related(loop: Loop) -> Iterator[Party]:
    for bounded in loop.below("2120"):
        for inner in bounded.below("2120C", "2120D"):
            yield party(inner)
    # Some payers leave out LS and LE; who is named belongs to the benefit all the same.
    for number, name in padded(loop, "NM1"):
        yield named(number, name)


def _delivery(number: int, hsd: list[str]) -> Delivery:
    return Delivery(
        quantity_kind=hsd[1],
        quantity=decimal(number, hsd[2]),
        unit=hsd[3],
        every=decimal(number, hsd[4]),
        period=hsd[5],
        periods=maybe(number, count, hsd[6]),
        frequency=hsd[7],
        time_of_day=hsd[8],
    )
