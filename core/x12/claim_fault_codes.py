"""Which claim status (categories and codes of the 277CA) an error of ours stands for."""

from __future__ import annotations

from functools import cache

from core.claims.claim import Form
from core.x12.claim_status_values import StatusCode
from core.x12.claim_status_words import STATUSES
from core.x12.claims_loops import CLAIM_ROLES, LINE_ROLES
from core.x12.report import X12Error

_INFORMATION = "21"
_MODIFIERS = range(3, 7)

_BY_CODE = {
    "claim-total": "178",
    "payer-paid-total": "400",
    "line-decision": "400",
    "payer-unknown": "479",
}

# Segment -> its status, or the status of each of its elements; element 0 is the segment as a whole.
_BY_ELEMENT: dict[str, dict[int, str]] = {
    "CLM": {1: "478", 2: "178", 5: "249"},
    "HI": {0: "254", 1: "254"} | dict.fromkeys(range(2, 13), "255"),
    "SV1": {0: "454", 1: "454", 2: "178", 3: "476", 4: "476", 5: "249", 7: "477"},
    "SV2": {0: "455", 1: "455", 2: "454", 3: "178", 4: "476", 5: "476"},
    "SV3": {0: "454", 1: "454", 2: "178", 3: "249", 6: "476", 11: "477"},
    "CL1": {2: "229", 3: "234"},
    "NM1": {0: "125", 2: "125", 3: "125", 4: "505", 5: "125", 7: "125", 8: "153", 9: "153"},
    "N3": dict.fromkeys(range(3), "126"),
    "N4": {0: "126", 1: "126", 2: "501", 3: "500", 4: "126", 7: "126"},
    "DMG": {0: "158", 1: "158", 2: "158", 3: "157"},
    "SBR": {2: "156", 3: "163"},
    "PAT": {0: "156", 1: "156"},
    "PRV": dict.fromkeys(range(4), "145"),
    "PER": dict.fromkeys(range(9), "127"),
    "LX": {0: "247", 1: "247"},
    "LIN": dict.fromkeys(range(4), "218"),
    "CTP": dict.fromkeys(range(6), "218"),
    "SVD": dict.fromkeys(range(7), "286"),
    "CAS": dict.fromkeys(range(20), "521"),
    "OI": dict.fromkeys(range(7), "171"),
}
_BILL = {1: "228", 2: "228", 3: "535"}
_PLACE = {1: "249", 2: "249", 3: "535"}
_PAYERS = frozenset(("2010BB", "2330B"))
_UPPER = {
    "2000A": "85", "2010AA": "85", "2010AB": "87", "2010AC": "87",
    "2000B": "IL", "2010BA": "IL", "2010BB": "PR", "2000C": "QC", "2010CA": "QC",
    "2330A": "GB", "2330B": "PR",
}  # fmt: skip
_MEMBERS = frozenset(("2010BA", "2330A"))


def status_of_error(error: X12Error, form: Form) -> StatusCode:
    """The claim status for ``error`` on a claim of ``form``.

    A6 says that something is missing, A8 that parts contradict each other, A7 that it is wrong.
    The entity is named where the status is about one.
    """
    status = _BY_CODE.get(error.code) or _by_place(error, form)
    about_one = "the entity" in STATUSES[status][0]
    entity = _entities(form).get(error.loop, "") if about_one else ""
    return StatusCode(category=_category(error), status=status, entity=entity)


def _category(error: X12Error) -> str:
    if error.code.endswith(("-missing", "-required")):
        return "A6"
    relations = ("element-condition", "element-exclusion", "payer-unknown")
    return "A8" if error.snip == 3 or error.code in relations else "A7"


def _by_place(error: X12Error, form: Form) -> str:
    segment, element, component = error.segment_id, error.element, error.component
    if segment == "NM1" and element in (8, 9):
        return _identifier(error)
    if segment == "CLM" and element == 5:
        parts = _BILL if form is Form.INSTITUTIONAL else _PLACE
        return parts[component if component in parts else 1]
    if segment in ("SV1", "SV2", "SV3") and component in _MODIFIERS:
        procedure = 2 if segment == "SV2" else 1
        if element == procedure:
            return "453"
    if segment == "DTP":
        whole = error.loop == "2300" and form is Form.INSTITUTIONAL
        return "188" if whole else "187"
    if segment == "REF" and error.loop == "2010AA":
        return "128"
    if segment == "AMT":
        return "183"
    return _BY_ELEMENT.get(segment, {}).get(element, _INFORMATION)


def _identifier(error: X12Error) -> str:
    """What NM109 of this loop is: a member number, a payer's id, else an NPI."""
    if error.loop in _MEMBERS:
        return "164"
    return "153" if error.loop in _PAYERS or error.loop == "2010CA" else "562"


@cache
def _entities(form: Form) -> dict[str, str]:
    """Loop -> the entity (NM101) that stands there."""
    roles = (*LINE_ROLES[form].items(), *CLAIM_ROLES[form].items())
    # Two entities may share a loop; the first of them names it.
    found = {loop: code for code, (loop, _) in reversed(roles)}
    return found | _UPPER
