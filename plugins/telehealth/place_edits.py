"""Edits on place and modifiers of a visit: TH-001 to TH-006, TH-009, TH-010, TH-014, TH-033."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from plugins import (
    Case,
    Confidence,
    Fix,
    Flag,
    Form,
    Scope,
    ServiceLine,
    Severity,
    Window,
)
from plugins.telehealth import codes, places
from plugins.telehealth.coverage import is_covered
from plugins.telehealth.rows import BILLED, MEDICARE, edit
from plugins.telehealth.visits import (
    MODIFIERS,
    PLACES,
    Lines,
    is_medicare,
    pointed,
    session_of,
    telehealth_lines,
    visit_of,
)

_PLACE, _MODIFIER = "CLM05-1, SV105", "SV101-3"
_PANDEMIC = Window(places.PANDEMIC, date(2023, 12, 31))


def _wrong_place(case: Case, lines: Lines) -> Iterator[Flag]:
    session = session_of(case)
    for line in session.lines if session else ():
        assert session is not None
        policy, kind, day = case.policy_on(line), case.claim.payer.kind, case.day_of(line)
        fitting = places.supported_places(session.visit, policy, kind, day)
        place = case.place_of(line)
        if codes.HANDS_ON.holds(line.code, day):
            continue
        if places.is_wrong_place(place, fitting, places.place_mode(policy, kind, day)):
            wanted = places.supported_place(session.visit, policy, kind, day)
            yield Flag(
                message=f"Place of service {place or 'blank'} does not fit this telehealth visit",
                suggestion=f"Use {wanted}" if wanted else "Use the place of an in-person visit",
                fix=Fix(field="place_of_service", value=wanted) if wanted else None,
            )
            return


def _pandemic_modifier(case: Case, lines: Lines) -> Iterator[Flag]:
    """Video had 95 beside the place of an in-person visit; by telephone 93 since it exists."""
    session = session_of(case)
    for line in session.lines if session else ():
        assert session is not None
        day = case.day_of(line)
        if day is None or day not in _PANDEMIC or case.place_of(line) in PLACES:
            continue
        if codes.HANDS_ON.holds(line.code, day) or (session.is_audio and "95" in line.modifiers):
            continue
        wanted = "95" if not session.is_audio else places.audio_modifier(case.policy_on(line), day)
        if wanted and not places.carries(case, line, wanted):
            yield _missing(line, wanted, f"Medicare wanted modifier {wanted} on this day")


def _missing(line: ServiceLine, wanted: str, message: str) -> Flag:
    given = " ".join((*line.modifiers, wanted))
    return Flag(
        line_no=line.line_no,
        message=message,
        suggestion=f"Add {wanted}",
        fix=Fix(field="modifiers", value=given, line_no=line.line_no),
    )


def _in_person(case: Case, lines: Lines) -> Iterator[Flag]:
    visit = visit_of(case)
    if visit is None or visit.modality != "none":
        return
    seen = [line for line in lines if line.code != codes.SITE_FEE]
    if any(case.place_of(line) in PLACES for line in seen):
        yield Flag(
            carc="5",
            message="The visit was in person, but the place of service says telehealth",
            suggestion="Use the place where the patient was seen",
        )
    for line in seen:
        if not MODIFIERS.isdisjoint(line.modifiers):
            kept = " ".join(one for one in line.modifiers if one not in MODIFIERS)
            yield Flag(
                carc="4",
                line_no=line.line_no,
                message="The visit was in person, but a modifier says telehealth",
                suggestion="Take the modifier off",
                fix=Fix(field="modifiers", value=kept, line_no=line.line_no),
            )


def _video_modifier(case: Case, lines: Lines) -> Iterator[Flag]:
    if case.claim.form is Form.INSTITUTIONAL:
        yield from _institutional(case, lines, "av")
        return
    session = session_of(case)
    if session is None or session.is_audio:
        return
    for line in session.lines:
        day, policy = case.day_of(line), case.policy_on(line)
        if codes.HANDS_ON.holds(line.code, day) or not is_covered(case, line):
            continue
        if is_medicare(case) and (day is None or day < places.HOME_AT_MEDICARE):
            continue
        wanted = places.supported_modifier(session.visit, policy, case.claim.payer.kind, day)
        if wanted and wanted not in line.modifiers:
            yield _missing(line, wanted, f"This payer wants modifier {wanted} on a video visit")


def _institutional(case: Case, lines: Lines, modality: str) -> Iterator[Flag]:
    visit = visit_of(case)
    if visit is None or visit.modality != modality or visit.role == "originating":
        return
    for line in lines:
        wanted = places.institutional_modifier(case, line, modality)
        if wanted and not places.carries(case, line, wanted):
            yield _missing(line, wanted, f"On this bill a live visit carries modifier {wanted}")


def _audio_modifier(case: Case, lines: Lines) -> Iterator[Flag]:
    if case.claim.form is Form.INSTITUTIONAL:
        yield from _institutional(case, lines, "audio")
        return
    session = session_of(case)
    if session is None or not session.is_audio:
        return
    for line in session.lines:
        day = case.day_of(line)
        if is_medicare(case) and day is not None and day < places.HOME_AT_MEDICARE:
            continue
        wanted = places.audio_modifier(case.policy_on(line), day)
        if not wanted or codes.HANDS_ON.holds(line.code, day) or "95" in line.modifiers:
            continue
        if not places.carries(case, line, wanted):
            yield _missing(
                line, wanted, f"This payer wants modifier {wanted} on a visit by telephone"
            )


def _contradiction(case: Case, lines: Lines) -> Iterator[Flag]:
    visit = visit_of(case)
    for line in lines:
        if line.code == codes.SITE_FEE or MODIFIERS.isdisjoint(line.modifiers):
            continue
        if codes.is_remote(line.code) or codes.ENDED.holds(line.code, case.day_of(line)):
            continue
        modality = visit.modality if visit and visit.role != "originating" else ""
        if _was_asked_for(case, line, modality):
            modality = ""
        if places.is_contradictory(line, modality):
            yield Flag(
                line_no=line.line_no,
                message="The telehealth modifiers contradict each other or the visit",
                suggestion="Keep 95 for video or 93 for the telephone, as the visit was",
            )


def _was_asked_for(case: Case, line: ServiceLine, modality: str) -> bool:
    """Before 93 existed, Medicare had 95 on visits by telephone too."""
    day = case.day_of(line)
    return (
        modality == "audio" and is_medicare(case) and day is not None and day < places.HOME_EXISTS
    )


def _gt_at_medicare(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if "GT" in line.modifiers:
            kept = " ".join(one for one in line.modifiers if one != "GT")
            yield Flag(
                line_no=line.line_no,
                message="Medicare does not take modifier GT on a professional claim",
                suggestion="Remove GT",
                fix=Fix(field="modifiers", value=kept, line_no=line.line_no),
            )


def _stored_at_medicare(case: Case, lines: Lines) -> Iterator[Flag]:
    visit = visit_of(case)
    home = case.claim.patient.address
    state = (visit.patient_state if visit else "") or (home.state if home else "")
    for line in lines:
        if "GQ" in line.modifiers and state and state not in {"AK", "HI"}:
            yield Flag(
                line_no=line.line_no,
                message="Medicare takes modifier GQ from Alaska and Hawaii only",
                suggestion="Remove GQ; what was stored and looked at later is no telehealth visit",
            )


def _no_stroke(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if "G0" not in line.modifiers:
            continue
        diagnoses = {*pointed(case.claim, line), *case.claim.diagnoses}
        if diagnoses and not any(map(codes.is_stroke, diagnoses)):
            yield Flag(
                line_no=line.line_no,
                message="Modifier G0 is for an acute stroke; no diagnosis speaks of one",
                suggestion="Remove G0, or code what raised the question of a stroke",
                table_row="telehealth stroke diagnoses",
            )


def _state_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    """Without the two states nobody can tell license, parity or Medicaid's rules."""
    if not telehealth_lines(case):
        return
    visit = visit_of(case)
    abroad = visit is not None and visit.provider_country not in ("", "US")
    if visit is None or not visit.patient_state or not (visit.provider_state or abroad):
        yield Flag(
            message="The state of the patient or of the practitioner during the visit is missing",
            suggestion="Complete the record of the visit",
        )


EDITS = (
    edit("TH-001", "Place of service", _wrong_place, scope=Scope.CLAIM, carc="5", place=_PLACE),
    edit(
        "TH-002",
        "Modifier 2020 to 2023",
        _pandemic_modifier,
        touches=MEDICARE,
        effective=_PANDEMIC,
        carc="4",
        place=_MODIFIER,
    ),
    edit(
        "TH-003",
        "Telehealth marks in person",
        _in_person,
        scope=Scope.CLAIM,
        carc="5",
        place=f"{_PLACE}, {_MODIFIER}",
    ),
    edit(
        "TH-004",
        "Video modifier",
        _video_modifier,
        touches=BILLED,
        carc="4",
        place=_MODIFIER,
    ),
    edit(
        "TH-005", "Telephone modifier", _audio_modifier, touches=BILLED, carc="4", place=_MODIFIER
    ),
    edit("TH-006", "Modifiers contradict", _contradiction, carc="4", place=_MODIFIER),
    edit(
        "TH-009",
        "GT at Medicare",
        _gt_at_medicare,
        touches=MEDICARE,
        effective=Window(date(2018, 1, 1)),
        carc="4",
        place=_MODIFIER,
    ),
    edit(
        "TH-010",
        "GQ outside Alaska and Hawaii",
        _stored_at_medicare,
        touches=MEDICARE,
        carc="4",
        place=_MODIFIER,
    ),
    edit(
        "TH-014",
        "States of the visit",
        _state_missing,
        severity=Severity.REJECT,
        scope=Scope.CLAIM,
        place="",
    ),
    edit(
        "TH-033",
        "G0 without a stroke",
        _no_stroke,
        confidence=Confidence.MEDIUM,
        carc="11",
        place=_MODIFIER,
    ),
)
