"""A practice's keys: made once, kept briefly, never lost with a rolled-back transaction."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from core.confidentiality import FieldClass
from core.crypto import KeyContext, Normaliser
from core.crypto.cipher import sealed_key_version
from core.errors import (
    ConflictError,
    DestroyedError,
    NotFoundError,
    SealError,
    SetupError,
    UnavailableError,
)
from tenants.keyring import KEYRING_FILE, LocalKeyring
from tenants.keys import PURPOSES, TenantKeys
from tenants.practice_secrets import SECRETS_FOLDER, PracticeSecrets
from tests.audit.logdatabase import LogDatabase

CELL = ("patient", "demographics", uuid4())
CONTEXT = KeyContext(tenant_id=uuid4(), purpose="demographics", version=1)
KEYS = len(PURPOSES)


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


class Provider:
    """A keyring that counts, and can be away."""

    def __init__(self, keyring: LocalKeyring) -> None:
        self.keyring = keyring
        self.unwrapped = 0
        self.away = False

    def wrap(self, key: bytes, context: KeyContext) -> bytes:
        self.health()
        return self.keyring.wrap(key, context)

    def unwrap(self, wrapped: bytes, context: KeyContext) -> bytes:
        self.health()
        self.unwrapped += 1
        return self.keyring.unwrap(wrapped, context)

    def root_of(self, wrapped: bytes) -> int:
        return self.keyring.root_of(wrapped)

    def newest_root(self) -> int:
        return self.keyring.newest_root()

    def health(self) -> None:
        if self.away:
            raise UnavailableError("the key service does not answer")


@pytest.fixture(scope="module")
def key_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogDatabase]:
    database = LogDatabase(tmp_path_factory.mktemp("keys") / "home")
    yield database
    database.close()


@pytest.fixture
def database(key_server: LogDatabase) -> LogDatabase:
    key_server.clear()
    return key_server


@pytest.fixture
def practice() -> UUID:
    return uuid4()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    return Provider(LocalKeyring.open(tmp_path, database_has_keys=False))


@pytest.fixture
def secrets(tmp_path: Path) -> PracticeSecrets:
    return PracticeSecrets(tmp_path)


@pytest.fixture
def keys(provider: Provider, secrets: PracticeSecrets, clock: Clock) -> TenantKeys:
    return TenantKeys(provider, secrets, now=clock)


def make(database: LogDatabase, keys: TenantKeys, practice: UUID) -> bytes:
    """First use of a practice's keys; a value sealed with them."""
    with database.tenant(practice) as connection:
        return keys.for_tenant(connection, practice).seal(*CELL, b"Smith")


def test_first_use_makes_the_keys_and_records_it(
    database: LogDatabase, keys: TenantKeys, practice: UUID
) -> None:
    sealed = make(database, keys, practice)
    with database.tenant(practice) as connection:
        sealer = keys.for_tenant(connection, practice)
    assert sealer.open(*CELL, sealed) == b"Smith"
    assert database.value("SELECT count(*) FROM tenant_key") == KEYS
    assert database.value("SELECT count(*) FROM audit_event WHERE kind = 'key.created'") == KEYS


def test_a_batch_opens_as_it_was_sealed(
    database: LogDatabase, keys: TenantKeys, practice: UUID
) -> None:
    rows = [(uuid4(), f"value {number}".encode()) for number in range(20)]
    with database.tenant(practice) as connection:
        sealer = keys.for_tenant(connection, practice)
    sealed = sealer.seal_many("patient", "demographics", rows)
    assert len({value[6:18] for value in sealed}) == 20, "every value has a nonce of its own"
    for (row_id, plaintext), value in zip(rows, sealed, strict=True):
        assert sealer.open("patient", "demographics", row_id, value) == plaintext


def test_practices_share_no_key_and_no_index(database: LogDatabase, keys: TenantKeys) -> None:
    sealers = []
    for practice in (uuid4(), uuid4()):
        with database.tenant(practice) as connection:
            sealers.append(keys.for_tenant(connection, practice))
    one, two = sealers
    with pytest.raises(SealError):
        two.open(*CELL, one.seal(*CELL, b"Smith"))
    indexes = {s.blind("patient", "name", Normaliser.NAME, "Smith", 64) for s in sealers}
    assert len(indexes) == 2


@pytest.mark.attack("S-09")
def test_the_keys_of_another_practice_cannot_be_reached(
    database: LogDatabase, keys: TenantKeys, practice: UUID
) -> None:
    make(database, keys, practice)
    keys.forget(practice)
    with database.tenant(uuid4()) as connection, pytest.raises(Exception, match="row-level"):
        keys.for_tenant(connection, practice)


def test_unwrapped_keys_are_kept_for_five_minutes(
    database: LogDatabase, keys: TenantKeys, provider: Provider, clock: Clock, practice: UUID
) -> None:
    make(database, keys, practice)
    make(database, keys, practice)
    unwrapped = provider.unwrapped
    clock.time += timedelta(minutes=4, seconds=59)
    make(database, keys, practice)
    assert provider.unwrapped == unwrapped
    clock.time += timedelta(seconds=1)
    make(database, keys, practice)
    assert provider.unwrapped == unwrapped + 1


def test_keys_of_a_rolled_back_transaction_are_not_kept(
    database: LogDatabase, keys: TenantKeys, practice: UUID
) -> None:
    """Else values would be sealed with a key that no row holds, and be lost."""
    with database.app.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL app.tenant = '{practice}'")
        keys.for_tenant(connection, practice)
        keys.for_tenant(connection, practice)
        connection.rollback()
    sealed = make(database, keys, practice)
    keys.forget(practice)
    with database.tenant(practice) as connection:
        assert keys.for_tenant(connection, practice).open(*CELL, sealed) == b"Smith"


def test_many_first_uses_at_once_make_one_key(
    database: LogDatabase, provider: Provider, secrets: PracticeSecrets, practice: UUID
) -> None:
    together = Barrier(6)

    def use(_: int) -> bytes:
        together.wait()
        return make(database, TenantKeys(provider, secrets), practice)

    with ThreadPoolExecutor(6) as pool:
        sealed = list(pool.map(use, range(6)))
    assert database.value("SELECT count(*) FROM tenant_key") == KEYS
    assert database.value("SELECT count(*) FROM audit_event") == KEYS
    with database.tenant(practice) as connection:
        sealer = TenantKeys(provider, secrets).for_tenant(connection, practice)
    assert [sealer.open(*CELL, value) for value in sealed] == [b"Smith"] * 6


def grow_older(database: LogDatabase, minutes: int) -> None:
    database.tamper(f"UPDATE tenant_key SET created_at = created_at - interval '{minutes} minutes'")


def test_a_renewed_key_seals_once_every_process_has_it_and_the_old_one_still_opens(
    database: LogDatabase, keys: TenantKeys, clock: Clock, practice: UUID
) -> None:
    old = make(database, keys, practice)
    with database.tenant(practice) as connection:
        before = keys.for_tenant(connection, practice)
        assert keys.renew(connection, practice, FieldClass.DEMOGRAPHICS) == 2
    early = make(database, keys, practice)
    assert before.open(*CELL, early) == b"Smith", "a process with the old keys can open it"
    grow_older(database, 11)
    clock.time += timedelta(minutes=5)
    new = make(database, keys, practice)
    assert [sealed_key_version(value) for value in (old, early, new)] == [1, 1, 2]
    with database.tenant(practice) as connection:
        sealer = keys.for_tenant(connection, practice)
    assert [sealer.open(*CELL, value) for value in (old, early, new)] == [b"Smith"] * 3
    index = ("patient", "name", Normaliser.NAME, "Smith", 12)
    assert sealer.blind(*index) == before.blind(*index)
    assert database.value("SELECT count(*) FROM audit_event") == KEYS + 1


def test_a_key_renewed_as_soon_as_it_was_made_waits_as_well(
    database: LogDatabase, keys: TenantKeys, practice: UUID
) -> None:
    make(database, keys, practice)
    with database.tenant(practice) as connection:
        keys.renew(connection, practice, FieldClass.DEMOGRAPHICS)
    assert sealed_key_version(make(database, keys, practice)) == 1


def test_a_practice_without_keys_cannot_renew_them(
    database: LogDatabase, keys: TenantKeys, practice: UUID
) -> None:
    with database.tenant(practice) as connection, pytest.raises(NotFoundError):
        keys.renew(connection, practice, FieldClass.DEMOGRAPHICS)


def test_two_renewals_at_once_give_one_new_key(
    database: LogDatabase, provider: Provider, secrets: PracticeSecrets, practice: UUID
) -> None:
    make(database, TenantKeys(provider, secrets), practice)
    together = Barrier(2)

    def renew(_: int) -> object:
        with database.tenant(practice) as connection:
            keys = TenantKeys(provider, secrets)
            keys.for_tenant(connection, practice)
            together.wait()
            try:
                return keys.renew(connection, practice, FieldClass.DEMOGRAPHICS)
            except ConflictError:
                return None

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(renew, range(2)))
    assert 2 in outcomes
    assert set(outcomes) <= {2, 3, None}
    assert len({outcome for outcome in outcomes if outcome}) == sum(1 for o in outcomes if o)


def test_when_the_key_service_is_away_known_practices_go_on_and_others_wait(
    database: LogDatabase, keys: TenantKeys, provider: Provider, practice: UUID
) -> None:
    make(database, keys, practice)
    make(database, keys, practice)
    provider.away = True
    make(database, keys, practice)
    with pytest.raises(UnavailableError):
        make(database, keys, uuid4())
    assert database.value("SELECT count(DISTINCT tenant_id) FROM tenant_key") == 1


def test_memory_for_keys_is_bounded(
    database: LogDatabase, provider: Provider, secrets: PracticeSecrets, clock: Clock
) -> None:
    keys = TenantKeys(provider, secrets, now=clock, kept_tenants_max=3)
    practices = [uuid4() for _ in range(5)]
    for practice in practices:
        make(database, keys, practice)
        make(database, keys, practice)
    unwrapped = provider.unwrapped
    for practice in practices[-3:]:
        make(database, keys, practice)
    assert provider.unwrapped == unwrapped
    make(database, keys, practices[0])
    assert provider.unwrapped == unwrapped + 1


def test_another_keyring_is_told_from_a_damaged_value(
    database: LogDatabase, keys: TenantKeys, practice: UUID, tmp_path: Path
) -> None:
    make(database, keys, practice)
    stranger = LocalKeyring.open(tmp_path / "other", database_has_keys=False)
    other = TenantKeys(stranger, keys.secrets)
    with (
        database.tenant(practice) as connection,
        pytest.raises(SetupError, match="not the one this database was sealed with"),
    ):
        other.for_tenant(connection, practice).seal(*CELL, b"Smith")


def test_a_keyring_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    first = LocalKeyring.open(tmp_path / "home", database_has_keys=False)
    second = LocalKeyring.open(tmp_path / "home", database_has_keys=True)
    path = tmp_path / "home" / KEYRING_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [KEYRING_FILE]
    assert first.installation == second.installation
    assert first.signer().verifier.key == second.signer().verifier.key
    assert second.unwrap(first.wrap(bytes(32), CONTEXT), CONTEXT) == bytes(32)


def test_many_processes_at_once_agree_on_one_keyring(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = list(
            pool.map(lambda _: LocalKeyring.open(tmp_path, database_has_keys=False), range(8))
        )
    assert len({ring.installation for ring in rings}) == 1


def test_an_absent_keyring_is_not_replaced_when_the_database_has_keys(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"keyring\.json is not there"):
        LocalKeyring.open(tmp_path, database_has_keys=True)
    assert list(tmp_path.iterdir()) == []


def spoil(content: bytes, name: str) -> bytes:
    stored = json.loads(content)
    if name == "another key":
        key = stored["root_keys"]["1"]
        stored["root_keys"]["1"] = ("B" if key[0] == "A" else "A") + key[1:]
    elif name == "no current key":
        stored["root_version"] = 2
    elif name == "a newer form":
        stored["format"] = 2
    elif name == "a short key":
        stored["audit_seed"] = "AAAA"
    elif name == "an unknown field":
        stored["more"] = 1
    elif name == "a missing field":
        del stored["audit_seed"]
    return json.dumps(stored).encode()


@pytest.mark.parametrize(
    "name",
    [
        "another key",
        "no current key",
        "a newer form",
        "a short key",
        "an unknown field",
        "a missing field",
    ],
)
def test_a_damaged_keyring_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    LocalKeyring.open(tmp_path, database_has_keys=False)
    path = tmp_path / KEYRING_FILE
    path.write_bytes(spoil(path.read_bytes(), name))
    with pytest.raises(SetupError, match="the keyring is damaged") as caught:
        LocalKeyring.open(tmp_path, database_has_keys=True)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe"])
def test_what_is_no_keyring_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / KEYRING_FILE
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SetupError, match="the keyring is damaged"):
        LocalKeyring.open(tmp_path, database_has_keys=True)


def test_a_keyring_open_to_others_is_refused(tmp_path: Path) -> None:
    LocalKeyring.open(tmp_path, database_has_keys=False)
    (tmp_path / KEYRING_FILE).chmod(0o640)
    with pytest.raises(SetupError, match="chmod 600"):
        LocalKeyring.open(tmp_path, database_has_keys=True)


def test_a_keyring_that_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    (tmp_path / KEYRING_FILE).mkdir(mode=0o700)
    with pytest.raises(UnavailableError, match="cannot be read"):
        LocalKeyring.open(tmp_path, database_has_keys=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="cannot be written"):
        LocalKeyring.open(tmp_path / "file" / "home", database_has_keys=False)


@pytest.mark.attack("S-16")
def test_no_nonce_is_kept_where_a_fork_would_use_it_twice(
    database: LogDatabase,
    keys: TenantKeys,
    practice: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A forked process or a restored machine image repeats what lies in memory, so none may."""
    with database.tenant(practice) as connection:
        sealer = keys.for_tenant(connection, practice)
    drawn: list[bytes] = []

    def draw(size: int) -> bytes:
        drawn.append(bytes((len(drawn),)) * size)
        return drawn[-1]

    monkeypatch.setattr(os, "urandom", draw)
    sealed = [sealer.seal(*CELL, b"x") for _ in range(3)]
    assert [value[6:18] for value in sealed] == drawn
    assert [len(nonce) for nonce in drawn] == [12, 12, 12]


@pytest.mark.attack("S-67")
def test_of_a_destroyed_secret_its_blocks_are_overwritten_and_a_marker_stays(
    secrets: PracticeSecrets, tmp_path: Path
) -> None:
    """Whoever kept another name of the file, as a backup by links does, keeps zeros."""
    practice = uuid4()
    secrets.make(practice)
    folder = tmp_path / SECRETS_FOLDER
    kept = tmp_path / "kept"
    os.link(folder / f"{practice}.secret", kept)
    size = kept.stat().st_size
    secrets.destroy(practice)
    assert kept.read_bytes() == bytes(size)
    assert [path.name for path in folder.iterdir()] == [f"{practice}.destroyed"]
    for again in (secrets.read, secrets.make):
        with pytest.raises(DestroyedError):
            again(practice)
