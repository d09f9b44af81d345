"""Which class of confidentiality each sealed column is of: the one place that says so.

A column that is not here cannot be sealed. Where a row is split into groups, the column bears the
name of its class, so a value is never sealed under another class than its column says.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.confidentiality import FieldClass
from core.errors import IntegrityError

_D = FieldClass.DEMOGRAPHICS
_I = FieldClass.IDENTIFIERS
_C = FieldClass.CLINICAL
_S = FieldClass.SUBSTANCE_USE

CLASS_OF: Mapping[tuple[str, str], FieldClass] = {
    ("patient", "demographics"): _D,
    ("patient", "identifiers"): _I,
    ("coverage", "demographics"): _D,
    ("coverage", "identifiers"): _I,
    ("encounter", "identifiers"): _I,
    ("encounter", "clinical"): _C,
    ("encounter", "substance_use"): _S,
    ("claim", "demographics"): _D,
    ("claim", "identifiers"): _I,
    ("claim", "clinical"): _C,
    ("claim", "substance_use"): _S,
    # A payer's decision names services and reasons; a statement lists services.
    ("remittance_claim", "body"): _C,
    ("remittance_claim", "substance_use"): _S,
    ("statement", "body"): _C,
    ("statement", "substance_use"): _S,
    ("prior_authorization", "identifiers"): _I,
    ("finding", "override_reason"): _C,
    ("finding", "substance_use"): _S,
    ("finding_answer", "reason"): _C,
    ("finding_answer", "substance_use"): _S,
    ("record_version", "clinical"): _C,
    ("record_version", "substance_use"): _S,
    ("waiver", "body"): FieldClass.OPERATIONS,
    ("provider", "body"): FieldClass.OPERATIONS,
    ("exchange_file", "body"): FieldClass.OPERATIONS,
    ("authenticator_app", "secret"): FieldClass.OPERATIONS,
    ("plugin_secret", "value"): FieldClass.OPERATIONS,
    # A consent names the program; why somebody needed a chart at once names what ailed the patient.
    ("consent", "body"): _S,
    ("disclosure", "body"): _D,
    ("legal_hold", "reason"): FieldClass.OPERATIONS,
    ("emergency_reason", "reason"): _C,
    ("emergency_reason", "review"): _C,
    ("psychotherapy_note", "body"): FieldClass.PSYCHOTHERAPY,
}

CLINICAL_COLUMN: Mapping[str, str] = {
    "encounter": "clinical",
    "claim": "clinical",
    "remittance_claim": "body",
    "statement": "body",
    "finding": "override_reason",
    "finding_answer": "reason",
    "record_version": "clinical",
}
"""Tables that have a second column, ``substance_use``, for the rows of Part 2 programs.

This is the column of all other rows; a row uses one of the two, which its label says.
"""

BILLING_CLASSES = frozenset(FieldClass) - {FieldClass.PSYCHOTHERAPY}
"""What a unit of work is given unless it asks for something else."""


def class_of(table: str, column: str) -> FieldClass:
    """The class of a sealed column; a column without one is a mistake of ours."""
    try:
        return CLASS_OF[table, column]
    except KeyError:
        raise IntegrityError(
            f"{table}.{column} is to be sealed and has no class of confidentiality"
        ) from None
