"""Evaluations with codes of their own by video and telephone: TH-016, TH-017, TH-018.

Payers that do not take 98000 to 98015 want the office code; 99441 to 99443 and G2012 ended with
2024. What should be billed instead is said here once, for the edits and for the derivation.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from plugins import Case, Flag, ServiceLine, Severity, Window, documented_minutes, rows
from plugins.telehealth import codes, places
from plugins.telehealth.records import Visit
from plugins.telehealth.rows import edit, on
from plugins.telehealth.visits import LIVE, MODIFIERS, Lines, is_medicare, visit_of

_FIRST = Window(date(2025, 1, 1))
_BRIEF = "98016"
_BRIEF_MINUTES = range(5, 11)
_MORE_THAN = 10

CROSSWALK = {
    row["code"]: (row["office_code"], row["audio"] == "y")
    for row in rows(codes.PACKAGE, "crosswalk.csv")
}
_MINUTES_OF_ENDED = {
    row["code"]: int(row["minutes_least"]) for row in rows(codes.PACKAGE, "telephone_codes.csv")
}
_BY_MINUTES = tuple(
    (int(row["minutes_least"]), row["code"], row["office_code"])
    for row in reversed(rows(codes.PACKAGE, "telephone_evaluations.csv"))
)


class Replacement(msgspec.Struct, frozen=True):
    """What to bill instead of a line: ``code`` None is nothing at all."""

    code: str | None
    modifiers: tuple[str, ...]
    is_placed: bool
    """Whether the telehealth place of service belongs to it."""


def takes_family(case: Case, line: ServiceLine) -> bool | None:
    """Whether the payer takes 98000 to 98015; None: it has not said."""
    if is_medicare(case):
        return False
    policy = case.policy_on(line)
    if not policy.states("telehealth.accepts_98000"):
        return None
    return policy.flag("telehealth.accepts_98000")


def replacement(case: Case, line: ServiceLine) -> Replacement | None:
    """What stands for ``line``; None: the line may stand as it is."""
    day = case.day_of(line)
    if codes.ENDED.holds(line.code, day):
        return _for_ended(case, line)
    if not codes.LIVE_EVALUATION.holds(line.code, day):
        return None
    minutes = audio_minutes(case, line)
    if codes.AUDIO_EVALUATION.holds(line.code, day) and is_short(minutes):
        return Replacement(_brief(line, minutes), _own(line), is_placed=False)
    if takes_family(case, line) is False:
        office, audio = CROSSWALK[line.code]
        return Replacement(office, _marked(case, line, audio=audio), is_placed=True)
    return None


def is_short(minutes: int | None) -> bool:
    """Whether an evaluation by telephone had no more than ten minutes of discussion."""
    return minutes is not None and minutes <= _MORE_THAN


def audio_minutes(case: Case, line: ServiceLine) -> int | None:
    """Minutes of discussion by telephone; the whole time of the line where only that is known."""
    visit = visit_of(case)
    if visit is not None and visit.audio_minutes is not None:
        return visit.audio_minutes
    return documented_minutes(line)


def _brief(line: ServiceLine, minutes: int | None) -> str | None:
    if codes.NEW_AUDIO_EVALUATION.holds(line.code, None) or minutes not in _BRIEF_MINUTES:
        return None
    return _BRIEF


def _for_ended(case: Case, line: ServiceLine) -> Replacement:
    own, minutes = _own(line), audio_minutes(case, line)
    if line.code not in _MINUTES_OF_ENDED:
        too_short = minutes is not None and minutes < _BRIEF_MINUTES.start
        return Replacement(None if too_short else _BRIEF, own, is_placed=False)
    if minutes is None:
        minutes = _MINUTES_OF_ENDED[line.code]
    attained = [(code, office) for least, code, office in _BY_MINUTES if minutes >= least]
    if takes_family(case, line) is not True:
        # An office code is chosen by medical decision making too: its lowest has no least time.
        office = attained[0][1] if attained else _BY_MINUTES[-1][2]
        return Replacement(office, _marked(case, line, audio=True), is_placed=True)
    if attained and not is_short(minutes):
        return Replacement(attained[0][0], own, is_placed=False)
    return Replacement(_BRIEF if minutes in _BRIEF_MINUTES else None, own, is_placed=False)


def _own(line: ServiceLine) -> tuple[str, ...]:
    return tuple(one for one in line.modifiers if one not in MODIFIERS)


def _marked(case: Case, line: ServiceLine, *, audio: bool) -> tuple[str, ...]:
    """The line's own modifiers with the one this payer wants on an office code."""
    visit = visit_of(case) or Visit()
    held = msgspec.structs.replace(visit, modality="audio" if audio else "av")
    kind, day = case.claim.payer.kind, case.day_of(line)
    wanted = places.supported_modifier(held, case.policy_on(line), kind, day)
    own = _own(line)
    return (*own, wanted) if wanted else own


def place_of_replacement(case: Case, line: ServiceLine) -> str:
    """The place of service of what stands for the line; empty: not known."""
    visit = visit_of(case)
    if visit is None or not visit.patient_location or visit.modality not in (*LIVE, ""):
        return ""
    kind, day = case.claim.payer.kind, case.day_of(line)
    return places.supported_place(visit, case.policy_on(line), kind, day)


def _said(found: Replacement | None) -> str:
    if found is None or found.code is None:
        return "Do not bill it"
    marks = f" with {' '.join(found.modifiers)}" if found.modifiers else ""
    place = " at the telehealth place of service" if found.is_placed else ""
    return f"Bill {found.code}{marks}{place}, if the record supports it"


def _not_accepted(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if takes_family(case, line) is False:
            office, _ = CROSSWALK[line.code]
            yield Flag(
                line_no=line.line_no,
                message=f"This payer does not take {line.code}",
                suggestion=_said(replacement(case, line)),
                table_row=f"telehealth crosswalk {line.code} {office}",
            )


def _short_audio(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        minutes = audio_minutes(case, line)
        if is_short(minutes):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} needs more than {_MORE_THAN} minutes of discussion; "
                f"{minutes} are documented",
                suggestion=_said(replacement(case, line)),
            )


def _ended(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        yield Flag(
            line_no=line.line_no,
            message=f"{line.code} ended with 2024",
            suggestion=_said(replacement(case, line)),
            table_row=f"telehealth code families ended {line.code}",
        )


EDITS = (
    edit(
        "TH-016",
        "98000 family not taken",
        _not_accepted,
        touches=on(codes.LIVE_EVALUATION.codes()),
        effective=_FIRST,
        carc="96",
        place="SV101-2",
    ),
    edit(
        "TH-017",
        "Telephone evaluation too short",
        _short_audio,
        touches=on(codes.AUDIO_EVALUATION.codes()),
        effective=_FIRST,
        carc="151",
        place="SV101-2",
    ),
    edit(
        "TH-018",
        "Ended telephone codes",
        _ended,
        severity=Severity.REJECT,
        touches=on(codes.ENDED.codes()),
        effective=_FIRST,
        supersedes=("PS-031",),
        carc="181",
        place="SV101-2",
    ),
)
