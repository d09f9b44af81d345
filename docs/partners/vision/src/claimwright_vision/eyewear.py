"""Glasses and contact lenses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from claimwright_vision.lenses import LENS_CODES, SIDES, supported_code
from claimwright_vision.policies import EYEWEAR
from claimwright_vision.records import REFRACTION, Eye, Refraction
from plugins import (
    Case,
    ClaimEdit,
    Confidence,
    Flag,
    HistoryNeed,
    Needs,
    PayerKind,
    Scope,
    ServiceLine,
    Severity,
    Touches,
)

Lines = Sequence[ServiceLine]

_STANDARD_FRAME, _DELUXE_FRAME = "V2020", "V2025"
_NEVER_COVERED = ("V2025", "V2702", "V2760", "V2761", "V2762")
_IF_ORDERED = ("V2744", "V2745", "V2750", "V2780", "V2783", "V2784")
_WITHOUT_LENS = ("Z961", "H270", "Q123")
_LENS_SURGERY = ("66982", "66984", "66987", "66988", "66989", "66991")

_PROSTHETIC = "42 U.S.C. 1395x(s)(8); Benefit Policy Manual ch. 15 s. 120"
_ARTICLE = "DME MAC policy article A52499, refractive lenses"
_MEDICARE = (PayerKind.MEDICARE,)


def _only_after_cataract(case: Case, line: ServiceLine) -> bool:
    return case.policy_on(line).text(EYEWEAR) == "after_cataract" and "GY" not in line.modifiers


def _no_reason(case: Case, lines: Lines) -> Iterator[Flag]:
    if any(diagnosis.startswith(_WITHOUT_LENS) for diagnosis in case.claim.diagnoses):
        return
    for line in lines:
        if _only_after_cataract(case, line):
            yield Flag(
                line_no=line.line_no,
                message="Eyewear is paid for an eye without its own lens, and no diagnosis says so",
                suggestion="Name the lens implant or its absence; else it is the patient's (GY)",
            )


def _no_side(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        sides = [side for side in SIDES if side in line.modifiers]
        if len(sides) != 1:
            yield Flag(
                line_no=line.line_no,
                message="A lens line says which eye it is for: RT or LT",
                suggestion="One line for each eye",
            )
        elif line.units > 1:
            yield Flag(
                line_no=line.line_no,
                message="One lens an eye: the line has more than one unit",
                suggestion="One line for each eye",
            )


def _two_frames(case: Case, lines: Lines) -> Iterator[Flag]:
    units = 0
    for line in lines:
        units += int(line.units)
        if units > 1:
            yield Flag(
                line_no=line.line_no,
                message="One pair of glasses after a surgery has one frame",
            )


def _deluxe_alone(case: Case, lines: Lines) -> Iterator[Flag]:
    days = {case.day_of(line) for line in lines if line.code == _STANDARD_FRAME}
    for line in lines:
        if line.code == _DELUXE_FRAME and case.day_of(line) not in days:
            yield Flag(
                line_no=line.line_no,
                message="A deluxe frame bills what it costs beyond a standard frame, which is"
                " missing",
                suggestion="Add the standard frame of the same day",
            )


def _patients_choice(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if "GA" in line.modifiers:
            yield Flag(
                line_no=line.line_no,
                message="GA says the payer might pay; this is left out by law",
                suggestion="Use GY, with GX where the patient signed a notice",
            )
        elif "GY" not in line.modifiers:
            yield Flag(
                line_no=line.line_no,
                message="This is the patient's choice and the patient's to pay",
                suggestion="Add GY",
            )


def _ordered(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        if not {"KX", "GA", "GZ", "GY", "EY"} & set(line.modifiers):
            yield Flag(
                line_no=line.line_no,
                message="No modifier says whether the treating practitioner ordered it",
                suggestion="KX where ordered and needed, GA or GZ where a refusal is expected",
            )


def _surgeries(case: Case) -> list[Eye]:
    found = case.record(REFRACTION.id, Refraction)
    eyes = (found.right, found.left) if found else ()
    return [eye for eye in eyes if eye and eye.lens_surgery_on]


def _second_pair(case: Case, lines: Lines) -> Iterator[Flag]:
    history = case.facts.history
    if history is None:
        return
    for line in lines:
        day = case.day_of(line)
        if day is None or not _only_after_cataract(case, line):
            continue
        frames = [
            prior.service_on
            for prior in history
            if prior.code == _STANDARD_FRAME
            and prior.status in ("paid", "pending")
            and prior.service_on < day
        ]
        surgeries = [prior.service_on for prior in history if prior.code in _LENS_SURGERY]
        surgeries += [eye.lens_surgery_on for eye in _surgeries(case) if eye.lens_surgery_on]
        if frames and not any(max(frames) <= on <= day for on in surgeries):
            yield Flag(
                line_no=line.line_no,
                message="A pair was paid before, and no cataract surgery since is known here",
                suggestion="Write the day of surgery into the refraction, or bill the patient",
            )


def _other_lens(case: Case, lines: Lines) -> Iterator[Flag]:
    refraction = case.record(REFRACTION.id, Refraction)
    for line in lines:
        supported = supported_code(refraction, line)
        if supported and supported != line.code:
            yield Flag(
                line_no=line.line_no,
                message=f"The refraction of that eye supports {supported}",
                suggestion="Compare the order with the refraction",
            )


EDITS = (
    ClaimEdit(
        id="VIS-020",
        title="Eyewear without the diagnosis that pays for it",
        source=_PROSTHETIC,
        severity=Severity.DENY,
        scope=Scope.CLAIM,
        carc="96",
        touches=Touches(codes=(_STANDARD_FRAME, *LENS_CODES), payer_kinds=_MEDICARE),
        check=_no_reason,
    ),
    ClaimEdit(
        id="VIS-021",
        title="Lens without its eye",
        source=_ARTICLE,
        severity=Severity.DENY,
        confidence=Confidence.MEDIUM,
        carc="4",
        touches=Touches(codes=LENS_CODES),
        check=_no_side,
    ),
    ClaimEdit(
        id="VIS-022",
        title="More than one frame",
        source=_PROSTHETIC,
        severity=Severity.DENY,
        scope=Scope.CLAIM,
        carc="151",
        touches=Touches(codes=(_STANDARD_FRAME,), payer_kinds=_MEDICARE),
        check=_two_frames,
    ),
    ClaimEdit(
        id="VIS-023",
        title="Deluxe frame without a standard frame",
        source=_ARTICLE,
        severity=Severity.DENY,
        scope=Scope.CLAIM,
        confidence=Confidence.MEDIUM,
        touches=Touches(codes=(_STANDARD_FRAME, _DELUXE_FRAME), payer_kinds=_MEDICARE),
        check=_deluxe_alone,
    ),
    ClaimEdit(
        id="VIS-024",
        title="Features that are the patient's choice",
        source=_ARTICLE,
        severity=Severity.DENY,
        confidence=Confidence.MEDIUM,
        carc="96",
        touches=Touches(codes=_NEVER_COVERED, payer_kinds=_MEDICARE),
        check=_patients_choice,
    ),
    ClaimEdit(
        id="VIS-025",
        title="Features that need an order",
        source=_ARTICLE,
        severity=Severity.WARN,
        confidence=Confidence.MEDIUM,
        touches=Touches(codes=_IF_ORDERED, payer_kinds=_MEDICARE),
        check=_ordered,
    ),
    ClaimEdit(
        id="VIS-026",
        title="A second pair after one surgery",
        source=_PROSTHETIC,
        severity=Severity.DENY,
        scope=Scope.LIFETIME,
        carc="119",
        needs=Needs(
            history=(HistoryNeed(codes=(_STANDARD_FRAME, *_LENS_SURGERY), look_back_days=3_660),)
        ),
        touches=Touches(codes=(_STANDARD_FRAME,), payer_kinds=_MEDICARE),
        check=_second_pair,
    ),
    ClaimEdit(
        id="VIS-027",
        title="Lens other than the refraction supports",
        source="HCPCS Level II, V2100 to V2314",
        severity=Severity.DENY,
        confidence=Confidence.MEDIUM,
        touches=Touches(codes=LENS_CODES),
        check=_other_lens,
    ),
)
