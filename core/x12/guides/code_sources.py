"""Which element of which segment holds a code of which external source, in every guide we have.

A source is a list of ``core/codes/data`` by its name, a form of ``core/codes/shapes.py``, or one of
the composites that ``code_judges`` takes apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Source(NamedTuple):
    """The ``elements`` hold ``codes``; with ``by``, only where that element is in ``values``."""

    elements: tuple[int, ...]
    codes: str
    by: int = 0
    values: tuple[str, ...] = ()


def _source(element: int, codes: str, by: int = 0, values: str = "") -> Source:
    return Source((element,), codes, by, tuple(values.split()))


def _series(first: int, last: int, codes: str, step: int = 1) -> Source:
    return Source(tuple(range(first, last + 1, step)), codes)


# ``_source(9, "npi", 8, "XX")``: element 9 is an NPI where element 8 is XX. All conditions of a
# segment ask the same element.
SOURCES: dict[str, tuple[Source, ...]] = {
    "NM1": (_source(9, "npi", 8, "XX"), _source(9, "tax_number", 8, "24 34 FI")),
    "N1": (_source(4, "npi", 3, "XX"), _source(4, "tax_number", 3, "FI")),
    "REF": (_source(2, "tax_number", 1, "EI SY TJ"), _source(2, "npi", 1, "HPI")),
    "PRV": (_source(3, "taxonomy", 2, "PXC"),),
    "CLM": (_source(5, "place"), _source(11, "causes")),
    "CL1": (
        _source(1, "admission_type"),
        _source(2, "admission_source"),
        _source(3, "patient_status"),
    ),
    "HI": (_series(1, 12, "health_code"),),
    "HCP": (
        _source(8, "revenue"),
        _source(10, "hcpcs", 9, "HC"),
        _source(10, "cdt", 9, "AD"),
        _source(10, "hipps", 9, "HP"),
    ),
    "SV1": (_source(1, "procedure"), _source(5, "place_of_service")),
    "SV2": (_source(1, "revenue"), _source(2, "procedure")),
    "SV3": (
        _source(1, "procedure"),
        _source(3, "place_of_service"),
        _source(4, "oral_cavities"),
    ),
    "SV5": (_source(1, "procedure"),),
    "TOO": (_source(2, "tooth", 1, "JP"),),
    "DN2": (_source(1, "tooth"),),
    "LIN": (_source(3, "drug", 2, "N4"),),
    "SVD": (_source(3, "procedure"), _source(4, "revenue")),
    "SVC": (_source(1, "procedure"), _source(4, "revenue"), _source(6, "procedure")),
    "CAS": (_series(2, 17, "adjustment_reason", 3),),
    "CLP": (_source(8, "facility"), _source(9, "claim_frequency")),
    "TS3": (_source(2, "facility"),),
    "MIA": (_source(5, "remark"), _series(20, 23, "remark")),
    "MOA": (_series(3, 7, "remark"),),
    "LQ": (_source(2, "remark", 1, "HE"), _source(2, "pharmacy_reject", 1, "RX")),
    "STC": (_source(1, "status"), _series(10, 11, "status")),
    "EQ": (_source(1, "service_types"), _source(2, "procedure")),
    "EB": (_source(3, "service_types"), _source(13, "procedure")),
    "III": (_source(2, "place_of_service", 1, "ZZ"), _source(2, "diagnosis", 1, "ABF ABK")),
    "UM": (_source(3, "service_type"), _source(4, "place")),
}

# Kinds of procedure (element 235) -> the form of their codes, and the code table that is missed; or
# the list they are in.
PROCEDURES: dict[str, tuple[str, str]] = {
    "HC": ("hcpcs", "HCPCS/CPT"),
    "CJ": ("hcpcs", "HCPCS/CPT"),
    "AD": ("cdt", "CDT"),
    "HP": ("hipps", "HIPPS"),
    "N4": ("drug", "NDC"),
    "WK": ("alternative", "complementary medicine"),
    "ID": ("icd9procedure", "ICD-9-CM"),
    "ER": ("", "procedures of a jurisdiction"),
    "IV": ("", "home infusion"),
    "NU": ("revenue", ""),
}
# Kinds of coded facts in HI (element 1270) -> the form and the code table.
HEALTH_CODES: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("ABF", "ABJ", "ABK", "ABN", "APR"), ("icd10cm", "ICD-10-CM")),
    **dict.fromkeys(("BF", "BJ", "BK", "BN", "PR"), ("icd9cm", "ICD-9-CM")),
    **dict.fromkeys(("BBR", "BBQ"), ("icd10pcs", "ICD-10-PCS")),
    **dict.fromkeys(("BR", "BQ"), ("icd9procedure", "ICD-9-CM")),
    **dict.fromkeys(("BE", "BG", "BH", "BI"), ("billing_code", "NUBC conditions and values")),
    **dict.fromkeys(("BO", "BP"), ("hcpcs", "HCPCS/CPT")),
    "DR": ("drg", "DRG"),
    "CAH": ("", "advanced billing concepts"),
    "TC": ("", "treatments"),
    "TQ": ("", "SNODENT"),
}


WHOLE = -1


class Plan(NamedTuple):
    """The sources of a segment as (element, source), in order: by the value of element ``by``.

    ``by`` is ``WHOLE`` where the elements hang together and are judged as one.
    """

    by: int
    branches: dict[str, tuple[tuple[int, str], ...]]
    otherwise: tuple[tuple[int, str], ...]


def _plan(sources: tuple[Source, ...]) -> Plan:
    by = max(source.by for source in sources)
    values = {value for source in sources for value in source.values}
    branches = {
        value: _pairs(s for s in sources if not s.by or value in s.values) for value in values
    }
    return Plan(by, branches, _pairs(source for source in sources if not source.by))


def _pairs(sources: Iterable[Source]) -> tuple[tuple[int, str], ...]:
    return tuple(sorted((place, source.codes) for source in sources for place in source.elements))


PLANS = {segment_id: _plan(sources) for segment_id, sources in SOURCES.items()}
# State, postal code and country.
PLANS["N4"] = Plan(WHOLE, {}, ())
