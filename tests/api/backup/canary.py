"""A patient whose name appears nowhere else, and who looks for it on a disk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from api.bootstrap import Runtime
from core.claims.parties import Name, Person, Sex
from core.ports import Practice

NAME = "ZYXCANARYWVU"


PERSON = Person(name=Name(last=NAME, first=NAME), birth_date=date(1971, 2, 3), sex=Sex.FEMALE)


def plant(running: Runtime, practice: Practice) -> None:
    """Enter the patient as intake does."""
    with running.unit_of_work(practice.tenant_id) as uow:
        ids = uow.patients.ensure([(NAME, PERSON)])
        uow.record("patient.created", {"patient": list(ids.values())}, patients=1)


def found_in(*folders: Path) -> Iterator[Path]:
    """Files below ``folders`` that hold the name, plainly or in hexadecimal."""
    plain = NAME.encode()
    forms = (plain, plain.hex().encode(), plain.hex().upper().encode(), NAME.encode("utf-16-le"))
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                if any(form in content for form in forms):
                    yield path
