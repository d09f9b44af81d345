"""PS-040 to PS-048: pairs, units, add-on codes, global packages, new patients."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.claims.claim import Claim, ServiceLine
from core.rules.facts import ClaimFacts
from core.rules.tables import Tables
from tests.core.scrub.trials import (
    CLEAN,
    DAY,
    PERSON,
    Trial,
    before,
    claim,
    line,
    replace,
    tables,
)

_PARTNER = {"rendering_npi": "1999111226", "group_npi": "G1", "taxonomy": "207Q00000X"}
_IN_GROUP = replace(PERSON, group_id="G1", specialty="207Q00000X")


def _ptp(indicator: str, first: str = "2010-01-01", last: str | None = None) -> Tables:
    pair = {"col1": "11042", "col2": "97597", "indicator": indicator, "from": first, "to": last}
    return tables(ptp=[pair])


def _two(one: tuple[str, ...] = (), other: tuple[str, ...] = (), **changes: Any) -> Claim:
    return claim(line("11042", 1, modifiers=one), line("97597", 2, modifiers=other), **changes)


def _two_on(day: date, *modifiers: str) -> Claim:
    first = line("11042", 1, modifiers=modifiers, service_from=day)
    return claim(first, line("97597", 2, service_from=day))


_SECOND = claim(line("97597"))

_PAIRS = (
    Trial("PS-040", _two(), CLEAN, tables=_ptp("0")),
    Trial("PS-040", _two((), ("59",)), _two(), tables=_ptp("0"), quiet_tables=_ptp("1")),
    Trial("PS-040", _two(), _two(), tables=_ptp("0"), quiet_tables=_ptp("9")),
    Trial(
        "PS-040",
        claim(line("97597", 1), line("11042", 2)),
        claim(line("97597", 1), line("11042", 2, service_from=DAY + timedelta(1))),
        tables=_ptp("0"),
    ),
    Trial(
        "PS-040",
        _two(),
        _two(),
        tables=_ptp("0", last="2026-05-12"),
        quiet_tables=_ptp("0", last="2026-05-11"),
    ),
    Trial(
        "PS-040",
        _two(),
        _two(),
        tables=_ptp("0", first="2026-05-12"),
        quiet_tables=_ptp("0", "2026-05-13"),
    ),
    Trial("PS-041", _two(), _two((), ("59",)), tables=_ptp("1")),
    Trial("PS-041", _two((), ("76",)), _two((), ("GP", "KX", "XS")), tables=_ptp("1")),
    Trial("PS-041", _two(("50",)), _two(("LT",), ("RT",)), tables=_ptp("1")),
    Trial("PS-041", _two(), _two(), tables=_ptp("1"), quiet_tables=_ptp("9")),
    Trial(
        "PS-041",
        _two_on(date(2019, 6, 30), "59"),
        _two_on(date(2019, 7, 1), "59"),
        tables=_ptp("1"),
    ),
    Trial(
        "PS-041",
        _SECOND,
        _SECOND,
        {},
        before("11042", DAY),
        before("11042", DAY, status="denied"),
        _ptp("1"),
    ),
    Trial(
        "PS-041",
        _SECOND,
        _SECOND,
        {},
        before("11042", DAY, status="pending"),
        before("11042", DAY, rendering_npi="1999111226"),
        _ptp("1"),
    ),
    Trial(
        "PS-041",
        _SECOND,
        _SECOND,
        {},
        before("11042", DAY),
        before("11042", DAY - timedelta(1)),
        _ptp("1"),
    ),
    Trial("PS-042", claim(line("97597", modifiers=("59",))), _two((), ("59",)), tables=_ptp("1")),
    Trial("PS-042", _two((), ("59", "LT")), _two((), ("59",)), tables=_ptp("1")),
    Trial(
        "PS-042",
        claim(line("97597", modifiers=("59",))),
        claim(line("97597"), line("97597", 2, modifiers=("59",))),
        tables=_ptp("1"),
    ),
)


def _mue(value: int, mai: int) -> Tables:
    return tables(mue={"94640": {"value": str(value), "mai": mai}})


def _units(*each: int, **changes: Any) -> Claim:
    lines = [
        line("94640", no, units=Decimal(units), modifiers=("76",) if no > 1 else (), **changes)
        for no, units in enumerate(each, 1)
    ]
    return claim(*lines)


_UNITS = (
    Trial("PS-043", _units(5), _units(4), tables=_mue(4, 1)),
    Trial("PS-043", _units(5, 1), _units(3, 3), tables=_mue(4, 1)),
    Trial("PS-043", _units(3, 3), _units(2, 2), tables=_mue(4, 2)),
    Trial("PS-043", _units(3, 3), _units(3, 1), tables=_mue(4, 3)),
    Trial(
        "PS-043",
        _units(2),
        _units(2),
        {},
        before("94640", DAY, units=Decimal(3)),
        before("94640", DAY - timedelta(1), units=Decimal(3)),
        _mue(4, 3),
    ),
    Trial(
        "PS-043",
        _units(2),
        _units(2),
        {},
        before("94640", DAY, units=Decimal(3)),
        before("94640", DAY, units=Decimal(3), status="voided"),
        _mue(4, 2),
    ),
    Trial("PS-043", _units(10), _units(8, service_to=DAY + timedelta(1)), tables=_mue(4, 3)),
    Trial("PS-043", _units(9), _units(9), tables=_mue(4, 1), quiet_tables=_mue(9, 1)),
)


def _with_primary(code: str, primary: str, **changes: Any) -> Claim:
    return claim(line(code, 1), line(primary, 2, **changes))


_ALONE = claim(line("11201"))
_ADD_ON = (
    Trial("PS-044", _ALONE, _with_primary("11201", "11200")),
    Trial(
        "PS-044",
        _with_primary("11201", "11200", service_from=DAY - timedelta(1)),
        _with_primary("11201", "11200"),
    ),
    Trial(
        "PS-044", _ALONE, _ALONE, {}, before("11200", DAY, status="denied"), before("11200", DAY)
    ),
    Trial(
        "PS-044",
        _ALONE,
        _ALONE,
        {},
        before("11200", DAY, rendering_npi="1999111226"),
        before("11200", DAY, status="pending"),
    ),
    Trial("PS-044", _with_primary("99417", "99213"), _with_primary("99417", "99215")),
    Trial("PS-044", claim(line("99292")), _with_primary("99292", "99291")),
    Trial("PS-044", _with_primary("11201", "11201"), _with_primary("11201", "11200")),
)

_GLOBALS = tables(
    global_days={"20610": "000", "17000": "010", "27447": "090", "93000": "XXX", "99213": "XXX"}
)


def _visit_and(code: str, *modifiers: str, days: int = 0) -> Claim:
    """An evaluation, and so many days after it ``code``."""
    return claim(
        line("99213", 1, modifiers=modifiers), line(code, 2, service_from=DAY + timedelta(days))
    )


def _after(days: int, indicator: str, **changes: Any) -> ClaimFacts:
    """A procedure so many days before the claim's day."""
    return before("99999", DAY - timedelta(days), global_days=indicator, **changes)


def _alone(code: str, *modifiers: str) -> Claim:
    return claim(line(code, modifiers=modifiers))


_PARTNERS = claim(rendering=_IN_GROUP)

_PACKAGES = (
    Trial("PS-045", _visit_and("20610"), _visit_and("20610", "25"), tables=_GLOBALS),
    Trial("PS-045", _visit_and("17000", "57"), _visit_and("17000", "GC", "25"), tables=_GLOBALS),
    Trial("PS-045", _visit_and("20610"), _visit_and("93000"), tables=_GLOBALS),
    Trial("PS-045", _visit_and("20610"), _visit_and("20610", days=1), tables=_GLOBALS),
    Trial(
        "PS-045", CLEAN, CLEAN, {}, _after(0, "010"), _after(0, "010", rendering_npi="1999111226")
    ),
    Trial("PS-045", CLEAN, CLEAN, {}, _after(0, "000"), _after(0, "000", status="denied")),
    Trial("PS-046", _visit_and("27447"), _visit_and("27447", "57"), tables=_GLOBALS),
    Trial("PS-046", _visit_and("27447", "25"), _visit_and("27447", "25", "57"), tables=_GLOBALS),
    Trial("PS-046", _visit_and("27447", days=1), _visit_and("27447", days=2), tables=_GLOBALS),
    Trial("PS-046", _visit_and("27447"), _visit_and("20610", "25"), tables=_GLOBALS),
    Trial(
        "PS-046",
        _PARTNERS,
        _PARTNERS,
        {},
        _after(-1, "090", **_PARTNER),
        _after(-1, "090", **{**_PARTNER, "taxonomy": "208600000X"}),
    ),
    Trial("PS-047", CLEAN, CLEAN, {}, _after(90, "090"), _after(91, "090")),
    Trial("PS-047", CLEAN, CLEAN, {}, _after(10, "010"), _after(11, "010")),
    Trial("PS-047", CLEAN, CLEAN, {}, _after(1, "010"), _after(1, "000")),
    Trial("PS-047", _alone("99213", "25"), _alone("99213", "24"), {}, _after(30, "090")),
    Trial("PS-047", _alone("11042", "59"), _alone("11042", "58"), {}, _after(30, "090")),
    Trial("PS-047", _alone("11042"), _alone("11042", "RT", "78"), {}, _after(30, "090")),
    Trial("PS-047", _alone("11042"), _alone("11042", "79"), {}, _after(30, "090")),
    Trial("PS-047", _alone("11042"), _alone("73560"), {}, _after(30, "090")),
    Trial("PS-047", CLEAN, CLEAN, {}, _after(30, "090"), _after(30, "090", modifiers=("78",))),
    Trial("PS-047", CLEAN, CLEAN, {}, _after(30, "090"), _after(30, "090", status="voided")),
    Trial(
        "PS-047",
        _PARTNERS,
        _PARTNERS,
        {},
        _after(30, "090", **_PARTNER),
        _after(30, "090", **{**_PARTNER, "group_npi": "G2"}),
    ),
    Trial(
        "PS-047",
        CLEAN,
        CLEAN,
        {},
        before("27447", DAY - timedelta(30)),
        before("93000", DAY - timedelta(30)),
        _GLOBALS,
    ),
)


def _new(code: str = "99203", *more: ServiceLine, **changes: Any) -> Claim:
    return claim(line(code), *more, **changes)


def _seen(day: date, **changes: Any) -> ClaimFacts:
    return before("99213", day, **{"face_to_face": True, **changes})


_YEAR_AGO = date(2025, 5, 12)
_NEW = (
    Trial("PS-048", _new(), _new(), {}, _seen(date(2023, 5, 12)), _seen(date(2023, 5, 11))),
    Trial("PS-048", _new(), _new(), {}, _seen(_YEAR_AGO), _seen(_YEAR_AGO, face_to_face=False)),
    Trial("PS-048", _new(), _new(), {}, _seen(_YEAR_AGO), _seen(_YEAR_AGO, status="voided")),
    Trial("PS-048", _new("99385"), _new("99395"), {}, _seen(_YEAR_AGO)),
    Trial("PS-048", _new("92004"), _new("92014"), {}, _seen(_YEAR_AGO)),
    Trial("PS-048", _new("98001"), _new("98005"), {}, _seen(_YEAR_AGO)),
    Trial("PS-048", _new(), _new(), {}, before("90834", _YEAR_AGO), before("80053", _YEAR_AGO)),
    Trial(
        "PS-048",
        _new(),
        _new(),
        {},
        before("93306", _YEAR_AGO, face_to_face=True),
        before("93306", _YEAR_AGO, modifiers=("26",)),
    ),
    Trial(
        "PS-048",
        _new(rendering=_IN_GROUP),
        _new(rendering=_IN_GROUP),
        {},
        _seen(_YEAR_AGO, **_PARTNER),
        _seen(_YEAR_AGO, **{**_PARTNER, "taxonomy": "207R00000X"}),
    ),
    Trial(
        "PS-048",
        _new(rendering=_IN_GROUP),
        _new(rendering=_IN_GROUP),
        {},
        _seen(_YEAR_AGO, status="denied", **_PARTNER),
        _seen(_YEAR_AGO, **{**_PARTNER, "group_npi": "G2"}),
    ),
    Trial(
        "PS-048",
        _new("99203", line("99213", 2, service_from=DAY - timedelta(3))),
        _new("99203", line("99213", 2, service_from=DAY + timedelta(3))),
    ),
)

TRIALS = (*_PAIRS, *_UNITS, *_ADD_ON, *_PACKAGES, *_NEW)
