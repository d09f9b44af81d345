"""Where a live visit is billed and under which modifiers, by payer, day and how it was held.

telehealth.md s.2. The same functions fill in what is blank, check what stands and say what would
have been right.
"""

from __future__ import annotations

from datetime import date

from plugins import Case, PayerKind, Policy, ServiceLine
from plugins.telehealth import codes
from plugins.telehealth.records import Visit
from plugins.telehealth.visits import AUDIO_MODIFIERS, MODIFIERS, Session, is_medicare, session_of

PANDEMIC = date(2020, 3, 1)
"""Medicare: place as in person with 95, from this day."""

HOME_EXISTS = date(2022, 1, 1)
"""Place 10 and the modifiers 93 and FQ begin."""

HOME_AT_MEDICARE = date(2024, 1, 1)
"""Medicare: place 10 at home and 02 elsewhere, from this day."""

_USUAL, _ALWAYS_02 = "medicare", "always_02"
_HOSPITAL_PLACES = ("19", "22")
_CLINIC_TAXONOMIES = frozenset({"261QR1300X", "261QF0400X", "261QM2800X"})
_CLINIC_BILLS = ("071", "077")
_HOSPITAL_BILLS = ("012", "013", "085")
MENTAL_HEALTH_REVENUE = "0900"
_CLINIC_PLACES = frozenset({"50", "58", "72"})
_CONFLICTS = ({"95", "93"}, {"95", "GT"}, {"93", "GT"}, {"95", "FQ"})


def place_mode(policy: Policy, kind: PayerKind, day: date | None) -> str:
    """The payer's ``pos_mode`` on ``day``; empty: it has said nothing.

    ``medicare`` follows Medicare's own history: 02 until February 2020, the place of an in-person
    visit until 2023, then 10 at home and 02 elsewhere. Other payers follow it from the day place
    10 exists.
    """
    mode = policy.text("telehealth.pos_mode")
    if mode != _USUAL or day is None:
        return mode
    if kind is PayerKind.MEDICARE and day < HOME_AT_MEDICARE:
        return _ALWAYS_02 if day < PANDEMIC else "medicare_phe"
    return _ALWAYS_02 if day < HOME_EXISTS else mode


def supported_places(
    visit: Visit, policy: Policy, kind: PayerKind, day: date | None
) -> tuple[str, ...]:
    """The places of service that fit a live visit, the usual one first; empty: as in person.

    Where nobody wrote down where the patient was, both of 10 and 02 fit.
    """
    mode = place_mode(policy, kind, day)
    if mode == _ALWAYS_02:
        return ("02",)
    if mode != _USUAL:
        return ()
    if visit.patient_location == "home":
        from_hospital = kind is PayerKind.MEDICARE and visit.practitioner_in_hospital
        return ("10", *_HOSPITAL_PLACES) if from_hospital else ("10",)
    return ("02",) if visit.patient_location else ("10", "02")


def supported_place(visit: Visit, policy: Policy, kind: PayerKind, day: date | None) -> str:
    """The one place a live visit belongs to; empty when that is not one of 02 and 10."""
    places = supported_places(visit, policy, kind, day)
    return "" if len(places) == 2 else next(iter(places), "")


def is_wrong_place(place: str, places: tuple[str, ...], mode: str) -> bool:
    """Whether ``place`` does not fit the payer's mode; a payer who said nothing takes any."""
    if not mode:
        return False
    return place not in places if places else place in {"02", "10"}


def supported_modifier(visit: Visit, policy: Policy, kind: PayerKind, day: date | None) -> str:
    """The modifier that a line of a live visit has to carry; empty: none."""
    if visit.modality == "audio":
        return audio_modifier(policy, day)
    if kind is not PayerKind.MEDICARE:
        return policy.text("telehealth.modifier_av")
    if day is None or day < PANDEMIC:
        return ""
    if day < HOME_AT_MEDICARE:
        return "95"
    from_hospital = visit.practitioner_in_hospital and visit.patient_location == "home"
    return "95" if from_hospital else ""


def audio_modifier(policy: Policy, day: date | None) -> str:
    """The modifier this payer wants on a visit by telephone; empty: none."""
    wanted = policy.text("telehealth.modifier_audio")
    if wanted == "none" or (day is not None and day < HOME_EXISTS):
        return ""
    return wanted


def carries(case: Case, line: ServiceLine, wanted: str) -> bool:
    """Whether the line carries ``wanted``; clinics and opioid programs may say FQ instead of 93."""
    if wanted in line.modifiers:
        return True
    return wanted == "93" and "FQ" in line.modifiers and _may_say_fq(case, line)


def _may_say_fq(case: Case, line: ServiceLine) -> bool:
    billing = case.claim.billing
    return (
        bool(billing.otp_enrolled)
        or billing.taxonomy in _CLINIC_TAXONOMIES
        or case.place_of(line) in _CLINIC_PLACES
        or case.claim.institutional is not None
    )


def is_contradictory(line: ServiceLine, modality: str) -> bool:
    """Whether the telehealth modifiers of the line contradict each other or the visit."""
    given = frozenset(line.modifiers)
    if any(pair <= given for pair in _CONFLICTS):
        return True
    if modality == "av":
        return not AUDIO_MODIFIERS.isdisjoint(given)
    return modality == "audio" and "95" in given


def corrected(case: Case, line: ServiceLine, session: Session) -> tuple[str, ...]:
    """The modifiers the line should carry: its own, with those of telehealth put right."""
    day = case.day_of(line)
    policy, kind = case.policy_on(line), case.claim.payer.kind
    wanted = supported_modifier(session.visit, policy, kind, day)
    if (
        wanted
        and carries(case, line, wanted)
        and not is_contradictory(line, session.visit.modality)
    ):
        return line.modifiers
    kept = tuple(one for one in line.modifiers if _stays(one, case, session))
    return (*kept, wanted) if wanted and wanted not in kept else kept


def _stays(modifier: str, case: Case, session: Session) -> bool:
    if modifier not in MODIFIERS:
        return True
    # Medicare tolerates 95 on a video visit.
    return modifier == "95" and not session.is_audio and is_medicare(case)


def place_of_claim(case: Case) -> str:
    """The place the claim's live lines belong to; empty: no such line, or as in person."""
    session = session_of(case)
    if session is None:
        return ""
    line = next((one for one in session.lines if not _is_hands_on(case, one)), None)
    if line is None:
        return ""
    place = case.place_of(line)
    kind, day = case.claim.payer.kind, case.day_of(line)
    places = supported_places(session.visit, case.policy_on(line), kind, day)
    if place in places:
        return place
    return supported_place(session.visit, case.policy_on(line), kind, day)


def _is_hands_on(case: Case, line: ServiceLine) -> bool:
    return codes.HANDS_ON.holds(line.code, case.day_of(line))


def institutional_modifier(case: Case, line: ServiceLine, modality: str) -> str:
    """The modifier a line of an 837I to Medicare carries for a live visit; empty: none.

    Therapy by video that a hospital bills has 95 (from 2024); a health center's mental health
    visit has 95, or 93 (or FQ) by telephone.
    """
    day, part = case.day_of(line), case.claim.institutional
    if part is None or day is None or not is_medicare(case):
        return ""
    if part.type_of_bill.startswith(_CLINIC_BILLS) and day >= HOME_EXISTS:
        mental = line.revenue_code == MENTAL_HEALTH_REVENUE or codes.BEHAVIORAL.holds(
            line.code, None
        )
        return ("93" if modality == "audio" else "95") if mental and line.code else ""
    if part.type_of_bill.startswith(_HOSPITAL_BILLS) and day >= HOME_AT_MEDICARE:
        therapy = not {"GP", "GO", "GN"}.isdisjoint(line.modifiers)
        return "95" if therapy and modality == "av" and not codes.is_remote(line.code) else ""
    return ""
