"""For a partner's tests: claims that are right, to be changed until a rule fires; and the checks
every plugin has to pass (``contract_faults``).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

from core.claims.claim import Claim, CodedAmount, CodedDate, Form, Institutional, ServiceLine
from core.claims.parties import Payer, PayerKind
from core.errors import ClaimwrightError, PluginError
from core.rules.facts import NOTHING_LOADED, ClaimFacts, ScrubFacts
from core.rules.fees import find_fee
from core.rules.pricing import FeePurpose
from core.rules.rulebook import RuleBook
from core.scrub.engine import scrub
from core.scrub.finding import Finding
from plugins.host import BUILT_IN, EnabledPlugin, PluginHost, load
from plugins.samples import (
    BILLING,
    PHYSICIAN,
    SERVICE_DAY,
    TODAY,
    authorization,
    charge,
    claims_of,
    consent,
    coverage,
    facts,
    patient,
    payer,
    person,
    prior_service,
    record,
    subscriber,
    visit,
)

__all__ = [
    "BILLING",
    "PHYSICIAN",
    "SERVICE_DAY",
    "TODAY",
    "RuleBook",
    "authorization",
    "charge",
    "claims_of",
    "consent",
    "contract_faults",
    "coverage",
    "dental_claim",
    "facts",
    "fee_cents",
    "findings",
    "home_health_claim",
    "line",
    "patient",
    "payer",
    "person",
    "prior_service",
    "professional_claim",
    "record",
    "settings_faults",
    "subscriber",
    "visit",
]


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
        "subscriber": subscriber(to.kind),
        "patient": person(),
        "billing": BILLING,
        "rendering": PHYSICIAN,
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
        "attending": PHYSICIAN,
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
    """What keeps ``module`` from being a plugin, as sentences with file and line; empty: nothing.

    Everything ``claimwright plugin check`` looks at in one process, but for speed and warnings.
    """
    from plugins.conformance.contract import Bench, contract

    faults = contract(module, Bench(seed=seed, as_of=as_of)).faults
    return tuple(str(one) for one in faults if not one.is_warning)


def _host(module: ModuleType) -> PluginHost:
    return PluginHost(modules=() if module.__name__ in BUILT_IN else (module,))


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
