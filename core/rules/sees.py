"""Which facts of a claim a plugin may be given: what it declares, and no more."""

from __future__ import annotations

from enum import StrEnum


class Sees(StrEnum):
    """A kind of fact a plugin asks for in its manifest.

    What travels with every claim (form, payer kind, procedure codes, modifiers, units, minutes,
    places, days of service) and the plugin's own records and settings need no asking.
    """

    DEMOGRAPHICS = "demographics"
    """Patient and subscriber: names, addresses, birth dates, sex, member numbers."""
    CLINICAL = "clinical"
    """Diagnoses, dates of illness, teeth, drugs, what attachments contain; notes need both this and
    demographics, because what people type may name anybody."""
    MONEY = "money"
    """Charges, payments of other payers, accumulators, prices."""
    HISTORY = "history"
    """Services of other claims, authorizations, eligibility."""
    SUBSTANCE_USE = "substance_use"
    """Claims of a substance use disorder program (42 CFR Part 2); without it they are withheld."""
