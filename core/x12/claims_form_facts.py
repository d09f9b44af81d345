"""What each claim form has places for: kinds of numbers, dates and notes, and how many.

Facts of the implementation guides 005010X222A1, X223A2 and X224A2, by qualifier.
"""

from __future__ import annotations

from core.claims.claim import Form
from core.claims.parties import Entity

_P = frozenset({Form.PROFESSIONAL})
_I = frozenset({Form.INSTITUTIONAL})
_D = frozenset({Form.DENTAL})

# Facts of the claim and the forms that have a place for them.
ONLY_ON: tuple[tuple[str, frozenset[Form]], ...] = (
    ("present_on_admission", _I),
    ("accident", _P | _D),
    ("clia", _P),
    ("condition_codes", _P | _I),
    ("admission_date", _P | _I),
    ("discharge_date", _P),
    ("onset_date", _P),
    ("institutional", _I),
    ("dental", _D),
    ("ordering", _P),
    ("supervising", _P | _D),
    ("attending", _I),
    ("operating", _I),
    ("patient_paid_cents", _P | _D),
    ("patient_signature_source", _P),
    ("special_program", _P | _D),
)

# Facts of the line, what they are when absent, and the forms that have a place for them.
ONLY_ON_LINE: tuple[tuple[str, object, frozenset[Form]], ...] = (
    ("revenue_code", "", _I),
    ("noncovered_cents", 0, _I),
    ("emergency", False, _P),
    ("teeth", (), _D),
    ("oral_cavity", (), _D),
    ("prosthesis", "", _D),
    ("prosthesis_prior_on", None, _D),
    ("drug", None, _P | _I),
    ("auth_number", "", _P | _D),
    ("pointers", (), _P | _D),
)

LINES_MAX = {Form.PROFESSIONAL: 50, Form.INSTITUTIONAL: 999, Form.DENTAL: 50}
DIAGNOSES_MAX = {Form.PROFESSIONAL: 12, Form.INSTITUTIONAL: 25, Form.DENTAL: 4}
UNIT_BASES = {
    Form.PROFESSIONAL: frozenset(("UN", "MJ")),
    Form.INSTITUTIONAL: frozenset(("UN", "DA")),
    Form.DENTAL: frozenset(("UN",)),
}
ENTITY_OF_ROLE = {
    "referring": Entity.PERSON,
    "ordering": Entity.PERSON,
    "supervising": Entity.PERSON,
    "attending": Entity.PERSON,
    "operating": Entity.PERSON,
    "service_facility": Entity.ORGANIZATION,
}

# DTP of loop 2300 that has no field of its own; each once.
DATES = {
    Form.PROFESSIONAL: frozenset(
        {
            *("050", "090", "091", "296", "297", "304", "314", "360"),
            *("361", "439", "444", "453", "454", "455", "471", "484"),
        }
    ),
    Form.INSTITUTIONAL: frozenset(("050",)),
    Form.DENTAL: frozenset(("050", "439")),
}
# REF of loop 2300 that has no field of its own; each once.
REFERENCES = {
    Form.PROFESSIONAL: frozenset(
        ("4N", "F5", "EW", "9A", "9C", "LX", "D9", "EA", "P4", "1J"),
    ),
    Form.INSTITUTIONAL: frozenset(("4N", "9A", "9C", "LX", "D9", "LU", "EA", "P4", "G4")),
    Form.DENTAL: frozenset(("4N", "G3", "9A", "9C", "D9")),
}

_INSTITUTIONAL_NOTES = (
    *("ALG", "DCP", "DGN", "DME", "MED", "NTR", "ODT"),
    *("RHB", "RLH", "RNH", "SET", "SFM", "SPT", "UPI"),
)
# NTE of loop 2300: how many, shared among the qualifiers that have the same number.
NOTES: dict[Form, dict[str, int]] = {
    Form.PROFESSIONAL: dict.fromkeys(("ADD", "CER", "DCP", "DGN", "TPO"), 1),
    Form.INSTITUTIONAL: {**dict.fromkeys(_INSTITUTIONAL_NOTES, 10), "ADD": 1},
    Form.DENTAL: {"ADD": 5},
}

LINE_DATES = {
    Form.PROFESSIONAL: frozenset(
        ("011", "304", "454", "455", "461", "463", "471", "607", "738", "739")
    ),
    Form.INSTITUTIONAL: frozenset[str](),
    Form.DENTAL: frozenset(("196", "198", "446", "452")),
}
LINE_REFERENCES = {
    Form.PROFESSIONAL: frozenset(("9B", "9D", "9F", "BT", "EW", "F4", "G1", "X4")),
    Form.INSTITUTIONAL: frozenset(("9B", "9D")),
    Form.DENTAL: frozenset(("9A", "9C", "9F", "G1", "G3")),
}
# NTE of loop 2400: qualifiers of one group share one place.
LINE_NOTES: dict[Form, dict[str, str]] = {
    Form.PROFESSIONAL: {"ADD": "note", "DCP": "note", "TPO": "third party"},
    Form.INSTITUTIONAL: {"TPO": "third party"},
    Form.DENTAL: {},
}

# Element number, fewest and most characters, for elements people fill in freely.
LENGTHS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "NM1": ((3, 1, 60), (4, 1, 35), (5, 1, 25), (7, 1, 10), (9, 2, 80)),
    "N3": ((1, 1, 55), (2, 1, 55)),
    "N4": ((1, 2, 30), (2, 2, 2), (3, 3, 15), (4, 2, 3)),
    "REF": ((2, 1, 50),),
    "PER": ((2, 1, 60), (4, 1, 256)),
    "SBR": ((3, 1, 50), (4, 1, 60), (5, 1, 3), (9, 1, 2)),
    "PRV": ((3, 1, 50),),
    "NTE": ((2, 1, 80),),
    "PWK": ((6, 2, 80),),
    "SVD": ((1, 2, 80),),
    "LIN": ((3, 1, 48),),
    "CL1": ((1, 1, 1), (2, 1, 1), (3, 1, 2)),
}
