"""From group code and CARC to what an adjustment means for the money, and why.

The table is data (``data/carc_dispositions.csv``): dated rows with our own short labels. The group
code says who is liable, the CARC says why; a row may be for some groups only. Without a row the
group decides: PR is the patient's, anything else is a denial to look at, never a write-off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from core.claims.parties import Value
from core.dates import ALWAYS, Window, parse_day
from core.errors import InputError, RowError

Kind = TypeVar("Kind", bound=StrEnum)

GROUPS = ("CO", "OA", "PI", "PR")
"""Claim adjustment group codes of the 5010 835."""


class Disposition(StrEnum):
    """What becomes of the adjusted amount."""

    CONTRACTUAL = "contractual"
    """Gone by contract or law."""
    PATIENT = "patient"
    """The patient's, or the next payer's before the patient."""
    DENIAL = "denial"
    """Refused: stays receivable until somebody has worked it."""
    PRIOR_PAYER = "prior_payer"
    """What earlier payers paid and adjusted: it was posted when they decided."""
    INFORMATIONAL = "informational"
    """Withheld or added by the payer's own programme: posted apart, nobody has to act."""


class Cause(StrEnum):
    """Why a payer refused, normalised over CARCs."""

    ELIGIBILITY = "eligibility"
    AUTHORISATION = "authorisation"
    CODING = "coding"
    BUNDLING = "bundling"
    TIMELY_FILING = "timely_filing"
    DUPLICATE = "duplicate"
    MEDICAL_NECESSITY = "medical_necessity"
    COB = "cob"
    INFO_MISSING = "info_missing"
    NONCOVERED = "noncovered"
    BENEFIT_LIMIT = "benefit_limit"
    CREDENTIALING = "credentialing"
    UNDER_REVIEW = "under_review"
    UNLISTED = "unlisted"


class Ruling(Value, frozen=True, kw_only=True):
    """One row of the table. ``groups`` empty: every group. ``cause`` only for a denial."""

    carc: str
    groups: tuple[str, ...] = ()
    disposition: Disposition
    cause: Cause | None = None
    label: str = ""
    source: str = ""
    window: Window = ALWAYS


class CauseTable:
    """The rows, found by group, CARC and the day of payment."""

    def __init__(self, rulings: Iterable[Ruling]) -> None:
        found: dict[tuple[str, str], list[Ruling]] = {}
        for ruling in rulings:
            for group in ruling.groups or GROUPS:
                others = found.setdefault((group, ruling.carc), [])
                if any(other.window.overlaps(ruling.window) for other in others):
                    raise InputError(
                        f"two rows rule on CARC {ruling.carc} with group {group} on the same day; "
                        "keep one or end the older"
                    )
                others.append(ruling)
        self._rulings = {key: tuple(rulings) for key, rulings in found.items()}

    def ruling(self, group: str, carc: str, on: date) -> Ruling:
        """What ``group`` and ``carc`` mean on day ``on``; by the group alone without a row."""
        for ruling in self._rulings.get((group, carc), ()):
            if on in ruling.window:
                return ruling
        return _PATIENT_BY_GROUP if group == "PR" else _DENIAL_BY_GROUP

    def __len__(self) -> int:
        return len({ruling.carc for rulings in self._rulings.values() for ruling in rulings})


_PATIENT_BY_GROUP = Ruling(
    carc="", disposition=Disposition.PATIENT, label="Patient responsibility", source="group code"
)
_DENIAL_BY_GROUP = Ruling(
    carc="",
    disposition=Disposition.DENIAL,
    cause=Cause.UNLISTED,
    label="Adjustment without a rule",
    source="group code",
)


def parse_causes(rows: Iterable[Mapping[str, str]]) -> CauseTable:
    """The table from the rows of its CSV (column name -> text), the first being line 2.

    Columns: carc, groups (separated by spaces, ``*`` for all), disposition, cause, label, source,
    valid_from, valid_to. Raises ``RowError`` with line and column.
    """
    return CauseTable([_ruling(row, line) for line, row in enumerate(rows, start=2)])


def _ruling(row: Mapping[str, str], line: int) -> Ruling:
    carc = row.get("carc", "").strip()
    if not carc:
        raise RowError("a CARC is needed", row=line, column="carc")
    groups = tuple(row.get("groups", "").split())
    if groups == ("*",):
        groups = ()
    elif not groups or not set(groups) <= set(GROUPS):
        raise RowError("groups are CO, OA, PI, PR or * for all", row=line, column="groups")
    disposition = _one_of(Disposition, row.get("disposition", ""), line, "disposition")
    cause_text = row.get("cause", "")
    if (disposition is Disposition.DENIAL) != bool(cause_text):
        raise RowError("a denial has a cause, anything else has none", row=line, column="cause")
    return Ruling(
        carc=carc,
        groups=groups,
        disposition=disposition,
        cause=_one_of(Cause, cause_text, line, "cause") if cause_text else None,
        label=row.get("label", ""),
        source=row.get("source", ""),
        window=_window(row, line),
    )


def _window(row: Mapping[str, str], line: int) -> Window:
    days: list[date | None] = []
    for column in ("valid_from", "valid_to"):
        text = row.get(column, "")
        try:
            days.append(parse_day(text) if text else None)
        except InputError as error:
            raise RowError(error.message, row=line, column=column) from None
    try:
        return Window(days[0], days[1])
    except InputError as error:
        raise RowError(error.message, row=line, column="valid_to") from None


def _one_of(kind: type[Kind], text: str, line: int, column: str) -> Kind:
    try:
        return kind(text)
    except ValueError:
        raise RowError(f"one of {', '.join(kind)}", row=line, column=column) from None
