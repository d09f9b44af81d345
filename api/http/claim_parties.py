"""The people of the edit form: the patient, and the providers of the claim by NPI and name."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from api.http import claim_readers as read
from api.http.claim_reading import Reading
from core.claims.parties import Address, Name, Person, Provider


def patient(reading: Reading, was: Person) -> Person:
    """The patient as the form has them."""
    return msgspec.structs.replace(
        was,
        name=msgspec.structs.replace(
            was.name,
            last=reading.take("patient_last", read.last_name, was.name.last),
            first=reading.take("patient_first", read.first_name, was.name.first),
        ),
        birth_date=reading.take("birth_date", read.birth_date, was.birth_date),
        sex=reading.take("sex", read.sex, was.sex),
        address=_address(reading, was.address),
    )


def _address(reading: Reading, was: Address | None) -> Address | None:
    """The patient's address; None once every field of it is empty."""
    readers = {
        "line1": read.street,
        "line2": read.street,
        "city": read.city,
        "state": read.state,
        "postal_code": read.postal_code,
    }
    names = {part: f"patient_{part}" for part in readers}
    if not reading.changed(*names.values()):
        return was
    found = {
        part: reading.take(names[part], reader, getattr(was, part, ""))
        for part, reader in readers.items()
    }
    if not any(reading.text(name) for name in names.values()):
        return None
    needed = ["line1", "city"]
    if was is None or was.country in ("", "US"):
        needed += ["state", "postal_code"]
    for part in needed:
        if not reading.text(names[part]):
            reading.refuse(names[part], "an address has a street, a city, a state and a ZIP code")
    return Address(**found, country=was.country if was else "")


def provider(
    reading: Reading, role: str, was: Provider | None, providers: Mapping[str, Provider]
) -> Provider | None:
    """The claim's provider in ``role``; None once all three fields are empty.

    A typed NPI that the practice has entered brings its provider with it. One that it has not is
    taken too: a referring physician is nobody's master. Credential and taxonomy stay only while
    the name does, for they are of that person.
    """
    number, last, first = (f"{role}_{part}" for part in ("npi", "last", "first"))
    if not reading.changed(number, last, first):
        return was
    if not any(reading.text(name) for name in (number, last, first)):
        return None
    npi = reading.take(number, read.npi, was.npi if was else "")
    if reading.changed(number) and not reading.text(number):
        reading.refuse(number, "an NPI is needed; to take the provider off, empty all three")
    known = providers.get(npi) if reading.changed(number) else None
    renamed = reading.changed(last, first)
    if known is not None and not renamed:
        return known
    name = was.name if was is not None else Name(last="")
    name = msgspec.structs.replace(
        name,
        last=reading.take(last, read.last_name, name.last),
        first=reading.take(first, read.first_name, name.first),
    )
    if not name.last:
        reading.refuse(last, "a name is needed beside this NPI")
    if known is not None:
        return msgspec.structs.replace(known, name=name)
    if was is not None and (not reading.changed(number) or not reading.changed(last)):
        return msgspec.structs.replace(was, npi=npi, name=name)
    return Provider(npi=npi, name=name)
