"""A practice in a database of its own, its claims, and the payer's papers that answer them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import text

from api import simulator
from api.bootstrap import Runtime
from api.cycle import Cycle
from api.practices import create_practice
from api.receive import Received
from api.simulator.run import RunReport
from api.simulator.script import Script
from bench.invented_claims import BILLING, claims
from core.claims.claim import Adjustment, Claim, Form, OtherPayer
from core.claims.parties import Payer, PayerKind, PayerSequence, Subscriber
from core.intake.from_claims import encounter_from_claim
from core.ports import ClaimRecord, StoredPayer
from core.remittance.values import (
    ClaimPayment,
    ProviderAdjustment,
    Remittance,
    RemittanceHeader,
    ServicePayment,
)
from core.usecases.intake import Arrival, IntakeResult, Refusal, take_encounters
from core.x12.claims_reader import ReadClaim, read_claims
from core.x12.claims_writer import Receiver, Submitter, write_claims
from core.x12.envelope import Envelope
from core.x12.remittance_writer import write_remittances
from tenants.ids import new_id
from tenants.session import tenant_transaction
from tenants.uow import UnitOfWork
from tests.core.x12.remittance_values import OFFICE

TODAY = date(2026, 1, 30)
NOW = datetime(2026, 1, 30, 12, 0, tzinfo=UTC)
PAYERS = (
    Payer(payer_id="30003", name="BLUESTONE HEALTH PLAN"),
    Payer(payer_id="40004", name="KEYSTONE MUTUAL"),
)
NEXT = Payer(payer_id="77027", name="UNION MUTUAL", kind=PayerKind.COMMERCIAL)
# Every claim is paid in full by contract, none is turned away.
PAY_ALL = Script(shares=(), reject_999_per_mille=0, guarantee_from=0)


def made(count: int, **changes: Any) -> list[Claim]:
    """``count`` clean claims, each with ``changes``."""
    return [replace(claim, **changes) for claim in claims(count, today=TODAY)]


def with_next_payer(claim: Claim) -> Claim:
    """``claim`` of a patient who has a second policy."""
    other = OtherPayer(
        sequence=PayerSequence.SECONDARY,
        payer=NEXT,
        subscriber=Subscriber(person=claim.patient, member_id="S" + claim.subscriber.member_id),
    )
    return replace(claim, other_payers=(other,))


def envelope(control: int = 1) -> Envelope:
    return Envelope(
        sender_id="SENDER1",
        receiver_id="RECEIVER1",
        created=NOW.replace(tzinfo=None),
        interchange_control=control,
        group_control=control,
    )


def file_of(filed: Sequence[Claim], form: Form = Form.PROFESSIONAL, control: int = 1) -> bytes:
    """The claims as the practice's own system would hand them in."""
    return write_claims(
        filed,
        form=form,
        submitter=Submitter(name="OWN SYSTEM", id="OWN", contact_name="EDI", phone="8005550100"),
        receiver=Receiver(name="BILLING", id="BILL"),
        envelope=envelope(control),
        reference=str(control),
    ).data


class PowerFailureError(Exception):
    """Stands for whatever ends a process between two statements."""


class Office:
    """One practice and the hands that work in it."""

    def __init__(self, running: Runtime, slug: str = "river", *, billing: Any = BILLING) -> None:
        self.running = running
        self.practice = create_practice(running, slug=slug, name=slug.title(), billing=billing)
        self.tenant_id = self.practice.tenant_id
        self.cycle = Cycle(running, self.practice, as_of=TODAY)
        with self.work() as uow:
            stored = [StoredPayer(id=new_id(), payer=payer) for payer in (*PAYERS, NEXT)]
            uow.masters.add_payers(stored)
            uow.record("payer.created", {"payer": [one.id for one in stored]}, payers=len(stored))

    def work(self, **given: Any) -> AbstractContextManager[UnitOfWork]:
        return self.running.unit_of_work(self.tenant_id, **{"as_of": TODAY, **given})

    def take(self, arrived: Iterable[Claim | Refusal], *, name: str = "") -> IntakeResult:
        """Take claims in; ``name`` stands for the bytes of the file."""
        arrivals: list[Arrival | Refusal] = [
            one
            if isinstance(one, Refusal)
            else Arrival(position=place, encounter=encounter_from_claim(one, new_id))
            for place, one in enumerate(arrived, 1)
        ]
        digest = hashlib.sha256((name or str(new_id())).encode()).digest()
        with self.work() as uow:
            return take_encounters(uow, arrivals, kind="837", sha256=digest)

    def take_file(self, data: bytes, *, confirm: bool = False) -> IntakeResult:
        """Take an 837 in as the command does."""

        def arrivals() -> Iterator[Arrival | Refusal]:
            for one in read_claims(data):
                if isinstance(one, ReadClaim):
                    encounter = encounter_from_claim(one.claim, new_id)
                    yield Arrival(position=one.segment, encounter=encounter)
                else:
                    yield Refusal(position=one.segment, reason=one.reason)

        with self.work() as uow:
            return take_encounters(
                uow,
                arrivals(),
                kind="837",
                sha256=hashlib.sha256(data).digest(),
                confirm_new_providers=confirm,
            )

    def filed(self, arrived: Sequence[Claim]) -> list[ClaimRecord]:
        """Take, prepare and file claims; their records as filed, in order of arrival."""
        self.take(arrived)
        before = {record.id for record in self.records()}
        self.cycle.prepare()
        self.cycle.file()
        return [record for record in self.records() if record.id not in before]

    def records(self) -> list[ClaimRecord]:
        """All claims by number."""
        with self.work() as uow:
            ids = [row.id for row in self.rows("SELECT id FROM claim ORDER BY claim_number")]
            found = [uow.claims.get(one) for one in ids]
            uow.record("claim.read", {"claim": ids})
        return found

    def record(self, claim_id: UUID) -> ClaimRecord:
        return next(one for one in self.records() if one.id == claim_id)

    def crash_after(self, act: Callable[[UnitOfWork], object]) -> None:
        """The power goes after ``act`` and before the commit."""
        with suppress(PowerFailureError), self.work() as uow:
            act(uow)
            raise PowerFailureError

    def stages(self) -> list[str]:
        """Where the claims are, by claim number."""
        return [row.stage for row in self.rows("SELECT stage FROM claim ORDER BY claim_number")]

    def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        """A query of this practice."""
        with tenant_transaction(self.running.engine, self.tenant_id) as connection:
            return connection.execute(text(statement), values).all()

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) AS n FROM {table}")[0].n)

    def counts(self) -> dict[str, int]:
        """Rows of what a file may leave behind."""
        tables = (
            "patient coverage encounter charge claim provider exchange_file intake_batch remittance"
            " remittance_claim ledger_entry ledger_posting denial_item claim_move audit_event"
        )
        return {table: self.count(table) for table in tables.split()}

    def totals(self) -> dict[str, int]:
        """Balances of the accounts that have one; they always sum to zero."""
        with self.work() as uow:
            totals = uow.ledger.totals()
        assert sum(totals.values()) == 0
        return {account: cents for account, cents in totals.items() if cents}

    def answer(self, script: Script = PAY_ALL, seed: int = 1) -> RunReport:
        """Let the payers answer what was sent."""
        return simulator.run(self.running.settings.exchange, seed=seed, now=NOW, script=script)

    def receive(self, data: bytes, name: str = "answer.x12") -> Received:
        return self.cycle.receive_file(name, data)

    def outbound(self) -> dict[str, bytes]:
        """Files in the folder of what we sent, taken or not."""
        folder = self.running.settings.exchange / self.practice.slug / "outbound"
        return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.x12"))}


def paid(
    record: ClaimRecord, *, patient_cents: int = 0, contract_cents: int = 0, **changes: Any
) -> ClaimPayment:
    """The payer pays every line, less a share of the patient's and a contract on the first."""
    lines = []
    for line in record.claim.lines:
        adjustments: tuple[Adjustment, ...] = ()
        if line.line_no == 1:
            adjustments = tuple(
                Adjustment(group=group, code=code, amount_cents=cents)
                for group, code, cents in (("PR", "2", patient_cents), ("CO", "45", contract_cents))
                if cents
            )
        left = line.charge_cents - sum(one.amount_cents for one in adjustments)
        lines.append(
            ServicePayment(
                segment=0,
                code=line.code,
                modifiers=line.modifiers,
                charge_cents=line.charge_cents,
                paid_cents=left,
                paid_units=line.units,
                service_from=line.service_from,
                control_number=line.control_number,
                adjustments=adjustments,
            )
        )
    given: dict[str, Any] = {
        "segment": 0,
        "claim_number": record.claim.claim_number,
        "status": "1",
        "charge_cents": record.claim.charge_cents,
        "paid_cents": sum(line.paid_cents for line in lines),
        "patient_responsibility_cents": patient_cents,
        "filing_indicator": "12",
        "payer_claim_number": f"ICN{record.claim.claim_number}",
        "patient": record.claim.patient.name,
        "member_id": record.claim.subscriber.member_id,
        "lines": tuple(lines),
    }
    return ClaimPayment(**{**given, **changes})


def denied(record: ClaimRecord, carc: str = "197") -> ClaimPayment:
    """The payer denies every line."""
    payment = paid(record)
    lines = tuple(
        replace(
            line,
            paid_cents=0,
            adjustments=(Adjustment(group="CO", code=carc, amount_cents=line.charge_cents),),
        )
        for line in payment.lines
    )
    return replace(payment, status="4", paid_cents=0, lines=lines)


def reversed_(payment: ClaimPayment) -> ClaimPayment:
    """The payer takes ``payment`` back."""
    lines = tuple(
        replace(
            line,
            charge_cents=-line.charge_cents,
            paid_cents=-line.paid_cents,
            adjustments=tuple(
                replace(one, amount_cents=-one.amount_cents) for one in line.adjustments
            ),
        )
        for line in payment.lines
    )
    return replace(
        payment,
        status="22",
        charge_cents=-payment.charge_cents,
        paid_cents=-payment.paid_cents,
        patient_responsibility_cents=-payment.patient_responsibility_cents,
        lines=lines,
    )


def check(
    *payments: ClaimPayment,
    trace: str = "TRACE1",
    control: str = "0001",
    adjustments: tuple[ProviderAdjustment, ...] = (),
) -> Remittance:
    """One check over ``payments``."""
    taken = sum(one.amount_cents for one in adjustments)
    header = RemittanceHeader(
        segment=0,
        control_number=control,
        payment_cents=sum(one.paid_cents for one in payments) - taken,
        method="ACH",
        paid_on=TODAY,
        trace_number=trace,
        payer_identifier="1512345678",
        payer_name="BLUESTONE HEALTH PLAN",
        payee_name="BENCH CLINIC",
        payee_npi=BILLING.npi,
    )
    return Remittance(header=header, claims=payments, provider_adjustments=adjustments)


def era(*checks: Remittance, control: int = 1) -> bytes:
    """The checks as one 835."""
    return write_remittances(checks, envelope(control), office=OFFICE)
