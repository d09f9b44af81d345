"""Why a claim waits, in words: the queue keeps codes, a biller reads sentences."""

from __future__ import annotations

from datetime import date
from functools import cache

from core.scrub.engine import UNREADABLE_RECORD
from core.submission.unwritable import RULE as UNWRITABLE
from core.usecases.prepare import UNCONFIRMED_PROVIDER
from core.x12.claim_status_words import STATUSES
from plugins.host import rule_titles
from tenants.reference import cause_table

_OWN = {
    UNCONFIRMED_PROVIDER.rule: "Billing provider not confirmed yet",
    UNREADABLE_RECORD.rule: "A record its plugin cannot read",
    UNWRITABLE: "The 837 cannot carry it as it is",
}
_ANSWERS = {
    "999": "Its transaction set was refused (999)",
    "TA1": "Its whole file was refused (TA1)",
}


@cache
def reason(note: str) -> str:
    """The note of a claim's last move, for a person; empty stays empty.

    A note is rule ids, or the codes of an acknowledgement, or already words.
    """
    kind, _, codes = note.partition(" ")
    if kind in _ANSWERS:
        return _ANSWERS[kind]
    if kind == "277CA":
        status = codes.partition(":")[2].partition(" ")[0]
        meaning = STATUSES.get(status, ("refused before adjudication", ""))[0]
        return f"{meaning[:1].upper()}{meaning[1:]} (277CA)"
    titles = [_title(code) for code in note.split()]
    if not titles or "" in titles:
        return note[:1].upper() + note[1:]
    more = f" and {len(titles) - 1} more" if len(titles) > 1 else ""
    return f"{titles[0]}{more}"


def adjustment(group: str, carc: str, on: date | None) -> str:
    """What a group code and a CARC meant on the day of payment, by our own table."""
    return cause_table().ruling(group, carc, on or date.max).label


def _title(rule: str) -> str:
    return _OWN.get(rule) or rule_titles().get(rule, "")
