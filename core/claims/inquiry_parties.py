"""Who stands on an inquiry to a payer and on its answer: payer, provider, the insured person."""

from __future__ import annotations

from datetime import date

from core.claims.claim import QualifiedDate
from core.claims.parties import Address, Entity, Name, Reference, Value


class Identifier(Value, frozen=True, kw_only=True):
    """A further number (REF): qualifier, value, and what it is the number of where that is said.

    With 6P (group) or 18 (plan) the description is the name of the group or plan; with 0B the state
    of the licence.
    """

    qualifier: str
    value: str
    description: str = ""


class Trace(Value, frozen=True, kw_only=True):
    """TRN: a number by which an answer finds its inquiry.

    ``originator`` is ten characters: who gave the number (1 and a tax id, 9 and an own id). An
    answer gives back the number of the inquiry; ``own`` marks a further number of the payer's own.
    """

    number: str
    originator: str = ""
    further: str = ""
    own: bool = False


class Specialty(Value, frozen=True, kw_only=True):
    """PRV: the part a provider plays (PC primary care, PE performing ...) and a number of theirs.

    With ``qualifier`` PXC the code is a taxonomy.
    """

    role: str
    qualifier: str = ""
    code: str = ""


class Contact(Value, frozen=True, kw_only=True):
    """PER: whom to ask. ``ways`` are TE telephone, FX fax, EM mail, UR web, EX extension."""

    name: str = ""
    ways: tuple[Reference, ...] = ()


class Party(Value, frozen=True, kw_only=True):
    """A payer, provider or other party by NM1 and what follows it.

    ``role`` is NM101 (PR payer, 1P provider, P3 primary care provider, PRP primary payer ...).
    ``relation`` is NM110, a related person's relation to the patient.
    """

    segment: int = 0
    role: str
    entity: Entity = Entity.ORGANIZATION
    name: Name = Name(last="")
    id_qualifier: str = ""
    id: str = ""
    relation: str = ""
    numbers: tuple[Identifier, ...] = ()
    address: Address | None = None
    contacts: tuple[Contact, ...] = ()
    specialty: Specialty | None = None


class Insured(Value, frozen=True, kw_only=True):
    """A subscriber or dependent as an inquiry names them, or as the payer has them.

    ``id`` is the member number (``id_qualifier`` MI); a dependent has none. ``relationship`` is 18
    for the subscriber, for a dependent 01 spouse, 19 child ... ``changed`` is the payer's word that
    what was sent differs from what it has. ``diagnoses`` are qualifier (ABK, ABF) and code.
    """

    segment: int = 0
    name: Name = Name(last="")
    entity: Entity = Entity.PERSON
    id_qualifier: str = ""
    id: str = ""
    numbers: tuple[Identifier, ...] = ()
    address: Address | None = None
    specialty: Specialty | None = None
    birth_date: date | None = None
    sex: str = ""
    relationship: str = ""
    changed: bool = False
    birth_sequence: int | None = None
    diagnoses: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()

    def number(self, qualifier: str) -> str:
        """The further number of this kind; empty when there is none."""
        return next((each.value for each in self.numbers if each.qualifier == qualifier), "")


class Procedure(Value, frozen=True, kw_only=True):
    """A procedure asked or answered for. ``last_code`` ends a range of codes."""

    qualifier: str = "HC"
    code: str
    modifiers: tuple[str, ...] = ()
    last_code: str = ""
