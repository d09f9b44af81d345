"""For tests with hypothesis: claims that are well formed and unusual, drawn by ``claims()``.

Needs hypothesis (``claimwright[partner]`` brings it).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from msgspec.structs import replace

from core.claims.claim import Claim, Form, ServiceLine
from core.claims.parties import PayerKind, Person, Sex
from core.rules.facts import ClaimFacts
from plugins import samples
from plugins.testing import dental_claim, line, professional_claim

_PLAIN_CODES = ("99213", "99203", "G0463", "J3490", "")
_DIAGNOSES = ("F331", "I10", "E119", "H5213", "H2511", "Z961", "M545", "J069", "Z0000", "S72001A")
_MODIFIERS = ("25", "59", "RT", "LT", "50", "GA", "GY", "GX", "KX", "95", "X9")
_PLACES = ("11", "12", "02", "10", "22", "31", "")
_CREDENTIALS = ("MD", "OD", "NP", "LCSW", "")


def days() -> st.SearchStrategy[date]:
    """A day of service in the two years around the sample claims."""
    return st.integers(-400, 8).map(lambda days: samples.SERVICE_DAY + timedelta(days=days))


def people() -> st.SearchStrategy[Person]:
    """An invented person of any age, with gaps."""
    return st.builds(
        lambda born, sex: samples.person(birth_date=born, sex=sex),
        st.none() | st.dates(date(1920, 1, 1), date(2026, 5, 1)),
        st.sampled_from((*Sex, None)),
    )


def lines(codes: Sequence[str] = _PLAIN_CODES) -> st.SearchStrategy[ServiceLine]:
    """A service line with one of ``codes``, and facts missing or odd."""
    return st.builds(
        line,
        st.sampled_from(tuple(codes)),
        modifiers=st.lists(st.sampled_from(_MODIFIERS), max_size=4, unique=True).map(tuple),
        units=st.sampled_from((Decimal(1), Decimal(0), Decimal(2), Decimal("1.5"), Decimal(999))),
        charge_cents=st.sampled_from((0, 1, 15_000, 999_999_999)),
        minutes=st.none() | st.integers(0, 600),
        service_from=st.none() | days(),
        place_of_service=st.sampled_from(_PLACES),
        pointers=st.sampled_from(((1,), (), (2,), (1, 2), (12,))),
    )


def claims(
    codes: Sequence[str] = _PLAIN_CODES,
    *,
    diagnoses: Sequence[str] = _DIAGNOSES,
    payer_kinds: Sequence[PayerKind] = tuple(PayerKind),
    form: Form = Form.PROFESSIONAL,
) -> st.SearchStrategy[Claim]:
    """A claim whose lines have ``codes``; what may be missing is missing at times.

    ``form``: 837P or 837D; a claim of a facility needs more than can be drawn here.
    """
    make = dental_claim if form is Form.DENTAL else professional_claim
    # Made once: to make a strategy costs more than to draw from it.
    one_line = lines(codes)
    several = st.lists(one_line, min_size=1, max_size=4)
    some_diagnoses = st.lists(st.sampled_from(tuple(diagnoses)), max_size=3, unique=True)
    kinds, places = st.sampled_from(tuple(payer_kinds)), st.sampled_from(_PLACES)
    credentials = st.none() | st.sampled_from(_CREDENTIALS)
    patients = people()

    @st.composite
    def draw_claim(draw: st.DrawFn) -> Claim:
        drawn = enumerate(draw(several), 1)
        kind, who, credential = draw(kinds), draw(patients), draw(credentials)
        return make(
            *(replace(one, line_no=number) for number, one in drawn),
            payer=samples.payer(kind),
            patient=who,
            subscriber=samples.subscriber(kind, person=who),
            diagnoses=tuple(draw(some_diagnoses)),
            place_of_service=draw(places),
            rendering=(
                None if credential is None else replace(samples.PHYSICIAN, credential=credential)
            ),
        )

    return draw_claim()


def claim_facts(codes: Sequence[str] = _PLAIN_CODES) -> st.SearchStrategy[ClaimFacts]:
    """What was loaded for a claim: nothing, no history, or earlier services with ``codes``."""
    prior = st.builds(
        lambda code, days, status: samples.prior_service(code, days_before=days, status=status),
        st.sampled_from(tuple(codes)),
        st.integers(-30, 900),
        st.sampled_from(("paid", "pending", "denied", "voided")),
    )
    loaded = st.lists(prior, max_size=4).map(lambda found: samples.facts(history=tuple(found)))
    return st.just(ClaimFacts()) | loaded
