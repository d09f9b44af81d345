"""Claims to ask a plugin's rules of: ordinary ones of its own codes, and hostile ones.

All people are invented, and what must not leave a claim in words is planted in them (``CANARIES``).
The same words give the same claims in any process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
from msgspec.structs import replace

from core.claims.claim import (
    Claim,
    CodedAmount,
    CodedDate,
    Dental,
    Form,
    Institutional,
    Note,
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
    Sex,
    Subscriber,
)
from core.consent import Consent, ConsentKind, ConsentPurpose
from core.dates import Window
from core.ids import npi_with_check_digit
from core.rules.facts import NOTHING_LOADED, Authorization, ClaimFacts, PriorService
from core.rules.policy import EVERY_CODE, KNOBS, FrequencyLimit, PayerPolicy
from core.rules.rule import Layer
from core.rules.rulebook import RuleSet
from plugins.conformance.code import Words
from plugins.demo import identity

DAY = date(2026, 5, 12)
"""The day of service of most samples; ``AS_OF`` is when they are judged."""

AS_OF = date(2026, 5, 21)

CANARIES = (
    "Zyxcanary", "Quillcanary", "Hiddenlane", "Nowherecanary", "W9C4N4RY77", "2025550187",
    "1951-02-03", "19510203", "02/03/1951", "notecanary", "wordscanary", "Groupcanary",
)  # fmt: skip
"""Names, addresses, numbers and free text of the people in the samples."""

_PERSON = Person(
    name=Name(last="Zyxcanary", first="Quillcanary"),
    birth_date=date(1951, 2, 3),
    sex=Sex.FEMALE,
    address=Address(line1="7 Hiddenlane", city="Nowherecanary", state="TX", postal_code="78701"),
    phone="2025550187",
)
_BILLING = Provider(
    name=Name(last="Sample Clinic"),
    entity=Entity.ORGANIZATION,
    npi=npi_with_check_digit("133344455"),
    taxonomy="261QM0801X",
    tax_id="741234567",
    address=Address(line1="100 Main St", city="Austin", state="TX", postal_code="787011234"),
)
_RENDERING = Provider(
    name=Name(last="Sample", first="Robin"),
    npi=npi_with_check_digit("123456789"),
    taxonomy="207Q00000X",
    credential="MD",
    licensed_states=("TX",),
)
_CREDENTIALS = ("MD", "NP", "PA", "LCSW", "LPC", "CP", "PT", "RN", "")
_PLACES = ("11", "02", "10", "12", "22", "31", "99", "")
_ORDINARY_CODES = ("99213", "99214", "90837")
_ORDINARY_DIAGNOSES = ("I10", "F331", "M545", "Z0000")
_LINES_A_CLAIM = 20
ORDINARY_CLAIMS = 160
_PAYERS = 6
HUGE_LINES = 999
"""Lines of the longest claim a form has room for."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One claim with its facts; ``what`` says in words what is odd about it, empty: nothing."""

    claim: Claim
    facts: ClaimFacts = NOTHING_LOADED
    what: str = ""


def samples(
    words: Words, records: Sequence[SpecialtyRecord] = (), *, ordinary: int = ORDINARY_CLAIMS
) -> tuple[Sample, ...]:
    """At least so many ``ordinary`` claims, then hostile ones; each has a number of its own."""
    found = (*_ordinary(words, records, ordinary), *_hostile(words, records))
    return tuple(
        replace(one, claim=replace(one.claim, claim_number=f"SAMPLE-{number}"))
        for number, one in enumerate(found, 1)
    )


def _ordinary(words: Words, records: Sequence[SpecialtyRecord], count: int) -> Iterator[Sample]:
    random = Random("ordinary")  # noqa: S311
    codes = (*words.codes, *_ORDINARY_CODES)
    for number in range(max(count, len(codes))):
        # Every code stands first on one claim at least.
        first = codes[number % len(codes)]
        more = random.choices(codes, k=random.choice((0, 0, 1, 2, 3)))
        lines = [_line(random, words, place, code) for place, code in enumerate((first, *more), 1)]
        claim = _claim(random, words, tuple(lines), records)
        yield Sample(claim=claim, facts=_facts(random, words, records, number))


def _line(random: Random, words: Words, line_no: int, code: str) -> ServiceLine:
    day = DAY - timedelta(days=random.choice((0, 0, 0, 1, 400, 1600)))
    dental = code.startswith("D")
    start = time(random.randrange(8, 18), random.choice((0, 10, 30)))
    return ServiceLine(
        line_no=line_no,
        code=code,
        code_qualifier="AD" if dental else "HC",
        modifiers=tuple(
            random.sample((*words.modifiers, "25", "95"), k=random.choice((0, 0, 1, 2)))
        ),
        description=random.choice(("", "wordscanary")),
        units=Decimal(random.choice((1, 1, 1, 2, 4, 9))),
        service_from=day,
        service_to=random.choice((None, None, day, day + timedelta(days=2))),
        place_of_service=random.choice(("", "", *_PLACES)),
        pointers=random.choice(((1,), (1, 2), ())),
        revenue_code=random.choice(("", "0551", "0023")),
        minutes=random.choice((None, 5, 15, 16, 30, 37, 45, 53, 60, 90)),
        start=random.choice((None, start)),
        end=random.choice((None, time(min(start.hour + 1, 23), start.minute))),
        teeth=(Tooth(number=random.choice(("3", "8", "A", "32")), surfaces="MO"),)
        if dental
        else (),
        oral_cavity=random.choice(((), ("10",), ("UR",))) if dental else (),
        charge_cents=random.choice((0, 4_000, 15_000)),
        fee_source="captured",
    )


def _teeth(random: Random) -> tuple[Tooth, ...]:
    return (Tooth(number=random.choice(("3", "8", "A", "32")), surfaces="MO"),)


def _claim(
    random: Random, words: Words, lines: tuple[ServiceLine, ...], records: Sequence[SpecialtyRecord]
) -> Claim:
    code = lines[0].code if lines else ""
    form = random.choice((Form.PROFESSIONAL, Form.INSTITUTIONAL, *tuple(Form)))
    form = Form.DENTAL if code.startswith("D") and random.random() < 0.8 else form
    kind = random.choice(tuple(PayerKind))
    diagnoses = random.sample((*words.diagnoses, *_ORDINARY_DIAGNOSES), k=random.choice((1, 2, 3)))
    rendering = replace(_RENDERING, credential=random.choice(_CREDENTIALS))
    return Claim(
        form=form,
        claim_number="SAMPLE",
        payer=_payer(kind, random.randrange(_PAYERS + 1)),
        subscriber=_subscriber(),
        patient=replace(_PERSON, sex=random.choice((*Sex, None))),
        billing=_BILLING,
        rendering=random.choice((rendering, rendering, None)),
        attending=_RENDERING if form is Form.INSTITUTIONAL else None,
        place_of_service=random.choice(_PLACES),
        diagnoses=tuple(diagnoses),
        lines=lines,
        frequency=random.choice(("1", "1", "7")),
        institutional=_institutional(random) if form is Form.INSTITUTIONAL else None,
        dental=Dental(predetermination=random.random() < 0.2) if form is Form.DENTAL else None,
        records=tuple(random.sample(records, k=min(len(records), random.choice((0, 1, 3, 5))))),
        notes=random.choice(((), (Note(qualifier="ADD", text="notecanary"),))),
        auth_number=random.choice(("", "A-1")),
        onset_date=random.choice((None, DAY - timedelta(days=40))),
        other_payers=random.choice(((), (_OTHER,))),
    )


def _payer(kind: PayerKind, number: int = _PAYERS) -> Payer:
    return Payer(payer_id=f"9999{number}", name="Sample Payer", kind=kind, state="TX")


def practice_knobs(plugin: str, words: Words) -> RuleSet:
    """What the sample payers ask: every knob the platform knows, drawn; and the plugin's own.

    The last of the payers has said nothing.
    """
    own = [one for one in words.knobs if one.startswith(f"{plugin}.") and one not in KNOBS]
    return RuleSet(
        name="practice",
        version="samples",
        payer_policies=tuple(
            PayerPolicy(
                id=f"PRACTICE-SAMPLE-{number}",
                title="Sample payer",
                source="invented for the samples",
                layer=Layer.PRACTICE,
                payer_ids=(f"9999{number}",),
                knobs=_knobs(Random(number), words, own),  # noqa: S311
            )
            for number in range(_PAYERS)
        ),
    )


def _knobs(random: Random, words: Words, own: Sequence[str]) -> dict[str, Any]:
    codes = (*words.codes, *_ORDINARY_CODES)
    some = tuple(random.sample(codes, k=min(len(codes), 5)))
    drawn: dict[str, Callable[[], Any]] = {
        "flag": lambda: random.random() < 0.5,
        "number": lambda: random.choice((0, 1, 30, 90, 365)),
        "text": lambda: random.choice(words.texts or ("none",)),
        "codes": lambda: random.choice((some, EVERY_CODE)),
        "map": lambda: {
            name: (random.choice(words.modifiers or ("HO",)),) for name in _CREDENTIALS
        },
        "limits": lambda: (FrequencyLimit(codes=some, maximum=1, per="calendar_year"),),
    }
    kinds = {**KNOBS, **{name: random.choice(tuple(drawn)) for name in own}}
    return {name: drawn[kind]() for name, kind in kinds.items() if random.random() < 0.7}


def _subscriber() -> Subscriber:
    return Subscriber(person=_PERSON, member_id="W9C4N4RY77", group_name="Groupcanary")


_OTHER = OtherPayer(
    sequence=PayerSequence.SECONDARY,
    payer=Payer(payer_id="88888", name="Other Payer"),
    subscriber=_subscriber(),
    paid_cents=1_000,
)


def _institutional(random: Random) -> Institutional:
    first = DAY - timedelta(days=random.choice((0, 29, 30)))
    return Institutional(
        type_of_bill=random.choice(("0329", "0320", "0131", "0327")),
        statement_from=first,
        statement_to=DAY,
        admission_date=random.choice((None, first)),
        admission_type="9",
        patient_status="30",
        occurrences=(CodedDate(code="50", on=random.choice((None, first))),),
        value_codes=(CodedAmount(code="61", amount_cents=random.choice((None, 3_796_400))),),
    )


def _facts(
    random: Random, words: Words, records: Sequence[SpecialtyRecord], number: int
) -> ClaimFacts:
    if number % 3 == 0:
        return NOTHING_LOADED
    if number % 3 == 1:
        return ClaimFacts(history=(), authorizations=(), eligibility=(), accumulators={})
    codes = (*words.codes, *_ORDINARY_CODES)
    return ClaimFacts(
        history=tuple(
            PriorService(
                service_on=DAY - timedelta(days=random.choice((0, 7, 100, 800))),
                code=random.choice(codes),
                rendering_npi=_RENDERING.npi,
                group_npi=_BILLING.npi,
                claim_number=f"EARLIER-{place}",
                status=random.choice(("paid", "denied", "pending")),
            )
            for place in range(random.choice((1, 6)))
        ),
        authorizations=(
            Authorization(
                number="A-1",
                codes=tuple(random.sample(codes, k=min(3, len(codes)))),
                window=Window(DAY - timedelta(days=90), DAY + timedelta(days=90)),
                units_approved=Decimal(random.choice((0, 4, 100))),
                units_used=Decimal(3),
            ),
        ),
        eligibility=(Window(DAY - timedelta(days=400)),),
        accumulators={"therapy_pt_slp": 240_000, "therapy_ot": 0, "deductible_remaining": 50_000},
        records=tuple(random.sample(records, k=min(len(records), 2))),
        consents=random.choice(((), (_CONSENT,))),
    )


_CONSENT = Consent(
    id=identity("conformance", "consent"),
    patient_id=identity("conformance", "patient"),
    kind=ConsentKind.PART_TWO,
    signed_on=date(2026, 1, 1),
    purposes=(ConsentPurpose.PAYMENT,),
)


def _hostile(words: Words, records: Sequence[SpecialtyRecord]) -> Iterator[Sample]:
    random = Random("hostile")  # noqa: S311
    codes = (*words.codes, *_ORDINARY_CODES)
    for first in range(0, len(codes), _LINES_A_CLAIM):
        some = codes[first : first + _LINES_A_CLAIM]
        lines = tuple(_line(random, words, place, code) for place, code in enumerate(some, 1))
        facts = _facts(random, words, records, 2)
        for what, change in _CHANGES:
            base = _claim(random, words, lines, records)
            yield Sample(claim=change(base), facts=facts, what=what)
    longest = tuple(
        _line(random, words, place, codes[place % len(codes)]) for place in range(1, HUGE_LINES + 1)
    )
    for kind in (PayerKind.MEDICARE, PayerKind.COMMERCIAL):
        claim = replace(_claim(random, words, longest, records), payer=_payer(kind))
        yield Sample(claim=claim, facts=_facts(random, words, records, 2), what="999 lines")


def _every_line(**changes: Any) -> Callable[[Claim], Claim]:
    return lambda claim: replace(
        claim, lines=tuple(replace(line, **changes) for line in claim.lines)
    )


def _whole(**changes: Any) -> Callable[[Claim], Claim]:
    return lambda claim: replace(claim, **changes)


def _person(**changes: Any) -> Callable[[Claim], Claim]:
    return lambda claim: replace(claim, patient=replace(claim.patient, **changes))


def _billing(**changes: Any) -> Callable[[Claim], Claim]:
    return lambda claim: replace(claim, billing=replace(claim.billing, **changes))


_LONG = "x" * 10_000
_CHANGES: tuple[tuple[str, Callable[[Claim], Claim]], ...] = (
    ("no lines", _whole(lines=())),
    ("a thousand million units", _every_line(units=Decimal(10**9))),
    ("no units", _every_line(units=Decimal(0))),
    ("units below zero", _every_line(units=Decimal(-3))),
    ("a fraction of a unit", _every_line(units=Decimal("0.333"))),
    ("no minutes", _every_line(minutes=None, start=None, end=None)),
    ("minutes below zero", _every_line(minutes=-5)),
    ("a million minutes", _every_line(minutes=10**6)),
    ("an end before the start", _every_line(start=time(23, 50), end=time(0, 5))),
    ("no code", _every_line(code="")),
    (
        "a code nobody knows",
        _every_line(code="??漢Ω\x1b", modifiers=("éé", "", "\u202e", "0" * 50)),
    ),
    ("no day of service", _every_line(service_from=None, service_to=None)),
    ("a day in the future", _every_line(service_from=date(2999, 12, 31))),
    ("the first day there is", _every_line(service_from=date.min, service_to=date.max)),
    ("an end before its beginning", _every_line(service_to=date(2001, 1, 1))),
    ("pointers to nowhere", _every_line(pointers=(0, 13, 99, -1))),
    ("no diagnosis", _whole(diagnoses=())),
    ("diagnoses nobody knows", _whole(diagnoses=("", "漢字", "F", "x" * 99, "I10", "I10"))),
    ("money below zero", _every_line(charge_cents=-1, noncovered_cents=-5)),
    ("no provider but the billing one", _whole(rendering=None, attending=None, supervising=None)),
    ("a billing provider without an address", _billing(address=None, npi="", taxonomy="")),
    ("no birth date and no sex", _person(birth_date=None, sex=None, address=None)),
    ("nothing that only one form carries", _whole(institutional=None, dental=None)),
    (
        "teeth there are not",
        _every_line(teeth=(Tooth(number="", surfaces="?"), Tooth(number="99"))),
    ),
    ("no records", _whole(records=())),
    ("a void", _whole(frequency="8", payer_claim_number="")),
    ("texts without an end", _whole(place_of_service=_LONG, auth_number=_LONG)),
    ("a payer of no name", _whole(payer=Payer(payer_id="", name="", kind=PayerKind.MEDICARE))),
)
