"""Which entity (NM101) stands where on each form: loop and, where a value has a place, its field.

An empty field: the guide knows the loop, the claim does not carry it.
"""

from __future__ import annotations

from core.claims.claim import Form

Roles = dict[str, tuple[str, str]]

CLAIM_ROLES: dict[Form, Roles] = {
    Form.PROFESSIONAL: {
        "DN": ("2310A", "referring"),
        "P3": ("2310A", ""),
        "82": ("2310B", "rendering"),
        "77": ("2310C", "service_facility"),
        "DQ": ("2310D", "supervising"),
        "PW": ("2310E", ""),
        "45": ("2310F", ""),
    },
    Form.INSTITUTIONAL: {
        "71": ("2310A", "attending"),
        "72": ("2310B", "operating"),
        "ZZ": ("2310C", ""),
        "82": ("2310D", "rendering"),
        "77": ("2310E", "service_facility"),
        "DN": ("2310F", "referring"),
    },
    Form.DENTAL: {
        "DN": ("2310A", "referring"),
        "P3": ("2310A", ""),
        "82": ("2310B", "rendering"),
        "77": ("2310C", "service_facility"),
        "DD": ("2310D", ""),
        "DQ": ("2310E", "supervising"),
    },
}

LINE_ROLES: dict[Form, Roles] = {
    Form.PROFESSIONAL: {
        "82": ("2420A", "rendering"),
        "QB": ("2420B", ""),
        "77": ("2420C", ""),
        "DQ": ("2420D", ""),
        "DK": ("2420E", "ordering"),
        "DN": ("2420F", ""),
        "P3": ("2420F", ""),
        "PW": ("2420G", ""),
        "45": ("2420H", ""),
    },
    Form.INSTITUTIONAL: {
        "72": ("2420A", ""),
        "ZZ": ("2420B", ""),
        "82": ("2420C", "rendering"),
        "DN": ("2420D", ""),
    },
    Form.DENTAL: {
        "82": ("2420A", "rendering"),
        "DD": ("2420B", ""),
        "DQ": ("2420C", ""),
        "77": ("2420D", ""),
    },
}

# Where the entity is the provider's taxonomy segment's first element, by field.
TAXONOMY_ROLE = {"rendering": "PE", "attending": "AT", "referring": "RF"}
# Forms and fields whose loop has a taxonomy segment at all.
HAS_TAXONOMY = frozenset(
    {
        (Form.PROFESSIONAL, "rendering"),
        (Form.INSTITUTIONAL, "attending"),
        (Form.DENTAL, "rendering"),
        (Form.DENTAL, "referring"),
    }
)


def _fields(roles: dict[Form, Roles]) -> dict[Form, dict[str, str]]:
    return {
        form: {loop: field for loop, field in places.values() if field}
        for form, places in roles.items()
    }


# By form and loop, the field of the claim or line that the provider of the loop goes into.
CLAIM_FIELDS = _fields(CLAIM_ROLES)
LINE_FIELDS = _fields(LINE_ROLES)
