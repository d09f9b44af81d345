"""Amounts of the Medicare physician fee schedule: by code, component, locality, setting and day.

(work x work index + practice expense x its index + malpractice x its index) x conversion factor,
in whole numbers, rounded half up to a cent once at the end. A code with relative values for the
outpatient cap is allowed the lesser of that and the same with those values.
"""

from __future__ import annotations

import re
from datetime import date

import msgspec

from core.codes.mpfs_caps import CapTable
from core.codes.mpfs_places import AnesthesiaFactorTable, LocalityTable, ZipTable
from core.codes.mpfs_rvu import RelativeValueTable
from core.codes.mpfs_values import Locality, RelativeValues
from core.pricing.factors import DatedNumbers
from core.pricing.steps import PriceStep, hundredths, ten_thousandths, thousandths
from core.rules.tables import Edition

FACILITY_PLACES = frozenset(
    {"02", "19", "21", "22", "23", "24", "26", "31"}
    | {"34", "41", "42", "51", "52", "53", "56", "61"}
)
"""Places of service paid at the facility rate (Claims Processing Manual ch. 26 s. 10.5)."""

_PLACE = re.compile(r"(\d{5})-?(\d{2})", re.ASCII).fullmatch
_ZIP = re.compile(r"(\d{5})(?:-?\d{4})?", re.ASCII).fullmatch
# Relative values are hundredths, indices thousandths, factors ten-thousandths of a dollar; a
# practice expense may be halved, so one more hundred.
_TO_CENTS = 10**7 * 100
_HALF = _TO_CENTS // 2

_UNPAID = {
    "B": "it is bundled into the service it goes with; Medicare pays nothing for it beside that",
    "E": "it is excluded from the physician fee schedule by regulation",
    "I": "it is not valid for Medicare, which uses another code",
    "J": "anesthesia is priced by base units and minutes; say both",
    "M": "it is a measurement code, for reporting only",
    "N": "Medicare does not cover it",
    "P": "it is bundled or excluded; Medicare pays nothing for it under the fee schedule",
    "X": "it is excluded from the physician fee schedule by statute",
}


class Place(msgspec.Struct, frozen=True):
    """A locality that was found, with the steps that led there."""

    locality: Locality
    asked: tuple[str, str]
    steps: tuple[PriceStep, ...]


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """The fee schedule amount of one unit.

    ``full_cents`` is the amount before the cap, ``cap_cents`` the cap where there is one.
    """

    cents: int
    full_cents: int
    cap_cents: int | None
    values: RelativeValues
    factor: int
    steps: tuple[PriceStep, ...]


class NoAmount(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no amount."""

    why: str
    row: Edition | None = None


class MedicareSchedule:
    """The loaded tables of the fee schedule as one value. Any of them may be missing."""

    def __init__(
        self,
        *,
        factors: DatedNumbers,
        shares: DatedNumbers,
        values: RelativeValueTable | None = None,
        localities: LocalityTable | None = None,
        zip_codes: ZipTable | None = None,
        anesthesia: AnesthesiaFactorTable | None = None,
        caps: CapTable | None = None,
    ) -> None:
        self.factors, self.shares = factors, shares
        self.values, self.localities = values, localities
        self.zip_codes, self.anesthesia, self.caps = zip_codes, anesthesia, caps
        self._places: dict[tuple[str, date], Place | NoAmount] = {}
        self._factors: dict[tuple[str, date], tuple[int, Edition] | None] = {}

    def place(self, text: str, day: date) -> Place | NoAmount:
        """The locality ``text`` names on ``day``: ``04412-09``, or a ZIP code."""
        key = (text, day)
        found = self._places.get(key)
        if found is None:
            if len(self._places) > _REMEMBERED_MAX:
                self._places.clear()
            found = self._places[key] = self._find_place(text.strip(), day)
        return found

    def _find_place(self, text: str, day: date) -> Place | NoAmount:
        steps: list[PriceStep] = []
        named = _PLACE(text) if "-" in text[:6] or len(text) == 7 else None
        if named:
            contractor, number = named[1], named[2]
        elif zipped := _ZIP(text):
            if self.zip_codes is None:
                return NoAmount(why="no table zip-locality is loaded; load one, or say a locality")
            where = self.zip_codes.find(zipped[1], day)
            if where is None:
                return NoAmount(why="the ZIP code is in no loaded release for that day")
            contractor, number = where.contractor, where.number
            row = Edition(
                table="ZIP to locality",
                release=where.release,
                row=f"{zipped[1]} {contractor}-{number}",
            )
            words = "locality of the ZIP code"
            if where.is_split:
                words += "; the last four digits may lead to another one"
            steps.append(PriceStep(step=words, row=row))
        else:
            return NoAmount(why="a locality is written 04412-09, or as a ZIP code")
        if self.localities is None:
            return NoAmount(why="no table mpfs-gpci is loaded")
        found = self.localities.find(contractor, number, day)
        if found is None:
            return NoAmount(why="the locality is in no loaded release for that day")
        locality, release = found
        words = (
            f"indices: work {thousandths(locality.work)}, practice expense "
            f"{thousandths(locality.practice_expense)}, malpractice "
            f"{thousandths(locality.malpractice)}"
        )
        row = Edition(table="GPCI", release=release, row=f"{locality.id} {locality.name}")
        return Place(locality, (contractor, number), (*steps, PriceStep(step=words, row=row)))

    def factor(
        self, values: RelativeValues, day: date, *, apm: bool = False
    ) -> tuple[int, Edition]:
        """The conversion factor of ``day``: by law where we know it, else as the file states it."""
        kind = "mpfs-apm" if apm else "mpfs"
        key = (kind, day)
        if key not in self._factors:
            if len(self._factors) > _REMEMBERED_MAX:
                self._factors.clear()
            dated = self.factors.find(kind, "", day) or self.factors.find("mpfs", "", day)
            self._factors[key] = (dated.number, dated.row) if dated else None
        known = self._factors[key]
        return known or (values.conversion_factor, self._row(values, day))

    def _row(self, values: RelativeValues, day: date) -> Edition:
        release = self.values.release(day) if self.values else ""
        return Edition(
            table="MPFS RVU", release=release, row=f"{values.code} {values.modifier}".strip()
        )

    def row(self, code: str, component: str, day: date) -> RelativeValues | NoAmount:
        """The row of relative values, or why there is none."""
        if self.values is None:
            return NoAmount(why="no table mpfs-rvu is loaded")
        found = self.values.find(code, component, day)
        if found is not None:
            return found
        release = self.values.release(day)
        if not release:
            return NoAmount(why="no loaded release of mpfs-rvu holds for that day")
        if component and self.values.find(code, "", day) is not None:
            return NoAmount(
                why=f"the code has no row for the component {component}; {_BY_REVIEW}"
                if component == "53"
                else f"the code has no component {component}",
                row=Edition(table="MPFS RVU", release=release, row=code),
            )
        return NoAmount(
            why="the code is not in the fee schedule of that day",
            row=Edition(table="MPFS RVU", release=release, row=""),
        )

    def amount(
        self,
        code: str,
        component: str,
        day: date,
        place: Place,
        *,
        facility: bool,
        apm: bool = False,
        any_status: bool = False,
    ) -> Amount | NoAmount:
        """The fee schedule amount of one unit, after the cap.

        ``any_status``: price by relative values whatever Medicare's status (contracts of payers
        who pay what Medicare does not).
        """
        values = self.row(code, component, day)
        if isinstance(values, NoAmount):
            return values
        edition = self._row(values, day)
        has_values = values.practice_expense(facility=facility) + values.work > 0
        if values.status in _UNPAID and not (any_status and has_values):
            why = f"status {values.status}: {_UNPAID[values.status]}"
            return NoAmount(why=why, row=edition)
        factor, factor_row = self.factor(values, day, apm=apm)
        caps = self._cap(values, day, place, factor, facility=facility)
        if not has_values and values.malpractice == 0:
            if caps is None:
                why = f"status {values.status}: the contractor prices this code"
                return NoAmount(why=why, row=edition)
            step = PriceStep(
                step="the contractor prices this code; at most the outpatient cap",
                row=caps[1],
                amount_cents=caps[0],
            )
            return Amount(
                cents=caps[0],
                full_cents=caps[0],
                cap_cents=caps[0],
                values=values,
                factor=factor,
                steps=(*place.steps, step),
            )
        cents = fee_cents(values, place.locality, factor, facility=facility)
        steps = [
            *place.steps,
            PriceStep(step=f"conversion factor {ten_thousandths(factor)}", row=factor_row),
            PriceStep(step=_fee_words(values, facility=facility), row=edition, amount_cents=cents),
        ]
        allowed = cents
        if caps is not None and caps[0] < cents:
            allowed = caps[0]
            steps.append(PriceStep(step="outpatient cap", row=caps[1], amount_cents=allowed))
        return Amount(
            cents=allowed,
            full_cents=cents,
            cap_cents=caps[0] if caps else None,
            values=values,
            factor=factor,
            steps=tuple(steps),
        )

    def _cap(
        self, values: RelativeValues, day: date, place: Place, factor: int, *, facility: bool
    ) -> tuple[int, Edition] | None:
        """The cap: by the relative values; where a published amount is loaded, it is the row."""
        expense = values.opps_practice_expense(facility=facility)
        if expense == 0:
            return None
        work = values.work
        if not work and not values.modifier and self.values:
            # Of a code the contractor prices, the physician's part stands in its row 26 alone.
            part = self.values.find(values.code, "26", day)
            work = part.work if part else 0
        locality = place.locality
        cents = _cents(work, expense, values.opps_malpractice, locality, factor)
        contractor, number = place.asked
        if self.caps is not None:
            found = self.caps.find(values.code, values.modifier, contractor, number, day)
            if found is not None:
                price, release = found
                published = price.facility_cents if facility else price.nonfacility_cents
                row = Edition(
                    table="OPPS cap",
                    release=release,
                    row=f"{values.code} {values.modifier} {contractor}-{number}".replace("  ", " "),
                )
                return published, row
        return cents, self._row(values, day)


_REMEMBERED_MAX = 20_000
_BY_REVIEW = "the payer prices it by review"


def fee_cents(
    values: RelativeValues,
    locality: Locality,
    factor: int,
    *,
    facility: bool,
    expense_percent: int = 100,
) -> int:
    """One unit in cents, with ``expense_percent`` of its practice expense."""
    expense = values.facility_pe if facility else values.nonfacility_pe
    return _cents(
        values.work, expense, values.malpractice, locality, factor, expense_percent=expense_percent
    )


def _cents(
    work: int,
    expense: int,
    malpractice: int,
    locality: Locality,
    factor: int,
    *,
    expense_percent: int = 100,
) -> int:
    units = (work * locality.work + malpractice * locality.malpractice) * 100
    units += expense * locality.practice_expense * expense_percent
    return (units * factor + _HALF) // _TO_CENTS


def _fee_words(values: RelativeValues, *, facility: bool) -> str:
    setting = "in a facility" if facility else "outside a facility"
    rare = values.is_rare_inside if facility else values.is_rare_outside
    expense = values.practice_expense(facility=facility)
    return (
        f"fee {setting}: work {hundredths(values.work)}, practice expense {hundredths(expense)}, "
        f"malpractice {hundredths(values.malpractice)}"
        + ("; rarely or never done there" if rare else "")
    )
