"""For a partner's tests: claims that are right, to be changed until a rule fires; and the checks
every plugin has to pass (``contract_faults``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

import msgspec

from core.claims.claim import Claim, CodedAmount, CodedDate, Form, Institutional, ServiceLine
from core.claims.parties import (
    Address,
    Entity,
    Name,
    Payer,
    PayerKind,
    Person,
    Provider,
    Subscriber,
)
from core.dates import Window
from core.errors import ClaimwrightError, PluginError
from core.rules.facts import NOTHING_LOADED, ClaimFacts, ScrubFacts
from core.rules.fees import find_fee
from core.rules.pricing import FeePurpose
from core.rules.rule import Rule
from core.rules.rulebook import RuleBook
from core.scrub.engine import scrub
from core.scrub.finding import Finding
from plugins.demo import WINDOW_DAYS, DemoPractice
from plugins.host import BUILT_IN, EnabledPlugin, PluginHost, load

SERVICE_DAY = date(2026, 5, 12)
"""The day of service of the sample claims, a Tuesday."""

TODAY = date(2026, 5, 21)
"""The day on which ``findings`` judges."""

_BILLING = Provider(
    name=Name(last="Sample Clinic"),
    entity=Entity.ORGANIZATION,
    npi="1333444556",
    taxonomy="261QM0801X",
    tax_id="741234567",
    address=Address(line1="100 Main St", city="Austin", state="TX", postal_code="787011234"),
)
_PERSON = Provider(
    name=Name(last="Sample", first="Robin"),
    npi="1234567893",
    taxonomy="207Q00000X",
    credential="MD",
    licensed_states=("TX",),
)
_PATIENT = Person(
    name=Name(last="Invented", first="Ines"),
    birth_date=date(1985, 3, 14),
    address=Address(line1="1 Elm St", city="Austin", state="TX", postal_code="78701"),
)
_MEMBER_IDS = {PayerKind.MEDICARE: "1EG4TE5MK73"}


def payer(kind: PayerKind = PayerKind.COMMERCIAL, **changes: Any) -> Payer:
    """An invented payer of ``kind``."""
    given: dict[str, Any] = {"payer_id": "99999", "name": "Sample Payer", "kind": kind, **changes}
    return Payer(**given)


def line(code: str, line_no: int = 1, **changes: Any) -> ServiceLine:
    """A service line that is right for a professional claim."""
    given: dict[str, Any] = {
        "line_no": line_no,
        "code": code,
        "charge_cents": 15_000,
        "fee_source": "captured",
        "service_from": SERVICE_DAY,
        "pointers": (1,),
        **changes,
    }
    return ServiceLine(**given)


def professional_claim(*lines: ServiceLine, **changes: Any) -> Claim:
    """An 837P claim of an invented patient to which no platform rule objects."""
    to = changes.pop("payer", payer())
    given: dict[str, Any] = {
        "claim_number": "SAMPLE-1",
        "payer": to,
        "subscriber": Subscriber(person=_PATIENT, member_id=_MEMBER_IDS.get(to.kind, "W123456789")),
        "patient": _PATIENT,
        "billing": _BILLING,
        "rendering": _PERSON,
        "place_of_service": "11",
        "diagnoses": ("F331",),
        "lines": lines or (line("99213"),),
        **changes,
    }
    return Claim(**given)


def dental_claim(*lines: ServiceLine, **changes: Any) -> Claim:
    """An 837D claim to which no platform rule objects."""
    return professional_claim(*lines, **{"form": Form.DENTAL, **changes})


def home_health_claim(*lines: ServiceLine, **changes: Any) -> Claim:
    """An 837I claim of a first 30-day home health period, to Medicare unless said."""
    first = date(2026, 3, 2)
    given: dict[str, Any] = {
        "form": Form.INSTITUTIONAL,
        "payer": payer(PayerKind.MEDICARE, filing_indicator="MA"),
        "rendering": None,
        "attending": _PERSON,
        "place_of_service": "",
        "diagnoses": ("I10",),
        "institutional": Institutional(
            type_of_bill="0329",
            statement_from=first,
            statement_to=first + timedelta(days=29),
            admission_date=first,
            admission_type="9",
            point_of_origin="1",
            patient_status="30",
            occurrences=(CodedDate(code="50", on=first),),
            value_codes=(
                CodedAmount(code="61", amount_cents=3_796_400),
                CodedAmount(code="85", amount_cents=4_210_100),
            ),
        ),
        **changes,
    }
    visit: dict[str, Any] = {"service_from": first, "pointers": ()}
    none: dict[str, Any] = {"units": Decimal(0), "charge_cents": 0}
    group = line("1HB11", 1, code_qualifier="HP", revenue_code="0023", **none, **visit)
    place = line("Q5001", 2, revenue_code="0551", **visit)
    nurse = line("G0299", 3, revenue_code="0551", units=Decimal(3), **visit)
    return professional_claim(*(lines or (group, place, nurse)), **given)


def findings(
    claim: Claim,
    book: RuleBook,
    *,
    facts: ClaimFacts = NOTHING_LOADED,
    as_of: date = TODAY,
) -> tuple[Finding, ...]:
    """What ``book`` says of ``claim`` on ``as_of``."""
    loaded = ScrubFacts(by_claim={claim.claim_number: facts})
    (report,) = scrub((claim,), book, loaded, as_of=as_of)
    return report.findings


def book_of(module: ModuleType, settings: bytes = b"{}") -> RuleBook:
    """The platform's rules and those of ``module``, enabled with ``settings``."""
    enabled = EnabledPlugin(name=load(module).manifest.name, settings=settings)
    return _host(module).build_rule_book([enabled])


def fee_cents(
    book: RuleBook,
    code: str,
    day: date,
    *,
    purpose: FeePurpose = FeePurpose.CHARGE,
    modifiers: tuple[str, ...] = (),
    to: Payer | None = None,
) -> int | None:
    """What ``book`` charges (or expects to be allowed) for one unit on ``day``; None: no fee."""
    found = find_fee(book.fees, purpose, code, modifiers, to, day)
    return found.fee.amount_cents if found else None


def contract_faults(module: ModuleType, *, seed: int = 1, as_of: date = TODAY) -> tuple[str, ...]:
    """What keeps ``module`` from being a plugin, as sentences; empty when nothing does.

    Checks the manifest and hooks, that two builds agree, that every rule has a citation and can be
    switched off by date, that its settings survive a round trip, and its invented visits.
    """
    try:
        name = load(module).manifest.name
        hosts = [_host(module) for _ in range(2)]
        books = [host.build_rule_book([EnabledPlugin(name=name)]) for host in hosts]
        rules = hosts[0].rule_set(EnabledPlugin(name=name)).rules()
        visits = _demo_faults(hosts, name, seed, as_of)
    except PluginError as error:
        return (error.message,)
    faults = [] if books[0].digest == books[1].digest else ["two builds give different rules"]
    faults += _rule_faults(rules)
    faults += _window_faults(hosts[0], name, rules)
    return (*faults, *visits)


def _host(module: ModuleType) -> PluginHost:
    return PluginHost(modules=() if module.__name__ in BUILT_IN else (module,))


def _rule_faults(rules: Iterable[Rule]) -> list[str]:
    return [
        f"rule {rule.id} cites nothing a reader could look up"
        for rule in rules
        if len(rule.source.strip()) < 5
    ]


def _window_faults(host: PluginHost, name: str, rules: tuple[Rule, ...]) -> list[str]:
    """A practice that enables the plugin for one day must get no rule that holds longer."""
    only = Window(TODAY, TODAY)
    limited = host.rule_set(EnabledPlugin(name=name, window=only)).rules()
    loose = [rule.id for rule in limited if rule.effective != only]
    expected = sum(rule.effective.overlaps(only) for rule in rules)
    faults = [f"rule {rule} does not keep to the days the plugin is enabled" for rule in loose]
    if len(limited) != expected:
        faults.append("rules appear or vanish with the days the plugin is enabled")
    return faults


def _demo_faults(hosts: list[PluginHost], name: str, seed: int, as_of: date) -> list[str]:
    practice = DemoPractice(as_of=as_of)
    first, second = (host.demo_encounters(name, seed, practice) for host in hosts)
    if not first:
        return []
    faults = []
    if msgspec.json.encode(first) != msgspec.json.encode(second):
        faults.append("the same seed gives different invented visits")
    if msgspec.json.encode(first) == msgspec.json.encode(
        hosts[0].demo_encounters(name, seed + 1, practice)
    ):
        faults.append("another seed gives the same invented visits")
    days = [c.service_from for one in first for c in one.charges if c.service_from]
    if any(not timedelta(0) <= as_of - day <= timedelta(days=WINDOW_DAYS) for day in days):
        faults.append(f"an invented service lies outside the last {WINDOW_DAYS} days")
    if len({one.external_id for one in first}) < len(first):
        faults.append("two invented visits have the same external id")
    return faults


def settings_faults(module: ModuleType, settings: bytes) -> tuple[str, ...]:
    """Whether ``settings`` are taken, and an unknown field is refused."""
    host, name = _host(module), load(module).manifest.name
    faults = []
    try:
        host.rule_set(EnabledPlugin(name=name, settings=settings))
    except ClaimwrightError as error:
        faults.append(error.message)
    if _takes(host, name, b'{"no_such_field":1}'):
        faults.append("a field the settings do not know is taken")
    return tuple(faults)


def _takes(host: PluginHost, name: str, settings: bytes) -> bool:
    try:
        host.rule_set(EnabledPlugin(name=name, settings=settings))
    except PluginError:
        return False
    return True
