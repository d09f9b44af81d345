"""Invented claims, written as a practice's 837 files, for the simulator to take."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.claims.claim import Claim, Form, Institutional, ServiceLine, Tooth
from core.claims.parties import (
    Address,
    Entity,
    Name,
    Payer,
    PayerKind,
    Person,
    Provider,
    Sex,
    Subscriber,
)
from core.ids import npi_with_check_digit
from core.x12.claims_writer import Receiver, Submitter, write_claims
from core.x12.envelope import Envelope

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STREET = Address(line1="1 ELM ST", city="AUSTIN", state="TX", postal_code="787010001")
PAYERS = (
    Payer(payer_id="60054", name="ACME HEALTH PLAN", filing_indicator="CI", address=STREET),
    Payer(
        payer_id="04412",
        name="MEDICARE PART B",
        filing_indicator="MB",
        kind=PayerKind.MEDICARE,
        address=STREET,
    ),
    Payer(payer_id="77027", name="STATE MEDICAID", filing_indicator="MC", address=STREET),
)
BILLING = Provider(
    name=Name(last="RIVER CLINIC"),
    entity=Entity.ORGANIZATION,
    npi=npi_with_check_digit("123456789"),
    taxonomy="261QM0801X",
    tax_id="741234567",
    address=STREET,
    phone="5125550100",
)
RENDERING = Provider(
    name=Name(last="STONE", first="ADA"),
    npi=npi_with_check_digit("198765432"),
    taxonomy="1041C0700X",
)
CODES = ("90837", "90834", "99213", "H0001")


def _line(number: int, claim: int, form: Form) -> ServiceLine:
    place = claim + number
    common: dict[str, Any] = {
        "line_no": number,
        "charge_cents": 9_000 + 1_111 * (place % 13),
        "service_from": date(2026, 2, 1 + claim % 20),
        "control_number": f"L{claim}-{number}",
        "units": Decimal(1),
    }
    if form is Form.DENTAL:
        return ServiceLine(
            code=("D0120", "D1110", "D2391")[place % 3],
            code_qualifier="AD",
            teeth=(Tooth(number=str(1 + place % 28)),),
            **common,
        )
    if form is Form.INSTITUTIONAL:
        return ServiceLine(code=("85025", "")[number % 2], revenue_code="0300", **common)
    return ServiceLine(code=CODES[place % 4], pointers=(1,), place_of_service="11", **common)


def make_claim(number: int, form: Form = Form.PROFESSIONAL, **changes: Any) -> Claim:
    """Claim ``number``: one to three lines, one of three payers."""
    payer = PAYERS[0] if form is Form.DENTAL else PAYERS[number % 3]
    person = Person(
        name=Name(last="DOE", first="PAT"),
        birth_date=date(1980, 1, 1 + number % 28),
        sex=Sex.FEMALE,
        address=STREET,
    )
    bill = Institutional(
        type_of_bill="0131",
        statement_from=date(2026, 2, 1),
        statement_to=date(2026, 2, 21),
        admission_type="1",
        point_of_origin="1",
        patient_status="01",
    )
    claim = Claim(
        form=form,
        claim_number=f"CW{number:05d}",
        payer=payer,
        subscriber=Subscriber(person=person, member_id=f"M{number:06d}"),
        patient=person,
        billing=BILLING,
        rendering=None if form is Form.INSTITUTIONAL else RENDERING,
        attending=RENDERING if form is Form.INSTITUTIONAL else None,
        institutional=bill if form is Form.INSTITUTIONAL else None,
        place_of_service="" if form is Form.INSTITUTIONAL else "11",
        diagnoses=() if form is Form.DENTAL else ("F411",),
        lines=tuple(_line(line, number, form) for line in range(1, 2 + number % 3)),
    )
    return msgspec.structs.replace(claim, **changes)


def file_of(
    claims: Sequence[Claim], *, control: int = 1, per_set: int = 5000, wants_ta1: bool = False
) -> bytes:
    """The claims (of one form) as an 837 file."""
    envelope = Envelope(
        sender_id="BILLER01",
        receiver_id="CLEARING01",
        created=NOW,
        interchange_control=control,
        group_control=control,
        usage="T",
        acknowledgement_requested=wants_ta1,
    )
    return write_claims(
        claims,
        form=claims[0].form,
        submitter=Submitter(
            name="BILLING COMPANY", id="BILLER01", contact_name="HELP DESK", phone="5125550199"
        ),
        receiver=Receiver(name="CLEARINGHOUSE", id="CLEARING01"),
        envelope=envelope,
        reference=f"B{control:06d}",
        claims_per_transaction=per_set,
    ).data


class Exchange:
    """A folder of practices, as product and simulator share it."""

    now = NOW
    make_claim = staticmethod(make_claim)
    file_of = staticmethod(file_of)

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def put(self, practice: str, data: bytes, name: str = "") -> Path:
        """Sends ``data`` to the simulator."""
        folder = self.directory / practice / "outbound"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (name or f"{len(list(folder.rglob('*.x12'))) + 1:04d}.x12")
        path.write_bytes(data)
        return path

    def inbound(self) -> dict[str, bytes]:
        """Every answer, by practice and name."""
        return {
            str(path.relative_to(self.directory)): path.read_bytes()
            for path in sorted(self.directory.glob("*/inbound/*"))
        }

    def of_kind(self, kind: str) -> list[bytes]:
        """The answers of one kind, oldest first."""
        return [data for name, data in self.inbound().items() if f"-{kind}-" in name]


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test pulls the plug, so none waits for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return Exchange(tmp_path)


@pytest.fixture
def exchanges(tmp_path: Path) -> Callable[[], Exchange]:
    """Makes as many separate folders as a test needs."""

    def folders() -> Iterator[Exchange]:
        number = 0
        while True:
            number += 1
            folder = tmp_path / f"exchange-{number}"
            folder.mkdir()
            yield Exchange(folder)

    stream = folders()
    return lambda: next(stream)
