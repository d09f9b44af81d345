"""Who stands on a claim: people, organisations, payers and how the patient is insured."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the domain's values: frozen, keyword-only, and small when stored."""


class Entity(StrEnum):
    PERSON = "person"
    ORGANIZATION = "organization"


class Sex(StrEnum):
    FEMALE = "F"
    MALE = "M"
    UNKNOWN = "U"


class PayerKind(StrEnum):
    """What law and habit a payer follows; rules ask for this, never for a payer's name."""

    MEDICARE = "medicare"
    MEDICARE_ADVANTAGE = "medicare_advantage"
    MEDICAID = "medicaid"
    COMMERCIAL = "commercial"
    TRICARE = "tricare"
    WORKERS_COMP = "workers_comp"
    AUTO = "auto"
    SELF_PAY = "self_pay"


class PayerSequence(StrEnum):
    """Whose turn it is to pay: SBR01."""

    PRIMARY = "P"
    SECONDARY = "S"
    TERTIARY = "T"


class Address(Value, frozen=True, kw_only=True):
    line1: str
    line2: str = ""
    city: str
    state: str = ""
    postal_code: str = ""
    country: str = ""


class Name(Value, frozen=True, kw_only=True):
    """A person's name, or an organisation's name in ``last`` alone."""

    last: str
    first: str = ""
    middle: str = ""
    suffix: str = ""


class Reference(Value, frozen=True, kw_only=True):
    """A further identifier: the X12 REF qualifier and the value."""

    qualifier: str
    value: str


class CompactPrivilege(Value, frozen=True, kw_only=True):
    """A license compact (``PSYPACT``) and the states where it lets a person of its profession work.

    A compact that only speeds up real licenses adds none: those stand in ``licensed_states``.
    """

    name: str
    states: tuple[str, ...] = ()


class Provider(Value, frozen=True, kw_only=True):
    """A billing, rendering, referring, supervising, attending ... provider as it stands on a claim.

    ``tax_id`` is nine digits; ``tax_id_kind`` EI (employer number) or SY (social security number).
    ``taxonomy`` is the provider taxonomy code. ``credential`` is ours (``LCSW``, ``MD``): rules
    need it, no element of the 837 carries it. So do ``group_id``, who bills together (empty: whom
    the billing provider bills for), and ``specialty``, a taxonomy code (empty: ``taxonomy``).
    ``country`` is where the practice is (empty: not known), ``otp_enrolled`` whether a billing
    provider is enrolled as an opioid treatment program (None: not known).
    """

    name: Name
    entity: Entity = Entity.PERSON
    npi: str = ""
    taxonomy: str = ""
    tax_id: str = ""
    tax_id_kind: str = "EI"
    address: Address | None = None
    phone: str = ""
    contact_name: str = ""
    credential: str = ""
    group_id: str = ""
    specialty: str = ""
    licensed_states: tuple[str, ...] = ()
    compacts: tuple[CompactPrivilege, ...] = ()
    country: str = ""
    otp_enrolled: bool | None = None
    references: tuple[Reference, ...] = ()


class Payer(Value, frozen=True, kw_only=True):
    """A payer as it stands on a claim. ``filing_indicator`` is SBR09 (MB, MC, CI, ...)."""

    payer_id: str
    name: str
    id_qualifier: str = "PI"
    kind: PayerKind = PayerKind.COMMERCIAL
    filing_indicator: str = "CI"
    state: str = ""
    plan: str = ""
    address: Address | None = None


class Person(Value, frozen=True, kw_only=True):
    """A patient or subscriber. ``sex`` None: not stated at all."""

    name: Name
    birth_date: date | None = None
    sex: Sex | None = Sex.UNKNOWN
    address: Address | None = None
    phone: str = ""
    death_date: date | None = None


class Subscriber(Value, frozen=True, kw_only=True):
    """Who holds the policy, and the patient's relationship to them.

    ``relationship`` is the X12 individual relationship code: 18 self, 01 spouse, 19 child, G8
    other. With 18 the subscriber is the patient.
    """

    person: Person
    member_id: str = ""
    relationship: str = "18"
    group_number: str = ""
    group_name: str = ""
    msp_type: str = ""
    entity: Entity = Entity.PERSON

    @property
    def is_patient(self) -> bool:
        return self.relationship == "18"
