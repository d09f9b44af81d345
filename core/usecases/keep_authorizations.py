"""Entering and ending authorizations, and how much of each is used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec.structs import replace

from core.authorizations import PriorAuthorization, Used, used_by, with_families
from core.errors import InputError, NotFoundError
from core.ids import npi_is_valid
from core.ports import UnitOfWork
from core.rules.policy import Policy

NUMBER_CHARACTERS_MAX = 50
_CODES_MAX = 50
_CODE_LENGTHS = (4, 5)
_LIST_MAX = 500
_NOTHING_STATED = Policy({})


def enter_authorization(
    uow: UnitOfWork, one: PriorAuthorization, policy: Policy = _NOTHING_STATED
) -> None:
    """Enter an authorization as the payer gave it; ``InputError`` where it cannot be one.

    By the payer's ``policy`` a code may stand for its family: all of it is entered.
    """
    one = replace(one, codes=with_families(one.codes, policy.mapping("auth_families")))
    first, last = one.window.first, one.window.last
    if first is None or last is None:
        raise InputError("an authorization has a first and a last day")
    if last < first:
        raise InputError("the last day lies before the first")
    if not one.number.strip() or len(one.number) > NUMBER_CHARACTERS_MAX:
        raise InputError(f"a number has 1 to {NUMBER_CHARACTERS_MAX} characters")
    if len(one.codes) > _CODES_MAX or any(
        len(code) not in _CODE_LENGTHS or not code.isalnum() or not code.isascii()
        for code in one.codes
    ):
        raise InputError(f"codes have five characters, such as 90837; at most {_CODES_MAX}")
    if one.approved is not None and one.approved <= 0:
        raise InputError("units or visits are a number above zero; leave them empty for no limit")
    if one.provider_npi and not npi_is_valid(one.provider_npi):
        raise InputError("this NPI is not one; check its ten digits")
    known = uow.authorizations.of_patients([one.patient_id]).get(one.patient_id, ())
    if any(
        (other.number, other.payer_ref, other.codes, other.window)
        == (one.number, one.payer_ref, one.codes, one.window)
        for other in known
    ):
        raise InputError("this authorization is entered already")
    uow.authorizations.add(one)
    about = {"authorization": [one.id], "patient": [one.patient_id]}
    uow.record("authorization.entered", about, authorizations=1)


def end_authorization(
    uow: UnitOfWork, patient_id: UUID, authorization_id: UUID, *, on: date
) -> None:
    """From ``on`` the authorization covers nothing any more."""
    if not uow.authorizations.end(authorization_id, patient_id, on=on):
        raise NotFoundError("there is no such authorization here that goes on")
    about = {"authorization": [authorization_id], "patient": [patient_id]}
    uow.record("authorization.ended", about)


def authorizations_of(uow: UnitOfWork, patient_id: UUID) -> tuple[Used, ...]:
    """The patient's authorizations with what is used of each. Recorded as read."""
    held = uow.authorizations.of_patients([patient_id]).get(patient_id, ())
    uow.record("authorization.read", {"patient": [patient_id]}, authorizations=len(held))
    return _used(uow, held)


def current_authorizations(uow: UnitOfWork) -> tuple[Used, ...]:
    """Those in force or to come, the one that ends first first. Recorded as read."""
    held = uow.authorizations.current(uow.today, limit=_LIST_MAX)
    patients = sorted({one.patient_id for one in held})
    uow.record("authorization.read", {"patient": patients}, authorizations=len(held))
    return _used(uow, held)


def _used(uow: UnitOfWork, held: Sequence[PriorAuthorization]) -> tuple[Used, ...]:
    if not held:
        return ()
    since = min(one.window.first or date.min for one in held)
    # All that the patients have: a service is counted under one of them only.
    patients = sorted({one.patient_id for one in held})
    every = uow.authorizations.of_patients(patients)
    services = uow.authorizations.services(patients, since)
    counted = {
        used.authorization.id: used
        for patient_id in patients
        for used in used_by(every[patient_id], services.get(patient_id, ()))
    }
    return tuple(counted[one.id] for one in held)
