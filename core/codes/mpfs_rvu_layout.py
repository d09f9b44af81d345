"""The columns of the file PPRRVU: its csv, its fixed text, and the quarters of a year in one csv.

Source: record layout of RVU25D. A field of one name is the same in all three.
"""

from __future__ import annotations

from collections.abc import Mapping

_STATUSES = frozenset("ABCDEFGHIJMNPRTX")
_COMPONENTS = frozenset("0123456789")
_GLOBALS = frozenset({"000", "010", "090", "XXX", "YYY", "ZZZ", "MMM"})
_MULTIPLE = frozenset("012345679")


def _names(text: str) -> list[str]:
    return text.split(",")


# Heading of the csv from its last row of headings, and the field each column fills.
HEADING = [
    "hcpcs",
    "mod",
    "description",
    "code",
    "payment",
    "rvu",
    "pe rvu",
    "indicator",
    "pe rvu",
    "indicator",
    "rvu",
    "total",
    "total",
    "ind",
    "days",
    "op",
    "op",
    "op",
    "proc",
    "surg",
    "surg",
    "surg",
    "surg",
    "base",
    "factor",
    "procedures",
    "flag",
    "indicator",
    "amount",
    "amount",
    "amount",
]
FIELDS = [
    "code",
    "modifier",
    "description",
    "status",
    "not_used",
    "work",
    "nonfacility_pe",
    "nonfacility_na",
    "facility_pe",
    "facility_na",
    "malpractice",
    "nonfacility_total",
    "facility_total",
    "component",
    "global_days",
    "before",
    "during",
    "after",
    "multiple",
    "bilateral",
    "assistant",
    "cosurgeon",
    "team",
    "endoscopic_base",
    "conversion_factor",
    "supervision",
    "calculation",
    "imaging_family",
    "opps_nonfacility_pe",
    "opps_facility_pe",
    "opps_malpractice",
]
QUARTERLY_HEADING = [
    "source file",
    "date start",
    "date end",
    "hcpcs",
    "mod",
    "status code",
    "not used for medicare payment",
    "work rvu",
    "non fac pe rvu",
    "non fac indicator",
    "facility pe rvu",
    "facility indicator",
    "mp rvu",
    "non facility total",
    "facility total",
    "pctc ind",
    "glob days",
    "pre op",
    "intra op",
    "post op",
    "mult proc",
    "bilat surg",
    "asst surg",
    "co surg",
    "team surg",
    "endo base",
    "conv factor",
    "physician supervision of diagnostic procedures",
    "calculation flag",
    "diagnostic imaging family indicator",
    "non facility pe used for opps payment amount",
    "facility pe used for opps payment amount",
    "mp used for opps payment amount",
]
QUARTERLY_FIELDS = ("source", "first", "last", *(f for f in FIELDS if f != "description"))

# Fixed text: first and last position of each field, from 1.
POSITIONS: Mapping[str, tuple[int, int]] = {
    "code": (1, 5),
    "modifier": (6, 7),
    "status": (58, 58),
    "work": (59, 65),
    "nonfacility_pe": (66, 72),
    "nonfacility_na": (73, 74),
    "facility_pe": (75, 81),
    "facility_na": (82, 83),
    "malpractice": (84, 89),
    "nonfacility_total": (90, 96),
    "facility_total": (97, 102),
    "component": (103, 103),
    "global_days": (104, 106),
    "before": (107, 109),
    "during": (110, 112),
    "after": (113, 115),
    "multiple": (116, 116),
    "bilateral": (117, 117),
    "assistant": (118, 118),
    "cosurgeon": (119, 119),
    "team": (120, 120),
    "endoscopic_base": (128, 132),
    "conversion_factor": (133, 140),
    "supervision": (142, 143),
    "calculation": (144, 144),
    "imaging_family": (146, 147),
    "opps_nonfacility_pe": (152, 157),
    "opps_facility_pe": (159, 164),
    "opps_malpractice": (166, 171),
}
RECORD_LENGTH = 171

NUMBERS: Mapping[str, int] = {
    **dict.fromkeys(
        (
            "work",
            "nonfacility_pe",
            "facility_pe",
            "malpractice",
            "nonfacility_total",
            "facility_total",
            "before",
            "during",
            "after",
            "opps_nonfacility_pe",
            "opps_facility_pe",
            "opps_malpractice",
        ),
        2,
    ),
    "conversion_factor": 4,
}
SETS: Mapping[str, frozenset[str]] = {
    "modifier": frozenset({"", "26", "TC", "53"}),
    "status": _STATUSES,
    "component": _COMPONENTS,
    "global_days": _GLOBALS,
    "multiple": _MULTIPLE,
    "bilateral": frozenset("01239"),
    "assistant": frozenset("0129"),
    "cosurgeon": frozenset("0129"),
    "team": frozenset("0129"),
    "nonfacility_na": frozenset({"", "NA"}),
    "facility_na": frozenset({"", "NA"}),
}
