"""Two practices that have been through the whole cycle, so that every table has rows of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from msgspec.structs import replace

from api import backtests
from api.bootstrap import Runtime
from api.plugin_steps import PluginChoice, enable_in
from api.practices import create_staff
from api.price_lists import load_charges, load_contract
from api.programs import create_program
from api.settings import Settings
from audit.event import machine
from core.authorizations import PriorAuthorization
from core.claims.claim import Claim, SpecialtyRecord
from core.claims.parties import Address, Name, Sex
from core.confidentiality import FieldClass, Sensitivity
from core.consent import Consent, ConsentKind, ConsentPurpose
from core.dates import Window
from core.disclosures import Disclosure, DisclosurePurpose
from core.ports import ClaimRecord, FindingAnswer, StoredProvider
from core.pricing.contracts import Agreement
from core.pricing.own_prices import ChargeList
from core.pricing.price_files import read_charges, read_terms
from core.rule_ports import RecordEvent, RecordVersion
from core.rules.declared import Action, ActionKind, DeclaredRule
from core.rules.declared_apply import RuleRun
from core.rules.declared_versions import RuleVersion, Step
from core.rules.policy_library import LibraryEntry
from core.rules.rule import Layer
from core.scrub.finding import Finding, Severity
from core.scrub.shadow import Difference, ShadowClaim
from core.usecases.backtest import Days
from core.usecases.intake import Refusal
from plugins.demo_payers import DEMO_SETTINGS
from plugins.standing import PluginStep
from tenants.demands import Demand
from tenants.ids import new_id
from tenants.postgres import DatabaseUrls, create_from_template, drop_database
from tenants.programs import TokenScope
from tenants.staff import Role
from tenants.store import demands, lifecycle, policies, programs
from tenants.store import staff as staff_store
from tenants.uow import UnitOfWork
from tests.core.usecases.office import (
    PAYERS,
    Office,
    check,
    denied,
    era,
    made,
    paid,
    with_next_payer,
)
from tests.speaking import APP, MIGRATOR, speaks_for

# Nothing of this may lie anywhere in clear.
LAST_NAME = "QUILLFEATHERSTONE"
FIRST_NAME = "ODETTINA"
MEMBER_ID = "ZQ7739100421"
STREET = "77 CANARY ROW"
DIAGNOSIS = "L97429"
BIRTH_DATE = date(1947, 3, 9)
FOREVER = date(2999, 1, 1)
CANARIES = (LAST_NAME, FIRST_NAME, MEMBER_ID, STREET, DIAGNOSIS, "19470309", "1947-03-09")


class World:
    """The installation and its two practices; ``rows`` reads as any role, under any tenant."""

    def __init__(self, running: Runtime, urls: DatabaseUrls) -> None:
        self.running = running
        self.urls = urls
        self.river = Office(running, "river")
        self.brook = Office(running, "brook")
        create_staff(
            running,
            email="provider@example.org",
            name="Pro",
            role=Role.PROVIDER,
            password="four unrelated plain words",
            slugs=["river"],
        )
        for office in (self.river, self.brook):
            _whole_cycle(office)
        _answer_a_program(self)
        running.sequence_audit()
        self.biller = create_staff(
            running,
            email="biller@example.org",
            name="Billie",
            role=Role.BILLER,
            password="four unrelated plain words",
            slugs=["river"],
        )
        self.idle = create_staff(
            running,
            email="idle@example.org",
            name="Ida",
            role=Role.BILLER,
            password="four unrelated plain words",
            slugs=[],
        )

        for office in (self.river, self.brook):
            self._leaves_and_stays(office)
            self._tries_rules(office)
            _prices_of_its_own(self.running, office)
        running.sequence_audit()

    def _leaves_and_stays(self, office: Office) -> None:
        """A hold, and a request to destroy that was taken back."""
        with office.work() as uow:
            hold_id = new_id()
            reason = uow.seal("legal_hold", "reason", hold_id, LAST_NAME.encode())
            lifecycle.add_hold(
                uow.connection, uow.tenant_id, hold_id, reason=reason, placed_by=self.biller.id
            )
            lifecycle.add_request(
                uow.connection,
                uow.tenant_id,
                new_id(),
                requested_by=self.biller.id,
                before_retention_ends=False,
                without_export=False,
                reason="",
            )
            lifecycle.withdraw_request(uow.connection, uow.now)
            uow.record("hold.placed", {"practice": [uow.tenant_id]})

    def _tries_rules(self, office: Office) -> None:
        """A waiver, an answer to a finding, and a back-test with its result."""
        asked, me = backtests.Asked(kind="rule", subject="PS-012"), machine("command")
        run_id = backtests.begin(self.running, office.tenant_id, asked, Days(None, FOREVER), me)
        backtests.run_to_its_end(self.running, office.tenant_id, run_id, lambda _: None)
        held = next(one for one in office.records() if one.position.stage == "held")
        with office.work() as uow:
            uow.waivers.add(
                new_id(),
                rule="PS-012",
                payer_ref=None,
                code="",
                window=Window(uow.today, uow.today),
                reason=f"about {LAST_NAME}",
                document=STREET,
                by=self.biller.id,
                role="biller",
            )
            finding = Finding(rule="PS-012", severity=Severity.DENY, message="Invented")
            answer = FindingAnswer(
                claim_id=held.id,
                claim_version=held.version,
                kind="override",
                finding=finding,
                by=self.biller.id,
                role="biller",
                reason=f"about {LAST_NAME}",
            )
            for label in Sensitivity:
                uow.claims.answer(answer, label)
            uow.record("waiver.asked")

    @contextmanager
    def connection(
        self, *, tenant: UUID | None = None, staff: UUID | None = None, owner: bool = False
    ) -> Iterator[psycopg.Connection[Any]]:
        """A connection whose transaction is rolled back at the end."""
        url = self.urls.migrator if owner else self.urls.app
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            if tenant or staff:
                role = MIGRATOR if owner else APP
                connection.execute(speaks_for(self.urls, tenant, staff=staff, role=role))
            yield connection
            connection.rollback()

    def tenant_tables(self) -> tuple[str, ...]:
        """Every table of a practice, from the catalog: its row-level security is forced."""
        with self.connection(owner=True) as connection:
            found = connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                " AND relforcerowsecurity ORDER BY relname"
            )
            return tuple(row[0] for row in found)

    def tables(self) -> Sequence[str]:
        """Every table."""
        with self.connection(owner=True) as connection:
            found = connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                " AND relkind IN ('r', 'p') ORDER BY relname"
            )
            return [row[0] for row in found]


def canary(claim: Claim) -> Claim:
    """``claim`` of the patient whose name must not be found."""
    person = replace(
        claim.patient,
        name=Name(last=LAST_NAME, first=FIRST_NAME),
        birth_date=BIRTH_DATE,
        sex=Sex.FEMALE,
        address=Address(line1=STREET, city="LINDENFELD", state="PA", postal_code="17101"),
    )
    subscriber = replace(claim.subscriber, person=person, member_id=MEMBER_ID)
    return replace(
        claim,
        payer=PAYERS[0],
        patient=person,
        subscriber=subscriber,
        diagnoses=(DIAGNOSIS, *claim.diagnoses[1:]),
    )


def _prices_of_its_own(running: Runtime, office: Office) -> None:
    """A charge master, and a contract with a payer of the cycle."""
    with office.work() as uow:
        tenant_id = uow.tenant_id
    fees = read_charges(["code,amount", "99213,125.00"])
    load_charges(running, tenant_id, ChargeList(first=date(2026, 1, 1), fees=fees))
    terms = read_terms(["code,form,percent,of", "*,percent,80,charge"])
    load_contract(
        running,
        tenant_id,
        Agreement(name="Oak", payer_ids=(PAYERS[0].payer_id,), first=date(2026, 1, 1), terms=terms),
    )


def _of_plugins(uow: UnitOfWork, step: PluginStep, record: ClaimRecord) -> None:
    """A secret field, a fault, and a claim as it was judged in shadow."""
    uow.plugins.set_secrets(step.plugin, {"account_key": "of the plugin alone"}, by=step.said_by)
    uow.plugins.add_faults(step, {("BH-1", "claim_edits", "raised"): 1}, day=uow.today, at=uow.now)
    otherwise = Difference(
        rule="BH-1", rule_version="1", line_no=None, failed=True, live="", shadow="deny"
    )
    judged = ShadowClaim(
        claim_id=record.id,
        claim_version=record.version,
        was_held=False,
        would_hold=True,
        charge_cents=record.claim.charge_cents,
        microseconds=1,
        shadow_microseconds=2,
        differences=(otherwise,),
    )
    uow.shadows.add(step.id, [judged], on=uow.today)


def _versions_of_records(uow: UnitOfWork, record: ClaimRecord) -> None:
    """A version of a record in each class, as keep_records adds them."""
    said = SpecialtyRecord(kind="telehealth.visit", body=b'{"modality": "av"}', id=new_id())
    for version, sensitivity in enumerate(Sensitivity, 1):
        kept = RecordVersion(
            claim_id=record.id,
            record_id=said.id or new_id(),
            version=version,
            line_no=None,
            event=RecordEvent.CORRECTED if version > 1 else RecordEvent.ENTERED,
            record=said,
            why="of the record alone",
            made_by=uow.actor_id,
            made_at=uow.now,
        )
        uow.record_versions.add([kept], sensitivity)


def _whole_cycle(office: Office) -> None:
    """Every table gets a row: a claim paid, one denied, one held, one billed on, a statement."""
    first, second, third, held = made(4)
    office.take([Refusal(position=3, reason="a date cannot be read")])
    records = office.filed(
        [
            with_next_payer(first),
            canary(replace(second, claim_number="SECOND")),
            third,
            canary(replace(held, claim_number="HELD", diagnoses=(DIAGNOSIS, "WRONG"))),
        ]
    )
    primary, owing, refused, _ = records
    assert [one.position.stage for one in records] == ["sent", "sent", "sent", "held"]
    office.receive(
        era(
            check(
                paid(primary, patient_cents=900),
                paid(owing, patient_cents=500),
                denied(refused),
            )
        )
    )
    office.receive(b"no X12 at all about " + LAST_NAME.encode())
    office.cycle.bill_next_payers()
    office.cycle.file()
    office.cycle.issue_statements()
    with office.work() as uow:
        choice = PluginChoice(name="behavioral_health", settings=DEMO_SETTINGS)
        step = enable_in(uow, office.running, choice)
        _of_plugins(uow, step, records[0])
        _versions_of_records(uow, records[0])
        facility = replace(first.billing, npi="1245319599")
        provider = StoredProvider(id=new_id(), role="facility", provider=facility, status="active")
        uow.masters.add_providers([provider])
        [payer] = uow.masters.payers(["30003"]).values()
        uow.connection.exec_driver_sql(
            "INSERT INTO enrolment (tenant_id, id, payer_ref, provider_id, transaction_kind,"
            " status) VALUES (%s, %s, %s, %s, '837P', 'active')",
            (office.tenant_id, new_id(), payer.id, provider.id),
        )
        _private(uow, records[0])
        _rules(uow, records[0])
        [patient_id] = uow.patients.ensure([("SECOND", canary(second).patient)]).values()
        disclosure = Disclosure(
            id=new_id(),
            patient_id=patient_id,
            disclosed_on=date(2026, 1, 5),
            purpose=DisclosurePurpose.JUDICIAL,
            recipient=LAST_NAME,
            address=STREET,
            what=DIAGNOSIS,
            why=MEMBER_ID,
            entered_by=uow.actor_id,
        )
        uow.disclosures.add(disclosure)
        uow.disclosures.request(new_id(), patient_id, date(2026, 1, 6))
        # More objects than are indexed one by one.
        uow.record("claim.read", {"claim": uow.new_ids(70)})
    # No other work is given the key of these notes.
    with office.work(classes=frozenset({FieldClass.PSYCHOTHERAPY})) as uow:
        author, note_id = staff_store.every(uow.connection)[0].staff.id, new_id()
        encounter_id = records[0].encounter_id
        uow.notes.add(
            note_id, encounter_id=encounter_id, author_id=author, words=f"about {LAST_NAME}"
        )
        uow.record("note.written", {"note": [note_id], "encounter": [encounter_id]})


def _private(uow: Any, record: ClaimRecord) -> None:
    """A row of each table about who may see what; each holds a canary in its sealed part."""
    patient_id, emergency_id = record.patient_id, new_id()
    uow.consents.add(
        Consent(
            id=new_id(),
            patient_id=patient_id,
            kind=ConsentKind.PART_TWO,
            signed_on=uow.today,
            purposes=(ConsentPurpose.PAYMENT,),
            document=f"folder of {LAST_NAME}",
        )
    )
    uow.consents.restrict(record.encounter_id)
    uow.emergency_reasons.add(emergency_id, patient_id=patient_id, reason=f"{LAST_NAME} is here")
    uow.emergency_reasons.add_review(emergency_id, f"{LAST_NAME} was well")
    demands.add(uow.connection, uow.tenant_id, Demand(id=new_id(), onshore=True))
    uow.record("consent.entered", {"patient": [patient_id]}, consents=1)


def _rules(uow: Any, record: ClaimRecord) -> None:
    """A rule of the practice, what one changed, a policy, an authorization."""
    rule = DeclaredRule(
        id="OWN-DRAFT-1",
        title="A draft",
        document="Word of the practice",
        layer=Layer.PRACTICE,
        actions=(Action(kind=ActionKind.TAG, value="seen"),),
    )
    step = RuleVersion(
        rule=rule, step=Step.DRAFT, saved_by=uow.actor_id, saved_at=uow.now, role="lead"
    )
    assert uow.declared_rules.add(new_id(), step)
    run = RuleRun(
        rule=rule.id, version="1", layer="practice", action="tag", field="tag", before="",
        after="seen",
    )  # fmt: skip
    uow.claims.add_runs({record.id: (run,)})
    entry = LibraryEntry(
        id=new_id(), layer=Layer.PRACTICE, knob="requires_ndc", value=True, document="Manual"
    )
    policies.add(uow.connection, entry)
    uow.authorizations.add(
        PriorAuthorization(
            id=new_id(),
            patient_id=record.patient_id,
            payer_ref=record.payer_ref,
            number=MEMBER_ID,
            window=Window(date(2026, 1, 1), date(2026, 12, 31)),
        )
    )
    uow.record("rule.saved", {"rule": [new_id()]})


def _answer_a_program(world: World) -> None:
    """A program of both practices, and an answer kept for it in each."""
    slugs = [office.practice.slug for office in (world.river, world.brook)]
    program = create_program(
        world.running, name="A system", scopes=frozenset(TokenScope), slugs=slugs
    )
    for office in (world.river, world.brook):
        with office.work() as uow:
            once = programs.Once(
                tenant_id=office.tenant_id, program_id=program.id, key_sha256=bytes(32)
            )
            assert programs.first_answer(uow.connection, once, request_sha256=bytes(32)) is None
            programs.keep_answer(uow.connection, once, b"{}")


@contextmanager
def two_practices(server: DatabaseUrls, home: Path, name: str) -> Iterator[World]:
    """The world in a database of its own."""
    urls = create_from_template(server, "template_claimwright", name)
    home.mkdir(mode=0o700, parents=True)
    running = Runtime(Settings(home=home, claims_per_transaction=5), urls)
    try:
        yield World(running, urls)
    finally:
        running.close()
        drop_database(urls, name)
