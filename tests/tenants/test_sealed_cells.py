"""What lies sealed opens in its own place, for the classes it was given to, and no other way."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError as DatabaseRefusal

from core.claims.claim import Claim
from core.confidentiality import FieldClass, Sensitivity
from core.errors import ForbiddenError, IntegrityError, SealError
from core.ports import ClaimRecord
from core.rules.records import seal as record_of
from core.usecases.work_claim import edit_claim
from plugins.behavioral_health.records import PART_TWO, Consent, PartTwo
from tenants.postgres import DatabaseUrls
from tenants.sealed import BILLING_CLASSES, CLASS_OF, class_of
from tenants.session import tenant_transaction
from tests.campaign import rounds
from tests.core.usecases.office import Office, check, era, made, paid
from tests.tenants.sealed_world import Cell, cells, ciphers
from tests.tenants.two_practices import World, two_practices

# Filing judges claims again, and takes overrides; tests/tenants/test_part_two_apart.py has both.
WITHOUT_ROWS = {
    ("finding", "override_reason"),
    ("finding", "substance_use"),
    # Of the deployment, not of a practice; tests/api/http/test_second_factor.py looks into it.
    ("authenticator_app", "secret"),
}


@pytest.fixture(scope="module")
def world(server: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("sealed") / "home"
    with two_practices(server, home, f"sealed_{os.getpid()}") as made_world:
        program = record_of(PART_TWO, PartTwo(True, Consent(date(2026, 1, 1))))
        [record] = made_world.river.filed([replace(one, records=(program,)) for one in made(6)[5:]])
        made_world.river.receive(era(check(paid(record, patient_cents=700), trace="PROGRAM")))
        made_world.river.cycle.issue_statements()
        yield made_world


def every_cell(world: World) -> list[Cell]:
    return [*cells(world, world.river.tenant_id), *cells(world, world.brook.tenant_id)]


def test_every_sealed_column_has_a_class_and_rows_to_attack(world: World) -> None:
    filled = {(cell.table, cell.column) for cell in every_cell(world)}
    assert filled | WITHOUT_ROWS == set(CLASS_OF)
    with pytest.raises(IntegrityError, match="no class of confidentiality"):
        class_of("patient", "nickname")


@pytest.mark.attack("S-12")
@pytest.mark.control("R15")
def test_no_cell_opens_in_any_other_place(world: World) -> None:
    """Rows, columns, tables, practices and classes: every cell tried in every other place."""
    by_tenant = {one.tenant_id: ciphers(world, one.tenant_id) for one in (world.river, world.brook)}
    found = list({cell.place: cell for cell in every_cell(world)}.values())
    tried = opened = 0
    for cell in found:
        for other in found:
            cipher = by_tenant[other.tenant_id][other.table, other.column]
            tried += 1
            try:
                cipher.open(other.row_id.bytes, cell.sealed)
            except SealError:
                continue
            opened += 1
    assert tried == len(found) ** 2 > 10_000
    assert opened == len(found), "each in its own place, and nowhere else"


@pytest.mark.attack("S-13")
@pytest.mark.campaign
def test_no_altered_cell_opens(world: World) -> None:
    """Bits, bytes, lengths, headers and mixtures of two cells, at random over real cells."""
    by_tenant = {one.tenant_id: ciphers(world, one.tenant_id) for one in (world.river, world.brook)}
    found = every_cell(world)
    chance = random.Random(13)
    accepted = 0
    count = rounds(100_000)
    for _ in range(count):
        cell, other = chance.sample(found, 2)
        altered = mutated(cell.sealed, other.sealed, chance)
        if altered == cell.sealed:
            altered += b"\0"
        try:
            by_tenant[cell.tenant_id][cell.table, cell.column].open(cell.row_id.bytes, altered)
        except SealError:
            continue
        accepted += 1
    assert accepted == 0, f"{accepted} of {count} altered cells were accepted"


def mutated(sealed: bytes, other: bytes, chance: random.Random) -> bytes:
    """``sealed`` spoilt in one of eight ways."""
    at = chance.randrange(len(sealed))
    spoilt = bytearray(sealed)
    way = chance.randrange(8)
    if way == 0:
        spoilt[at] ^= 1 << chance.randrange(8)
    elif way == 1:
        del spoilt[at:]
    elif way == 2:
        spoilt[chance.randrange(6)] = chance.randrange(256)
    elif way == 3:
        spoilt[6:18] = other[6:18]
    elif way == 4:
        spoilt[-16:] = other[-16:]
    elif way == 5:
        spoilt[:18] = other[:18]
    elif way == 6:
        spoilt[at:at] = chance.randbytes(1 + chance.randrange(16))
    else:
        spoilt[18:] = other[18:]
    return bytes(spoilt)


@pytest.mark.attack("S-16")
def test_no_two_cells_have_a_nonce_in_common(world: World) -> None:
    """However they were sealed: one, a row, or many at once. A submission holds the claim's own."""
    nonces = [cell.sealed[6:18] for cell in every_cell(world) if cell.stored_in != "submission"]
    assert len(set(nonces)) == len(nonces) > 100


@pytest.mark.attack("S-12")
@pytest.mark.parametrize(
    "opening",
    [
        lambda sealer, cell, it: sealer.open(cell.table, cell.column, cell.row_id, it),
        lambda sealer, cell, it: sealer.open_row(cell.table, cell.row_id, [(cell.column, it)]),
    ],
    ids=["one cell", "a whole row"],
)
def test_a_cell_that_does_not_open_is_reported_whoever_asked(
    world: World, opening: Callable[..., object], capsys: pytest.CaptureFixture[str]
) -> None:
    [cell, *_] = [one for one in every_cell(world) if one.table == "remittance_claim"]
    with tenant_transaction(world.running.engine, cell.tenant_id) as connection:
        sealer = world.running.keys.for_tenant(connection, cell.tenant_id)
    altered = cell.sealed[:-1] + bytes((cell.sealed[-1] ^ 1,))
    with pytest.raises(SealError):
        opening(sealer, cell, altered)
    told = capsys.readouterr().out
    assert "cell.does_not_open" in told
    assert str(cell.row_id) in told


@pytest.mark.attack("S-12")
def test_a_swap_in_the_database_is_refused_and_reported(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    office = world.river
    one, two = [row.id for row in office.rows("SELECT id FROM patient ORDER BY id LIMIT 2")]
    with office.work() as uow:
        uow.connection.execute(
            text(
                "UPDATE patient SET demographics ="
                " (SELECT demographics FROM patient WHERE id = :two) WHERE id = :one"
            ),
            {"one": one, "two": two},
        )
        with pytest.raises(SealError):
            uow.patients.load([one])
        uow.connection.rollback()
    assert "cell.does_not_open" in capsys.readouterr().out


def test_work_is_given_the_classes_it_asked_for_and_no_other(world: World) -> None:
    office = world.river
    claim_id = office.rows("SELECT id FROM claim WHERE clinical IS NOT NULL LIMIT 1")[0].id
    with (
        office.work(classes=frozenset({FieldClass.DEMOGRAPHICS})) as uow,
        pytest.raises(ForbiddenError, match="clinical"),
    ):
        uow.claims.get(claim_id)
    assert FieldClass.PSYCHOTHERAPY not in BILLING_CLASSES


@pytest.mark.control("R25")
def test_the_key_of_psychotherapy_notes_is_never_in_reach_of_billing_work(world: World) -> None:
    office = world.river
    with office.work() as uow, pytest.raises(ForbiddenError, match="psychotherapy"):
        uow._context.seal("psychotherapy_note", "body", uow.new_ids(1)[0], "x")
    notes = frozenset({FieldClass.PSYCHOTHERAPY})
    with office.work(classes=notes) as uow:
        row_id = uow.new_ids(1)[0]
        sealed = uow._context.sealer.seal("psychotherapy_note", "body", row_id, b"x")
        assert uow._context.sealer.open("psychotherapy_note", "body", row_id, sealed) == b"x"


def test_reading_a_name_opens_no_diagnosis_and_asks_for_no_other_key(world: World) -> None:
    office = world.river
    asked: list[str] = []
    keyring = world.running.keyring

    class Watched:
        def __getattr__(self, name: str) -> object:
            return getattr(keyring, name)

        def unwrap(self, wrapped: bytes, context: object) -> bytes:
            asked.append(context.purpose)  # type: ignore[attr-defined]
            return keyring.unwrap(wrapped, context)  # type: ignore[arg-type]

    keys = world.running.keys
    own, keys.provider = keys.provider, Watched()  # type: ignore[assignment]
    keys.forget(office.tenant_id)
    try:
        with office.work() as uow:
            assert uow.patients.named("Quillfeatherstone")
        assert sorted(asked) == ["demographics", "index"]
        asked.clear()
        keys.forget(office.tenant_id)
        with office.work() as uow:
            uow.claims.places(["0001"])
        assert asked == [], "a list without health information opens nothing"
    finally:
        keys.provider = own
        keys.forget(office.tenant_id)


@pytest.mark.control("R26")
def test_a_record_of_a_substance_use_program_has_a_key_of_its_own(world: World) -> None:
    office = world.river
    [visit] = office.rows("SELECT * FROM encounter WHERE sensitivity = 'substance_use'")
    [claim] = office.rows("SELECT * FROM claim WHERE sensitivity = 'substance_use'")
    assert visit.clinical is None
    assert claim.clinical is None
    assert claim.encounter_id == visit.id
    [filed] = office.rows("SELECT * FROM submission WHERE claim_id = :id", id=claim.id)
    assert bytes(filed.substance_use) == bytes(claim.substance_use)
    with office.work() as uow:
        assert uow.claims.get(claim.id).sensitivity is Sensitivity.SUBSTANCE_USE
    with (
        office.work(classes=BILLING_CLASSES - {FieldClass.SUBSTANCE_USE}) as uow,
        pytest.raises(ForbiddenError, match="substance_use"),
    ):
        uow.claims.get(claim.id)


@pytest.mark.attack("S-12")
@pytest.mark.control("R26")
def test_the_label_of_substance_use_cannot_be_taken_off(world: World) -> None:
    office = world.river
    [claim] = office.rows("SELECT id FROM claim WHERE sensitivity = 'substance_use'")
    with (
        pytest.raises(DatabaseRefusal),
        tenant_transaction(world.running.engine, office.tenant_id) as connection,
    ):
        connection.execute(
            text("UPDATE claim SET sensitivity = 'none' WHERE id = :id"), {"id": claim.id}
        )
    with office.work() as uow:
        uow.connection.execute(
            text(
                "UPDATE claim SET sensitivity = 'none', clinical = substance_use,"
                " substance_use = NULL WHERE id = :id"
            ),
            {"id": claim.id},
        )
        with pytest.raises(SealError):
            uow.claims.get(claim.id)
        uow.connection.rollback()


def test_an_edit_does_not_take_the_label_off(world: World) -> None:
    office = world.brook
    program = record_of(PART_TWO, PartTwo(True))
    [record] = [
        one
        for one in _prepared(office, [replace(made(8)[7], records=(program,), diagnoses=("X",))])
        if one.sensitivity is Sensitivity.SUBSTANCE_USE
    ]
    rules = world.running.rule_book(office.tenant_id)
    with office.work() as uow:
        edited = edit_claim(
            uow,
            record.id,
            expected_version=record.version,
            edit=lambda claim: replace(claim, records=()),
            rule_book=rules,
        )
    assert edited.claim.records == ()
    assert edited.sensitivity is Sensitivity.SUBSTANCE_USE


def _prepared(office: Office, arrived: list[Claim]) -> list[ClaimRecord]:
    before = {record.id for record in office.records()}
    office.take(arrived)
    office.cycle.prepare()
    return [record for record in office.records() if record.id not in before]


@pytest.mark.parametrize("program", [True, False])
def test_the_record_itself_says_whether_it_is_of_a_program(program: bool) -> None:
    sensitive = record_of(PART_TWO, PartTwo(program)).sensitivity is Sensitivity.SUBSTANCE_USE
    assert sensitive is program
