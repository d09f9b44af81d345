"""Whether the payer takes the service by telehealth, and by telephone: TH-007 and TH-008."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from plugins import Case, Flag, Needs, Policy, ServiceLine, rows, window_of
from plugins.telehealth import codes, places
from plugins.telehealth.records import Visit
from plugins.telehealth.rows import edit
from plugins.telehealth.visits import Lines, is_medicare, says_telehealth, session_of

_COVERED, _AUDIO = "telehealth.covered_codes", "telehealth.audio_codes"
_AUDIO_AT_HOME = date(2025, 1, 1)
"""Medicare: by telephone only from home, on the conditions of 42 CFR 410.78(a)(3)."""


_KNOWN = tuple(
    (row["first"], row["last"], row["listed"] == "listed", window_of(row))
    for row in rows(codes.PACKAGE, "medicare_list.csv")
)


def on_medicare_list(case: Case, code: str, day: date) -> bool | None:
    """Whether Medicare's list holds ``code`` on ``day``; None: nobody here knows.

    The loaded list decides; without one, the few codes of which the day is sure.
    """
    published = case.tables.telehealth_list
    if published is not None:
        return published.holds(code, day)
    for first, last, listed, window in _KNOWN:
        if first <= code <= last and len(code) == len(first):
            return listed and day in window
    return None


def is_covered(case: Case, line: ServiceLine) -> bool:
    """Whether the payer takes the code by telehealth on its day, as far as a list says."""
    day, policy = case.day_of(line), case.policy_on(line)
    # A loaded list decides for Medicare whatever is said; another payer may point to it.
    is_named = policy.codes(_COVERED) == ("medicare_list",)
    is_loaded = case.tables.telehealth_list is not None and (
        is_medicare(case) or not policy.states(_COVERED)
    )
    is_asked = is_named or is_loaded
    if is_asked and day is not None and on_medicare_list(case, line.code, day) is False:
        return False
    return not _has_own_list(policy) or policy.lists_code(_COVERED, line.code)


def _has_own_list(policy: Policy) -> bool:
    return policy.states(_COVERED) and policy.codes(_COVERED) != ("medicare_list",)


def _not_covered(case: Case, lines: Lines) -> Iterator[Flag]:
    session = session_of(case)
    for line in session.lines if session else ():
        if codes.HANDS_ON.holds(line.code, None) and not says_telehealth(case.claim, line):
            # Done in person beside the visit: a blood draw at the office.
            continue
        if not is_covered(case, line):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is not on this payer's telehealth list on the day of service",
                suggestion="See the patient in person for it, or bill what is on the list",
                table_row=f"telehealth list {line.code}",
            )


def _by_telephone(case: Case, lines: Lines) -> Iterator[Flag]:
    session = session_of(case)
    if session is None or not session.is_audio:
        return
    for line in session.lines:
        if not _takes_audio(case, line):
            yield Flag(
                line_no=line.line_no,
                reason="code",
                message=f"This payer does not take {line.code} by telephone",
            )
        elif reason := _medicare_fault(case, session.visit, line):
            yield Flag(
                line_no=line.line_no,
                reason=reason,
                message="Medicare takes a visit by telephone only from home, by a practitioner "
                "able to use video, when the patient cannot or will not",
                suggestion="Correct the record of the visit, or do not bill it",
            )


def _takes_audio(case: Case, line: ServiceLine) -> bool:
    policy, day = case.policy_on(line), case.day_of(line)
    if is_medicare(case) and day is not None and day < places.PANDEMIC:
        return False
    return not policy.states(_AUDIO) or policy.lists_code(_AUDIO, line.code)


def _medicare_fault(case: Case, visit: Visit, line: ServiceLine) -> str:
    day = case.day_of(line)
    if not is_medicare(case) or day is None or day < _AUDIO_AT_HOME:
        return ""
    if visit.patient_location not in ("", "home"):
        return "not_home"
    if visit.practitioner_video_capable is False:
        return "not_capable"
    return "video_possible" if visit.patient_video_declined_or_unable is False else ""


EDITS = (
    edit(
        "TH-007",
        "Not on the telehealth list",
        _not_covered,
        needs=Needs(tables=("telehealth_list",)),
        carc="96",
        place="SV101-2",
    ),
    edit("TH-008", "Telephone not allowed", _by_telephone, carc="96", place="SV101-3"),
)
