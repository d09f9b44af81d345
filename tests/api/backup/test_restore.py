"""A backup comes back whole and proven, or not at all (S-60, S-61)."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from api.backup import prove
from api.backup.keyring_copy import put_keyring_back, write_keyring_copy
from api.backup.make import make
from api.backup.manifest import read_manifest, write_manifest
from api.backup.prove import prove_cells, prove_rows
from api.backup.restore import restore
from api.bootstrap import Runtime, runtime
from api.settings import Settings
from audit import outside
from audit.event import DEPLOYMENT
from core.errors import (
    ClaimwrightError,
    ConflictError,
    InputError,
    IntegrityError,
    SealError,
    SetupError,
)
from core.ports import Practice
from tenants.keyring import KEYRING_FILE, LocalKeyring
from tenants.keys import TenantKeys
from tenants.postgres import EmbeddedServer
from tenants.postgres.upkeep import BACKUP, Upkeep
from tenants.practice_secrets import PracticeSecrets
from tenants.store import whole
from tests.api.backup.canary import NAME, PERSON, found_in
from tests.api.backup.conftest import Office
from tests.campaign import SOAK

# One installation serves them all.
pytestmark = pytest.mark.xdist_group("backup")


def altered(office: Office, target: Path, part: str, at: int) -> Path:
    shutil.copytree(office.made.folder, target)
    content = bytearray((target / part).read_bytes())
    content[at] ^= 1
    (target / part).write_bytes(content)
    return target


def patients(running: Runtime, practice: Practice) -> int:
    with running.unit_of_work(practice.tenant_id) as uow:
        return int(uow.connection.exec_driver_sql("SELECT count(*) FROM patient").scalar() or 0)


@pytest.mark.attack("S-60")
@pytest.mark.control("R28")
@pytest.mark.control("R15")
def test_without_the_keyring_a_backup_shows_nothing_and_cannot_be_restored(office: Office) -> None:
    assert not list(found_in(office.backups))
    words = (b"maple", b"river", b"claim", b"INVENTED")
    for part in office.made.folder.iterdir():
        content = part.read_bytes()
        assert not [word for word in words if word in content]
    settings = office.empty("without", keyring=False)
    with pytest.raises(SetupError, match=r"keyring\.json is not in the home folder"):
        restore(settings, office.made.folder)
    assert not (settings.home / "postgres").exists()
    LocalKeyring.open(settings.home, database_has_keys=False)
    with pytest.raises(SetupError, match="not the one this database was sealed with"):
        restore(settings, office.made.folder)
    assert not (settings.home / "postgres").exists()


@pytest.fixture(scope="module")
def home(office: Office) -> Settings:
    """An empty home with the keyring, in which restores have failed before."""
    return office.empty("back")


@pytest.fixture(scope="module")
def later(office: Office, running: Runtime, home: Settings) -> None:
    """The database was lost, the checkpoints were not; they know of three later events."""
    with running.unit_of_work(office.maple.tenant_id) as uow:
        for _ in range(3):
            uow.record("portal.read", rows=1)
    running.sequence_audit()
    shutil.copytree(office.settings.checkpoints, home.checkpoints)


def nothing_is_there(settings: Settings) -> bool:
    databases = Upkeep(settings.home, None, durable=False).databases()
    return "claimwright" not in databases and not (settings.home / "restoring").exists()


def dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_checkpoint_outside_that_tells_another_history_stops_the_restore(
    office: Office, running: Runtime, home: Settings, tmp_path: Path
) -> None:
    """Whoever holds the signing seed rewrote the log before the backup was made."""
    tenant_id = office.maple.tenant_id
    forged = running.keyring.signer().sign(tenant_id, 2, b"\x07" * 32)
    outside.append(tmp_path / "kept", tenant_id, [forged.note])
    with pytest.raises(IntegrityError, match="does not verify: audit log"):
        restore(home, office.made.folder, checkpoints=tmp_path / "kept")
    assert nothing_is_there(home)
    assert not home.checkpoints.exists()


@pytest.mark.usefixtures("later")
def test_a_restore_killed_before_its_last_statement_shows_nothing(
    office: Office, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Upkeep, "rename", dies)
    with pytest.raises(KeyboardInterrupt):
        restore(home, office.made.folder)
    assert nothing_is_there(home)
    assert (home.home / "checkpoints.before-restore").is_dir()


@pytest.mark.attack("S-60")
@pytest.mark.attack("S-61")
@pytest.mark.control("R7")
@pytest.mark.usefixtures("later")
def test_with_the_keyring_everything_is_back_and_proven_and_what_came_later_is_named(
    office: Office, running: Runtime, home: Settings
) -> None:
    signed = {tree.tenant_id: tree.size for tree in office.made.manifest.trees}
    done = restore(home, office.made.folder)
    assert [proof.name for proof in done.proofs] == [
        "schema", "rows", "ledger", "sealed values", "audit log",
    ]  # fmt: skip
    assert all(proof.ok for proof in done.proofs)
    (gap,) = [gap for gap in done.gaps if gap.tenant_id == office.maple.tenant_id]
    size = signed[office.maple.tenant_id]
    assert (gap.first, gap.last, gap.events) == (size, size + 2, 3)
    assert done.missing_events >= 3
    (abandoned,) = home.home.glob("checkpoints.*")
    assert abandoned.name.startswith("checkpoints.abandoned-")
    assert {one.account for one in done.manifest.balances} == {"charges", "insurance_receivable"}
    with runtime(home) as back:
        assert {practice.slug for practice in back.practices()} == {"maple", "river", "brook"}
        assert patients(back, office.maple) == patients(running, office.maple) == 31
        with back.unit_of_work(office.maple.tenant_id) as uow:
            (again,) = uow.patients.ensure([(NAME, PERSON)]).values()
            uow.record("patient.read", {"patient": [again]}, patients=1)
        assert patients(back, office.maple) == 31
        back.sequence_audit()
        assert back.verify_audit().verified


@pytest.mark.attack("S-60")
def test_nothing_is_restored_over_an_installation_and_its_disk_shows_no_patient(
    office: Office, home: Settings
) -> None:
    with pytest.raises(ConflictError, match="replaces nothing"):
        restore(home, office.made.folder)
    assert not nothing_is_there(home)
    # Passwords are its own.
    passwords = (home.home / "database.json").read_bytes()
    assert passwords != (office.settings.home / "database.json").read_bytes()
    # With the keyring away, this is a disk that was lost.
    assert not list(found_in(home.home / "postgres", home.checkpoints))
    assert not (home.home / "restoring").exists()


@pytest.mark.parametrize(
    ("part", "at", "kind"),
    [
        ("database", 5_000, IntegrityError),
        ("database", -1, IntegrityError),
        ("keys", -1, IntegrityError),
        ("manifest", -1, SealError),
        ("manifest", 3, InputError),
        ("manifest", 40, SetupError),
    ],
)
def test_an_altered_backup_is_refused_before_anything_is_made(
    office: Office, tmp_path: Path, part: str, at: int, kind: type[ClaimwrightError]
) -> None:
    settings = msgspec.structs.replace(office.settings, home=tmp_path / "home")
    settings.home.mkdir(mode=0o700)
    shutil.copy2(office.settings.home / KEYRING_FILE, settings.home)
    with pytest.raises(kind):
        restore(settings, altered(office, tmp_path / "altered", part, at))
    assert not (settings.home / "postgres").exists()


def test_a_backup_of_a_newer_program_is_refused(
    office: Office, running: Runtime, tmp_path: Path
) -> None:
    folder = tmp_path / "newer"
    shutil.copytree(office.made.folder, folder)
    (folder / "manifest").unlink()
    newer = msgspec.structs.replace(office.made.manifest, revision="9999")
    write_manifest(folder, newer, running.keys.provider)
    settings = msgspec.structs.replace(office.settings, home=tmp_path / "home")
    settings.home.mkdir(mode=0o700)
    shutil.copy2(office.settings.home / KEYRING_FILE, settings.home)
    with pytest.raises(SetupError, match="newer Claimwright"):
        restore(settings, folder)
    assert not (settings.home / "postgres").exists()


@pytest.mark.attack("S-60")
@pytest.mark.campaign
@pytest.mark.skipif(not SOAK, reason="a third server; in make soak")
def test_a_server_of_ones_own_needs_no_superuser_but_one_who_reads_everything(
    office: Office, tmp_path: Path
) -> None:
    outside_server = EmbeddedServer(tmp_path / "outside")
    outside_server.start()
    try:
        with outside_server.administrator().connect() as superuser:
            superuser.execute("CREATE ROLE boss LOGIN PASSWORD 'boss' CREATEDB CREATEROLE")
        address = outside_server.administrator().login("boss", "boss")
        url = address.url().replace("+psycopg", "")
        settings = Settings(home=office.empty("outside").home, database_url=url)
        with pytest.raises(SetupError, match="CREATE ROLE claimwright_backup"):
            restore(settings, office.made.folder)
        with outside_server.administrator().connect() as superuser:
            superuser.execute("ALTER ROLE boss BYPASSRLS")
        done = restore(settings, office.made.folder)
        assert all(proof.ok for proof in done.proofs)
        with runtime(settings) as back:
            assert {practice.slug for practice in back.practices()} == {"maple", "river", "brook"}
            assert make(back, tmp_path / "again").manifest.rows >= done.manifest.rows
    finally:
        outside_server.destroy()


def test_parts_of_two_backups_do_not_go_together(
    office: Office, running: Runtime, tmp_path: Path
) -> None:
    other = make(running, tmp_path)
    for part in ("database", "keys"):
        mixed = tmp_path / f"mixed-{part}"
        shutil.copytree(office.made.folder, mixed)
        shutil.copy2(other.folder / part, mixed / part)
        settings = msgspec.structs.replace(office.settings, home=tmp_path / f"home-{part}")
        settings.home.mkdir(mode=0o700)
        shutil.copy2(office.settings.home / KEYRING_FILE, settings.home)
        with pytest.raises(IntegrityError, match=f"the {part} of this backup"):
            restore(settings, mixed)


def test_the_role_that_reads_everything_can_log_in_only_meanwhile_and_change_nothing(
    office: Office, running: Runtime
) -> None:
    with running.reading_everything() as connection:
        assert connection.exec_driver_sql("SELECT session_user").scalar() == BACKUP
        assert connection.exec_driver_sql("SELECT count(*) > 50 FROM patient").scalar() is not None
        for change in ("DELETE FROM claim", "INSERT INTO staff_assignment SELECT"):
            with (
                pytest.raises(Exception, match=r"permission denied|read-only"),
                connection.begin_nested(),
            ):
                connection.exec_driver_sql(change)
    with running.engine.connect() as connection:
        role = connection.exec_driver_sql(
            "SELECT rolcanlogin, rolbypassrls, rolsuper OR rolcreaterole OR rolcreatedb"
            f" OR rolreplication OR rolinherit FROM pg_roles WHERE rolname = '{BACKUP}'"
        ).one()
    assert tuple(role) == (False, True, False)


def test_the_proofs_name_what_differs(office: Office, running: Runtime) -> None:
    with running.reading_everything() as connection:
        good = read_manifest(office.made.folder, running.keys.provider)
        less = msgspec.structs.replace(
            good,
            schema=good.schema[1:],
            contents=tuple(
                msgspec.structs.replace(one, digest=one.digest ^ 1) if one.table == "claim" else one
                for one in good.contents
            ),
            balances=tuple(
                msgspec.structs.replace(one, cents=one.cents + 1) for one in good.balances
            ),
        )
        found = {proof.name: proof for proof in prove_rows(connection, less, running.keys)}
    assert [name for name, proof in found.items() if not proof.ok] == ["schema", "rows", "ledger"]
    assert "1 tables, keys, triggers and policies differ" in found["schema"].sentence
    assert "first: " in found["rows"].sentence


@pytest.mark.attack("S-60")
def test_a_sealed_value_that_does_not_open_is_no_proof(running: Runtime) -> None:
    with running.reading_everything() as connection:
        assert prove_cells(connection, running.keys).ok
        elsewhere = LocalKeyring.open(running.settings.home, database_has_keys=True)
        keys = TenantKeys(elsewhere, PracticeSecrets(running.settings.home / "nowhere"))
        assert not prove_cells(connection, keys).ok


@pytest.mark.attack("S-60", "S-61")
def test_a_tree_that_is_not_the_one_of_the_backup_is_no_proof(
    office: Office, running: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was signed stays as it is here: the log in place is looked at, and not gone on with."""
    good = read_manifest(office.made.folder, running.keys.provider)
    monkeypatch.setattr(prove, "sequence", lambda *_: 0)
    monkeypatch.setattr(prove, "gather", lambda *_: ())
    monkeypatch.setattr(prove, "verify_all", lambda *_: running.verify_audit())
    with running.reading_everything() as connection:
        trees = whole.signed_trees(connection)
    for stated, ok in ((trees, True), (trees[1:], False), (good.trees[:0], False)):
        told = prove.prove_audit(
            running.urls.sequencer,
            msgspec.structs.replace(good, trees=stated),
            running.keyring,
            kept=None,
            folder=tmp_path,
            clock=running.clock,
        )
        assert told.proof.ok is ok, told.proof.sentence


def test_the_keyring_travels_under_a_passphrase(office: Office, tmp_path: Path) -> None:
    phrase = "six words that were drawn by lot"
    kept = tmp_path / "keyring.kept"
    with pytest.raises(InputError, match="20 characters"):
        write_keyring_copy(office.settings, kept, "short")
    write_keyring_copy(office.settings, kept, phrase)
    assert kept.stat().st_mode & 0o777 == 0o600
    original = (office.settings.home / KEYRING_FILE).read_bytes()
    assert b"root_keys" not in kept.read_bytes()
    with pytest.raises(ConflictError):
        write_keyring_copy(office.settings, kept, phrase)
    settings = msgspec.structs.replace(office.settings, home=tmp_path / "home")
    with pytest.raises(SealError):
        put_keyring_back(settings, kept, "six words that were drawn by lottery")
    put_keyring_back(settings, kept, phrase)
    put_keyring_back(settings, kept, phrase)
    assert (settings.home / KEYRING_FILE).read_bytes() == original
    (settings.home / KEYRING_FILE).write_text("{}")
    with pytest.raises(ConflictError, match="another one"):
        put_keyring_back(settings, kept, phrase)


def test_a_backup_is_on_record(office: Office, running: Runtime) -> None:
    with running.reading_everything() as connection:
        counts = connection.exec_driver_sql(
            "SELECT counts, digests FROM audit_event WHERE kind = 'backup.made'"
            f" AND tenant_id = '{DEPLOYMENT}' ORDER BY at LIMIT 1"
        ).one()
    assert counts[0] == {
        "practices": 3,
        "rows": office.made.manifest.rows,
        "size_bytes": office.made.manifest.bytes_count,
    }
    assert counts[1] == {"manifest": office.made.sha256}
