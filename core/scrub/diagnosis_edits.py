"""Edits on diagnoses and on what they say of the line (professional-scrub.md s.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

from core.claims.claim import ServiceLine
from core.claims.parties import Sex
from core.codes.diagnoses import Diagnosis
from core.dates import age_on
from core.rules.case import Case
from core.rules.tables import DiagnosisBook
from core.scrub.finding import Fix, Flag
from core.scrub.own_tables import rows
from core.scrub.shapes import is_external_cause

Lines = Sequence[ServiceLine]

_ATTESTED = "KX"
_SEX_OVERRIDDEN = "45"
_RIGHT, _LEFT, _BILATERAL, _UNSPECIFIED = "right", "left", "bilateral", "unspecified"

_LEFT_MODIFIERS = "LT E1 E2 FA F1 F2 F3 F4 TA T1 T2 T3 T4"
_RIGHT_MODIFIERS = "RT E3 E4 F5 F6 F7 F8 F9 T5 T6 T7 T8 T9"
SIDE_OF_MODIFIER = {
    **dict.fromkeys(_LEFT_MODIFIERS.split(), _LEFT),
    **dict.fromkeys(_RIGHT_MODIFIERS.split(), _RIGHT),
}
"""The side a modifier names: of the body, an eyelid, a finger or a toe."""

# Symptoms, external causes and reasons for an encounter are no disease that causes another.
_NO_CAUSE = frozenset("RVWXYZ")

_WITH_SIDE = frozenset({*SIDE_OF_MODIFIER, "50"})

_DIAGNOSIS_AGES = tuple(
    (
        row["prefix"],
        row["what"],
        int(row["years_from"] or 0),
        int(row["years_to"] or 999),
        int(row["days_to"]) if row["days_to"] else None,
    )
    for row in rows("diagnosis_ages.csv")
)
_AGED = tuple(prefix for prefix, *_ in _DIAGNOSIS_AGES)
_PREVENTIVE_AGES = {
    row["code"]: (int(row["years_from"] or 0), int(row["years_to"] or 999))
    for row in rows("preventive_ages.csv")
}


def not_billable(case: Case, lines: Lines) -> Iterator[Flag]:
    """Each diagnosis is a leaf of ICD-10-CM that is valid on the day of service."""
    book = case.tables.diagnoses
    if book is None or case.day is None:
        return
    wrong: list[str] = []
    headings = False
    one_day = all(case.day_of(line) == case.day for line in case.claim.lines)
    for place, code in enumerate(case.claim.diagnoses, 1):
        standing = (
            book.standing(code, case.day) if one_day else _worst_standing(case, book, place, code)
        )
        if standing is not None and standing is not Diagnosis.BILLABLE:
            wrong.append(str(place))
            headings |= standing is Diagnosis.CATEGORY
    if wrong:
        yield Flag(
            message=f"Diagnosis {', '.join(wrong)} is not a billable ICD-10-CM code on the day of "
            "service",
            suggestion="Code to the last character the record supports"
            if headings
            else "Use a code that is valid on the day of service",
            table_row=f"ICD-10-CM on {case.day.isoformat()}, diagnosis {', '.join(wrong)}",
        )


def _worst_standing(case: Case, book: DiagnosisBook, place: int, code: str) -> Diagnosis | None:
    """Its standing on the days of the lines that point to it, else on the claim's first day."""
    days = {case.day_of(line) for line in case.claim.lines if place in line.pointers}
    found = [book.standing(code, day) for day in days or {case.day} if day is not None]
    known = [one for one in found if one is not None]
    faulty = [one for one in known if one is not Diagnosis.BILLABLE]
    return (faulty or known or [None])[0]


def too_many_diagnoses(case: Case, lines: Lines) -> Iterator[Flag]:
    """At most twelve on an 837P."""
    if len(case.claim.diagnoses) > 12:
        yield Flag(message="A professional claim has room for twelve diagnoses")


def pointers(case: Case, lines: Lines) -> Iterator[Flag]:
    """One to four pointers, each to a diagnosis that is there."""
    known = len(case.claim.diagnoses)
    for line in lines:
        if not line.pointers:
            yield Flag(line_no=line.line_no, message="The line points to no diagnosis")
        elif len(line.pointers) > 4:
            yield Flag(line_no=line.line_no, message="A line points to at most four diagnoses")
        elif min(line.pointers) < 1 or max(line.pointers) > known:
            yield Flag(line_no=line.line_no, message="The line points to a diagnosis not present")


def external_cause_first(case: Case, lines: Lines) -> Iterator[Flag]:
    """An external cause (V00 to Y99) never stands first, on the claim or for a line."""
    diagnoses = case.claim.diagnoses
    if not any(map(is_external_cause, diagnoses)):
        return
    if is_external_cause(diagnoses[0]) or any(
        is_external_cause(case.first_diagnosis(line)) for line in lines
    ):
        yield Flag(
            message="An external cause code may not be the first diagnosis",
            suggestion="Put the injury or illness first",
        )


def manifestation_first(case: Case, lines: Lines) -> Iterator[Flag]:
    """A manifestation stands behind the code of its cause (guideline I.A.13)."""
    book, day = case.tables.diagnoses, case.day
    if book is None or day is None:
        return
    for place, code in enumerate(case.claim.diagnoses, 1):
        if book.is_manifestation(code, day):
            yield Flag(
                message=f"Diagnosis {place} is a manifestation; the disease that causes it must be "
                "coded ahead of it",
                suggestion="Put the code of the cause first",
                table_row=f"ICD-10-CM in diseases classified elsewhere, diagnosis {place}",
            )
            return
        if code[:1] not in _NO_CAUSE:
            return


def excluded_together(case: Case, lines: Lines) -> Iterator[Flag]:
    """Two diagnoses that an Excludes1 note keeps apart (guideline I.A.12.a)."""
    book, day = case.tables.diagnoses, case.day
    diagnoses = tuple(dict.fromkeys(case.claim.diagnoses))
    if book is None or day is None or len(diagnoses) < 2:
        return
    pairs = [
        (one, other)
        for at, one in enumerate(diagnoses)
        for other in diagnoses[at + 1 :]
        if book.excludes(one, other, day)
    ]
    if pairs:
        places = {code: case.claim.diagnoses.index(code) + 1 for code in diagnoses}
        named = ", ".join(f"{places[one]} and {places[other]}" for one, other in pairs)
        yield Flag(
            message=f"An Excludes1 note keeps diagnoses apart: {named}",
            suggestion="Keep the one the record supports; override only where the two are "
            "unrelated and the note allows it",
            table_row=f"ICD-10-CM Excludes1, diagnoses {named}",
        )


def sex_conflict(case: Case, lines: Lines) -> Iterator[Flag]:
    """A diagnosis of one sex; condition code 45 or modifier KX says that it is right."""
    book, day = case.tables.diagnoses, case.day
    sex = case.claim.patient.sex
    if book is None or day is None or sex not in (Sex.FEMALE, Sex.MALE):
        return
    if _SEX_OVERRIDDEN in case.claim.condition_codes:
        return
    for place, code in enumerate(case.claim.diagnoses, 1):
        only = book.sex(code, day)
        if only and only != sex and not _attested(case, place):
            yield Flag(
                message=f"Diagnosis {place} belongs to the other sex",
                suggestion="Check the patient's sex and the code; KX on the line says both are "
                "right",
                table_row=f"ICD-10-CM sex of diagnosis {place}",
            )
            return


def _attested(case: Case, place: int) -> bool:
    """Whether a line that points to the diagnosis (any line, where none does) carries KX."""
    pointing = [line for line in case.claim.lines if place in line.pointers]
    return any(_ATTESTED in line.modifiers for line in pointing or case.claim.lines)


def age_conflict(case: Case, lines: Lines) -> Iterator[Flag]:
    """A diagnosis or a preventive visit that does not fit the patient's age that day."""
    birth = case.claim.patient.birth_date
    if birth is None:
        return
    diagnoses = case.claim.diagnoses
    aged = [place for place, code in enumerate(diagnoses, 1) if _is_aged(code)]
    for line in lines:
        if not aged and line.code not in _PREVENTIVE_AGES:
            continue
        day = line.service_from or case.day
        if day is None or day < birth:
            continue
        if line.code in _PREVENTIVE_AGES and (flag := _preventive_conflict(case, line)):
            yield flag
            continue
        for place in aged:
            mine = place in line.pointers or (line is lines[0] and not _pointed(case, place))
            if mine and (what := _unfit(diagnoses[place - 1], birth, day)):
                yield Flag(
                    line_no=line.line_no,
                    carc="9",
                    message=f"Diagnosis {place} is a {what} code and does not fit the age",
                    suggestion="Check the date of birth and the code",
                )
                break


# A practice's claims name the same few codes.
@lru_cache(10_000)
def _is_aged(code: str) -> bool:
    return code.startswith(_AGED)


def preventive_code(case: Case, line: ServiceLine) -> str:
    """The preventive visit code for the patient's age; empty where the line has no such visit."""
    birth, day = case.claim.patient.birth_date, line.service_from or case.day
    if birth is None or day is None or day < birth or line.code not in _PREVENTIVE_AGES:
        return ""
    age = age_on(birth, day)
    return next(
        code
        for code, (low, high) in _PREVENTIVE_AGES.items()
        if code[:4] == line.code[:4] and low <= age <= high
    )


def _preventive_conflict(case: Case, line: ServiceLine) -> Flag | None:
    right = preventive_code(case, line)
    if right in ("", line.code):
        return None
    return Flag(
        line_no=line.line_no,
        carc="6",
        message=f"{line.code} is for another age than the patient's on the day of service",
        suggestion=f"Bill {right}",
        fix=Fix(field="code", value=right, line_no=line.line_no),
        table_row=f"preventive visit ages {right}",
    )


def _pointed(case: Case, place: int) -> bool:
    return any(place in line.pointers for line in case.claim.lines)


def _unfit(code: str, birth: date, day: date) -> str:
    for prefix, what, first, last, days in _DIAGNOSIS_AGES:
        if not code.startswith(prefix):
            continue
        if not first <= age_on(birth, day) <= last:
            return what
        if days is not None and (day - birth).days > days:
            return what
    return ""


def side_conflict(case: Case, lines: Lines) -> Iterator[Flag]:
    """The side a line names is that of a diagnosis it points to."""
    book = case.tables.diagnoses
    if book is None:
        return
    for line in lines:
        if not line.modifiers:
            continue
        sides = {SIDE_OF_MODIFIER[one] for one in line.modifiers if one in SIDE_OF_MODIFIER}
        day = line.service_from or case.day
        if len(sides) != 1 or day is None:
            continue
        (side,) = sides
        named = _sides(case, line, book, day)
        told = [(place, where) for place, where in named if where in (_RIGHT, _LEFT, _BILATERAL)]
        if told and not any(where in (side, _BILATERAL) for _, where in told):
            place = told[0][0]
            yield Flag(
                line_no=line.line_no,
                message=f"The line is for the {side} side, its diagnosis {place} for the other",
                suggestion="Correct the modifier or the diagnosis from the record",
                table_row=f"ICD-10-CM side of diagnosis {place}",
            )


def unspecified_side(case: Case, lines: Lines) -> Iterator[Flag]:
    """A line that names a side wants a diagnosis that names it too."""
    book = case.tables.diagnoses
    if book is None:
        return
    for line in lines:
        day = line.service_from or case.day
        if day is None or _WITH_SIDE.isdisjoint(line.modifiers):
            continue
        for place, where in _sides(case, line, book, day):
            if where == _UNSPECIFIED:
                yield Flag(
                    line_no=line.line_no,
                    message=f"The line names a side, its diagnosis {place} does not",
                    suggestion="Use the diagnosis of that side where the record names it",
                    table_row=f"ICD-10-CM side of diagnosis {place}",
                )
                break


def _sides(case: Case, line: ServiceLine, book: DiagnosisBook, day: date) -> list[tuple[int, str]]:
    """The places of the diagnoses the line points to, each with its side."""
    diagnoses = case.claim.diagnoses
    return [
        (place, book.side(diagnoses[place - 1], day))
        for place in line.pointers
        if 0 < place <= len(diagnoses)
    ]


def pointed_diagnoses(case: Case, line: ServiceLine) -> tuple[str, ...]:
    """The diagnoses the line points to, in its order."""
    diagnoses = case.claim.diagnoses
    return tuple(diagnoses[at - 1] for at in line.pointers if 0 < at <= len(diagnoses))


def repeated_diagnosis(case: Case, lines: Lines) -> Iterator[Flag]:
    """A diagnosis is reported once."""
    diagnoses = case.claim.diagnoses
    if len(set(diagnoses)) < len(diagnoses):
        first = {code: place for place, code in reversed([*enumerate(diagnoses, 1)])}
        again = [
            f"{place} is {first[code]}"
            for place, code in enumerate(diagnoses, 1)
            if first[code] != place
        ]
        yield Flag(message=f"A diagnosis is listed twice: {', '.join(again)}")


def not_covered(case: Case, lines: Lines) -> Iterator[Flag]:
    """One of the diagnoses a line points to is in the coverage list of its code."""
    table = case.tables.coverage
    if table is None:
        return
    for line in lines:
        day = line.service_from or case.day
        if day is None or "GA" in line.modifiers or "GZ" in line.modifiers:
            continue
        covered = table.covered(line.code, day)
        if covered is not None and not any(
            _is_covered(covered, code) for code in pointed_diagnoses(case, line)
        ):
            yield Flag(
                line_no=line.line_no,
                message=f"No diagnosis the line points to is covered for {line.code}",
                suggestion="Point to the covered diagnosis if the record supports it for this "
                "service",
                table_row=f"coverage {line.code}",
            )


def _is_covered(covered: frozenset[str], code: str) -> bool:
    """Whether the list names the code, or a category above it (``I50-``, from ``I50.-``)."""
    return code in covered or any(one[-1:] == "-" and code.startswith(one[:-1]) for one in covered)
