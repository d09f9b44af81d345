"""What is handed over is everything, opened, in balance, on record, and nothing more (R21, R23)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.lifecycle import export as export_module
from api.lifecycle.export import Exported, export_patient, export_practice, totals_in
from audit.catalogue import KINDS
from audit.event import machine
from core.confidentiality import FieldClass
from core.consent import Consent, ConsentKind, ConsentPurpose
from core.errors import IntegrityError, NotFoundError
from core.intake.from_claims import patient_number
from tenants.ids import new_id
from tenants.session import tenant_transaction
from tenants.store import practice_rows as rows
from tests.api.lifecycle.conftest import House

ACTOR = machine("command")


def exported(house: House, target: Path, *, with_part2: bool = False) -> Exported:
    return export_practice(house.running, "maple", target, with_part2=with_part2, actor=ACTOR)


def lines(folder: Path, table: str) -> list[dict[str, object]]:
    text = (folder / f"{table}.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def last_event(house: House, kind: str) -> tuple[dict[str, int], dict[str, str]]:
    with tenant_transaction(house.running.engine, house.practice.tenant_id) as connection:
        row = connection.exec_driver_sql(
            f"SELECT counts, digests FROM audit_event WHERE kind = '{kind}'"
            " ORDER BY at DESC LIMIT 1"
        ).one()
    return row[0], row[1]


@pytest.mark.control("R21")
def test_a_practice_is_written_out_whole_and_in_balance(house: House, tmp_path: Path) -> None:
    with tenant_transaction(house.running.engine, house.practice.tenant_id) as connection:
        before = rows.totals(connection)
        counted = {
            table.name: connection.exec_driver_sql(f"SELECT count(*) FROM {table.name}").scalar()
            for table in rows.tables(connection)
        }
    done = exported(house, tmp_path)
    # Who looked at consents stays with the practice that may read them: only when asked.
    assert done.rows == {name: count for name, count in counted.items() if name != "consent"}
    assert done.rows["claim"] == done.rows["submission"] == 4
    with tenant_transaction(house.running.engine, house.practice.tenant_id) as connection:
        assert rows.totals(connection) == before
    assert totals_in(done.folder / "ledger.csv") == before
    assert totals_in(done.folder / "ledger-totals.csv") == before
    assert sum(before.values()) == 0
    assert before["insurance_receivable"] == sum(claim.charge_cents for claim in house.claims)
    # Opened, and linked by id.
    names = {
        line["demographics"]["person"]["name"]["last"] for line in lines(done.folder, "patient")
    }  # type: ignore[index]
    assert names == {claim.patient.name.last for claim in house.claims}
    (sent,) = (done.folder / "files" / "exchange_file").iterdir()
    assert sent.read_bytes().startswith(b"ISA*")
    assert lines(done.folder, "exchange_file")[0]["body"] == f"files/exchange_file/{sent.name}"
    snapshots = {line["claim_id"]: line["clinical"] for line in lines(done.folder, "submission")}
    bodies = {line["id"]: line["clinical"] for line in lines(done.folder, "claim")}
    assert snapshots.keys() == bodies.keys()
    assert not list(done.folder.rglob("tenant_key*"))
    # Nothing of the other practice, and nobody else can read it.
    other = str(house.other.tenant_id)
    for path in done.folder.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
        assert path.is_dir() or other not in path.read_text(encoding="utf-8", errors="replace")


def test_the_contents_are_signed_and_the_log_verifies_without_us(
    house: House, tmp_path: Path
) -> None:
    done = exported(house, tmp_path)
    verifier = house.running.keyring.signer().verifier
    note = (done.folder / "CONTENTS.txt").read_text(encoding="utf-8")
    contents = json.loads(verifier.open_note(note, "export contents"))
    for name, digest in contents["sha256"].items():
        assert export_module._digest(done.folder / name) == digest
    assert set(contents["sha256"]) | {"CONTENTS.txt"} == {
        path.relative_to(done.folder).as_posix()
        for path in done.folder.rglob("*")
        if path.is_file()
    }
    ran = subprocess.run(
        [sys.executable, "audit/verify.py", "audit", "--key", verifier.key],
        cwd=done.folder,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    counts, digests = last_event(house, "practice.exported")
    assert counts["rows"] == sum(done.rows.values())
    assert digests == {"contents": done.sha256}


def test_a_ledger_that_came_out_otherwise_is_not_given_out(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = export_module._csv_line

    def one_cent_off(cells: tuple[object, ...]) -> bytes:
        return written(tuple(c + 1 if type(c) is int and c > 5_000 else c for c in cells))

    monkeypatch.setattr(export_module, "_csv_line", one_cent_off)
    with pytest.raises(IntegrityError, match="not the one of the database"):
        exported(house, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.control("R25")
@pytest.mark.control("R26")
def test_notes_are_never_given_and_part_2_records_only_when_asked(
    house: House, tmp_path: Path
) -> None:
    plain = exported(house, tmp_path / "plain")
    asked = exported(house, tmp_path / "asked", with_part2=True)
    assert not (plain.folder / "NOTICE-42-CFR-PART-2.txt").exists()
    notice = (asked.folder / "NOTICE-42-CFR-PART-2.txt").read_text(encoding="utf-8")
    assert "42 CFR part 2 prohibits unauthorized use or disclosure" in notice
    assert rows.class_of("psychotherapy_note", "body") is FieldClass.PSYCHOTHERAPY
    assert rows.class_of("encounter", "substance_use") is FieldClass.SUBSTANCE_USE
    assert rows.class_of("submission", "substance_use") is FieldClass.SUBSTANCE_USE
    assert rows.class_of("encounter", "external_index") is None


@pytest.mark.control("R23")
def test_a_patient_gets_the_records_about_them_and_nobody_elses(
    house: House, tmp_path: Path
) -> None:
    claim = house.claims[0]
    number = patient_number(claim)
    done = export_patient(house.running, "maple", number, tmp_path, with_part2=False, actor=ACTOR)
    (person,) = lines(done.folder, "patient")
    assert person["demographics"]["person"]["name"]["first"] == claim.patient.name.first  # type: ignore[index]
    assert done.rows["claim"] == 1
    assert done.rows["service_line"] == len(claim.lines)
    assert {"coverage", "encounter", "charge", "ledger_posting"} <= done.rows.keys()
    patient_id = str(person["id"])
    text = "".join(path.read_text(encoding="utf-8") for path in done.folder.glob("*.ndjson"))
    with house.running.unit_of_work(house.practice.tenant_id) as uow:
        ids = [str(row[0]) for row in uow.connection.exec_driver_sql("SELECT id FROM patient")]
    assert [one for one in ids if one in text] == [patient_id]
    assert not (done.folder / "exchange_file.ndjson").exists()
    again = export_patient(
        house.running, "maple", number, tmp_path / "again", with_part2=False, actor=ACTOR
    )
    kinds = {line["what"] for line in lines(again.folder, "accounting")}
    assert "patient.exported" in kinds
    counts, _ = last_event(house, "patient.exported")
    assert counts["rows"] == sum(done.rows.values())
    with pytest.raises(NotFoundError):
        export_patient(house.running, "maple", "none", tmp_path, with_part2=False, actor=ACTOR)


def test_text_that_a_spreadsheet_would_run_is_put_behind_an_apostrophe() -> None:
    line = export_module._csv_line(("=1+1", -5, 'a "b", c', None, "@x"))
    assert line == b'"\'=1+1",-5,"a ""b"", c","","\'@x"\r\n'
    assert not re.search(r"name|note", " ".join(KINDS["practice.exported"].counts))


@pytest.mark.control("R25")
@pytest.mark.control("R26")
def test_what_is_of_a_class_is_held_back_with_it(house: House, tmp_path: Path) -> None:
    running, tenant_id = house.running, house.practice.tenant_id
    with running.unit_of_work(tenant_id) as uow:
        [encounter_id, patient_id] = uow.connection.exec_driver_sql(
            "SELECT id, patient_id FROM encounter LIMIT 1"
        ).one()
        consent = Consent(
            id=new_id(),
            patient_id=patient_id,
            kind=ConsentKind.PART_TWO,
            signed_on=uow.today,
            purposes=(ConsentPurpose.PAYMENT,),
            document="SECRET2",
        )
        uow.consents.add(consent)
        uow.record("consent.entered", {"patient": [patient_id]}, consents=1)
    with running.unit_of_work(tenant_id, classes=frozenset({FieldClass.PSYCHOTHERAPY})) as uow:
        note_id = new_id()
        uow.notes.add(note_id, encounter_id=encounter_id, author_id=house.ada.id, words="SECRET1")
        uow.record("note.written", {"note": [note_id]})
    for asked in (False, True):
        done = exported(house, tmp_path / str(asked), with_part2=asked)
        text = "".join(path.read_text(encoding="utf-8") for path in done.folder.glob("*.ndjson"))
        assert "SECRET1" not in text
        assert ("SECRET2" in text) is asked
