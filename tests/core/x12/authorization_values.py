"""Invented authorization requests and answers: one written by hand, and any number drawn."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from core.claims.claim import Tooth
from core.claims.parties import Address, Entity, Name, Reference, Sex
from core.eligibility.authorizations import (
    Admission,
    AuthorizationAnswer,
    AuthorizationRequest,
    Condition,
    Contact,
    Decision,
    Delivery,
    Diagnosis,
    Event,
    Member,
    Party,
    Rejection,
    Review,
    ReviewAttachment,
    ReviewDate,
    Service,
    Trace,
)
from core.eligibility.certifications import Ambulance, HomeHealth, Oxygen, SpinalCare
from core.x12.guides.parts_278 import (
    EVENT_PROVIDERS,
    OTHER_REVIEWERS,
    SERVICE_PROVIDERS,
    TRANSPORT_PLACES,
)

_ISA = (
    "ISA*00*          *00*          *ZZ*CENTRALPT      *ZZ*HARBOR         *260302*0915*^*00501"
    "*000000012*0*P*:"
)
_HEAD = (
    _ISA,
    "GS*HI*CENTRALPT*HARBOR*20260302*0915*12*X*005010X217",
)
_TAIL = ("GE*1*12", "IEA*1*000000012")

# Physical therapy for a child insured through a parent, after a fall.
REQUEST = (
    "ST*278*0001*005010X217",
    "BHT*0007*13*REQ-77*20260302*0915",
    "HL*1**20*1",
    "NM1*X3*2*HARBOR HEALTH PLAN*****PI*HHP01",
    "HL*2*1*21*1",
    "NM1*1P*1*OKAFOR*LENA****XX*1234567893",
    "REF*EI*471122334",
    "PER*IC*FRONT DESK*TE*5125550100*FX*5125550101",
    "PRV*RF*PXC*225100000X",
    "HL*3*2*22*1",
    "NM1*IL*1*MARSH*DELIA****MI*HH900112",
    "HL*4*3*23*1",
    "NM1*QC*1*MARSH*TOBY",
    "DMG*D8*20110921*M",
    "INS*N*19",
    "HL*5*4*EV*1",
    "TRN*1*EV-5501*9CENTRALPT",
    "UM*HS*I*PT*11:B*AA:::TX*U",
    "DTP*439*D8*20260214",
    "HI*ABK:M5450*ABF:S8252XA:D8:20260214",
    "HSD*VS*12*WK*3*35*4",
    "PWK*OZ*EL***AC*ATT-991*THERAPY PLAN",
    "MSG*FELL FROM A BICYCLE",
    "NM1*SJ*2*CENTRAL PHYSICAL THERAPY*****XX*1234567893",
    "N3*12 MILL ROAD",
    "N4*AUSTIN*TX*78701",
    "HL*6*5*SS*0",
    "TRN*1*SV-1*9CENTRALPT",
    "DTP*472*RD8*20260309-20260403",
    "SV1*HC:97110:GP*600*UN*12***1:2",
    "HL*7*5*SS*0",
    "TRN*1*SV-2*9CENTRALPT",
    "DTP*472*D8*20260309",
    "SV1*HC:97161*140*UN*1***1",
    "SE*35*0001",
)

# The answer: exercise in part, the evaluation pended for notes.
ANSWER = (
    "ST*278*0009*005010X217",
    "BHT*0007*11*REQ-77*20260303*1030*19",
    "HL*1**20*1",
    "NM1*X3*2*HARBOR HEALTH PLAN*****PI*HHP01",
    "PER*IC*REVIEW*TE*8005550142",
    "HL*2*1*21*1",
    "NM1*1P*1*OKAFOR*LENA****XX*1234567893",
    "HL*3*2*22*1",
    "NM1*IL*1*MARSH*DELIA****MI*HH900112",
    "HL*4*3*23*1",
    "NM1*QC*1*MARSH*TOBY",
    "HL*5*4*EV*1",
    "TRN*2*EV-5501*9CENTRALPT",
    "UM*HS*I*PT",
    "HCR*A6*AUTH-3301*37^E8",
    "DTP*007*RD8*20260309-20260430",
    "HL*6*5*SS*0",
    "TRN*2*SV-1*9CENTRALPT",
    "HCR*A2*AUTH-3301-1*04",
    "DTP*036*D8*20260415",
    "SV1*HC:97110:GP**UN*8",
    "HL*7*5*SS*0",
    "TRN*2*SV-2*9CENTRALPT",
    "HCR*A4**90",
    "SV1*HC:97161**UN*1",
    "NM1*PR*2*HARBOR NOTES DESK",
    "PER*IC**FX*8005550143",
    "SE*28*0009",
)

# Turned away at the level of the subscriber.
REFUSAL = (
    "ST*278*0010*005010X217",
    "BHT*0007*11*REQ-78*20260303*1031*18",
    "HL*1**20*1",
    "NM1*X3*2*HARBOR HEALTH PLAN*****PI*HHP01",
    "HL*2*1*21*1",
    "NM1*1P*1*OKAFOR*LENA****XX*1234567893",
    "HL*3*2*22*0",
    "NM1*IL*1*MARSH*DELIA****MI*HH900119",
    "AAA*N**75*C",
    "SE*10*0010",
)


def as_file(*segments: str) -> bytes:
    """The segments within an envelope."""
    return "".join(f"{segment}~" for segment in (*_HEAD, *segments, *_TAIL)).encode()


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@cache
def words(most: int = 12, least: int = 1) -> st.SearchStrategy[str]:
    """Text that X12 can carry: no separator, no blank at an edge."""
    inner = st.text(_LETTERS + "0123456789 .,'/-", min_size=max(least - 2, 0), max_size=most - 2)
    edge = st.sampled_from(_LETTERS)
    if least < 2:
        return st.one_of(edge, st.builds("{}{}{}".format, edge, inner, edge))
    return st.builds("{}{}{}".format, edge, inner, edge)


def maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), strategy)


def some(values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(values.split("|"))


days = st.dates(date(1930, 1, 1), date(2060, 12, 31))
births = st.dates(date(1930, 1, 1), date(2019, 12, 31))
later_days = st.dates(date(2061, 1, 1), date(2070, 12, 31))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001 (local)
    lambda moment: moment.replace(second=0, microsecond=0)
)
numbers = st.decimals(Decimal("0.25"), Decimal(999), places=2).map(lambda d: Decimal(str(d)))
cents = st.integers(0, 10**9)

names = st.builds(
    Name, last=words(20), first=maybe(words()), middle=maybe(words(5)), suffix=maybe(some("JR|II"))
)
addresses = st.builds(
    Address,
    line1=words(30),
    line2=maybe(words(10)),
    city=words(20, 2),
    state=some("TX|CA"),
    postal_code=some("78701|787011234"),
)
contacts = st.builds(
    Contact,
    name=maybe(words(20)),
    numbers=st.lists(
        st.builds(Reference, qualifier=some("TE|FX|EM"), value=some("5125550100|A.B")),
        min_size=1,
        max_size=3,
    ).map(tuple),
)
traces = st.builds(
    Trace, kind=st.just("1"), number=words(20), originator=words(10, 10), further=maybe(words())
)
rejections = st.lists(
    st.builds(
        Rejection, reason=some("15|42|72|T4|AG"), follow_up=some("C|N|R"), understood=st.booleans()
    ),
    max_size=2,
).map(tuple)
reviews = st.builds(
    Review,
    request=some("AR|HS|SC|IN"),
    certification=some("I|R|4|S|3"),
    service_type=maybe(some("1|2|AE|PT")),
    place=some("11|22|13"),
    place_kind=some("A|B"),
    bill_frequency=maybe(some("1|7")),
    causes=st.sampled_from([(), ("AA",), ("EM",), ("AA", "EM"), ("AP",)]),
    urgency=maybe(some("03|E|U")),
    condition=maybe(some("1|2")),
    prognosis=maybe(some("1|8")),
    release=maybe(some("Y|I")),
    delay_reason=maybe(some("1|11")),
)
deliveries = st.builds(
    Delivery,
    kind=st.just("VS"),
    quantity=numbers,
    unit=maybe(some("DA|WK|MO")),
    every=st.none() | st.just(Decimal("2.5")),
    period=st.just("35"),
    periods=st.none() | st.integers(1, 99),
    frequency=maybe(some("1|SA")),
    time_of_day=maybe(some("A|Y")),
)
papers = st.lists(
    st.builds(
        ReviewAttachment,
        report_type=some("OZ|77|B2"),
        transmission=some("EL|FX"),
        control_number=maybe(words(20, 2)),
        description=maybe(words(30)),
    ),
    max_size=3,
).map(tuple)


@cache
def parties(
    roles: str,
    most: int,
    *,
    least: int = 0,
    placed: bool = True,
    refused: st.SearchStrategy[tuple[Rejection, ...]],
) -> st.SearchStrategy[tuple[Party, ...]]:
    """Providers with all that the guide lets them have."""
    one = st.builds(
        Party,
        role=some(roles),
        entity=st.sampled_from(Entity),
        name=names,
        id_qualifier=st.just("XX"),
        id=st.just("1234567893"),
        references=st.lists(
            st.builds(Reference, qualifier=some("EI|1G|0B"), value=words()), max_size=3
        ).map(tuple),
        address=st.none() | addresses if placed else st.none(),
        contact=st.none() | contacts if placed else st.none(),
        specialty_role=st.just("PE"),
        taxonomy=st.just("207Q00000X"),
        rejections=refused,
    )
    return st.lists(one, min_size=least, max_size=most).map(tuple)


NOBODY: st.SearchStrategy[tuple[Rejection, ...]] = st.just(())


@cache
def members(
    refused: st.SearchStrategy[tuple[Rejection, ...]], *, dependent: bool
) -> st.SearchStrategy[Member]:
    """A subscriber or a dependent."""
    common = {
        "name": names,
        "birth_date": births,
        "sex": st.sampled_from(Sex),
        "address": st.none() | addresses,
        "references": st.lists(
            st.builds(Reference, qualifier=some("6P|EJ|SY"), value=words()), max_size=2
        ).map(tuple),
        "rejections": refused,
    }
    if dependent:
        return st.builds(
            Member,
            relationship=some("01|19|G8"),
            birth_sequence=st.none() | st.integers(1, 4),
            **common,
        )
    return st.builds(
        Member,
        id_qualifier=st.just("MI"),
        id=words(20, 2),
        relationship=st.just("18"),
        employment=maybe(some("FT|AO")),
        **common,
    )


def dated(qualifiers: str) -> st.SearchStrategy[tuple[ReviewDate, ...]]:
    """Dates in each form, each qualifier once."""

    def one(qualifier: str) -> st.SearchStrategy[ReviewDate]:
        forms = [st.builds(ReviewDate, qualifier=st.just(qualifier), first=days)]
        if qualifier in ("AAH", "435", "096", "472", "007"):
            span = st.builds(ReviewDate, qualifier=st.just(qualifier), first=days, last=later_days)
            forms.append(span)
        if qualifier in ("435", "096"):
            timed = st.builds(
                ReviewDate, qualifier=st.just(qualifier), first=days, time=some("0930|2359")
            )
            forms.append(timed)
        return st.one_of(forms)

    chosen = st.lists(some(qualifiers), unique=True, max_size=5)
    return chosen.flatmap(lambda some_of: st.tuples(*map(one, some_of)))


decisions = st.builds(
    Decision,
    action=some("A1|A2|A3|A4|A6|C|CT|NA"),
    number=maybe(words(20)),
    reasons=st.lists(some("04|82|E8|0V"), max_size=5).map(tuple),
    second_opinion=st.none() | st.booleans(),
)

_procedure = {
    "modifiers": st.sampled_from([(), ("GP",), ("GP", "59", "KX", "25")]),
    "description": maybe(words(20)),
    "charge_cents": st.none() | cents,
    "units": st.none() | numbers,
}
_FORMS = {
    "SV1": {
        **_procedure,
        "code_qualifier": st.just("HC"),
        "code": some("97110|E1390"),
        "last_code": maybe(some("97112")),
        "unit": st.just("UN"),
        "units": numbers,
        "pointers": st.sampled_from([(), (1,), (1, 2, 3, 4)]),
        "epsdt": st.none() | st.booleans(),
        "care_level": maybe(some("1|2")),
    },
    "SV2": {
        **_procedure,
        "code_qualifier": st.just("HC"),
        "code": st.just("G0151"),
        "revenue_code": some("0421|0120"),
        "unit": st.just("DA"),
        "units": numbers,
        "rate_cents": st.none() | cents,
        "residence": maybe(some("1")),
        "care_level": maybe(some("3")),
    },
    "SV3": {
        **_procedure,
        "code_qualifier": st.just("AD"),
        "code": some("D2740|D1110"),
        "oral_cavity": st.sampled_from([(), ("10",), ("10", "20")]),
        "prosthesis": maybe(some("I|R")),
        "teeth": st.lists(
            st.builds(Tooth, number=some("3|14"), surfaces=some("|M|MOD")), max_size=2
        ).map(tuple),
    },
}


@st.composite
def services(draw: st.DrawFn, *, answer: bool) -> Service:
    """A service of some form."""
    form = draw(st.sampled_from(sorted(_FORMS)))
    fields = {**_service_fields(answer), **_FORMS[form]}
    return Service(form=form, **{name: draw(strategy) for name, strategy in fields.items()})


@cache
def _service_fields(answer: bool) -> dict[str, st.SearchStrategy[Any]]:
    refused = rejections if answer else NOBODY
    fields: dict[str, st.SearchStrategy[Any]] = {
        "traces": st.lists(traces, max_size=2).map(tuple),
        "review": st.none() | reviews,
        "previous_authorization": maybe(words()),
        "administrative_number": maybe(words()),
        "dates": dated("472|102|036|007" if answer else "472"),
        "delivery": st.none() | deliveries,
        "attachments": papers,
        "message": maybe(words(60)),
        "providers": parties(SERVICE_PROVIDERS, 2, refused=refused),
        "rejections": refused,
    }
    if answer:
        fields["decision"] = decisions
        fields["contact"] = st.none() | information_contacts
    return fields


information_contacts = st.builds(
    Party, role=some("1P|PR|X3"), name=names, address=st.none() | addresses, contact=contacts
)
places = st.lists(
    st.builds(Party, role=some(TRANSPORT_PLACES), name=names, address=addresses), max_size=2
).map(tuple)
_CERTIFICATIONS = (
    Ambulance(
        weight_unit="LB",
        weight=Decimal(154),
        transport="I",
        reason="A",
        distance_unit="DH",
        distance=Decimal("12.5"),
        round_trip_purpose="TO DIALYSIS",
        stretcher_purpose="CANNOT SIT",
    ),
    SpinalCare(
        number=1,
        count=Decimal(8),
        level="L4",
        period_unit="MO",
        period=Decimal(2),
        monthly_visits=Decimal(4),
        condition="A",
        complication=True,
        description="LOW BACK",
        x_rays=False,
    ),
    Oxygen(
        equipment="A",
        flow_rate=Decimal("2.5"),
        hours_a_use=Decimal(16),
        saturation=Decimal(87),
        test_condition="R",
        finding="1",
        portable_flow_rate=Decimal(2),
        delivery="A",
    ),
    HomeHealth(
        prognosis="3",
        care_began=date(2026, 3, 2),
        certified=(date(2026, 3, 2), date(2026, 4, 30)),
        skilled_nursing="Y",
        medicare="Y",
        certification="I",
        ordered_on=date(2026, 2, 27),
        last_stay=(date(2026, 2, 1), date(2026, 2, 26)),
        discharged_from="A",
        fifth_diagnosed_on=date(2026, 1, 5),
    ),
)


@st.composite
def events(draw: st.DrawFn, *, answer: bool) -> Event:
    """An event with all that a request or an answer may say of it."""
    return Event(**{name: draw(strategy) for name, strategy in _event_fields(answer).items()})


@cache
def _event_fields(answer: bool) -> dict[str, st.SearchStrategy[Any]]:
    refused = rejections if answer else NOBODY
    fields: dict[str, st.SearchStrategy[Any]] = {
        "traces": st.lists(traces, max_size=2).map(tuple),
        "review": reviews,
        "previous_authorization": maybe(words()),
        "administrative_number": maybe(words()),
        "dates": dated("439|484|ABC|431|AAH|435|096" + ("|102|036|007" if answer else "")),
        "diagnoses": st.lists(
            st.builds(
                Diagnosis, qualifier=some("ABK|ABF|DR"), code=some("I10|M5450"), on=st.none() | days
            ),
            max_size=4,
        ).map(tuple),
        "delivery": st.none() | deliveries,
        "admission": st.none() | st.just(Admission(type="1", source="7", status="30")),
        "certifications": st.lists(
            st.sampled_from(_CERTIFICATIONS), unique_by=_CERTIFICATIONS.index, max_size=4
        ).map(lambda some_of: tuple(sorted(some_of, key=_CERTIFICATIONS.index))),
        "attachments": papers,
        "message": maybe(words(40)),
        "providers": parties(EVENT_PROVIDERS, 2, refused=refused),
        "transports": places,
        "rejections": refused,
        "services": st.lists(services(answer=answer), max_size=2).map(tuple),
    }
    if answer:
        fields["decision"] = decisions
        fields["contact"] = st.none() | information_contacts
        return fields
    fields["conditions"] = st.lists(
        st.builds(
            Condition,
            category=some("07|08|09|11|75|76|77"),
            applies=st.booleans(),
            codes=st.sampled_from([("01",), ("04", "05", "06", "07", "08")]),
        ),
        unique_by=lambda c: c.category,
        max_size=3,
    ).map(tuple)
    fields["other_reviewers"] = st.lists(
        st.builds(
            Party,
            role=some(OTHER_REVIEWERS),
            name=names,
            references=st.just((Reference(qualifier="ZZ", value="82"),)),
            refused_on=st.none() | days,
        ),
        max_size=3,
    ).map(tuple)
    return fields


reviewers = st.builds(
    Party, role=st.just("X3"), name=names, id_qualifier=some("PI|XV"), id=words(20, 2)
)
heads = {
    "control_number": st.integers(1, 999_999_999).map("{:04d}".format),
    "reference": words(30),
    "created": moments,
}


@st.composite
def requests(draw: st.DrawFn) -> AuthorizationRequest:
    """A request for the subscriber or a dependent."""
    return AuthorizationRequest(
        **{name: draw(strategy) for name, strategy in heads.items()},
        purpose=draw(some("13|01|36")),
        kind=draw(maybe(st.just("RU"))),
        reviewer=draw(reviewers),
        requesters=draw(parties("1P|FA", 2, least=1, refused=NOBODY)),
        subscriber=draw(members(NOBODY, dependent=False)),
        dependent=draw(st.none() | members(NOBODY, dependent=True)),
        event=draw(events(answer=False)),
    )


@st.composite
def answers(draw: st.DrawFn) -> AuthorizationAnswer:
    """An answer that goes down to some level and ends there."""
    depth = draw(st.integers(0, 3))
    return AuthorizationAnswer(
        **{name: draw(strategy) for name, strategy in heads.items()},
        kind=draw(maybe(some("18|19"))),
        rejections=draw(rejections),
        reviewer=draw(
            st.builds(
                Party,
                role=st.just("X3"),
                name=names,
                id_qualifier=st.just("PI"),
                id=words(20, 2),
                contact=st.none() | contacts,
                rejections=rejections,
            )
        ),
        requesters=draw(parties("1P|FA", 2, least=1, placed=False, refused=rejections))
        if depth
        else (),
        subscriber=draw(members(rejections, dependent=False)) if depth > 1 else None,
        dependent=draw(st.none() | members(rejections, dependent=True)) if depth > 1 else None,
        event=draw(events(answer=True)) if depth == 3 else None,
    )
