"""Codes of ours in words a biller uses, and the tone (never the only sign) a state is shown in."""

from __future__ import annotations

from datetime import date

_STAGES = {
    "draft": "Draft",
    "held": "Held here",
    "ready": "Ready to send",
    "batched": "In a batch",
    "sent": "Sent",
    "received": "Received",
    "accepted": "Accepted",
    "rejected": "Rejected",
    "paid": "Paid",
    "partly_paid": "Partly paid",
    "denied": "Denied",
    "reversed": "Reversed",
    "replaced": "Replaced",
    "void": "Void",
    "closed": "Closed",
}

_TONES = {
    "held": "warn",
    "rejected": "bad",
    "denied": "bad",
    "partly_paid": "warn",
    "reversed": "warn",
    "paid": "good",
    "closed": "good",
    "accepted": "good",
    "reject": "bad",
    "deny": "warn",
    "warn": "note",
    "info": "calm",
    "unconfirmed": "warn",
    "active": "good",
}

_SAID_BETTER = {
    "accept_999": "999 accepted",
    "reject_999": "999 rejected",
    "accept_277ca": "277CA accepted",
    "reject_277ca": "277CA rejected",
    "pass_scrub": "passed the rules",
    "hold_for_biller": "held for a biller",
    "hold_for_coder": "held for a coder",
    "hold_for_client": "held for the practice",
    "batch": "put into a batch",
    "send": "sent",
    "resubmit": "to be sent again",
    "release": "released",
    "edit": "edited",
    "override": "overridden",
    "pay": "paid",
    "pay_part": "paid in part",
    "pay_patient_owes": "paid, the patient owes the rest",
    "pay_next_payer_owes": "paid, the next payer owes the rest",
    "pay_crossed_over": "paid and passed on",
    "deny": "denied",
    "reverse": "reversed",
    "go_overdue": "overdue at the payer",
    "cob": "other coverage",
    "info_missing": "information missing",
    "noncovered": "not covered",
    "credentialing": "enrolment",
    "unlisted": "no rule for it yet",
    "client": "practice",
    "demographics": "the person",
    "identifiers": "numbers",
    "clinical": "what is clinical",
    "substance_use": "what is clinical",
    "part2": "Part 2 record",
    "sud_counseling_notes": "substance use counselling notes",
    "nobody": "nobody",
    "system": "Claimwright",
}


_CLAIM_STATUSES = {
    "1": "Processed as primary",
    "2": "Processed as secondary",
    "3": "Processed as tertiary",
    "4": "Denied",
    "19": "Processed as primary and forwarded",
    "20": "Processed as secondary and forwarded",
    "21": "Processed as tertiary and forwarded",
    "22": "Reversal of an earlier payment",
    "23": "Not theirs, forwarded",
    "25": "Predetermination, no payment",
}


def claim_status(code: str) -> str:
    """CLP02 in words."""
    return _CLAIM_STATUSES.get(code, f"Status {code}")


def words(code: str) -> str:
    """``partly_paid`` -> ``partly paid``, and some codes in better words."""
    return _SAID_BETTER.get(code, code.replace("_", " "))


def stage(code: str) -> str:
    """A stage as a label."""
    return _STAGES.get(code, code.replace("_", " ").capitalize())


def tone(code: str) -> str:
    """good, warn, bad, note or calm."""
    return _TONES.get(code, "calm")


def waiting(due_on: date | None, today: date) -> str:
    """How a due date stands to today: ``3 days late``, ``today``, ``in 5 days``."""
    if due_on is None:
        return ""
    days = (due_on - today).days
    if days == 0:
        return "today"
    if days > 0:
        return "tomorrow" if days == 1 else f"in {days} days"
    return "1 day late" if days == -1 else f"{-days} days late"


def waiting_short(due_on: date | None, today: date) -> str:
    """The same for a narrow column: ``3 d late``, ``today``, ``in 5 d``."""
    if due_on is None or due_on == today:
        return "" if due_on is None else "today"
    days = (due_on - today).days
    return f"in {days} d" if days > 0 else f"{-days} d late"


def diagnosis(code: str) -> str:
    """ICD-10-CM with its dot: ``F411`` -> ``F41.1``."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code
