"""A practice in which every text that somebody else may write is an attack on a browser."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from api.bootstrap import Runtime
from api.documents.statements import render_statements
from api.http.sessions import digest_of, new_session_id
from api.practices import create_practice
from core.claims.claim import Form, Note
from core.claims.parties import Address, Name, Payer, PayerKind, Provider
from core.claims.position import Event, NextActor, Owes, Stage
from core.patient_billing.statements import Statement, StatementLine, StatementPractice
from core.ports import ClaimRecord, Move, NewFile, NewStatement, StoredPayer, StoredProvider
from core.scrub.finding import Finding, Severity
from tenants.ids import new_id
from tenants.staff import Role, Staff
from tenants.store import sessions, staff
from tests.api.http.pages_claims import BILLING, RENDERING, _claim, _encounter, _patient, _position
from tests.by_hand import by_hand

PAYLOADS = (
    "<script>window.taken=1</script>",
    "<img src=x onerror=window.taken=1>",
    "\"><svg onload=window.taken=1>",
    "' autofocus onfocus='window.taken=1",
    "</title></textarea></option><iframe src=javascript:parent.taken=1>",
    "javascript:window.taken=1",
    "<style>@import'//elsewhere.example/x'</style>",
    "<base href=//elsewhere.example/>",
    "<meta http-equiv=refresh content='0;url=//elsewhere.example'>",
    "<form action=//elsewhere.example><button>Go</button></form>",
    "<!--", "-->", "]]>", "<![CDATA[", "&lt;script&gt;", "&#60;script&#62;",
    "{{ 7*7 }}", "{% include 'frame.html' %}", "${7*7}", "`window.taken=1`", "\\u003cscript\\u003e",
    "\u202e\u2066<b>", "=HYPERLINK(\"//elsewhere.example\")", "@SUM(1)",
    "#eval(\"1\")", "#link(\"https://elsewhere.example\")[x]", "$ x $", "*b* _i_ @label <label>",
)  # fmt: skip
TEXT = " ".join(PAYLOADS)


class Hostile:
    """The installation after it was attacked, and the ways into it."""

    def __init__(self, running: Runtime) -> None:
        self.running = running
        self.practice = create_practice(running, slug="river", name=TEXT, billing=None)
        self.payer = Payer(payer_id="HOSTILE", name=TEXT, kind=PayerKind.COMMERCIAL)
        self.payer_ref, self.claim_id, self.statement_id = new_id(), new_id(), new_id()
        self.people = {role: self._person(role) for role in (Role.ADMIN, Role.DIRECTOR)}
        self._fill()

    def session(self, role: Role) -> str:
        """The id of a fresh session."""
        made = new_session_id()
        with by_hand(self.running.engine) as connection:
            sessions.start(
                connection,
                digest=digest_of(made),
                session_id=new_id(),
                staff_id=self.people[role].id,
                assurance=sessions.TWO_FACTORS,
            )
        return made

    def pages(self) -> tuple[str, ...]:
        """Every page of staff that shows something of what was written."""
        claim = f"/practices/river/claims/{self.claim_id}"
        person = self.people[Role.DIRECTOR].id
        return (
            claim, f"{claim}/prices", f"{claim}/edit", "/queue", "/practices", "/payers",
            "/find?number=%3Cscript%3Etaken=1%3C/script%3E",
            f"/payers/{self.payer_ref}", "/providers?practice=river", "/enrolment?practice=river",
            "/staff", f"/staff/{person}", "/practices/river/files",
        )  # fmt: skip

    def _person(self, role: Role) -> Staff:
        one = Staff(id=new_id(), email=f"{role}@example.org", name=TEXT, role=role)
        with by_hand(self.running.engine) as connection:
            staff.add(connection, one, password_hash="none")
            staff.assign(connection, one.id, [self.practice.tenant_id])
        return one

    def _fill(self) -> None:
        with self.running.unit_of_work(self.practice.tenant_id) as uow:
            self._masters(uow)
            self._claim(uow, uow.today)

    def _masters(self, uow: Any) -> None:
        uow.masters.add_payers([StoredPayer(id=self.payer_ref, payer=self.payer, confirmed=False)])
        name, address = Name(last=TEXT, first=TEXT), Address(line1=TEXT, city=TEXT, state="PA")
        self.billing: Provider = replace(BILLING, name=Name(last=TEXT), address=address)
        self.rendering: Provider = replace(RENDERING, name=name, credential=TEXT)
        self.billing_id, rendering_id = uow.new_ids(2)
        uow.masters.add_providers(
            [
                StoredProvider(
                    id=self.billing_id, role="billing", provider=self.billing, status="unconfirmed"
                ),
                StoredProvider(
                    id=rendering_id, role="rendering", provider=self.rendering, status="active"
                ),
            ]
        )
        uow.record("provider.created", {"provider": [self.billing_id, rendering_id]}, providers=2)

    def _claim(self, uow: Any, today: date) -> None:
        address = Address(line1=TEXT, line2=TEXT, city=TEXT, state="PA", postal_code="17101")
        person = replace(_patient(), name=Name(last=TEXT, first=TEXT), address=address)
        plain = _claim("held", "HOSTILE1", today)
        claim = replace(
            plain,
            form=Form.PROFESSIONAL,
            patient=person,
            payer=self.payer,
            subscriber=replace(plain.subscriber, person=person, member_id=TEXT, group_number=TEXT),
            billing=self.billing,
            rendering=self.rendering,
            auth_number=TEXT,
            payer_claim_number=TEXT,
            notes=(Note(qualifier="ADD", text=TEXT),),
        )
        patient = uow.patients.ensure([(TEXT, person)])[TEXT]
        encounter = _encounter(uow, patient, self.billing_id, 1)
        draft = _position(Stage.DRAFT, NextActor.SYSTEM, today, Owes.PAYER)
        held = _position(Stage.HELD, NextActor.BILLER, today, Owes.PAYER)
        record = ClaimRecord(
            id=self.claim_id, claim=claim, position=draft, encounter_id=encounter,
            patient_id=patient, payer_ref=self.payer_ref,
        )  # fmt: skip
        uow.claims.add([record], [])
        finding = Finding(
            rule=TEXT, severity=Severity.DENY, message=TEXT, suggestion=TEXT, source=TEXT
        )
        uow.claims.add_findings([(self.claim_id, finding)])
        [stored] = uow.claims.findings(self.claim_id)
        uow.claims.override(
            stored.id, by=self.people[Role.ADMIN].id, reason=TEXT,
            sensitivity=record.sensitivity,
        )  # fmt: skip
        uow.claims.add_findings([(self.claim_id, finding)])
        file_id = self._file(uow)
        uow.claims.move(
            [
                Move(
                    claim_id=self.claim_id, event=Event.HOLD_FOR_BILLER, before=draft, after=held,
                    note=TEXT, file_id=file_id,
                )
            ]
        )  # fmt: skip
        uow.statements.add([self._statement(patient, person, today)])
        uow.record("claim.created", {"claim": [self.claim_id]}, claims=1)

    def _file(self, uow: Any) -> UUID:
        [file_id] = uow.new_ids(1)
        uow.files.add(
            NewFile(
                id=file_id, direction="in", kind="835", name=TEXT, body=b"x", sha256=b"x" * 32,
                status="held", reason=TEXT,
            )
        )  # fmt: skip
        return file_id

    def _statement(self, patient: UUID, person: Any, today: date) -> NewStatement:
        made = Statement(
            number="0001-0000001",
            practice=StatementPractice(
                name=TEXT, address=person.address, phone=TEXT, message=TEXT, pay_url=TEXT
            ),
            patient=person.name,
            address=person.address,
            account_number=TEXT,
            issued_on=today,
            due_on=today + timedelta(days=30),
            lines=(
                StatementLine(
                    service_on=today, description=TEXT, provider=TEXT, charge_cents=100,
                    insurance_paid_cents=0, adjustment_cents=0, patient_paid_cents=0,
                    balance_cents=100,
                ),
            ),
            pending=(),
            due_cents=100,
        )  # fmt: skip
        [document] = render_statements([made])
        return NewStatement(
            id=self.statement_id, patient_id=patient, statement=made, document=document
        )
