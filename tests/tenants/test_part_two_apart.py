"""Nothing of a Part 2 claim opens with the general key, whatever it lies in and since when.

The walk asks the live schema, so a new sealed column is attacked here, or named with a reason.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from api.bootstrap import Runtime
from api.part_two import set_apart as set_apart_here
from api.settings import Settings
from core.claims.lifecycle import move
from core.claims.position import Event
from core.confidentiality import FieldClass, Sensitivity
from core.errors import ForbiddenError, SealError
from core.ports import ClaimRecord, Move
from core.rules.records import seal as record_of
from core.rules.rule import Layer
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book
from core.scrub.finding import Finding, Severity
from core.usecases.keep_records import At, correct_record
from core.usecases.work_claim import override_finding, release
from plugins.behavioral_health.records import PART_TWO, Consent, PartTwo
from plugins.host import platform_rules
from tenants.part_two import is_all_apart, set_apart
from tenants.postgres import DatabaseUrls, create_from_template, drop_database
from tenants.rotation import Rewrapped
from tenants.sealed import BILLING_CLASSES, CLASS_OF, CLINICAL_COLUMN
from tenants.session import make_engine, tenant_transaction
from tenants.store.part_two_rows import PLACES, Place
from tenants.store.whole import SEALED_ELSEWHERE
from tests.by_hand import NOTED
from tests.campaign import rounds
from tests.core.usecases.office import TODAY, Office, check, era, made, paid, with_next_payer
from tests.tenants.sealed_world import now

REPOSITORY = Path(__file__).parents[2]
BOOK: RuleBook = compile_rule_book(
    [platform_rules(), RuleSet(name="program", version="1", records=(PART_TWO,))]
)
PROGRAM = PartTwo(True, Consent(date(2026, 1, 1)))
WORDS = "methadone since March"
INVENTED = Finding(rule="T-1", severity=Severity.DENY, message="Invented")

CLINICAL, OWN = FieldClass.CLINICAL, FieldClass.SUBSTANCE_USE
# Clinical words that hang on no claim: why somebody looked, and what the review of it said.
OF_NO_CLAIM = {("emergency_reason", "reason"), ("emergency_reason", "review")}


@pytest.fixture(scope="module")
def office(server: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("apart") / "home"
    home.mkdir(mode=0o700)
    name = f"apart_{os.getpid()}"
    urls = create_from_template(server, "template_claimwright", name)
    running = Runtime(Settings(home=home, claims_per_transaction=5), urls)
    yield Office(running)
    running.close()
    drop_database(urls, name)


@pytest.fixture(scope="module")
def owner(office: Office) -> Iterator[Engine]:
    urls = office.running.urls
    engine = make_engine(urls.migrator, context_key=urls.context_key, pool_size=2)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def record(office: Office) -> ClaimRecord:
    return treated(office)


def treated(office: Office) -> ClaimRecord:
    """A program's claim on its whole way: corrected, overridden, filed, paid, billed on, stated.

    All that hangs on it is stored by the use cases that store it of every claim.
    """
    [claim] = [replace(one, records=(record_of(PART_TWO, PROGRAM),)) for one in made(1)]
    office.take([with_next_payer(claim)])
    office.cycle.prepare()
    [record] = office.records()
    with office.work() as uow:
        record = correct_record(
            uow,
            record.id,
            At(line_no=None, place=1),
            value=PartTwo(True, Consent(date(2026, 1, 2))),
            expected_version=record.version,
            rule_book=BOOK,
            why=WORDS,
        )
    overridden(office, record)
    with office.work() as uow:
        release(uow, record.id)
    office.cycle.file()
    office.receive(era(check(paid(record, patient_cents=900))))
    office.cycle.bill_next_payers()
    office.cycle.file()
    following = next(one for one in office.records() if one.parent_claim_id)
    left = paid(following, contract_cents=record.claim.charge_cents - 900, patient_cents=300)
    office.receive(era(check(replace(left, status="2"), trace="TRACE2")))
    office.cycle.issue_statements()
    # Filing judged it again, and took the finding.
    record = office.record(record.id)
    with office.work() as uow:
        uow.claims.add_findings([(record.id, INVENTED)])
        [found] = uow.claims.findings(record.id)
        uow.claims.override(found.id, by=uow.actor_id, reason=WORDS, sensitivity=record.sensitivity)
        uow.record("claim.overridden", {"claim": [record.id]}, findings=1)
    return record


def overridden(office: Office, record: ClaimRecord) -> None:
    """The claim held by a finding, and a person's reason to send it all the same."""
    held = move(record.position, Event.HOLD_FOR_BILLER, today=TODAY)
    step = Move(claim_id=record.id, event=Event.HOLD_FOR_BILLER, before=record.position, after=held)
    with office.work() as uow:
        uow.claims.move([step])
        uow.claims.add_findings([(record.id, INVENTED)])
        uow.record("claim.held", {"claim": [record.id]}, claims=1)
    with office.work() as uow:
        [found] = [one for one in uow.claims.findings(record.id) if one.finding == INVENTED]
        override_finding(
            uow, record.id, found.id, reason=WORDS, role="biller", layers=frozenset(Layer)
        )
    [row] = office.rows("SELECT * FROM finding WHERE id = :id", id=found.id)
    assert row.override_reason is None
    assert row.substance_use is not None


class Bytes:
    """A value of any column of bytes, with the cells it could have been sealed for."""

    def __init__(self, table: str, column: str, row: dict[str, Any]) -> None:
        self.table, self.column, self.sealed = table, column, bytes(row[column])
        sealed_table, _, key = SEALED_ELSEWHERE.get((table, column), (table, column, "id"))
        self.cells = sealed_table, row.get(key)


def of_claims(office: Office, patient_id: UUID) -> list[Bytes]:
    """All bytes in the rows of a patient's claims, of whatever table hangs on them."""
    with tenant_transaction(office.running.engine, office.tenant_id) as connection:
        columns: dict[str, dict[str, str]] = {}
        for table, column, kind in connection.execute(
            text(
                "SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class c"
                " JOIN pg_attribute a ON a.attrelid = c.oid WHERE a.attnum > 0"
                " AND c.relnamespace = 'public'::regnamespace AND c.relrowsecurity"
                " AND NOT a.attisdropped AND has_table_privilege(c.oid, 'SELECT')"
            )
        ):
            columns.setdefault(table, {})[column] = kind
        found = []
        for table, kinds in columns.items():
            where = _about(table, kinds)
            if where and "bytea" in kinds.values():
                rows = connection.execute(
                    text(f"SELECT * FROM {table} WHERE {where}"), {"one": patient_id}
                )
                found += [
                    Bytes(table, column, dict(row._mapping))
                    for row in rows
                    for column, kind in kinds.items()
                    if kind == "bytea" and row._mapping[column] is not None
                ]
        return found


def _about(table: str, columns: dict[str, str]) -> str:
    if table == "patient":
        return "id = :one"
    for column, key in (("patient_id", ""), ("claim_id", "id"), ("encounter_id", "encounter_id")):
        if column in columns:
            asked = f" IN (SELECT {key} FROM claim WHERE patient_id = :one)" if key else " = :one"
            return column + asked
    return ""


def opens(office: Office, one: Bytes, kind: FieldClass) -> bool:
    """Whether the key of a class opens it, under whatever column of its table."""
    with tenant_transaction(office.running.engine, office.tenant_id) as connection:
        cipher = office.running.keys.of(connection, office.tenant_id).cipher(kind)
    table, row_id = one.cells
    if row_id is None:
        return False
    names = {column for its, column in CLASS_OF if its == table} | {one.column}
    for column in names:
        try:
            cipher.column(table, column).open(row_id.bytes, one.sealed)
        except SealError:
            continue
        return True
    return False


def unprotected(office: Office, record: ClaimRecord) -> list[tuple[str, str]]:
    """Columns of the claim's rows that the general key opens."""
    return [
        (one.table, one.column)
        for one in of_claims(office, record.patient_id)
        if opens(office, one, CLINICAL)
    ]


def test_a_sealed_clinical_column_has_a_twin_for_part_two_or_a_reason_to_have_none() -> None:
    clinical = {place for place, kind in CLASS_OF.items() if kind is CLINICAL}
    assert clinical == set(CLINICAL_COLUMN.items()) | OF_NO_CLAIM
    own = {table for (table, _), kind in CLASS_OF.items() if kind is OWN}
    assert own == {*CLINICAL_COLUMN, "consent"}
    moved = {(place.table, place.column) for place in PLACES}
    assert moved == {*CLINICAL_COLUMN.items(), ("submission", "clinical")}


@pytest.mark.attack("S-12")
@pytest.mark.control("R26")
def test_no_row_of_a_part_two_claim_opens_with_the_general_key(
    office: Office, record: ClaimRecord
) -> None:
    found = of_claims(office, record.patient_id)
    protected = {one.table for one in found if opens(office, one, OWN)}
    assert protected == {*CLINICAL_COLUMN, "submission", "consent"}, "each has rows to attack"
    assert unprotected(office, record) == []
    assert is_all_apart(office.running.engine, office.tenant_id)
    reads = (
        lambda uow: uow.claims.get(record.id),
        lambda uow: uow.claims.findings(record.id),
        lambda uow: uow.claims.answers(record.id),
        lambda uow: uow.remittances.of_claim(record.id),
        lambda uow: uow.record_versions.of_claim(record.id),
        lambda uow: uow.statements.document(
            office.rows("SELECT id FROM statement")[0].id,
        ),
    )
    for read in reads:
        with office.work() as uow:
            assert read(uow)
        with (
            office.work(classes=BILLING_CLASSES - {OWN}) as uow,
            pytest.raises(ForbiddenError, match="substance_use"),
        ):
            read(uow)


@pytest.mark.control("R26")
def test_money_and_lists_ask_for_no_key_of_such_a_record(
    office: Office, record: ClaimRecord
) -> None:
    with office.work(classes=frozenset()) as uow:
        assert uow.ledger.of_claim(record.id)
        assert sum(uow.ledger.totals().values()) == 0
        assert uow.claims.places([record.claim.claim_number])
        [place] = uow.claims.open_claims([record.claim.claim_number]).values()
        assert place.sensitivity is Sensitivity.SUBSTANCE_USE


def as_before(office: Office, owner: Engine) -> int:
    """Put all of it where a version of before, or one that did not know, had it; how many rows."""
    count = 0
    with tenant_transaction(owner, office.tenant_id) as connection:
        sealer = office.running.keys.for_tenant(connection, office.tenant_id)
        # The label of the first claim is known; that of its visit, and of the next payer's, is not.
        for place in sorted(PLACES, key=lambda one: one.table == "claim"):
            guard = f"ALTER TABLE {place.table} {{}} TRIGGER append_only"
            if place.guarded:
                connection.execute(text(guard.format("DISABLE")))
            own = " AND parent_claim_id IS NOT NULL" if place.table == "claim" else ""
            rows = connection.execute(
                text(
                    f"SELECT id, {place.row} AS row_id, substance_use FROM {place.table}"
                    f" WHERE substance_use IS NOT NULL{own}"
                )
            ).all()
            for row in rows:
                plain = sealer.open(place.cells, OWN.value, row.row_id, row.substance_use)
                sealed = sealer.seal(place.cells, place.column, row.row_id, plain)
                label = ", sensitivity = 'none'" if place.table in ("claim", "encounter") else ""
                connection.execute(
                    text(
                        f"UPDATE {place.table} SET substance_use = NULL, {place.column} = :sealed"
                        f"{label} WHERE id = :id"
                    ),
                    {"sealed": sealed, "id": row.id},
                )
            if place.guarded:
                connection.execute(text(guard.format("ENABLE ALWAYS")))
            count += len(rows)
            assert rows, place.table
        connection.execute(text(NOTED))
    return count


def read(office: Office, record: ClaimRecord) -> list[Any]:
    """Everything that hangs on a claim, opened."""
    with office.work() as uow:
        found = [
            uow.claims.get(record.id),
            uow.claims.findings(record.id),
            uow.claims.answers(record.id),
            [payment for _, payment in uow.remittances.of_claim(record.id)],
            uow.record_versions.of_claim(record.id),
        ]
        rows = office.rows("SELECT id FROM statement ORDER BY id")
        found += [uow.statements.document(row.id) for row in rows]
        files = office.rows("SELECT claim_id, file_id FROM submission ORDER BY id")
        found += [uow.claims.as_filed(row.claim_id, row.file_id) for row in files]
        uow.record("claim.read", {"claim": [record.id]})
    return found


def moved(office: Office, owner: Engine, batch_rows: int = 2) -> Rewrapped:
    return set_apart(owner, office.running.keys, office.tenant_id, now=now, batch_rows=batch_rows)


@pytest.mark.attack("S-12")
@pytest.mark.control("R26")
def test_what_was_there_before_is_put_apart_and_says_what_it_said(
    office: Office, owner: Engine, record: ClaimRecord
) -> None:
    count, before = as_before(office, owner), read(office, record)
    assert unprotected(office, record) != []
    assert set_apart_here(office.running, office.tenant_id) == Rewrapped(
        rows=count, left=0, damaged=0
    )
    assert unprotected(office, record) == []
    assert read(office, record) == before
    for one in office.rows("SELECT * FROM submission"):
        lies = bytes(one.demographics) + bytes(one.identifiers) + bytes(one.substance_use)
        assert bytes(one.snapshot_sha256) == sha256(lies).digest()
    labels = office.rows("SELECT sensitivity FROM claim UNION SELECT sensitivity FROM encounter")
    assert [one.sensitivity for one in labels] == ["substance_use"], "a visit has one label"
    told = office.rows("SELECT counts FROM audit_event WHERE kind = 'key.set_apart'")
    assert sum(one.counts["rows"] for one in told) == count
    assert moved(office, owner).rows == 0


@pytest.mark.attack("S-15")
@pytest.mark.campaign
def test_putting_apart_is_finished_by_the_next_run_when_it_is_killed(
    office: Office, owner: Engine, record: ClaimRecord
) -> None:
    chance, running = random.Random(26), office.running
    urls = running.urls
    for _ in range(rounds(10)):
        count = as_before(office, owner)
        before = read(office, record)
        arguments = [running.settings.home, urls.migrator, urls.context_key, office.tenant_id]
        with subprocess.Popen(
            [sys.executable, Path(__file__).with_name("killed_part_two.py"), *map(str, arguments)],
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        ) as child:
            assert child.stdout is not None
            for _ in range(chance.randrange(1, count)):
                child.stdout.readline()
            child.kill()
        assert read(office, record) == before, "half of it here, half there, all readable"
        rest = moved(office, owner)
        assert (rest.left, rest.damaged) == (0, 0)
        assert rest.rows < count
        assert read(office, record) == before
        assert unprotected(office, record) == []


@pytest.mark.attack("S-12")
def test_what_is_never_changed_is_moved_by_the_owner_alone_and_guarded_again_at_once(
    office: Office, owner: Engine, record: ClaimRecord
) -> None:
    as_before(office, owner)
    guarded = [place for place in PLACES if place.guarded]

    def change(engine: Engine, place: Place) -> None:
        with (
            pytest.raises(DBAPIError, match=r"never changed|permission denied"),
            tenant_transaction(engine, office.tenant_id) as connection,
        ):
            connection.execute(text(f"UPDATE {place.table} SET {place.column} = {place.column}"))

    moved(office, owner)
    for place in guarded:
        change(owner, place)
        change(office.running.engine, place)


def test_a_table_in_use_is_left_for_the_next_run_and_nobody_waits(
    office: Office, owner: Engine, record: ClaimRecord
) -> None:
    count = as_before(office, owner)
    with tenant_transaction(office.running.engine, office.tenant_id) as connection:
        connection.execute(text("LOCK TABLE remittance_claim IN ROW EXCLUSIVE MODE"))
        came_to = moved(office, owner)
    assert came_to == Rewrapped(rows=count - 2, left=2, damaged=0)
    assert {table for table, _ in unprotected(office, record)} == {"remittance_claim"}
    assert moved(office, owner) == Rewrapped(rows=2, left=0, damaged=0)


def test_a_value_that_does_not_open_is_counted_and_stops_nothing(
    office: Office, owner: Engine, record: ClaimRecord
) -> None:
    count = as_before(office, owner)
    with tenant_transaction(owner, office.tenant_id) as connection:
        connection.execute(text("UPDATE statement SET body = body || '\\x00'"))
        connection.execute(text(NOTED))
    assert moved(office, owner) == Rewrapped(rows=count - 1, left=0, damaged=1)
    with tenant_transaction(owner, office.tenant_id) as connection:
        connection.execute(text("UPDATE statement SET body = substr(body, 1, length(body) - 1)"))
        connection.execute(text(NOTED))
    assert moved(office, owner) == Rewrapped(rows=1, left=0, damaged=0)
