"""Scrub documents of behavioral health, written short, and what a trial of a rule says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

from core.rules.rulebook import RuleBook
from core.rules.tables import DiagnosisBook
from core.scrub.document import read_document, scrub_document
from core.scrub.platform import SHEETS
from plugins.host import EnabledPlugin, default_host

DAY = "2026-05-12"
NPI, OTHER_NPI = "1234567893", "1456789126"
_TAXONOMY = {
    "MD": "2084P0800X", "NP": "363LP0808X", "CP": "103TC0700X", "LCSW": "1041C0700X",
    "LMFT": "106H00000X", "LPC": "101YM0800X", "BCBA": "103K00000X", "RBT": "106S00000X",
}  # fmt: skip

Row = Mapping[str, Any]


class Trial(NamedTuple):
    """``fires`` must be held by exactly ``found`` (rule of the trial, severity and line) and
    ``also``; ``quiet`` by ``quiet_found`` alone, and not by the rule at all.

    ``found`` is ``deny 1`` or ``reject claim``; ``also`` names other rules (``BH-018 deny 2``).
    ``derived`` are line numbers with what the result must say of them.
    """

    rule: str
    fires: dict[str, Any]
    quiet: dict[str, Any]
    found: str = "deny 1"
    reason: str = ""
    also: tuple[str, ...] = ()
    quiet_found: tuple[str, ...] = ()
    derived: Mapping[int, Row] = {}
    quiet_derived: Mapping[int, Row] = {}


def line(code: str, minutes: int | None = None, *modifiers: str, **more: Any) -> dict[str, Any]:
    """A line; its number follows from its place."""
    timed = {} if minutes is None else {"minutes": minutes}
    return {
        "code": code,
        "modifiers": list(modifiers),
        "units": 1,
        "charge": "150.00",
        "ptr": [1],
        **timed,
        **more,
    }


def units(code: str, count: int, minutes: int | None = None, **more: Any) -> dict[str, Any]:
    """A line of several units."""
    return line(code, minutes, units=count, **more)


def before(code: str, day: str = DAY, *modifiers: str, **more: Any) -> dict[str, Any]:
    """A service of the same patient by the same person on another claim."""
    return {
        "dos": day,
        "code": code,
        "modifiers": list(modifiers),
        "rendering_npi": NPI,
        "group_id": "G1",
        "specialty": "1041C0700X",
        "status": "paid",
        **more,
    }


def document(
    *lines: Row,
    payer: str = "commercial",
    by: str = "LCSW",
    dx: Sequence[str] = ("F33.1",),
    pos: str = "11",
    day: str = DAY,
    policy: Mapping[str, Any] = {},
    history: Sequence[Row] = (),
    claim: Mapping[str, Any] = {},
    **context: Any,
) -> dict[str, Any]:
    """A claim that is right but for what the trial is about."""
    numbered = [{"no": no, **one} for no, one in enumerate(lines, 1)]
    last = max(one.get("dos", day) for one in numbered)
    taxonomy = _TAXONOMY.get(by, "101Y00000X")
    return {
        "id": "trial",
        "plugins": ["behavioral_health"],
        "payer": {"kind": payer, "state": "TX", "policy": dict(policy)},
        "claim": {
            "form": "837P",
            "received_date": (date.fromisoformat(last) + timedelta(9)).isoformat(),
            "patient": {
                "dob": "1955-03-14",
                "sex": "F",
                "state": "TX",
                "member_id": "1EG4TE5MK73",
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
                    "line1": "100 MAIN ST",
                    "city": "AUSTIN",
                    "state": "TX",
                    "zip": "787011234",
                },
                **claim.get("billing", {}),
            },
            "rendering": {
                "npi": NPI,
                "credential": by,
                "taxonomy": taxonomy,
                "specialty": taxonomy,
                "group_id": "G1",
            },
            "dx": list(dx),
            "pos": pos,
            "dos": day,
            "total_charge": f"{sum(float(one['charge']) for one in numbered):.2f}",
            "signature_on_file": True,
            "accept_assignment": "A",
            "benefits_assigned": "Y",
            "release_of_info": "Y",
            "lines": numbered,
            **{key: value for key, value in claim.items() if key != "billing"},
        },
        "context": {"history": list(history), "auths": [], **context},
    }


@cache
def book() -> RuleBook:
    """The rules a document of this specialty is judged by."""
    enabled = [EnabledPlugin(name="behavioral_health")]
    return default_host().build_rule_book(enabled, platform=SHEETS)


def answer(given: dict[str, Any], diagnoses: DiagnosisBook) -> dict[str, Any]:
    """The result of the stateless scrub."""
    return scrub_document(read_document(given, today=date(2027, 1, 1), diagnoses=diagnoses), book())


def held(result: dict[str, Any]) -> set[str]:
    """What holds the claim: ``BH-001 deny 1``."""
    return {_written(one) for one in result["findings"] if one["severity"] in ("reject", "deny")}


def said(result: dict[str, Any]) -> set[str]:
    """Every finding, whatever its severity."""
    return {_written(one) for one in result["findings"]}


def _written(finding: dict[str, Any]) -> str:
    where = "claim" if finding["line"] is None else finding["line"]
    return f"{finding['rule']} {finding['severity']} {where}"


def derived(result: dict[str, Any], no: int) -> dict[str, Any]:
    """What the result supports of a line."""
    rows = {one["no"]: one for one in result["derived"].get("lines", ())}
    return rows.get(no, {})


def judge(trial: Trial, diagnoses: DiagnosisBook) -> list[str]:
    """What of the trial is not as it says; empty when all is."""
    wrong = []
    fired, silent = answer(trial.fires, diagnoses), answer(trial.quiet, diagnoses)
    wanted = {f"{trial.rule} {trial.found}", *trial.also}
    wanted = {one for one in wanted if " warn " not in one and " info " not in one}
    if held(fired) != wanted:
        wrong.append(f"held by {sorted(held(fired))}, wanted {sorted(wanted)}")
    if f"{trial.rule} {trial.found}" not in said(fired):
        wrong.append(f"{trial.rule} {trial.found} is not said")
    if trial.reason:
        reasons = {one.get("reason") for one in fired["findings"] if one["rule"] == trial.rule}
        if reasons != {trial.reason}:
            wrong.append(f"reason {reasons}")
    if held(silent) != set(trial.quiet_found):
        wrong.append(f"the quiet one is held by {sorted(held(silent))}")
    if any(one["rule"] == trial.rule for one in silent["findings"]):
        wrong.append("the quiet one is not quiet")
    for result, rows in ((fired, trial.derived), (silent, trial.quiet_derived)):
        for no, row in rows.items():
            got = derived(result, no)
            wrong += [
                f"line {no} {key} is {got.get(key, 'absent')}, wanted {value}"
                for key, value in row.items()
                if key not in got or got[key] != value
            ]
    failed = [
        one
        for one in (*fired["findings"], *silent["findings"])
        if one.get("reason") == "rule_failed"
    ]
    return [*wrong, *(f"{one['rule']} failed" for one in failed)]
