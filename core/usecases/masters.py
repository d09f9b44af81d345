"""Entering the masters by hand: what is checked before a provider, payer or policy is kept."""

from __future__ import annotations

import re
from uuid import UUID

from core.claims.parties import Entity, Payer, Provider
from core.errors import ConflictError, InputError, NotFoundError, StateError
from core.ids import npi_is_valid, tax_id_is_valid, taxonomy_is_shaped
from core.ports import StoredPayer, StoredProvider, UnitOfWork
from core.rules.knobs import read_knob
from core.rules.policy import KNOBS

PROVIDER_ROLES = ("billing", "rendering", "facility")

_PAYER_ID = re.compile(r"[A-Z0-9]{2,80}\Z", re.ASCII)
_FILING_INDICATOR = re.compile(r"[A-Z0-9]{2}\Z", re.ASCII)
_CLIA = re.compile(r"\d{2}D\d{7}\Z", re.ASCII)
_SEPARATORS = re.compile(r"[\s,;]+")
_LIMIT = re.compile(r"(.+):\s*(\d+)\s+(?:a|per)\s+(day|week|month|year|lifetime)\Z", re.ASCII)


def enter_provider(uow: UnitOfWork, *, role: str, provider: Provider, clia: str = "") -> UUID:
    """Keep a provider a person typed; active at once. ``ConflictError`` for one that is there."""
    check_provider(role, provider, clia)
    if uow.masters.providers(role, [provider.npi]):
        raise ConflictError(f"this practice has a {role} provider with this NPI already")
    [row_id] = uow.new_ids(1)
    stored = StoredProvider(id=row_id, role=role, provider=provider, status="active", clia=clia)
    uow.masters.add_providers([stored])
    uow.record("provider.created", {"provider": [row_id]}, providers=1)
    return row_id


def confirm_provider(uow: UnitOfWork, provider_id: UUID) -> None:
    """A person vouches for a provider that came in with a file."""
    found = uow.masters.providers_by_id([provider_id]).get(provider_id)
    if found is None:
        raise NotFoundError("there is no such provider")
    if found.status != "unconfirmed":
        raise StateError("only a provider that waits for it is confirmed")
    uow.masters.confirm_providers([provider_id])
    uow.record("provider.confirmed", {"provider": [provider_id]})


def check_provider(role: str, provider: Provider, clia: str) -> None:
    """``InputError`` with what to put right; a billing provider needs more than a rendering one."""
    if role not in PROVIDER_ROLES:
        raise InputError("choose what the provider is: billing, rendering or facility")
    if not provider.name.last:
        raise InputError("a provider has a last name, or an organisation's name")
    if provider.entity is Entity.PERSON and not provider.name.first:
        raise InputError("a person has a first name; choose organisation for a group")
    if not npi_is_valid(provider.npi):
        raise InputError("this is not an NPI; check its ten digits")
    if provider.taxonomy and not taxonomy_is_shaped(provider.taxonomy):
        raise InputError("a taxonomy code has ten characters and ends in X, such as 207Q00000X")
    if provider.tax_id and not tax_id_is_valid(provider.tax_id):
        raise InputError("a tax id has nine digits")
    if clia and not _CLIA.match(clia):
        raise InputError("a CLIA number looks like 05D1234567")
    if role != "billing":
        return
    if not provider.tax_id:
        raise InputError("a billing provider needs a tax id")
    address = provider.address
    if address is None or not (address.line1 and address.state and address.postal_code):
        raise InputError("a billing provider needs a street address with state and postal code")


def new_payer(row_id: UUID, payer: Payer) -> StoredPayer:
    """A payer a person typed, checked."""
    if not _PAYER_ID.match(payer.payer_id):
        raise InputError("a payer id has capitals and digits, as the clearinghouse lists it")
    if not payer.name:
        raise InputError("a payer has a name")
    if not _FILING_INDICATOR.match(payer.filing_indicator):
        raise InputError("a claim filing indicator has two characters, such as CI or MB")
    return StoredPayer(id=row_id, payer=payer)


def knob_value(knob: str, typed: str) -> object:
    """What a person typed for a policy knob, in the JSON shape the knob takes.

    A flag is yes or no; a list of codes is separated by spaces or commas; a table and a list of
    limits have one row a line: ``LCSW: AJ`` and ``90791 90792: 1 per year``.
    """
    kind = KNOBS.get(knob)
    if kind is None:
        raise InputError("choose the policy from the list")
    value = _READERS[kind](typed.strip())
    read_knob(knob, value)
    return value


def _flag(typed: str) -> object:
    if typed.lower() not in ("yes", "no"):
        raise InputError("this policy is answered yes or no")
    return typed.lower() == "yes"


def _number(typed: str) -> object:
    if not typed.isascii() or not typed.isdigit() or len(typed) > 6:
        raise InputError("this policy is a whole number")
    return int(typed)


def _text(typed: str) -> object:
    if not typed or "\n" in typed:
        raise InputError("this policy is one word or phrase")
    return typed


def _codes(typed: str) -> object:
    found = [code if code == "all" else code.upper() for code in _SEPARATORS.split(typed) if code]
    if not found:
        raise InputError("this policy is a list of codes, or the word all")
    return found


def _table(typed: str) -> object:
    rows = [line.partition(":") for line in typed.splitlines() if line.strip()]
    if not rows or any(not name.strip() or not colon for name, colon, _ in rows):
        raise InputError("this policy has rows such as LCSW: AJ")
    return {name.strip(): _codes(codes) for name, _, codes in rows}


def _limits(typed: str) -> object:
    rows = [_LIMIT.match(line.strip()) for line in typed.splitlines() if line.strip()]
    if not rows or None in rows:
        raise InputError("this policy has rows such as 90791 90792: 1 per year")
    return [{"codes": _codes(row[1]), "maximum": int(row[2]), "per": row[3]} for row in rows if row]


_READERS = {
    "text": _text,
    "number": _number,
    "flag": _flag,
    "codes": _codes,
    "map": _table,
    "limits": _limits,
}
