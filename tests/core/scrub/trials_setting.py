"""PS-049 to PS-056, PS-062 to PS-065, PS-074, PS-076: setting, drugs, therapy, benefits."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.claims.claim import Claim, Drug, ServiceLine
from core.claims.parties import Entity, Payer, PayerKind, Provider
from core.dates import Window
from core.rules.facts import ClaimFacts
from core.rules.policy import FrequencyLimit
from tests.core.scrub.trials import (
    CLEAN,
    CODES,
    DAY,
    MEDICARE,
    PERSON,
    Trial,
    before,
    claim,
    held,
    line,
    replace,
    tables,
)

_MEDICAID = Payer(payer_id="2", name="State", kind=PayerKind.MEDICAID)
_ADVANTAGE = Payer(payer_id="3", name="Plan", kind=PayerKind.MEDICARE_ADVANTAGE)


def _one(code: str, *modifiers: str, **changes: Any) -> Claim:
    of_line = {k: v for k, v in changes.items() if k in ServiceLine.__struct_fields__}
    rest = {k: v for k, v in changes.items() if k not in of_line}
    return claim(line(code, modifiers=modifiers, **of_line), **rest)


def _at(place: str, code: str) -> Claim:
    return claim(line(code), place_of_service=place)


_ORDERER = replace(PERSON, npi="1888123456")
_ONE, _THREE, _NONE = (tables(bilateral={"20610": word}) for word in ("1", "3", "0"))
_SIDES = (
    Trial("PS-049", _one("20610", "50", units=Decimal(2)), _one("20610", "50"), tables=_ONE),
    Trial("PS-049", _one("20610", "50", "RT"), _one("20610", "RT"), tables=_ONE),
    Trial("PS-049", _one("20610", "50"), _one("20610", "50"), tables=_NONE, quiet_tables=_THREE),
    Trial(
        "PS-049",
        _one("20610", "GC", "50"),
        _one("20610", "50"),
        tables=tables(bilateral={"20610": "9"}),
        quiet_tables=_ONE,
    ),
    Trial(
        "PS-049",
        _one("20610", "50"),
        claim(line("20610", modifiers=("LT",)), line("20610", 2, modifiers=("RT",))),
        {"bilateral_format": "lt_rt_two_lines"},
    ),
)

_WRONG_AND_RIGHT_PLACES = (
    ("99213", "21", "11"), ("99203", "31", "32"), ("99215", "23", "22"), ("99223", "11", "21"),
    ("99239", "11", "21"), ("99283", "11", "23"), ("99285", "20", "23"), ("99308", "11", "31"),
    ("99316", "12", "54"), ("99348", "11", "12"), ("99341", "31", "33"), ("20610", "02", "11"),
    ("97140", "10", "12"),
)  # fmt: skip
_PLACES = tuple(
    Trial("PS-050", _at(wrong, code), _at(right, code))
    for code, wrong, right in _WRONG_AND_RIGHT_PLACES
)

_WAIVED = tables(clia_waived=["81002", "83036"])
_WAIVER = {"clia": "45D1234567", "clia_kind": "waiver"}
_LABORATORY = (
    Trial("PS-051", _one("80053"), _one("80053", clia="45D1234567")),
    Trial("PS-051", _one("80053", clia="45D123456"), _one("36415")),
    Trial("PS-051", _one("85025", clia="45E1234567"), _one("Q0111")),
    Trial("PS-052", _one("83036", **_WAIVER), _one("83036", "QW", **_WAIVER), tables=_WAIVED),
    Trial(
        "PS-052",
        _one("83036", "59", **_WAIVER),
        _one("83036", "59", "QW", **_WAIVER),
        tables=_WAIVED,
    ),
    Trial("PS-052", _one("83036", **_WAIVER), _one("81002", **_WAIVER), tables=_WAIVED),
    Trial(
        "PS-052",
        _one("83036", **_WAIVER),
        _one("83036", clia="45D1234567", clia_kind="compliance"),
        tables=_WAIVED,
    ),
    Trial("PS-052", _one("83036", **_WAIVER), _one("80053", **_WAIVER), tables=_WAIVED),
)


def _drug(ndc: str, unit: str = "ML", quantity: str = "1", **changes: Any) -> Claim:
    drug = Drug(ndc=ndc, unit=unit, quantity=Decimal(quantity))
    return _one("J1100", drug=drug, **changes)


_GOOD = "63323016501"
_SINGLE = tables(single_dose=["J0585"])


def _toxin(*modifiers: str, **changes: Any) -> Claim:
    return _one("J0585", *modifiers, **{"payer": MEDICARE, **changes})


_DRUGS = (
    Trial("PS-053", _one("J1100", payer=_MEDICAID), _drug(_GOOD, payer=_MEDICAID)),
    Trial("PS-053", _one("J1100", payer=_MEDICAID), _one("J1100")),
    Trial("PS-053", _one("Q5101", payer=_MEDICAID), _one("99213", payer=_MEDICAID)),
    Trial("PS-053", _one("J1100"), _drug(_GOOD), {"requires_ndc": True}),
    Trial("PS-053", _drug("6332301650"), _drug(_GOOD)),
    Trial("PS-053", _drug("63323-0165-1"), _drug(_GOOD, "F2")),
    Trial("PS-053", _drug(_GOOD, "XX"), _drug(_GOOD, "UN")),
    Trial("PS-053", _drug(_GOOD, quantity="0"), _drug(_GOOD, quantity="0.5")),
    Trial("PS-054", _toxin(), _toxin("JZ"), tables=_SINGLE),
    Trial("PS-054", _toxin("59"), _toxin("59", "JZ"), tables=_SINGLE),
    Trial(
        "PS-054",
        _toxin(service_from=date(2023, 7, 1)),
        _toxin(service_from=date(2023, 6, 30)),
        tables=_SINGLE,
    ),
    Trial("PS-054", _toxin(), _toxin(payer=_ADVANTAGE), tables=_SINGLE),
    Trial("PS-054", _toxin(), _one("J1100", payer=MEDICARE), tables=_SINGLE),
    Trial(
        "PS-054",
        claim(line("J0585"), line("J1100", 2, modifiers=("JW",)), payer=MEDICARE),
        claim(line("J0585"), line("J0585", 2, modifiers=("JW",)), payer=MEDICARE),
        tables=_SINGLE,
    ),
)


def _ordered(code: str, by: Provider | None = None, **changes: Any) -> Claim:
    return _one(code, **{"payer": MEDICARE, "clia": "45D1234567", "ordering": by, **changes})


_ORDERS = (
    Trial("PS-055", _ordered("80053"), _ordered("80053", _ORDERER)),
    Trial("PS-055", _ordered("71046"), _ordered("71046", referring=_ORDERER)),
    Trial("PS-055", _ordered("E0601"), _ordered("E0601", payer=_ADVANTAGE)),
    Trial("PS-055", _ordered("80053"), _ordered("93000")),
    Trial(
        "PS-055",
        _ordered("80053", replace(_ORDERER, credential="PT")),
        _ordered("80053", replace(_ORDERER, credential="LCSW")),
    ),
    Trial(
        "PS-055",
        _ordered("80053", replace(_ORDERER, entity=Entity.ORGANIZATION)),
        _ordered("80053", replace(_ORDERER, credential="NP")),
    ),
    Trial("PS-055", _ordered("80053", replace(_ORDERER, npi="")), _ordered("80053", _ORDERER)),
)

_ASKED = {"auth_required_codes": CODES}
_TEN = Decimal(10)
_AUTHORIZATIONS = (
    Trial("PS-056", CLEAN, claim(auth_number="A1"), _ASKED),
    Trial("PS-056", CLEAN, CLEAN, _ASKED, ClaimFacts(authorizations=()), held(codes=CODES)),
    Trial("PS-056", CLEAN, claim(line("99214")), _ASKED),
    Trial(
        "PS-056",
        CLEAN,
        CLEAN,
        _ASKED,
        held(window=Window(None, DAY - timedelta(1))),
        held(window=Window(DAY, DAY)),
    ),
    Trial("PS-056", CLEAN, CLEAN, _ASKED, held(codes=("99214",)), held(codes=("99214", "99213"))),
    Trial(
        "PS-056",
        CLEAN,
        CLEAN,
        _ASKED,
        held(provider_npi="1999111226"),
        held(provider_npi=PERSON.npi),
    ),
    Trial(
        "PS-056",
        claim(line(units=Decimal(3))),
        claim(line(units=Decimal(2))),
        {"auth_required_codes": ("all",)},
        held(units_approved=_TEN, units_used=Decimal(5), units_pending=Decimal(3)),
    ),
)


def _anesthesia(*modifiers: str, **changes: Any) -> Claim:
    given = {"unit_basis": "MJ", "units": Decimal(60), **changes}
    return _one("00840", *modifiers, **given)


_ANESTHESIA = (
    Trial("PS-062", _anesthesia("AA", unit_basis="UN"), _anesthesia("AA")),
    Trial("PS-062", _anesthesia(), _anesthesia("QZ")),
    Trial("PS-062", _anesthesia("QS", "P3"), _anesthesia("QK", "P3", "QS")),
    Trial("PS-062", _anesthesia("P3", "AA"), _anesthesia("AA", "P3", "23")),
    Trial("PS-062", _anesthesia("AA", "QK"), _anesthesia("QX", "QS")),
    Trial("PS-062", _anesthesia("AA", minutes=61), _anesthesia("AA", minutes=60)),
    Trial("PS-062", _one("99213", unit_basis="MJ"), _one("01996", "AA")),
)

_PT = replace(PERSON, credential="PT")


def _therapy(*each: tuple[str, int | None, int], **changes: Any) -> Claim:
    """Lines of code, documented minutes and billed units, all for physical therapy."""
    lines = [
        line(code, no, minutes=minutes, units=Decimal(units), modifiers=("GP",))
        for no, (code, minutes, units) in enumerate(each, 1)
    ]
    return claim(*lines, **{"payer": MEDICARE, "rendering": _PT, **changes})


_MIDPOINT = {"timed_unit_method": "ama_midpoint"}
_MINUTES = (
    Trial("PS-063", _therapy(("97110", 7, 1)), _therapy(("97110", 8, 1))),
    Trial("PS-063", _therapy(("97110", 22, 2)), _therapy(("97110", 23, 2))),
    Trial("PS-063", _therapy(("97110", 82, 6)), _therapy(("97110", 83, 6))),
    Trial(
        "PS-063",
        _therapy(("97110", 10, 1), ("97140", 10, 1), ("97530", 10, 1)),
        _therapy(("97110", 10, 1), ("97140", 13, 1), ("97161", 10, 1)),
    ),
    Trial(
        "PS-063",
        _therapy(("97110", 10, 1), ("97140", 10, 1), ("97530", 10, 1)),
        _therapy(
            ("97110", 10, 1),
            ("97140", 10, 1),
            ("97530", 10, 1),
            payer=Payer(payer_id="9", name="Payer"),
        ),
        quiet_facts=ClaimFacts(),
    ),
    Trial(
        "PS-063",
        _therapy(("97112", 24, 3), ("97110", 22, 1)),
        _therapy(("97112", 24, 2), ("97110", 23, 1)),
    ),
    Trial(
        "PS-063",
        _therapy(("97110", 15, 2), ("97161", 30, 1)),
        _therapy(("97110", 15, 1), ("97161", 30, 1)),
    ),
    Trial("PS-063", _therapy(("97110", 15, 2)), _therapy(("97110", 15, 2), ("97140", None, 1))),
    Trial(
        "PS-063",
        _therapy(("97129", 22, 1), ("97130", None, 1)),
        _therapy(("97129", 23, 1), ("97130", None, 1)),
    ),
    Trial(
        "PS-063",
        _therapy(("97110", 7, 1), ("97140", 20, 1), payer=Payer(payer_id="9", name="Payer")),
        _therapy(("97110", 8, 1), ("97140", 8, 1), payer=Payer(payer_id="9", name="Payer")),
        _MIDPOINT,
    ),
    Trial(
        "PS-063",
        _therapy(("97110", 14, 1), payer=Payer(payer_id="9", name="Payer")),
        _therapy(("97110", 15, 1), payer=Payer(payer_id="9", name="Payer")),
        {"timed_unit_method": "full_unit"},
    ),
)


def _by(credential: str, code: str, *modifiers: str) -> Claim:
    return _one(code, *modifiers, rendering=replace(PERSON, credential=credential))


_DISCIPLINES = (
    Trial("PS-064", _by("PT", "97110"), _by("PT", "97110", "GP")),
    Trial("PS-064", _by("PT", "97110", "GO"), _by("OT", "97110", "GO")),
    Trial("PS-064", _by("OT", "97530", "GP"), _by("OTA", "97530", "CO", "GO")),
    Trial("PS-064", _by("SLP", "92507", "GP"), _by("SLP", "92507", "GN")),
    Trial("PS-064", _by("PT", "97110", "GP", "GO"), _by("PTA", "97110", "59", "KX", "GP")),
    Trial("PS-064", _by("MD", "97161"), _by("MD", "97161", "GP")),
    Trial("PS-064", _by("PT", "G0283"), _by("PT", "97597")),
)


def _so_far(physical: int, occupational: int = 0) -> ClaimFacts:
    return ClaimFacts(accumulators={"therapy_pt_slp": physical, "therapy_ot": occupational})


def _session(*modifiers: str, year: int = 2026, **changes: Any) -> Claim:
    given = {"payer": MEDICARE, "charge_cents": 4_000, "service_from": date(year, 5, 12)}
    return _one("97110", *modifiers, **{**given, **changes})


_YEARS = ((2023, 223_000), (2024, 233_000), (2025, 241_000), (2026, 248_000))
_YEARLY = (
    *(
        Trial(
            "PS-065",
            _session("GP", year=year),
            _session("GP", year=year),
            {},
            _so_far(most - 3_999),
            _so_far(most - 4_000),
        )
        for year, most in _YEARS
    ),
    Trial("PS-065", _session("GP"), _session("GP", "KX"), {}, _so_far(248_000)),
    Trial("PS-065", _session("GO"), _session("GO"), {}, _so_far(0, 248_000), _so_far(248_000)),
    Trial("PS-065", _session("GP"), _session("GP", payer=_ADVANTAGE), {}, _so_far(248_000)),
    Trial(
        "PS-065", _session("GP", "KX"), _session("GP", "KX"), {}, _so_far(296_001), _so_far(296_000)
    ),
    Trial(
        "PS-065",
        _session("GP"),
        _session("GP"),
        {},
        _so_far(246_000),
        None,
        tables(),
        tables(fees={"97110": {"nonfac": "20.00", "fac": "20.00"}}),
    ),
    Trial(
        "PS-065",
        _session("GP", expected_cents=2_001),
        _session("GP", expected_cents=2_000),
        {},
        _so_far(246_000),
    ),
)

_ON_FILE, _NOT_ON_FILE = (ClaimFacts(abn_on_file=value) for value in (True, False))
_NOTICES = (
    Trial("PS-074", _one("99213", "GA"), _one("99213", "GA"), {}, _NOT_ON_FILE, _ON_FILE),
    Trial("PS-074", _one("99213", "25", "GA", "GZ"), _one("99213", "25", "GA")),
    Trial("PS-074", _one("99213", "GA", "GY"), _one("99213", "GX", "GY"), {}, _ON_FILE),
    Trial("PS-074", _one("99213", "GZ"), _one("99213", "GZ"), {}, _ON_FILE, _NOT_ON_FILE),
    Trial("PS-074", _one("99213", "GX"), _one("99213", "GY"), {}, _ON_FILE),
)


def _limit(per: str, most: int = 1) -> dict[str, Any]:
    limit = FrequencyLimit(codes=("98940", "98941"), maximum=most, per=per)
    return {"frequency_limits": (limit,)}


_CHIRO = claim(line("98940"))


def _before_by(per: str, counted: date, not_counted: date) -> Trial:
    facts, quiet = before("98941", counted), before("98941", not_counted)
    return Trial("PS-076", _CHIRO, _CHIRO, _limit(per), facts, quiet)


_BENEFITS = (
    _before_by("day", DAY, DAY - timedelta(1)),
    _before_by("week", date(2026, 5, 10), date(2026, 5, 9)),
    _before_by("month", date(2026, 5, 1), date(2026, 4, 30)),
    _before_by("year", date(2026, 1, 1), date(2025, 12, 31)),
    Trial(
        "PS-076",
        _CHIRO,
        claim(line("98942")),
        _limit("lifetime"),
        before("98940", date(2010, 1, 1)),
    ),
    Trial("PS-076", claim(line("98940", units=Decimal(2))), _CHIRO, _limit("day")),
    Trial("PS-076", claim(line("98940"), line("98941", 2)), _CHIRO, _limit("day")),
    Trial(
        "PS-076",
        _CHIRO,
        _CHIRO,
        _limit("year"),
        before("98940", DAY - timedelta(9)),
        before("98940", DAY - timedelta(9), status="denied"),
    ),
    Trial(
        "PS-076",
        _CHIRO,
        _CHIRO,
        _limit("year", 3),
        before("98940", DAY - timedelta(9), units=Decimal(3)),
        before("98940", DAY - timedelta(9), units=Decimal(2), status="pending"),
    ),
)

TRIALS = (
    *_SIDES,
    *_PLACES,
    *_LABORATORY,
    *_DRUGS,
    *_ORDERS,
    *_AUTHORIZATIONS,
    *_ANESTHESIA,
    *_MINUTES,
    *_DISCIPLINES,
    *_YEARLY,
    *_NOTICES,
    *_BENEFITS,
)
