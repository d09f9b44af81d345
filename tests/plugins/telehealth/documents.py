"""Scrub documents of telehealth visits, written short, and what the product answers to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from api.stateless import StatelessScrub

Document = dict[str, Any]

NPI, COLLEAGUE, STRANGER = "1234567893", "1679576722", "1245319599"
_SPECIALTIES = {
    "MD": "207Q00000X",
    "NP": "363LF0000X",
    "LCSW": "1041C0700X",
    "CP": "103TC0700X",
    "LPC": "101YM0800X",
    "LMFT": "106H00000X",
    "SLP": "235Z00000X",
}
_POLICY = {
    "medicare": {"pos_mode": "medicare", "modifier_av": None, "modifier_audio": "93"},
    "commercial": {"pos_mode": "medicare", "modifier_av": "95", "modifier_audio": "93"},
    "medicaid": {"pos_mode": "always_02", "modifier_av": "GT", "modifier_audio": "93"},
}
VISIT: Document = {
    "modality": "av",
    "patient_location": "home",
    "patient_state": "TX",
    "provider_state": "TX",
    "provider_country": "US",
    "consent_documented": True,
    "practitioner_video_capable": True,
}
AUDIO = {**VISIT, "modality": "audio", "patient_video_declined_or_unable": True}
NONE = {**VISIT, "modality": "none"}


def at(place: str, **facts: Any) -> Document:
    """The visit with the patient elsewhere: ``home``, ``facility`` or ``other``."""
    return {**VISIT, "patient_location": place, **facts}


def ln(code: str, *modifiers: str, **facts: Any) -> Document:
    """A service line; its number is its place."""
    return {"code": code, "modifiers": list(modifiers), **facts}


def prior(code: str, dos: str, **facts: Any) -> Document:
    """An earlier service of the same practitioner for the same problem, paid."""
    return {
        "dos": dos,
        "code": code,
        "rendering_npi": NPI,
        "group_id": "G1",
        "specialty": "207Q00000X",
        "status": "paid",
        "same_problem": True,
        **facts,
    }


SEEN = prior("99214", "2026-01-05")
"""What makes a patient established, and nothing else."""


def doc(
    *lines: Document,
    payer: str = "medicare",
    dos: str = "2026-05-12",
    pos: str = "10",
    visit: Document | None = VISIT,
    by: str = "MD",
    dx: tuple[str, ...] = ("I10",),
    history: tuple[Document, ...] | None = (),
    policy: Document | None = None,
    knobs: Document | None = None,
    plan: Document | None = None,
    provider: Document | None = None,
    billing: Document | None = None,
    context: Document | None = None,
    plugins: tuple[str, ...] = ("telehealth",),
    **claim: Any,
) -> Document:
    """A clean 837P but for what is asked of it."""
    numbered = [
        {"no": no, "units": 1, "charge": "150.00", "ptr": [1], **one}
        for no, one in enumerate(lines or (ln("99214"),), 1)
    ]
    total = sum(Decimal(one["charge"]) for one in numbered)
    known: Document = {"auths": [], **(context or {})}
    if visit is not None:
        known["telehealth"] = visit
    if history is not None:
        known["history"] = list(history)
    medicare = payer == "medicare"
    telehealth = {
        **_POLICY.get(payer, {}),
        "accepts_98000": False,
        "audio_codes": "all",
        "covered_codes": "all",
        "requires_consent": False,
        **(policy or {}),
    }
    return {
        "id": "1",
        "plugins": list(plugins),
        "payer": {
            "kind": payer,
            "state": "TX",
            **{k: v for k, v in (plan or {}).items() if k != "plan_funding"},
            "policy": {
                "timely_filing_days": 365,
                "telehealth": {k: v for k, v in telehealth.items() if v != "unsaid"},
                **{k: v for k, v in (plan or {}).items() if k == "plan_funding"},
                **(knobs or {}),
            },
        },
        "claim": {
            "form": "837P",
            "received_date": (date.fromisoformat(dos) + timedelta(days=9)).isoformat(),
            "patient": {
                "dob": "1955-03-14",
                "sex": "F",
                "state": "TX",
                "member_id": "1EG4TE5MK73" if medicare else "W123456789",
            },
            "subscriber_relationship": "self",
            "frequency_code": "1",
            "billing": {
                "npi": "1333444556",
                "entity": "org",
                "tax_id": "741234567",
                "tax_id_type": "EI",
                "taxonomy": "261QM0801X",
                "address": {
                    "line1": "100 MAIN ST", "city": "AUSTIN", "state": "TX", "zip": "787011234",
                },
                **(billing or {}),
            },
            "rendering": {
                "npi": NPI,
                "credential": by,
                "taxonomy": _SPECIALTIES.get(by, "207Q00000X"),
                "specialty": _SPECIALTIES.get(by, "207Q00000X"),
                "group_id": "G1",
                "licensed_states": ["TX"],
                "country": "US",
                **(provider or {}),
            },
            "dx": list(dx),
            "pos": pos,
            "dos": dos,
            "total_charge": str(total),
            "signature_on_file": True,
            "accept_assignment": "A",
            "benefits_assigned": "Y",
            "release_of_info": "Y",
            "lines": numbered,
            **claim,
        },
        "context": known,
    }  # fmt: skip


def remote(*lines: Document, **changes: Any) -> Document:
    """A bill for a service without a visit: of an established patient, at the practice."""
    given = {"pos": "11", "visit": NONE, "history": (SEEN,), **changes}
    return doc(*lines, **given)


def monitored(
    *lines: Document, days: int | None = None, live: bool | None = True, **changes: Any
) -> Document:
    """A bill for remote monitoring of a month."""
    facts = {"remote": {"data_days": days, "interactive": live}, **changes.pop("context", {})}
    return remote(*lines, **{"dos": "2026-05-31", "context": facts, **changes})


@cache
def scrub() -> StatelessScrub:
    return StatelessScrub(date(2026, 11, 21))


def answer(document: Document) -> Document:
    """The result of a document."""
    return scrub().result(document)


def held(result: Document) -> set[str]:
    """What holds it: ``TH-001``, and with line and reason ``TH-011@2:home``."""
    return {
        one["rule"]
        + (f"@{one['line']}" if one["line"] is not None else "")
        + (f":{one['reason']}" if "reason" in one else "")
        for one in result["findings"]
        if one["severity"] in ("reject", "deny")
    }


def said(result: Document, line: int) -> Document:
    """What is derived for the claim and for one of its lines."""
    derived: Document = result["derived"]
    of_line: Document = next((one for one in derived.get("lines", ()) if one["no"] == line), {})
    return {**derived, **of_line}


class Row(NamedTuple):
    """A sentence, a document, what holds it, and what is derived (line 1, or ``pos``)."""

    title: str
    document: Document
    holds: str = ""
    derived: Mapping[str, Any] = MappingProxyType({})

    def faults(self) -> Iterator[str]:
        """What the product answers otherwise, in words."""
        result = answer(self.document)
        found = held(result)
        if found != set(self.holds.split()):
            yield f"{self.title}: held by {sorted(found)}"
        derived = said(result, 1)
        for name, value in self.derived.items():
            got = derived.get(name, "absent")
            if (list(got) if isinstance(got, tuple) else got) != value:
                yield f"{self.title}: {name} is {got}"


def faults(rows: Sequence[Row]) -> list[str]:
    """What the product answers otherwise than the rows say."""
    assert len({row.title for row in rows}) == len(rows)
    return [fault for row in rows for fault in row.faults()]
