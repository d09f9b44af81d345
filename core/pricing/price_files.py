"""The files a practice enters its own prices with: its charge master, and a contract's terms.

Both are CSV with a header (docs/pricing.md). A file is read whole or refused, with row and column.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from core import money
from core.codes.published import bad_procedure, is_procedure
from core.dates import parse_day
from core.errors import InputError, RowError
from core.pricing.contracts import Base, Term, TermForm, refuse_clash
from core.rules.pricing import Fee

ROWS_MAX = 200_000
_CHARGE_COLUMNS = ("code", "amount", "modifier", "place")
_TERM_COLUMNS = (
    "code",
    "form",
    "amount",
    "percent",
    "of",
    "rates_of",
    "modifier",
    "place",
    "revenue_code",
    "drg",
    "carve_out",
)
_MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII).fullmatch
_PLACE = re.compile(r"\d{2}", re.ASCII).fullmatch
_REVENUE = re.compile(r"\d{2,4}", re.ASCII).fullmatch
_DRG = re.compile(r"\d{3}", re.ASCII).fullmatch
_PERCENT_MAX = Decimal(1000)
_PERCENT_PLACES = 4

T = TypeVar("T")
_Row = tuple[int, Mapping[str, str]]


def read_charges(lines: Iterable[str]) -> tuple[Fee, ...]:
    """A charge master: ``code,amount`` and, where wanted, ``modifier`` and ``place``."""
    fees: dict[tuple[str, str, str], Fee] = {}
    for row, cells in _rows(lines, _CHARGE_COLUMNS, ("code", "amount")):
        code = cells["code"].upper()
        if not is_procedure(code):
            raise RowError(bad_procedure(code), row=row, column="code")
        fee = Fee(
            code=code,
            modifier=_shaped(cells, "modifier", row, _MODIFIER, "a modifier has two characters"),
            place=_shaped(cells, "place", row, _PLACE, "a place of service has two digits"),
            amount_cents=_amount(cells, row),
        )
        if fees.setdefault((fee.code, fee.modifier, fee.place), fee) is not fee:
            raise RowError("this code stands here twice", row=row, column="code")
    if not fees:
        raise RowError("there is no charge in it", row=1)
    return tuple(fees.values())


def read_terms(lines: Iterable[str]) -> tuple[Term, ...]:
    """The terms of a contract."""
    terms = [_term(row, cells) for row, cells in _rows(lines, _TERM_COLUMNS, ("form",))]
    if not terms:
        raise RowError("there is no term in it", row=1)
    refuse_clash(terms)
    return tuple(terms)


def _term(row: int, cells: Mapping[str, str]) -> Term:
    form = _choice(cells, "form", row, TermForm)
    of = _choice(cells, "of", row, Base) if cells["of"] else None
    if form is TermForm.PERCENT and of is None:
        raise RowError("a percentage is of mpfs, charge or practice", row=row, column="of")
    if form is not TermForm.PERCENT:
        for column in ("percent", "of", "rates_of"):
            if cells[column]:
                raise RowError("only a row of the form percent has this", row=row, column=column)
    has_amount = form in (TermForm.FIXED, TermForm.PER_DIEM, TermForm.CASE_RATE)
    if cells["amount"] and not has_amount:
        raise RowError("a row of this form has no amount", row=row, column="amount")
    if cells["rates_of"] and of is not Base.MPFS:
        raise RowError("only a percentage of mpfs is of the rates of a day", row=row, column="of")
    carve_out = _choice_of(cells, "carve_out", row, {"": False, "no": False, "yes": True})
    if carve_out and form in (TermForm.PER_DIEM, TermForm.CASE_RATE):
        raise RowError(
            "a carve-out is paid on its own, not by day or case", row=row, column="carve_out"
        )
    return Term(
        row=row,
        form=form,
        codes=_codes(cells["code"], row),
        modifier=_shaped(cells, "modifier", row, _MODIFIER, "a modifier has two characters"),
        place=_shaped(cells, "place", row, _PLACE, "a place of service has two digits"),
        revenue_code=_shaped(cells, "revenue_code", row, _REVENUE, "two to four digits"),
        drg=_shaped(cells, "drg", row, _DRG, "a DRG has three digits"),
        amount_cents=_amount(cells, row) if has_amount else 0,
        percent=_percent(cells, row) if form is TermForm.PERCENT else Decimal(100),
        of=of,
        rates_of=_day(cells, row) if cells["rates_of"] else None,
        carve_out=carve_out,
    )


def _rows(lines: Iterable[str], known: tuple[str, ...], needed: tuple[str, ...]) -> Iterator[_Row]:
    """Each row by its columns, trimmed; row 1 is the header."""
    reader = csv.reader(lines, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if header and header[0].startswith("\ufeff"):
            header[0] = header[0].removeprefix("\ufeff")
        for column in header:
            if column not in known:
                raise RowError(f"the columns are {', '.join(known)}; there is another one", row=1)
        if len(set(header)) != len(header):
            raise RowError("a column stands here twice", row=1)
        for column in needed:
            if column not in header:
                raise RowError(f"the column {column} is missing", row=1, column=column)
        for count, cells in enumerate(reader):
            row = reader.line_num
            if count >= ROWS_MAX:
                raise RowError("there are too many rows for one file", row=row)
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != len(header):
                raise RowError(f"a row has {len(header)} columns, this one {len(cells)}", row=row)
            found = dict.fromkeys(known, "") | dict(zip(header, map(str.strip, cells), strict=True))
            yield row, found
    except csv.Error:
        raise RowError("a quotation mark is not closed", row=reader.line_num) from None


def _codes(text: str, row: int) -> tuple[str, str] | None:
    if text in {"", "*"}:
        return None
    first, dash, last = text.upper().partition("-")
    first, last = first.strip(), last.strip()
    for code in (first, last) if dash else (first,):
        if not is_procedure(code):
            raise RowError(bad_procedure(code), row=row, column="code")
    if not dash:
        return first, first
    if last <= first:
        raise RowError("a range of codes ends before it begins", row=row, column="code")
    return first, last


def _amount(cells: Mapping[str, str], row: int) -> int:
    try:
        cents = money.cents(cells["amount"])
    except InputError as fault:
        raise RowError(fault.message, row=row, column="amount") from None
    if cents < 0:
        raise RowError("an amount is not below zero", row=row, column="amount")
    return cents


def _percent(cells: Mapping[str, str], row: int) -> Decimal:
    try:
        percent = Decimal(cells["percent"])
    except InvalidOperation:
        percent = Decimal(-1)
    exponent = percent.as_tuple().exponent
    if (
        not percent.is_finite()
        or not 0 <= percent <= _PERCENT_MAX
        or not isinstance(exponent, int)
        or -exponent > _PERCENT_PLACES
    ):
        raise RowError(
            "a percentage is a number such as 110 or 87.5, at most 1000", row=row, column="percent"
        )
    return percent


def _day(cells: Mapping[str, str], row: int) -> date:
    try:
        return parse_day(cells["rates_of"])
    except InputError as fault:
        raise RowError(fault.message, row=row, column="rates_of") from None


def _shaped(
    cells: Mapping[str, str], column: str, row: int, is_right: Callable[[str], object], words: str
) -> str:
    text = cells[column].upper()
    if text and not is_right(text):
        raise RowError(words, row=row, column=column)
    return text


def _choice(cells: Mapping[str, str], column: str, row: int, kind: Iterable[T]) -> T:
    return _choice_of(cells, column, row, {str(one): one for one in kind})


def _choice_of(cells: Mapping[str, str], column: str, row: int, known: Mapping[str, T]) -> T:
    try:
        return known[cells[column].lower()]
    except KeyError:
        names = ", ".join(name for name in known if name)
        raise RowError(f"it is one of {names}", row=row, column=column) from None
