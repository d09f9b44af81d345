"""Roles and databases: who may do what, on the embedded server and on a server of one's own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from core.errors import SetupError, UnavailableError
from tenants.postgres import (
    DatabaseUrls,
    EmbeddedServer,
    check_database,
    checks,
    create_from_template,
    drop_database,
    installation,
    open_database,
)
from tenants.postgres.account import server_account
from tenants.postgres.address import Address, address_of_url
from tenants.postgres.bootstrap import APP, MIGRATOR, OWNER, ensure_database
from tenants.postgres.configuration import check_access_rules
from tenants.postgres.home import write_passwords


def wheel_url(url: str) -> str:
    return url.replace("+psycopg", "")


@pytest.fixture
def work(shared: DatabaseUrls) -> Iterator[DatabaseUrls]:
    """A database of the test's own, copied from the shared one."""
    urls = create_from_template(shared, "claimwright", "work")
    yield urls
    drop_database(shared, "work")


def test_the_migrator_acts_as_the_owner_and_the_application_may_only_work(
    work: DatabaseUrls,
) -> None:
    with psycopg.connect(wheel_url(work.migrator)) as owner:
        who = owner.execute("SELECT current_user, session_user").fetchone()
        assert who == (OWNER, MIGRATOR)
        owner.execute("CREATE TABLE claim (id int)")
        owner.execute(f"GRANT SELECT, INSERT ON claim TO {APP}")
    with psycopg.connect(wheel_url(work.app), autocommit=True) as app:
        app.execute("CREATE TEMPORARY TABLE staged (id int)")
        app.execute("INSERT INTO claim VALUES (1)")
        for forbidden in (
            "CREATE TABLE mine (id int)",
            "CREATE SCHEMA mine",
            "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "DROP TABLE claim",
            "TRUNCATE claim",
            "ALTER TABLE claim DISABLE ROW LEVEL SECURITY",
            f"SET ROLE {OWNER}",
            f"SET ROLE {MIGRATOR}",
            "SET SESSION AUTHORIZATION postgres",
            "CREATE ROLE mine",
            "CREATE DATABASE mine",
            "COPY claim TO PROGRAM 'cat'",
            "SELECT pg_read_file('postgresql.conf')",
            "SELECT * FROM pg_hba_file_rules",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(forbidden)


@pytest.mark.parametrize("database", ["work", "claimwright"])
def test_a_database_is_closed_to_roles_that_are_not_ours(
    work: DatabaseUrls, server: EmbeddedServer, database: str
) -> None:
    with server.administrator().connect() as admin:
        admin.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
        try:
            address = server.administrator().login("stranger", "stranger", dbname=database)
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                address.connect()
        finally:
            admin.execute("DROP ROLE stranger")


def test_opening_again_and_at_once_changes_nothing(shared: DatabaseUrls, shared_home: Path) -> None:
    def opened(_: int) -> DatabaseUrls:
        return open_database(shared_home, database_url=None, name="at_once", durable=False)

    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(opened, range(4))
    assert all(other == first for other in others)
    assert open_database(shared_home, database_url=None, durable=False) == shared
    admin = EmbeddedServer(shared_home).administrator()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: ensure_database(admin, name), ["twice"] * 4))
    for name in ("at_once", "twice"):
        drop_database(shared, name)


def test_passwords_are_never_shown(shared: DatabaseUrls) -> None:
    address = address_of_url(shared.app)
    for shown in (repr(shared), str(shared), f"{[shared]}", repr(address), *shared.redacted()):
        assert address.password not in shown
        assert ":***@" in shown


def test_no_password_reaches_the_server_log_or_its_catalog_in_clear(
    shared: DatabaseUrls, server: EmbeddedServer
) -> None:
    password = address_of_url(shared.app).password
    with server.administrator().connect() as admin:
        stored = admin.execute("SELECT rolpassword FROM pg_authid").fetchall()
    assert all(row[0] is None or row[0].startswith("SCRAM-SHA-256$") for row in stored)
    for log in (server.data / "log").glob("*.log"):
        assert password not in log.read_text()


@pytest.mark.attack("S-64")
@pytest.mark.parametrize(
    ("change", "undo"),
    [
        (f"ALTER ROLE {APP} BYPASSRLS", f"ALTER ROLE {APP} NOBYPASSRLS"),
        (f"ALTER ROLE {APP} SUPERUSER", f"ALTER ROLE {APP} NOSUPERUSER"),
        (f"GRANT {OWNER} TO {APP}", f"REVOKE {OWNER} FROM {APP}"),
        (f"ALTER ROLE {OWNER} BYPASSRLS", f"ALTER ROLE {OWNER} NOBYPASSRLS"),
        (f"ALTER ROLE {OWNER} LOGIN", f"ALTER ROLE {OWNER} NOLOGIN"),
    ],
)
def test_roles_with_too_many_rights_are_refused(
    shared_home: Path, server: EmbeddedServer, shared: DatabaseUrls, change: str, undo: str
) -> None:
    with server.administrator().connect() as admin:
        admin.execute(change)
        try:
            with pytest.raises(SetupError, match="The database role claimwright_"):
                open_database(shared_home, database_url=None, durable=False)
        finally:
            admin.execute(undo)
    assert open_database(shared_home, database_url=None, durable=False) == shared


@pytest.mark.attack("S-64")
def test_a_server_without_durability_is_refused_and_told_by_doctor(
    shared_home: Path, shared: DatabaseUrls
) -> None:
    with pytest.raises(SetupError, match="power cut"):
        open_database(shared_home, database_url=None)
    assert {check.name for check in check_database(shared) if not check.ok} == {"durability"}


@pytest.mark.attack("S-65")
def test_a_distributed_server_that_keeps_the_practice_from_its_workers_is_refused(
    shared_home: Path, server: EmbeddedServer, shared: DatabaseUrls
) -> None:
    """Citus has this setting wherever it is loaded; by default it is off."""
    setting = "citus.propagate_set_commands"
    with server.administrator().connect() as admin:
        for role in ("postgres", APP):
            admin.execute(f"ALTER ROLE {role} SET {setting} = 'none'")
        try:
            with pytest.raises(SetupError, match=f"set {setting} = 'local'"):
                open_database(shared_home, database_url=None, durable=False)
            unwell = {check.name for check in check_database(shared) if not check.ok}
            assert unwell == {"durability", "every node"}
            admin.execute(f"ALTER ROLE postgres SET {setting} = 'local'")
            assert open_database(shared_home, database_url=None, durable=False) == shared
        finally:
            for role in ("postgres", APP):
                admin.execute(f"ALTER ROLE {role} RESET {setting}")


def test_a_new_durable_database_passes_every_check(home: Path) -> None:
    urls = open_database(home, database_url=None)
    try:
        answers = check_database(urls)
        assert [check.sentence for check in answers if not check.ok] == []
        assert len(answers) == 8
        with (
            psycopg.connect(wheel_url(urls.migrator), autocommit=True) as owner,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            owner.execute("CREATE DATABASE mine")
    finally:
        EmbeddedServer(home).stop()
    (answer, *_) = check_database(urls)
    assert not answer.ok


@pytest.mark.attack("S-64")
@pytest.mark.parametrize(
    "line",
    [
        "local all all trust",
        "local all all peer",
        "local all all md5",
        "local all all password",
        "host all all 127.0.0.1/32 trust",
        "hostssl all all 0.0.0.0 0.0.0.0 trust",
        'local all "a name" trust',
        'local all "scram-sha-256 x" trust',
        "local all all \\",
        "local all all",
        "include other.conf",
        "include_dir others",
        "local all all oauth issuer=x scope=y",
    ],
)
def test_an_access_rule_without_a_password_is_refused_with_its_line(line: str) -> None:
    good = "# a comment with trust\n\nlocal all all scram-sha-256 # not peer\n"
    check_access_rules(good)
    with pytest.raises(SetupError, match="line 4,"):
        check_access_rules(good + line + "\n")


# -- a server of one's own -------------------------------------------------------------------


@pytest.fixture(scope="session")
def own_16() -> Iterator[Address]:
    """A PostgreSQL 16 as an operator might run it: the oldest release we work on."""
    package = installation.installed_programs().parents[1]
    folder = Path(tempfile.mkdtemp(prefix="cw16-"))
    # A copy: an ordinary user may be unable to enter the folder this checkout lies below.
    own = folder / "programs"
    libraries = f"{package.name}.libs"
    shutil.copytree(package.parent / libraries, own / libraries, symlinks=True)
    shutil.copytree(package / "pginstall", own / package.name / "pginstall", symlinks=True)
    programs = own / package.name / "pginstall" / "bin"
    account = server_account(Path("/"), Path("/nowhere"))
    data = folder / "data"
    (folder / "password").write_text("admin\n")
    folder.chmod(0o755)
    for path in (folder, folder / "password"):
        account.give(path)
    if account.run([programs / "postgres", "--version"], folder=Path("/")).returncode:
        pytest.skip("the PostgreSQL 16 programs cannot be run here")
    made = account.run(
        [
            programs / "initdb",
            *("-D", data, "-U", "postgres", "--pwfile", folder / "password"),
            *("-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"),
        ],
        folder=folder,
    )
    assert made.returncode == 0, made.stderr
    options = "-c listen_addresses='' -c unix_socket_directories=."
    control = [programs / "pg_ctl", "-D", data, "-w"]
    account.run([*control, "-l", folder / "log", "-o", options, "start"], folder=data)
    yield address_of_url(f"postgresql://postgres:admin@/postgres?host={data}")
    account.run([*control, "-m", "immediate", "stop"], folder=data)
    subprocess.run(["rm", "-rf", folder], check=True)


def url_of(admin: Address) -> str:
    return admin.url().replace("+psycopg", "")


def test_an_own_server_of_release_16_serves_with_an_administrator_who_is_no_superuser(
    own_16: Address, home: Path, tmp_path: Path
) -> None:
    with own_16.connect() as superuser:
        assert superuser.info.server_version < 170_000
        superuser.execute("CREATE ROLE operator LOGIN CREATEROLE CREATEDB PASSWORD 'operator'")
    url = url_of(own_16.login("operator", "operator"))
    urls = open_database(home, database_url=url)
    assert open_database(home, database_url=url) == urls
    with psycopg.connect(wheel_url(urls.migrator)) as owner:
        owner.execute("CREATE TABLE claim (id int)")
    with (
        psycopg.connect(wheel_url(urls.app)) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute("SELECT * FROM claim")
    unwell = {check.name for check in check_database(urls) if not check.ok}
    assert unwell == {"checksums"}, "initdb of release 16 leaves checksums off"

    # A second machine without the passwords must not lock out the first.
    other = tmp_path / "other"
    with pytest.raises(SetupError, match="copy that file"):
        open_database(other, database_url=url)
    with psycopg.connect(wheel_url(urls.app)):
        pass
    other_file = other / "database.json"
    assert not other_file.exists()
    other_file.write_bytes((home / "database.json").read_bytes())
    other_file.chmod(0o600)
    assert open_database(other, database_url=url) == urls


@pytest.mark.attack("S-64")
def test_an_own_server_that_may_lose_data_is_refused(own_16: Address, home: Path) -> None:
    with own_16.connect() as superuser:
        superuser.execute("ALTER ROLE postgres SET synchronous_commit = off")
    try:
        with pytest.raises(SetupError, match="synchronous_commit off"):
            open_database(home, database_url=url_of(own_16))
    finally:
        with own_16.connect() as superuser:
            superuser.execute("ALTER ROLE postgres RESET synchronous_commit")


@pytest.mark.attack("S-04")
def test_an_own_server_that_keeps_statements_whole_is_refused(own_16: Address, home: Path) -> None:
    with own_16.connect() as superuser:
        superuser.execute("ALTER ROLE postgres SET pg_stat_statements.track_utility = 'on'")
    try:
        with pytest.raises(SetupError, match="track_utility = off"):
            open_database(home, database_url=url_of(own_16))
    finally:
        with own_16.connect() as superuser:
            superuser.execute("ALTER ROLE postgres RESET pg_stat_statements.track_utility")


def test_a_wrong_password_of_an_own_server_is_told_without_it(own_16: Address, home: Path) -> None:
    with pytest.raises(SetupError, match="user or password") as caught:
        open_database(home, database_url=url_of(own_16.login("postgres", "mistyped")))
    assert "mistyped" not in caught.value.message


@pytest.mark.parametrize(
    ("url", "kind", "says"),
    [
        ("postgresql://u:secret@localhost:1/x", UnavailableError, "does not answer"),
        ("postgresql+psycopg://u:secret@localhost:1/x", UnavailableError, "does not answer"),
        ("postgresql://u:secret@db.example.org/x", SetupError, "sslmode=verify-full"),
        ("mysql://u:secret@localhost/x", SetupError, "PostgreSQL address"),
        ("postgresql://u:secret@localhost:port/x?nonsense=1", SetupError, "typing error"),
        ("postgresql:///x", SetupError, "names no host"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_in_a_sentence(
    home: Path, url: str, kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind, match=says) as caught:
        open_database(home, database_url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "Claims", "1st", "a-b", 'a"b', "a" * 64, "a; DROP"])
def test_a_name_that_needs_quoting_is_no_database_name(home: Path, name: str) -> None:
    with pytest.raises(SetupError, match="database name"):
        open_database(home, database_url=None, name=name)
    assert not home.exists()


def test_passwords_of_two_servers_stand_side_by_side(home: Path) -> None:
    home.mkdir(mode=0o700)
    write_passwords(home, "a:1", {"r": "x"})
    write_passwords(home, "b:1", {"r": "y"})
    assert (home / "database.json").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in home.iterdir()) == ["database.json"]
    EmbeddedServer(home).destroy()
    assert '"x"' in (home / "database.json").read_text()


@pytest.mark.attack("S-64")
@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
def test_doctor_asks_for_each_setting_that_keeps_what_was_committed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
    monkeypatch.setattr(checks, "_setting", lambda _, asked: answers[asked])
    assert checks._durability(None).ok  # type: ignore[arg-type]
    answers[name] = "off"
    told = checks._durability(None)  # type: ignore[arg-type]
    assert (told.ok, name in told.sentence) == (False, True)


@pytest.mark.attack("S-64")
@pytest.mark.parametrize("setting", ["on", "off"])
def test_doctor_asks_whether_damaged_pages_are_noticed(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "_setting", lambda *_: setting)
    assert checks._checksums(None).ok is (setting == "on")  # type: ignore[arg-type]
