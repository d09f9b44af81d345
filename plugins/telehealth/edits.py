"""Telehealth edits (telehealth.md s.6; ids are the sheet's)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from plugins import (
    Case,
    ClaimEdit,
    Flag,
    Form,
    PayerKind,
    Scope,
    ServiceLine,
    Severity,
    Touches,
    Window,
)
from plugins.telehealth import coding
from plugins.telehealth.code_edits import EDITS as CODE_EDITS
from plugins.telehealth.records import VISIT, Visit

Lines = Sequence[ServiceLine]

_SHEET = "telehealth.md s.6"
_PLACES = frozenset({"02", "10"})
_AUDIO = frozenset({"93", "FQ"})
_MODIFIERS = frozenset({"95", "93", "GT", "GQ", "FQ"})


def _visit(case: Case) -> Visit | None:
    return case.record(VISIT.id, Visit)


def _live(case: Case, lines: Lines) -> tuple[Visit, list[ServiceLine]] | None:
    """The live visit and the lines that were part of it; None when it was none."""
    visit = _visit(case)
    if visit is None or visit.modality not in coding.LIVE:
        return None
    mine = [line for line in lines if not coding.is_remote(line.code) and line.code != "Q3014"]
    return (visit, mine) if mine else None


def _place(case: Case, lines: Lines) -> Iterator[Flag]:
    found = _live(case, lines)
    if found is None:
        return
    visit, mine = found
    for line in mine:
        place, kind = case.place_of(line), case.claim.payer.kind
        wanted = coding.supported_place(visit, case.policy_on(line), kind, case.day_of(line))
        if (wanted and place != wanted) or (not wanted and place in _PLACES):
            yield Flag(
                message=f"Place of service {place or 'blank'} does not fit this telehealth visit",
                suggestion=f"Use {wanted}" if wanted else "Use the place of an in-person visit",
            )
            return


def _pandemic_modifier(case: Case, lines: Lines) -> Iterator[Flag]:
    found = _live(case, lines)
    if found is None:
        return
    visit, mine = found
    for line in mine:
        day = case.day_of(line)
        audio = visit.modality == "audio"
        if audio and (day is None or day < date(2022, 1, 1)):
            continue
        if _AUDIO.isdisjoint(line.modifiers) if audio else "95" not in line.modifiers:
            yield Flag(
                line_no=line.line_no,
                message=f"Medicare wanted modifier {'93' if audio else '95'} on this day",
            )


def _in_person(case: Case, lines: Lines) -> Iterator[Flag]:
    visit = _visit(case)
    if visit is None or visit.modality != "none":
        return
    if any(case.place_of(line) in _PLACES for line in lines):
        yield Flag(message="The visit was in person, but the place of service says telehealth")
    for line in lines:
        if not _MODIFIERS.isdisjoint(line.modifiers):
            yield Flag(
                line_no=line.line_no,
                message="The visit was in person, but a modifier says telehealth",
            )


def _video_modifier(case: Case, lines: Lines) -> Iterator[Flag]:
    found = _live(case, lines)
    if found is None or found[0].modality != "av" or case.claim.payer.kind is PayerKind.MEDICARE:
        return
    for line in found[1]:
        wanted = case.policy_on(line).text("telehealth.modifier_av")
        if wanted and wanted not in line.modifiers:
            yield Flag(
                line_no=line.line_no,
                message=f"This payer wants modifier {wanted} on a video visit",
                suggestion=f"Add {wanted}",
            )


def _audio_modifier(case: Case, lines: Lines) -> Iterator[Flag]:
    found = _live(case, lines)
    if found is None or found[0].modality != "audio":
        return
    for line in found[1]:
        wanted = case.policy_on(line).text("telehealth.modifier_audio", "93")
        if wanted != "none" and "95" not in line.modifiers and wanted not in line.modifiers:
            yield Flag(
                line_no=line.line_no,
                message=f"This payer wants modifier {wanted} on a visit by telephone",
                suggestion=f"Add {wanted}",
            )


def _contradiction(case: Case, lines: Lines) -> Iterator[Flag]:
    visit = _visit(case)
    modality = visit.modality if visit else ""
    for line in lines:
        given = frozenset(line.modifiers)
        if not given & _MODIFIERS or coding.is_remote(line.code):
            continue
        both = {"95", "93"} <= given or {"95", "GT"} <= given or {"93", "GT"} <= given
        wrong = (modality == "av" and given & _AUDIO) or (modality == "audio" and "95" in given)
        if both or wrong:
            yield Flag(
                line_no=line.line_no,
                message="The telehealth modifiers contradict each other or the visit",
            )


def _audio_not_allowed(case: Case, lines: Lines) -> Iterator[Flag]:
    found = _live(case, lines)
    if found is None or found[0].modality != "audio":
        return
    for line in found[1]:
        policy = case.policy_on(line)
        if policy.states("telehealth.audio_codes") and not policy.lists_code(
            "telehealth.audio_codes", line.code
        ):
            yield Flag(
                line_no=line.line_no,
                reason="code",
                message=f"This payer does not take {line.code} by telephone",
            )
        elif reason := _medicare_fault(case, found[0], line):
            yield Flag(
                line_no=line.line_no,
                reason=reason,
                message="Medicare takes a telephone visit only from home, by a practitioner able "
                "to use video, when the patient cannot or will not",
            )


def _medicare_fault(case: Case, visit: Visit, line: ServiceLine) -> str:
    day = case.day_of(line)
    if case.claim.payer.kind is not PayerKind.MEDICARE or day is None or day < date(2025, 1, 1):
        return ""
    if visit.patient_location and visit.patient_location != "home":
        return "not_home"
    if visit.practitioner_video_capable is False:
        return "not_capable"
    return "video_possible" if visit.patient_video_declined_or_unable is False else ""


def _gt_at_medicare(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if "GT" in line.modifiers:
            yield Flag(
                line_no=line.line_no,
                message="Medicare does not take modifier GT on a professional claim",
                suggestion="Remove GT",
            )


def _not_licensed(case: Case, lines: Lines) -> Iterator[Flag]:
    visit, provider = _visit(case), case.claim.rendering
    if visit is None or visit.modality not in coding.LIVE or provider is None:
        return
    if not case.policy.flag("telehealth.requires_instate_license", True):
        return
    allowed = (*provider.licensed_states, *visit.privilege_states)
    known = visit.patient_state and visit.provider_state and allowed
    if known and visit.patient_state not in allowed:
        yield Flag(message="The rendering provider is not licensed where the patient was")


def _state_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    found = _live(case, lines)
    if found and not (found[0].patient_state and found[0].provider_state):
        yield Flag(
            message="The state of the patient or of the provider during the visit is missing",
            suggestion="Complete the visit record",
        )


def _consent_missing(case: Case, lines: Lines) -> Iterator[Flag]:
    found = _live(case, lines)
    if found is None or found[0].consent_documented:
        return
    for line in found[1]:
        if case.policy_on(line).flag("telehealth.requires_consent"):
            yield Flag(
                line_no=line.line_no, message="This payer wants the patient's consent documented"
            )


_P = (Form.PROFESSIONAL,)
_ANY = Touches(forms=_P)
_MEDICARE = Touches(forms=_P, payer_kinds=(PayerKind.MEDICARE,))
_DENY, _REJECT = Severity.DENY, Severity.REJECT

EDITS = (
    ClaimEdit(
        id="TH-001",
        title="Place of service",
        source=_SHEET,
        severity=_DENY,
        check=_place,
        scope=Scope.CLAIM,
        touches=_ANY,
        carc="5",
        place_837="CLM05-1",
    ),
    ClaimEdit(
        id="TH-002",
        title="Modifier 2020 to 2023",
        source=_SHEET,
        severity=_DENY,
        check=_pandemic_modifier,
        touches=_MEDICARE,
        effective=Window(date(2020, 3, 1), date(2023, 12, 31)),
        carc="4",
        supersedes=("TH-005",),
    ),
    ClaimEdit(
        id="TH-003",
        title="Telehealth marks in person",
        source=_SHEET,
        severity=_DENY,
        check=_in_person,
        scope=Scope.CLAIM,
        touches=_ANY,
        carc="5",
    ),
    ClaimEdit(
        id="TH-004",
        title="Video modifier",
        source=_SHEET,
        severity=_DENY,
        check=_video_modifier,
        touches=_ANY,
        carc="4",
        place_837="SV101-3",
    ),
    ClaimEdit(
        id="TH-005",
        title="Telephone modifier",
        source=_SHEET,
        severity=_DENY,
        check=_audio_modifier,
        touches=_ANY,
        carc="4",
        place_837="SV101-3",
    ),
    ClaimEdit(
        id="TH-006",
        title="Modifiers contradict",
        source=_SHEET,
        severity=_DENY,
        check=_contradiction,
        touches=_ANY,
        carc="4",
        place_837="SV101-3",
    ),
    ClaimEdit(
        id="TH-008",
        title="Telephone not allowed",
        source=_SHEET,
        severity=_DENY,
        check=_audio_not_allowed,
        touches=_ANY,
        carc="96",
    ),
    ClaimEdit(
        id="TH-009",
        title="GT at Medicare",
        source=_SHEET,
        severity=_DENY,
        check=_gt_at_medicare,
        touches=_MEDICARE,
        effective=Window(date(2018, 1, 1)),
        carc="4",
    ),
    ClaimEdit(
        id="TH-013",
        title="License in the patient's state",
        source=_SHEET,
        severity=_DENY,
        check=_not_licensed,
        scope=Scope.CLAIM,
        touches=_ANY,
        carc="185",
    ),
    ClaimEdit(
        id="TH-014",
        title="States of the visit",
        source=_SHEET,
        severity=_REJECT,
        check=_state_missing,
        scope=Scope.CLAIM,
        touches=_ANY,
    ),
    ClaimEdit(
        id="TH-015",
        title="Consent",
        source=_SHEET,
        severity=_DENY,
        check=_consent_missing,
        touches=_ANY,
        carc="16",
    ),
    *CODE_EDITS,
)
