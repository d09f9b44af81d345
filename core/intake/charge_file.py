"""The charge file: a CSV with one row a service line (docs/charge-file.md).

Rows with the same ``visit_id`` are one encounter. A row that cannot be taken is refused with its
line number, and with it the other rows of its visit: half a visit would be billed short, and the
corrected visit could not come in again.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import time
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import TypeVar
from uuid import UUID

from core.claims.claim import Form, Tooth
from core.claims.parties import (
    Address,
    Entity,
    Name,
    Payer,
    Person,
    Provider,
    Sex,
    Subscriber,
    Value,
)
from core.dates import parse_day
from core.errors import InputError, RowError
from core.ids import npi_is_valid, taxonomy_is_shaped
from core.intake.charge_rows import (
    FAULT,
    LINE_COLUMNS,
    BoundedLines,
    Row,
    by_visit,
    numbered_rows,
    read_header,
)
from core.intake.encounter import Charge, Coverage, Encounter, Patient
from core.intake.from_claims import NO_PAYER
from core.money import cents

_FORMS = {"": Form.PROFESSIONAL, "837P": Form.PROFESSIONAL, "837D": Form.DENTAL}
_LINES_MAX = 50
_MINUTES_MAX = 24 * 60

_PROCEDURE = re.compile(r"[0-9A-Z]{5}\Z", re.ASCII)
_DIAGNOSIS = re.compile(r"[A-Z]\d[0-9A-Z]{1,5}\Z", re.ASCII)
# SV104, SV304: as many digits as the guides allow, so that no product leaves the ledger's range.
_UNITS = re.compile(r"\d{1,8}(?:\.\d{1,3})?\Z|\.\d{1,3}\Z", re.ASCII)
_MINUTES = re.compile(r"\d{1,4}\Z", re.ASCII)
_CLOCK_TIME = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d\Z", re.ASCII)

T = TypeVar("T")
D = TypeVar("D")
NewId = Callable[[], UUID]


class ChargedVisit(Value, frozen=True, kw_only=True):
    """A visit of the file: the line of its first row, how many rows, and the encounter."""

    line: int
    rows: int
    encounter: Encounter


def read_charge_file(
    lines: Iterable[str], *, billing: Provider, new_id: NewId
) -> Iterator[ChargedVisit | RowError]:
    """The visits of a charge file in order, and a ``RowError`` for every row that is refused.

    ``billing`` is the practice's billing provider. Raises ``RowError`` for line 1 when the header
    lacks a required column or names one twice or an unknown one, and for a row beyond all
    measure. Rows of a visit stand together; a ``visit_id`` that comes again later is a repeat of
    the same visit.
    """
    bounded = BoundedLines(lines)
    reader = csv.reader(bounded, strict=True)
    header = read_header(reader)
    bounded.begin_row()
    rows = numbered_rows(reader, header, bounded)
    for _, group in groupby(by_visit(rows), key=itemgetter(0)):
        yield from _visit([(line, row) for _, line, row in group], billing, new_id)


def _visit(
    rows: list[tuple[int, Row]], billing: Provider, new_id: NewId
) -> Iterator[ChargedVisit | RowError]:
    charges: list[Charge] = []
    faults: list[RowError] = []
    first_line, first = rows[0]
    facts: _VisitFacts | None = None
    for line_no, (line, row) in enumerate(rows, start=1):
        try:
            if FAULT in row:
                raise RowError(row[FAULT], row=line)
            if line_no > _LINES_MAX:
                raise RowError(f"a visit has at most {_LINES_MAX} lines", row=line)
            cells = _Cells(line, row)
            cells.text("visit_id", needed=True)
            if facts is None:
                facts = _visit_facts(cells)
            _same_visit(cells, row, first)
            charges.append(_charge(cells, line_no, facts, new_id))
        except RowError as fault:
            faults.append(fault)
    if faults or facts is None:
        yield from faults
        refused = {fault.row for fault in faults}
        for line, _ in rows:
            if line not in refused:
                yield RowError(
                    "another row of the same visit is refused; send the visit again whole",
                    row=line,
                )
        return
    yield ChargedVisit(
        line=first_line,
        rows=len(rows),
        encounter=_encounter(facts, first["visit_id"], billing, tuple(charges), new_id),
    )


def _same_visit(cells: _Cells, row: Row, first: Row) -> None:
    """The columns of the visit say the same in every row of it, or nothing."""
    for column, value in row.items():
        if value and column not in LINE_COLUMNS and value.upper() != first.get(column, "").upper():
            raise cells.fault(column, "differs from the first row of the visit")


class _Cells:
    """The cells of one row, read with the column named in every error."""

    def __init__(self, line: int, row: Row) -> None:
        self._line = line
        self._row = row

    def text(self, column: str, *, needed: bool = False) -> str:
        value = self._row.get(column, "")
        if needed and not value:
            raise self.fault(column, "is needed")
        return value

    def read(self, column: str, convert: Callable[[str], T], empty: D) -> T | D:
        value = self._row.get(column, "")
        if not value:
            return empty
        try:
            return convert(value)
        except InputError as problem:
            raise self.fault(column, problem.message) from None
        except ValueError:
            raise self.fault(column, "cannot be read; see docs/charge-file.md") from None

    def fault(self, column: str, reason: str) -> RowError:
        return RowError(reason, row=self._line, column=column)


class _VisitFacts(Value, frozen=True, kw_only=True):
    form: Form
    number: str
    person: Person
    payer: Payer
    subscriber: Subscriber
    second: tuple[Payer, Subscriber] | None
    diagnoses: tuple[str, ...]
    place_of_service: str
    rendering: Provider | None
    auth_number: str


def _visit_facts(cells: _Cells) -> _VisitFacts:
    form = _FORMS.get(cells.text("form").upper())
    if form is None:
        raise cells.fault("form", "is 837P or 837D")
    person = _person(cells)
    member_id = cells.text("member_id", needed=True)
    return _VisitFacts(
        form=form,
        number=cells.text("patient_number", needed=True),
        person=person,
        payer=_payer(cells, "payer_id", "payer_name"),
        subscriber=_subscriber(cells, person, member_id),
        second=_second(cells, person),
        diagnoses=_diagnoses(cells, form),
        place_of_service=cells.text("place_of_service") or "11",
        rendering=_rendering(cells),
        auth_number=cells.text("auth_number"),
    )


def _person(cells: _Cells) -> Person:
    birth = cells.read("birth_date", parse_day, None)
    if birth is None:
        raise cells.fault("birth_date", "is needed")
    return Person(
        name=Name(
            last=cells.text("last_name", needed=True).upper(),
            first=cells.text("first_name", needed=True).upper(),
            middle=cells.text("middle_name").upper(),
        ),
        birth_date=birth,
        sex=_sex(cells, "sex"),
        address=_address(cells),
        phone="".join(sign for sign in cells.text("phone") if sign.isdigit()),
    )


def _sex(cells: _Cells, column: str) -> Sex:
    found = {"F": Sex.FEMALE, "M": Sex.MALE, "U": Sex.UNKNOWN}.get(cells.text(column).upper()[:1])
    if found is None:
        raise cells.fault(column, "is F, M or U")
    return found


def _address(cells: _Cells) -> Address | None:
    line = cells.text("address")
    if not line:
        return None
    return Address(
        line1=line.upper(),
        city=cells.text("city", needed=True).upper(),
        state=cells.text("state", needed=True).upper(),
        postal_code=cells.text("postal_code", needed=True).replace("-", ""),
    )


def _payer(cells: _Cells, id_column: str, name_column: str) -> Payer:
    payer_id = cells.text(id_column, needed=True)
    return Payer(payer_id=payer_id, name=cells.text(name_column).upper() or f"PAYER {payer_id}")


def _subscriber(cells: _Cells, patient: Person, member_id: str) -> Subscriber:
    relationship = cells.text("relationship") or "18"
    if relationship == "18":
        person = patient
    else:
        person = Person(
            name=Name(
                last=cells.text("subscriber_last_name", needed=True).upper(),
                first=cells.text("subscriber_first_name", needed=True).upper(),
            ),
            birth_date=cells.read("subscriber_birth_date", parse_day, None),
            sex=_sex(cells, "subscriber_sex"),
            address=patient.address,
        )
    return Subscriber(
        person=person,
        member_id=member_id,
        relationship=relationship,
        group_number=cells.text("group_number"),
    )


def _second(cells: _Cells, patient: Person) -> tuple[Payer, Subscriber] | None:
    if not cells.text("payer2_id"):
        return None
    subscriber = Subscriber(person=patient, member_id=cells.text("member2_id", needed=True))
    return _payer(cells, "payer2_id", "payer2_name"), subscriber


def _diagnoses(cells: _Cells, form: Form) -> tuple[str, ...]:
    text = cells.text("diagnoses", needed=form is Form.PROFESSIONAL)
    codes = [code.strip().replace(".", "").upper() for code in text.replace(";", " ").split()]
    for code in codes:
        if not _DIAGNOSIS.match(code):
            raise cells.fault(
                "diagnoses", "an ICD-10-CM code is a letter, a digit and up to five more"
            )
    if len(codes) > 12:
        raise cells.fault("diagnoses", "a claim has at most 12")
    return tuple(codes)


def _rendering(cells: _Cells) -> Provider | None:
    npi = cells.text("rendering_npi")
    if not npi:
        return None
    if not npi_is_valid(npi):
        raise cells.fault("rendering_npi", "is not an NPI: ten digits with a check digit")
    taxonomy = cells.text("rendering_taxonomy")
    if taxonomy and not taxonomy_is_shaped(taxonomy):
        raise cells.fault("rendering_taxonomy", "is nine letters or digits and an X")
    return Provider(
        name=Name(
            last=cells.text("rendering_last_name", needed=True).upper(),
            first=cells.text("rendering_first_name").upper(),
        ),
        entity=Entity.PERSON,
        npi=npi,
        taxonomy=taxonomy,
        credential=cells.text("rendering_credential"),
    )


def _charge(cells: _Cells, line_no: int, facts: _VisitFacts, new_id: NewId) -> Charge:
    code = cells.text("code", needed=True).upper()
    if not _PROCEDURE.match(code) or code == "00000":
        raise cells.fault("code", "is a five-character CPT, HCPCS or CDT code")
    day = cells.read("date_of_service", parse_day, None)
    if day is None:
        raise cells.fault("date_of_service", "is needed")
    dental = facts.form is Form.DENTAL
    tooth = cells.text("tooth").upper()
    return Charge(
        id=new_id(),
        line_no=line_no,
        code=code,
        code_qualifier="AD" if dental else "HC",
        modifiers=tuple(cells.text("modifiers").upper().replace(":", " ").split()),
        units=cells.read("units", _units, Decimal(1)),
        service_from=day,
        place_of_service=cells.text("place_of_service"),
        pointers=_pointers(cells, facts),
        charge_cents=cells.read("charge", _charge_cents, None),
        minutes=cells.read("minutes", _minutes, None),
        start=cells.read("start", _clock_time, None),
        end=cells.read("end", _clock_time, None),
        teeth=(Tooth(number=tooth, surfaces=cells.text("surfaces").upper()),) if tooth else (),
    )


def _units(text: str) -> Decimal:
    if not _UNITS.match(text) or not (units := Decimal(text)):
        raise InputError("is a number above 0, of at most 8 digits and 3 decimals")
    return units


def _minutes(text: str) -> int:
    if not _MINUTES.match(text) or int(text) > _MINUTES_MAX:
        raise InputError(f"is a whole number of minutes, at most {_MINUTES_MAX}")
    return int(text)


def _clock_time(text: str) -> time:
    if not _CLOCK_TIME.match(text):
        raise InputError("is a time such as 09:30 or 14:05")
    return time.fromisoformat(text.zfill(5))


def _charge_cents(text: str) -> int:
    amount = cents(text.lstrip("$").replace(",", ""))
    if amount < 0:
        raise InputError("a charge is not negative")
    return amount


def _pointers(cells: _Cells, facts: _VisitFacts) -> tuple[int, ...]:
    count = len(facts.diagnoses)
    if facts.form is Form.DENTAL and not cells.text("pointers"):
        return ()
    everything = tuple(range(1, min(count, 4) + 1))
    found = cells.read("pointers", _numbers, everything)
    if not all(1 <= one <= count for one in found):
        raise cells.fault("pointers", "points to a diagnosis the visit does not have")
    return found[:4]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.replace(":", " ").split()))


def _encounter(
    facts: _VisitFacts, visit_id: str, billing: Provider, charges: tuple[Charge, ...], new_id: NewId
) -> Encounter:
    patient = Patient(id=new_id(), number=facts.number, person=facts.person)
    insured = [(facts.payer, facts.subscriber)]
    if facts.second:
        insured.append(facts.second)
    return Encounter(
        id=new_id(),
        external_id=visit_id,
        form=facts.form,
        patient=patient,
        coverages=tuple(
            Coverage(
                id=new_id(),
                patient_id=patient.id,
                rank=rank,
                payer_ref=NO_PAYER,
                payer=payer,
                subscriber=subscriber,
            )
            for rank, (payer, subscriber) in enumerate(insured, start=1)
        ),
        billing=billing,
        rendering=facts.rendering,
        place_of_service=facts.place_of_service,
        diagnoses=facts.diagnoses,
        auth_number=facts.auth_number,
        charges=charges,
    )
