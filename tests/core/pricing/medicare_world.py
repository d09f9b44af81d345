"""A small Medicare fee schedule: the published forms with a few rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any

from core.codes.mpfs_places import (
    AnesthesiaFactorTable,
    LocalityTable,
    ZipTable,
    read_anesthesia,
    read_localities,
    read_zip_codes,
)
from core.codes.mpfs_rvu import RelativeValueTable, read_relative_values
from core.codes.mpfs_rvu_layout import HEADING
from core.codes.published import Loaded, Reading
from core.pricing.factors import conversion_factors, medicare_shares
from core.pricing.medicare import MedicareSchedule
from core.pricing.medicare_rules import price_services
from core.pricing.services import Service
from core.pricing.steps import Outcome
from tests.published_parts import TextPart

DAY = date(2025, 11, 3)
BRAZORIA = "04412-09"
TITLE = ",,2025 National Physician Fee Schedule Relative Value File October Release" + "," * 28
# Code, component, status; work, practice expense outside and in a facility, malpractice; kind of
# component, days, before, during, after; multiple, bilateral, assistant, co-surgeon; base; cap.
ROWS = (
    "99213,,A,1.30,1.35,0.57,0.10,0,XXX,0.00,0.00,0.00,0,0,0,0,,0.00,0.00,0.00",
    "99214,,A,1.92,1.80,0.84,0.14,0,XXX,0.00,0.00,0.00,0,0,0,0,,0.00,0.00,0.00",
    "27447,,A,19.60,15.30,15.30,3.98,0,090,0.10,0.69,0.21,2,1,2,1,,0.00,0.00,0.00",
    "22551,,A,25.00,18.55,18.55,8.19,0,090,0.10,0.69,0.21,2,0,2,2,,0.00,0.00,0.00",
    "31231,,A,1.10,4.43,0.67,0.16,0,000,0.00,0.00,0.00,2,2,1,0,,0.00,0.00,0.00",
    "31237,,A,2.60,4.97,1.84,0.39,0,000,0.00,0.00,0.00,3,1,1,0,31231,0.00,0.00,0.00",
    "31240,,A,2.61,1.83,1.83,0.40,0,000,0.00,0.00,0.00,3,1,1,0,31231,0.00,0.00,0.00",
    "97110,,A,0.45,0.43,0.43,0.01,7,XXX,0.00,0.00,0.00,5,0,0,0,,0.00,0.00,0.00",
    "97140,,A,0.43,0.40,0.40,0.01,7,XXX,0.00,0.00,0.00,5,0,0,0,,0.00,0.00,0.00",
    "70450,,A,0.85,2.35,2.35,0.05,1,XXX,0.00,0.00,0.00,4,0,0,0,,3.58,3.58,0.06",
    "70450,26,A,0.85,0.31,0.31,0.04,1,XXX,0.00,0.00,0.00,4,0,0,0,,0.00,0.00,0.00",
    "70450,TC,A,0.00,2.04,2.04,0.01,1,XXX,0.00,0.00,0.00,4,0,0,0,,3.27,3.27,0.02",
    "70486,,A,0.85,3.00,3.00,0.05,1,XXX,0.00,0.00,0.00,4,0,0,0,,3.60,3.60,0.05",
    "70486,26,A,0.85,0.32,0.32,0.04,1,XXX,0.00,0.00,0.00,4,0,0,0,,0.00,0.00,0.00",
    "70486,TC,A,0.00,2.68,2.68,0.01,1,XXX,0.00,0.00,0.00,4,0,0,0,,3.28,3.28,0.01",
    "77080,,A,0.20,5.00,5.00,0.02,1,XXX,0.00,0.00,0.00,0,0,0,0,,1.10,1.10,0.02",
    "0633T,TC,C,0.00,0.00,0.00,0.00,1,XXX,0.00,0.00,0.00,0,3,0,0,,3.28,3.28,0.01",
    "90846,,R,2.40,0.49,0.38,0.08,0,XXX,0.00,0.00,0.00,0,0,0,0,,0.00,0.00,0.00",
    "99050,,B,0.00,0.00,0.00,0.00,0,XXX,0.00,0.00,0.00,0,0,0,0,,0.00,0.00,0.00",
    "99600,,N,1.00,1.00,1.00,0.00,0,XXX,0.00,0.00,0.00,0,0,0,0,,0.00,0.00,0.00",
    "00100,,J,0.00,0.00,0.00,0.00,9,XXX,0.00,0.00,0.00,9,9,9,9,,0.00,0.00,0.00",
)
PLACES = (
    "Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,"
    "2025 PW GPCI (with 1.0 Floor),2025 PE GPCI,2025 MP GPCI\n"
    "04412,TX,09,BRAZORIA,1.014,1.006,0.795\n"
    "04412,TX,11,DALLAS,1.011,1.007,0.877\n"
    "02102,AK,01,ALASKA*,1.5,1.082,0.592\n"
)
ANESTHESIA = (
    "Contractor,Locality,Locality Name,National Anes CF of 20.3178\n04412,09,BRAZORIA,20.29\n"
)
ZIP_CODES = "TX752010441211 Z9   0 A".ljust(75) + "20254\n"


def published_row(row: str) -> str:
    """A row of ``ROWS`` as the file PPRRVU has it."""
    code, component, status, *cells = row.split(",")
    work, outside, inside, malpractice, kind, days, before, during, after, *more = cells
    multiple, bilateral, assistant, cosurgeon, base, *cap = more
    totals = [f"{Decimal(work) + Decimal(one) + Decimal(malpractice)}" for one in (outside, inside)]
    return ",".join(
        (
            *(code, component, "", status, "", work, outside, "", inside, "", malpractice),
            *(*totals, kind, days, before, during, after),
            *(multiple, bilateral, assistant, cosurgeon, "0", base),
            *("32.3465", "09", "0", "99", *cap),
        )
    )


def published_values(*rows: str) -> str:
    """A file PPRRVU with ``rows``."""
    return "\n".join([TITLE, ",".join(HEADING), *map(published_row, rows or ROWS)]) + "\n"


def loaded(reading: Reading) -> Loaded:
    return Loaded(
        release=reading.release,
        first=reading.first,
        last=reading.last,
        since=reading.since,
        data=reading.data,
    )


def part(text: str, name: str) -> list[TextPart]:
    return [TextPart(text, name)]


def own_table(name: str, read: Callable[[list[str]], Any]) -> Any:
    """A table of the product's own, from ``core/pricing/data``."""
    text = (resources.files("core.pricing") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return read(text.splitlines())


def schedule() -> MedicareSchedule:
    values = read_relative_values(part(published_values(), "PPRRVU2025_Oct.csv"), "")
    return MedicareSchedule(
        factors=own_table("conversion_factors", conversion_factors),
        shares=own_table("medicare_shares", medicare_shares),
        values=RelativeValueTable([loaded(values)]),
        localities=LocalityTable([loaded(read_localities(part(PLACES, "GPCI2025.csv"), ""))]),
        zip_codes=ZipTable([loaded(read_zip_codes(part(ZIP_CODES, "ZIP5.txt"), ""))]),
        anesthesia=AnesthesiaFactorTable(
            [loaded(read_anesthesia(part(ANESTHESIA, "ANES2025.csv"), ""))]
        ),
    )


SCHEDULE = schedule()


def service(code: str, *modifiers: str, **given: Any) -> Service:
    units = Decimal(given.pop("units", 1))
    return Service(
        **{
            "code": code,
            "modifiers": modifiers,
            "units": units,
            "day": DAY,
            "locality": BRAZORIA,
            **given,
        }
    )


def priced(*services: Service) -> list[int | None]:
    """What Medicare allows for each, in cents."""
    return [one.allowed_cents for one in outcomes(*services)]


def outcomes(*services: Service) -> tuple[Outcome, ...]:
    return price_services(services, SCHEDULE)
