"""Dental edits (dental.md s.2; ids are the sheet's)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from plugins import (
    Case,
    ClaimEdit,
    Flag,
    Form,
    FrequencyLimit,
    HistoryNeed,
    Needs,
    Scope,
    ServiceLine,
    Severity,
    Stops,
    Touches,
    rows,
    window_of,
)
from plugins.dental import teeth

Lines = Sequence[ServiceLine]

_SHEET = "dental.md s.2"
_PACKAGE = "plugins.dental"
_RULES = {row["code"]: row for row in rows(_PACKAGE, "code_rules.csv")}
_DELETED = {row["code"]: window_of(row) for row in rows(_PACKAGE, "deleted_codes.csv")}
_REPEATABLE = frozenset({"D0230", "D9223", "D9243"})
_TOOTH_TOLERATED = frozenset({"D0140", "D0220", "D0230", "D7286", "D7961", "D9110"})
_PROSTHESES = (
    *("D2542", "D2543", "D2544", "D2740", "D2750", "D2751", "D2752", "D2790", "D2791", "D2792"),
    *("D2962", "D5110", "D5120", "D5211", "D5212", "D5213", "D5214", "D6058", "D6065", "D6240"),
    *("D6245", "D6740", "D6750"),
)
_EXCLUSIVE = (
    ({"D1206"}, {"D1208"}),
    ({"D0120"}, {"D0150"}),
    ({"D0120"}, {"D0180"}),
    ({"D0150"}, {"D0180"}),
    ({"D4355"}, {"D0150", "D0160", "D0180"}),
    ({"D4346"}, {"D1110", "D1120", "D4341", "D4342", "D4355", "D4910"}),
    ({"D1110"}, {"D4910", "D1120"}),
)
_BY_QUADRANT = frozenset({"D4341", "D4342"})
_BY_TOOTH = frozenset(
    frozenset({"D7140", code}) for code in ("D7210", "D7220", "D7230", "D7240", "D7111")
)


def _apart() -> dict[str, frozenset[str]]:
    """For each code, those it is not reported with on one day."""
    pairs = {frozenset((a, b)) for one, two in _EXCLUSIVE for a in one for b in two}
    found: dict[str, set[str]] = {}
    for pair in pairs | {_BY_QUADRANT} | _BY_TOOTH:
        if len(pair) == 2:
            a, b = sorted(pair)
            found.setdefault(a, set()).add(b)
            found.setdefault(b, set()).add(a)
    return {code: frozenset(others) for code, others in found.items()}


_APART = _apart()
_SEDATION = {"D9223": "D9222", "D9243": "D9239"}


def _site(line: ServiceLine) -> str:
    row = _RULES.get(line.code)
    return row["site"] if row else ""


_TOOTH_SITES = frozenset({"tooth", "surf"})


def _flag(line: ServiceLine, message: str, suggestion: str = "") -> Flag:
    return Flag(line_no=line.line_no, message=f"{line.code}: {message}", suggestion=suggestion)


def _tooth_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if _site(line) in _TOOTH_SITES and not any(tooth.number for tooth in line.teeth):
            yield _flag(line, "the tooth is missing")


def _tooth_invalid(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if any(tooth.number and not teeth.base_tooth(tooth.number) for tooth in line.teeth):
            yield _flag(line, "there is no such tooth", "Use 1 to 32 or A to T")


def _valid_teeth(line: ServiceLine) -> list[str]:
    return [tooth.number for tooth in line.teeth if teeth.base_tooth(tooth.number)]


def _wrong_dentition(line: ServiceLine) -> bool:
    row = _RULES.get(line.code)
    if row is None or row["dentition"] not in {"prim", "perm"}:
        return False
    primary = row["dentition"] == "prim"
    return any(teeth.is_primary(tooth) != primary for tooth in _valid_teeth(line))


def _dentition(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if _wrong_dentition(line):
            yield _flag(line, "the code is for the other dentition than the tooth")


def _position(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        row = _RULES.get(line.code)
        if row is None or _wrong_dentition(line):
            continue
        if any(not teeth.fits_position(tooth, row["position"]) for tooth in _valid_teeth(line)):
            yield _flag(line, "the code is for another position than the tooth's")


def _surfaces_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if _site(line) == "surf" and not any(tooth.surfaces for tooth in line.teeth):
            yield _flag(line, "the surfaces are missing", "Take them from the chart")


def _surface_letters(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if not all(set(tooth.surfaces) <= teeth.SURFACES for tooth in line.teeth):
            yield _flag(line, "a surface is one of M O D B F L I")


def _readable(line: ServiceLine) -> bool:
    return all(set(tooth.surfaces) <= teeth.SURFACES for tooth in line.teeth)


def _repeats(line: ServiceLine) -> bool:
    return any(len(set(tooth.surfaces)) < len(tooth.surfaces) for tooth in line.teeth)


def _letter_on_wrong_tooth(line: ServiceLine, front: str, back: str) -> bool:
    if not _readable(line) or _repeats(line):
        return False
    return any(
        (front if teeth.is_anterior(tooth.number) else back) in tooth.surfaces
        for tooth in line.teeth
        if teeth.base_tooth(tooth.number)
    )


def _surface_place(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if _letter_on_wrong_tooth(line, "O", "I"):
            yield _flag(line, "a front tooth has I and no O, a back tooth O and no I")


def _surface_habit(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if _letter_on_wrong_tooth(line, "B", "F"):
            yield _flag(line, "a front tooth has F and no B, a back tooth B and no F")


def _surface_twice(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if _readable(line) and _repeats(line):
            yield _flag(line, "a surface is given twice")


def _surface_count(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        row = _RULES.get(line.code)
        wanted = row["surfaces"] if row else ""
        if not wanted or not _readable(line) or _repeats(line):
            continue
        least = int(wanted.rstrip("+"))
        for tooth in line.teeth:
            count = len(tooth.surfaces)
            if count and (count < least or (count > least and not wanted.endswith("+"))):
                yield _flag(line, f"the code is for {wanted} surfaces, {count} are given")
                break


def _area_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if _site(line) in {"quad", "arch"} and not line.oral_cavity:
            yield _flag(line, "the area of the mouth is missing")


def _area_kind(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        allowed = {"quad": teeth.QUADRANTS, "arch": teeth.ARCHES}.get(_site(line))
        if allowed and not all(area in allowed for area in line.oral_cavity):
            yield _flag(line, "the area is of the wrong kind", f"Use {', '.join(sorted(allowed))}")


def _area_of_tooth(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        given = teeth.QUADRANTS & set(line.oral_cavity)
        if given and any(teeth.quadrant(tooth) not in given for tooth in _valid_teeth(line)):
            yield _flag(line, "the tooth lies in another quadrant than the one given")


def _site_not_taken(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if _site(line) == "none" and line.teeth and line.code not in _TOOTH_TOLERATED:
            yield _flag(line, "the code takes no tooth")


def _clamped(year: int, month: int, day: int) -> date:
    for last in range(day, 27, -1):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return date(year, month, min(day, 28))


def _still_counts(limit: FrequencyLimit, past: date, day: date) -> bool:
    if limit.per == "rolling_months":
        months = past.year * 12 + past.month - 1 + limit.months
        return past <= day < _clamped(months // 12, months % 12 + 1, past.day)
    return past.year == day.year and past <= day


def _frequency(case: Case, lines: Lines) -> Iterator[Flag]:
    history = case.facts.history
    if history is None:
        return
    for limit in case.policy.limits("dental.frequency"):
        past = [
            prior.service_on
            for prior in history
            if prior.code in limit.codes and prior.status in {"paid", "pending"}
        ]
        for line in lines:
            day = case.day_of(line)
            if line.code not in limit.codes or day is None:
                continue
            # Earlier lines of the same claim count as well.
            if sum(_still_counts(limit, one, day) for one in past) >= limit.maximum:
                yield _flag(line, "the plan's frequency limit is reached")
            past.append(day)


def _exclusive(case: Case, lines: Lines) -> Iterator[Flag]:
    earlier: dict[tuple[date | None, str], list[tuple[int, ServiceLine]]] = {}
    for at, line in enumerate(lines):
        day = case.day_of(line)
        first = min(
            (
                (place, code)
                for code in _APART.get(line.code, ())
                for place, other in earlier.get((day, code), ())
                if _meet(line, other)
            ),
            default=None,
        )
        if first is not None:
            yield _flag(line, f"not on one day with {first[1]}")
        if line.code in _APART:
            earlier.setdefault((day, line.code), []).append((at, line))


def _meet(line: ServiceLine, other: ServiceLine) -> bool:
    """Whether two lines of codes that exclude each other are about the same part of the mouth."""
    pair = frozenset((line.code, other.code))
    if pair == _BY_QUADRANT:
        return bool(set(line.oral_cavity) & set(other.oral_cavity))
    if pair in _BY_TOOTH:
        return bool(set(_valid_teeth(line)) & set(_valid_teeth(other)))
    return True


def _duplicate(case: Case, lines: Lines) -> Iterator[Flag]:
    seen: Counter[tuple[object, ...]] = Counter()
    for line in lines:
        key = (line.code, line.teeth, line.oral_cavity, case.day_of(line))
        if line.code not in _REPEATABLE and seen[key]:
            yield _flag(line, "the line is on the claim twice")
        seen[key] += 1


def _narrative(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if line.code.endswith("999") and not line.description:
            yield _flag(line, "an unlisted code needs a narrative")


def _placement(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if line.prosthesis not in {"I", "R"}:
            yield _flag(line, "initial or replacement is not stated")
        elif line.prosthesis == "R" and line.prosthesis_prior_on is None:
            yield _flag(line, "a replacement needs the date of the prior placement")


def _predetermined(case: Case) -> bool:
    return case.claim.dental is not None and case.claim.dental.predetermination


def _dated_predetermination(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if _predetermined(case) and line.service_from:
            yield _flag(line, "a predetermination has no date of service")


def _undated(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if not _predetermined(case) and line.service_from is None:
            yield _flag(line, "the date of service is missing")


def _accident(case: Case, lines: Lines) -> Iterator[Flag]:
    accident = case.claim.accident
    if accident and (accident.on is None or (accident.kind == "AA" and not accident.state)):
        yield Flag(message="The accident's date, or an auto accident's state, is missing")


def _sedation(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        first, day = _SEDATION[line.code], case.day_of(line)
        if not any(o.code == first and case.day_of(o) == day for o in case.claim.lines):
            yield _flag(line, f"added time needs {first} on the same day")


def _pointers(case: Case, lines: Lines) -> Iterator[Flag]:
    known = min(len(case.claim.diagnoses), 4)
    for line in lines:
        if line.pointers and (min(line.pointers) < 1 or max(line.pointers) > known):
            yield _flag(line, "the line points to a diagnosis not present")


def _retired(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        day = case.day_of(line)
        if day and day not in _DELETED[line.code]:
            yield _flag(line, "the code was retired before the date of service")


_D = Touches(forms=(Form.DENTAL,))
_CODED = Touches(forms=(Form.DENTAL,), prefixes=("D",))
_REJECT, _WARN = Severity.REJECT, Severity.WARN

_ROWS = (
    ("DEN-001", "Tooth missing", _REJECT, _tooth_missing, _CODED),
    ("DEN-002", "Tooth number", _REJECT, _tooth_invalid, _CODED),
    ("DEN-003", "Dentition", _REJECT, _dentition, _CODED),
    ("DEN-004", "Surfaces missing", _REJECT, _surfaces_missing, _CODED),
    ("DEN-005", "Surface letters", _REJECT, _surface_letters, _CODED),
    ("DEN-006", "Surface of position", _REJECT, _surface_place, _CODED),
    ("DEN-007", "Surface habit", _WARN, _surface_habit, _CODED),
    ("DEN-008", "Surface twice", _REJECT, _surface_twice, _CODED),
    ("DEN-009", "Surface count", _REJECT, _surface_count, _CODED),
    ("DEN-010", "Position", _REJECT, _position, _CODED),
    ("DEN-011", "Area missing", _REJECT, _area_missing, _CODED),
    ("DEN-012", "Kind of area", _REJECT, _area_kind, _CODED),
    ("DEN-013", "Tooth and quadrant", _REJECT, _area_of_tooth, _CODED),
    ("DEN-014", "Tooth not taken", _WARN, _site_not_taken, _CODED),
    ("DEN-041", "Exclusive on one day", _REJECT, _exclusive, _CODED),
    ("DEN-042", "Line twice", _REJECT, _duplicate, _CODED),
    ("DEN-052", "Narrative", _REJECT, _narrative, _CODED),
    ("DEN-060", "Placement", _REJECT, _placement, Touches(codes=_PROSTHESES)),
    ("DEN-063", "Predetermination undated", _REJECT, _dated_predetermination, _CODED),
    ("DEN-067", "Sedation time", _REJECT, _sedation, Touches(codes=tuple(_SEDATION))),
    ("DEN-068", "Pointers", _REJECT, _pointers, _CODED),
)

EDITS = (
    *(
        ClaimEdit(
            id=rule,
            title=title,
            source=_SHEET,
            severity=severity,
            check=check,
            touches=touches,
            scope=Scope.SAME_DAY if rule in {"DEN-041", "DEN-067"} else Scope.LINE,
            carc="16",
            place_837="2400 SV3, TOO",
        )
        for rule, title, severity, check, touches in _ROWS
    ),
    ClaimEdit(
        id="DEN-030",
        title="Frequency limit",
        source="dental.md s.3",
        severity=_WARN,
        check=_frequency,
        scope=Scope.ROLLING,
        touches=_CODED,
        carc="119",
        needs=Needs(history=(HistoryNeed(look_back_days=5 * 366),)),
    ),
    ClaimEdit(
        id="DEN-064",
        title="Date of service",
        source=_SHEET,
        severity=_REJECT,
        check=_undated,
        touches=_D,
        stops=Stops.LINE,
        place_837="2400 DTP*472",
    ),
    ClaimEdit(
        id="DEN-066",
        title="Accident",
        source=_SHEET,
        severity=_REJECT,
        check=_accident,
        scope=Scope.CLAIM,
        touches=_D,
        place_837="CLM11",
    ),
    ClaimEdit(
        id="DEN-091",
        title="Retired code",
        source=_SHEET,
        severity=_REJECT,
        check=_retired,
        touches=Touches(codes=tuple(_DELETED)),
        stops=Stops.LINE,
        carc="181",
    ),
)
