"""Strategies for what 270, 271, 276 and 277 carry: all that the guides take, nothing else."""

from __future__ import annotations

import string
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st

from core.claims.claim import QualifiedDate
from core.claims.inquiry_parties import (
    Contact,
    Identifier,
    Insured,
    Party,
    Procedure,
    Specialty,
    Trace,
)
from core.claims.parties import Address, Entity, Name, Reference
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
from core.x12.claim_inquiry_values import (
    AnsweredLine,
    ClaimStatusAnswer,
    ClaimStatusInquiry,
    ClaimStatusReply,
    ClaimStatusRequest,
    Decision,
    InquiredLine,
)
from core.x12.claim_status_values import StatusCode

T = TypeVar("T")
LETTERS = string.ascii_uppercase + string.digits


def words(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(LETTERS + "-.' ", min_size=least, max_size=most).map(
        lambda text: text.strip().ljust(least, "X")
    )


def maybe(one: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | one


def few(one: st.SearchStrategy[T], most: int) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(one, max_size=most).map(tuple)


days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
# Nobody asks about a person who is not born.
births = st.dates(date(1900, 1, 1), date(2025, 12, 31))
# First and last day; without a last one it is that day alone.
spans = st.tuples(days, st.none() | days).map(
    lambda pair: pair if pair[1] is None else (min(pair), max(pair))
)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
cents = st.integers(-(10**7), 10**11)
maybe_cents = st.none() | cents
quantities = st.decimals(0, 99999, places=2)
names = st.builds(
    Name,
    last=words(1, 60),
    first=maybe(words(1, 35)),
    middle=maybe(words(1, 25)),
    suffix=maybe(words(1, 10)),
)
addresses = st.none() | st.builds(
    Address,
    line1=words(1, 55),
    line2=maybe(words(1, 55)),
    city=words(2, 30),
    state=st.sampled_from(("TX", "NY", "")),
    postal_code=st.sampled_from(("78701", "787010001", "")),
    country=st.sampled_from(("", "CA")),
)
entities = st.sampled_from(Entity)
specialties = st.none() | st.builds(
    Specialty,
    role=st.sampled_from(("PC", "PE", "BI")),
    qualifier=st.just("PXC"),
    code=words(1, 50),
)
traces = st.builds(
    Trace, number=words(1, 50), originator=words(10, 10), further=maybe(words(1, 50))
)
procedures = st.builds(
    Procedure,
    qualifier=st.sampled_from(("HC", "AD", "N4")),
    code=words(1, 48),
    modifiers=few(st.text(LETTERS, min_size=2, max_size=2), 4),
)
ranged_procedures = st.none() | procedures | st.builds(
    Procedure, code=words(1, 48), last_code=words(1, 30)
)  # fmt: skip
pointers = few(st.integers(1, 12), 4)
SERVICE_TYPES = ("1", "30", "33", "35", "48", "86", "88", "98", "A6", "AL", "MH", "PT", "UC")
service_types = few(st.sampled_from(SERVICE_TYPES), 99)


def identified(
    role: str | tuple[str, ...],
    qualifiers: tuple[str, ...],
    who: st.SearchStrategy[Entity] = entities,
) -> st.SearchStrategy[Party]:
    """A party with a name and an identifier."""
    roles = (role,) if isinstance(role, str) else role
    return st.builds(
        Party,
        role=st.sampled_from(roles),
        entity=who,
        name=names,
        id_qualifier=st.sampled_from(qualifiers),
        id=words(2, 80),
    )


def periods(*qualifiers: str) -> st.SearchStrategy[QualifiedDate]:
    return st.builds(
        lambda qualifier, span: QualifiedDate(qualifier=qualifier, first=span[0], last=span[1]),
        st.sampled_from(qualifiers),
        spans,
    )


def identifiers(
    *qualifiers: str, description: st.SearchStrategy[str]
) -> st.SearchStrategy[Identifier]:
    return st.builds(
        Identifier,
        qualifier=st.sampled_from(qualifiers),
        value=words(1, 50),
        description=description,
    )


organization = st.just(Entity.ORGANIZATION)
payers = identified("PR", ("PI", "XV"), entities)
providers = st.builds(
    Party,
    role=st.sampled_from(("1P", "FA")),
    entity=entities,
    name=names,
    id_qualifier=st.just("XX"),
    id=words(2, 80),
    numbers=few(identifiers("0B", "TJ", description=maybe(words(1, 80))), 9),
    address=addresses,
    specialty=specialties,
)


@st.composite
def people(draw: st.DrawFn, dependent: bool, answer: bool) -> Insured:
    """A subscriber or dependent of a 270 or 271."""
    relation = draw(st.sampled_from(("01", "19") if dependent else ("18",)))
    described = draw(st.booleans())
    member = "" if dependent else draw(maybe(words(2, 80)))
    described_number = maybe(words(1, 80)) if answer else st.just("")
    kinds = ("291", "102") if not answer else ("291", "346", "307", "356", "442")
    return Insured(
        name=draw(names),
        entity=Entity.PERSON if dependent else draw(entities),
        id_qualifier="MI" if member else "",
        id=member,
        numbers=draw(few(identifiers("6P", "18", "SY", description=described_number), 9)),
        address=draw(addresses),
        specialty=draw(specialties),
        birth_date=draw(st.none() | births),
        sex=draw(st.sampled_from(("", "F", "M"))),
        relationship=relation if described else "",
        changed=described and answer and draw(st.booleans()),
        birth_sequence=draw(st.none() | st.integers(1, 9)) if described else None,
        diagnoses=draw(
            st.just(()) | st.just((Reference(qualifier="ABK", value="I10"),))
            | st.just((
                Reference(qualifier="ABK", value="I10"), Reference(qualifier="ABF", value="E119"),
            ))
        ),
        dates=draw(few(periods(*kinds), 9 if answer else 2)),
    )  # fmt: skip


@st.composite
def questions(draw: st.DrawFn) -> Question:
    asked = draw(service_types.filter(bool) | st.just(()))
    return Question(
        service_types=asked,
        procedure=draw(procedures) if not asked else draw(ranged_procedures),
        family=draw(st.booleans()),
        pointers=draw(pointers),
        spend_down_cents=draw(maybe_cents),
        spend_down_billed_cents=draw(maybe_cents),
        place_of_service=draw(st.sampled_from(("", "11", "21"))),
        number=draw(st.none() | identifiers("9F", "G1", description=st.just(""))),
        period=draw(st.none() | periods("291")),
    )


@st.composite
def inquiries(draw: st.DrawFn) -> EligibilityInquiry:
    dependent = draw(st.none() | people(dependent=True, answer=False))
    return EligibilityInquiry(
        payer=draw(payers),
        provider=draw(providers),
        subscriber=draw(people(dependent=False, answer=False)),
        dependent=dependent,
        traces=draw(few(traces, 2)),
        questions=tuple(draw(st.lists(questions(), min_size=1, max_size=3))),
    )


requests = st.builds(
    EligibilityRequest,
    control_number=st.just("0001"),
    reference=maybe(words(1, 50)),
    purpose=st.sampled_from(("13", "01")),
    created=moments,
    inquiries=st.lists(inquiries(), min_size=1, max_size=3).map(tuple),
)


def rejections(level: Level, *reasons: str) -> st.SearchStrategy[tuple[Rejection, ...]]:
    return few(
        st.builds(
            Rejection,
            level=st.just(level),
            reason=st.sampled_from(reasons),
            action=st.sampled_from(tuple("CNRSWXY")),
            valid=st.booleans(),
        ),
        2,
    )


contacts = st.builds(
    Contact,
    name=maybe(words(1, 60)),
    ways=few(
        st.builds(Reference, qualifier=st.sampled_from(("TE", "FX", "UR")), value=words(1, 256)), 3
    ),
)
related = st.builds(
    Party,
    role=st.sampled_from(("P3", "PRP", "SEP", "X3", "1P")),
    entity=entities,
    name=names | st.just(Name(last="")),
    relation=st.sampled_from(("", "01", "41")),
    address=addresses,
    contacts=few(contacts, 3),
    specialty=specialties,
) | identified(("PR", "P5"), ("PI", "24", "MI"))


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    kind = draw(st.sampled_from(("", "VS", "DY", "HS")))
    period = draw(st.sampled_from(("23", "29", "")))
    return Delivery(
        quantity_kind=kind,
        quantity=draw(quantities) if kind else None,
        unit=draw(st.sampled_from(("WK", "MO"))),
        every=draw(st.none() | st.just(Decimal(2))),
        period=period,
        periods=draw(st.none() | st.integers(0, 999)) if period else None,
        frequency=draw(st.sampled_from(("", "1", "SG"))),
        time_of_day=draw(st.sampled_from(("", "A"))),
    )


circumstances = st.builds(
    Circumstance, list=st.sampled_from(("ZZ", "GR", "NI")), code=words(1, 30)
) | st.builds(Circumstance, category=st.just("44"), text=words(1, 264))


@st.composite
def benefits(draw: st.DrawFn) -> Benefit:
    kind = draw(st.sampled_from(("", "VS", "99", "DY")))
    return Benefit(
        information=draw(st.sampled_from(("1", "6", "A", "B", "C", "CB", "F", "G", "I", "R", "L"))),
        level=draw(st.sampled_from(("", "IND", "FAM"))),
        service_types=draw(service_types),
        insurance_kind=draw(st.sampled_from(("", "HM", "MA", "PR"))),
        plan=draw(maybe(words(1, 50))),
        period=draw(st.sampled_from(("", "23", "27", "29"))),
        amount_cents=draw(maybe_cents),
        percent=draw(st.none() | st.decimals(0, 1, places=4)),
        quantity_kind=kind,
        quantity=draw(quantities) if kind else None,
        authorization=draw(st.sampled_from(("", "Y", "N", "U"))),
        in_network=draw(st.sampled_from(("", "Y", "N", "W", "U"))),
        procedure=draw(ranged_procedures),
        pointers=draw(pointers),
        deliveries=draw(few(deliveries(), 2)),
        numbers=draw(few(identifiers("18", "9F", "G1", description=maybe(words(1, 80))), 2)),
        dates=draw(few(periods("291", "292", "348", "435"), 3)),
        rejections=draw(rejections(Level.BENEFIT, "15", "E8", "98")),
        messages=draw(few(words(1, 264), 2)),
        circumstances=draw(few(circumstances, 2)),
        related=draw(few(related, 2)),
    )


@st.composite
def answers(draw: st.DrawFn) -> EligibilityAnswer:
    provider = draw(st.none() | providers)
    subscriber = draw(st.none() | people(dependent=False, answer=True)) if provider else None
    dependent = draw(st.none() | people(dependent=True, answer=True)) if subscriber else None
    found = draw(rejections(Level.REQUEST, "41", "42")) + draw(rejections(Level.PAYER, "T4", "80"))
    if provider:
        found += draw(rejections(Level.PROVIDER, "43", "50"))
    if subscriber:
        found += draw(rejections(Level.SUBSCRIBER, "72", "75"))
    if dependent:
        found += draw(rejections(Level.DEPENDENT, "67", "77"))
    own = st.builds(
        Trace,
        number=words(1, 50),
        originator=words(10, 10),
        further=maybe(words(1, 50)),
        own=st.booleans(),
    )
    return EligibilityAnswer(
        payer=draw(st.builds(
            Party, role=st.just("PR"), entity=entities, name=names, id_qualifier=st.just("PI"),
            id=words(2, 80), contacts=few(contacts, 3),
        )),
        provider=provider,
        subscriber=subscriber,
        dependent=dependent,
        traces=draw(few(own, 3)) if subscriber else (),
        rejections=found,
        # A subscriber above a dependent has benefits only as a patient of their own answer.
        benefits=draw(few(benefits(), 3)) if subscriber else (),
    )  # fmt: skip


replies = st.builds(
    EligibilityReply,
    control_number=st.just("000000001"),
    reference=maybe(words(1, 50)),
    purpose=st.sampled_from(("11", "06")),
    created=moments,
    answers=st.lists(answers(), min_size=1, max_size=3).map(tuple),
)

receivers = st.builds(
    Party,
    role=st.just("41"),
    entity=entities,
    name=st.builds(Name, last=words(1, 60), first=maybe(words(1, 35))),
    id_qualifier=st.just("46"),
    id=words(2, 80),
)
status_payers = st.builds(
    Party,
    role=st.just("PR"),
    name=st.builds(Name, last=words(1, 60)),
    id_qualifier=st.sampled_from(("PI", "XV")),
    id=words(2, 80),
)
status_providers = st.lists(identified("1P", ("XX", "FI", "SV")), min_size=1, max_size=2).map(tuple)
numbers = maybe(words(1, 50))


def insured(dependent: bool, born: bool) -> st.SearchStrategy[Insured]:
    """A subscriber or dependent of a 276 or 277."""
    return st.builds(
        Insured,
        name=names,
        id_qualifier=st.just("" if dependent else "MI"),
        id=st.just("") if dependent else words(2, 80),
        birth_date=births if born else st.none(),
        sex=st.sampled_from(("", "F", "M")) if born else st.just(""),
    )


def _dated_line(kind: Callable[..., T], span: tuple[date, date | None], **facts: object) -> T:
    return kind(service_from=span[0], service_to=span[1], **facts)


@st.composite
def status_inquiries(draw: st.DrawFn) -> ClaimStatusInquiry:
    dependent = draw(st.none() | insured(dependent=True, born=True))
    first, last = draw(st.just((None, None)) | spans)
    return ClaimStatusInquiry(
        payer=draw(status_payers),
        receiver=draw(receivers),
        providers=draw(status_providers),
        subscriber=draw(insured(dependent=False, born=dependent is None)),
        dependent=dependent,
        trace=draw(words(1, 50)),
        payer_claim_number=draw(numbers),
        type_of_bill=draw(numbers),
        location=draw(numbers),
        group_number=draw(numbers),
        claim_number=draw(numbers),
        prescription_number=draw(numbers),
        clearinghouse_number=draw(numbers),
        charge_cents=draw(maybe_cents),
        service_from=first,
        service_to=last,
        lines=draw(
            few(
                st.builds(
                    _dated_line,
                    st.just(InquiredLine),
                    spans,
                    procedure=procedures,
                    charge_cents=cents,
                    revenue_code=maybe(words(1, 48)),
                    units=quantities,
                    control_number=numbers,
                ),
                2,
            )
        ),
    )


@st.composite
def neighbours(draw: st.DrawFn, one: st.SearchStrategy[T]) -> tuple[T, ...]:
    """Inquiries some of which have the same people, so that levels are shared."""
    found = draw(st.lists(one, min_size=1, max_size=3))
    return tuple(each for each in found for _ in range(draw(st.integers(1, 2))))


status_requests = st.builds(
    ClaimStatusRequest,
    control_number=st.just("0001"),
    reference=words(1, 50),
    created=moments,
    inquiries=neighbours(status_inquiries()),
)
codes = st.lists(
    st.builds(
        StatusCode,
        category=st.sampled_from(("A1", "F1", "P3", "R12", "D0")),
        status=st.sampled_from(("0", "20", "542")),
        entity=st.sampled_from(("", "PR", "85")),
        list=st.sampled_from(("", "RX")),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
bare_decisions = st.lists(
    st.builds(Decision, codes=codes, effective_on=days), min_size=1, max_size=2
).map(tuple)
decisions = st.lists(
    st.builds(
        Decision,
        codes=codes,
        effective_on=days,
        charge_cents=maybe_cents,
        paid_cents=maybe_cents,
        decided_on=st.none() | days,
        remitted_on=st.none() | days,
        check_number=maybe(words(1, 16)),
    ),
    min_size=1,
    max_size=2,
).map(tuple)


@st.composite
def status_answers(draw: st.DrawFn) -> ClaimStatusAnswer:
    payer = st.builds(
        Party,
        role=st.just("PR"),
        name=st.builds(Name, last=words(1, 60)),
        id_qualifier=st.just("PI"),
        id=words(2, 80),
        contacts=few(
            st.builds(
                Contact,
                name=maybe(words(1, 60)),
                ways=st.just((Reference(qualifier="TE", value="8005550100"),)),
            ),
            1,
        ),
    )
    parties = {"payer": draw(payer), "receiver": draw(receivers), "trace": draw(words(1, 50))}
    kind = draw(st.sampled_from(("receiver", "provider", "subscriber", "dependent")))
    if kind == "receiver":
        return ClaimStatusAnswer(**parties, decisions=draw(bare_decisions))
    providers = draw(status_providers)
    if kind == "provider":
        return ClaimStatusAnswer(**parties, providers=providers, decisions=draw(bare_decisions))
    first, last = draw(st.just((None, None)) | spans)
    person = insured(dependent=True, born=False)
    return ClaimStatusAnswer(
        **parties,
        providers=providers,
        subscriber=draw(insured(dependent=False, born=False)),
        dependent=draw(person) if kind == "dependent" else None,
        decisions=draw(decisions),
        payer_claim_number=draw(numbers),
        type_of_bill=draw(numbers),
        claim_number=draw(numbers),
        prescription_number=draw(numbers),
        voucher=draw(numbers),
        clearinghouse_number=draw(numbers),
        service_from=first,
        service_to=last,
        lines=draw(
            few(
                st.builds(
                    _dated_line,
                    st.just(AnsweredLine),
                    spans,
                    procedure=procedures,
                    charge_cents=cents,
                    paid_cents=cents,
                    revenue_code=maybe(words(1, 48)),
                    units=quantities,
                    control_number=numbers,
                    decisions=bare_decisions,
                ),
                2,
            )
        ),
    )


status_replies = st.builds(
    ClaimStatusReply,
    control_number=st.just("0001"),
    reference=words(1, 50),
    created=moments,
    answers=neighbours(status_answers()),
)
