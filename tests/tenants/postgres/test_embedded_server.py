"""The embedded server starts, is shared, and comes back from every way of dying."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from core.errors import SetupError
from tenants.postgres import EmbeddedServer
from tenants.postgres.processes import is_running, postmaster, serving

ROOT = Path(__file__).parents[3]
START_AND_TELL = """
import sys
from pathlib import Path
from tenants.postgres import EmbeddedServer
EmbeddedServer(Path(sys.argv[1]), durable=False).start()
print("started", flush=True)
sys.stdin.read()
"""


def pid_of(server: EmbeddedServer) -> int:
    pid = postmaster(server.data, server._account())
    assert pid is not None
    return pid


def connect(server: EmbeddedServer) -> psycopg.Connection[tuple[object, ...]]:
    return server.administrator().connect()


def starter(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START_AND_TELL, str(home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def kill_server(server: EmbeddedServer) -> int:
    pid = pid_of(server)
    os.kill(pid, signal.SIGKILL)
    while is_running(pid):
        time.sleep(0.002)
    return pid


# Several of these guard the same thing, so that no single one is needed: each is looked at here.
AS_IT_MUST_BE = {
    "data_checksums": "on",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "allow_alter_system": "off",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_duration": "off",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_file_mode": "0600",
    "log_truncate_on_rotation": "on",
}


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline, "did not happen within 20 seconds"
        time.sleep(0.01)


def test_a_new_home_gets_a_closed_cluster_and_stopping_keeps_its_data(home: Path) -> None:
    leftover = home / "postgres.new" / "data"
    leftover.mkdir(parents=True)
    home.chmod(0o700)
    (leftover / "half made").touch()
    server = EmbeddedServer(home, durable=False)
    server.start()
    assert server.is_ready()
    with connect(server) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        settings = dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())
        assert {name: settings[name] for name in AS_IT_MUST_BE} == AS_IT_MUST_BE
    for path, mode in (("", 0o700), ("postgres", 0o700), ("database.json", 0o600)):
        assert stat.S_IMODE((home / path).stat().st_mode) == mode
    assert not (home / "postgres.new").exists()
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        server.administrator().login("postgres", "").connect()

    server.stop()
    server.stop()
    assert not server.is_ready()
    assert not serving(server.data, server._account())

    server.start()
    with connect(server) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
    server.destroy()
    server.destroy()
    assert not server.data.exists()


def test_starting_again_attaches_to_the_running_server(server: EmbeddedServer) -> None:
    pid = pid_of(server)
    EmbeddedServer(server.home, durable=False).start()
    assert pid_of(server) == pid


@pytest.mark.attack("S-63")
def test_two_processes_starting_at_once_share_one_server(home: Path) -> None:
    both = [starter(home), starter(home)]
    for process in both:
        assert process.communicate(timeout=60)[0] == "started\n"
        assert process.returncode == 0
    server = EmbeddedServer(home, durable=False)
    # Had both launched one, the second would have found the first one's lock and said so.
    assert "FATAL" not in (server.data / "log" / "start.log").read_text()
    assert pid_of(server) in serving(server.data, server._account())


def test_the_server_outlives_a_starter_killed_with_its_whole_process_group(
    server: EmbeddedServer,
) -> None:
    server.stop()
    process = starter(server.home)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    pid = pid_of(server)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert server.is_ready()
    assert pid_of(server) == pid


@pytest.mark.attack("S-63")
def test_a_killed_server_recovers_what_was_committed(server: EmbeddedServer) -> None:
    server.stop()
    durable = EmbeddedServer(server.home)
    durable.start()
    try:
        with connect(durable) as connection:
            connection.execute("CREATE TABLE committed AS SELECT generate_series(1, 1000) AS n")
        dead = kill_server(durable)
        durable.start()
        assert pid_of(durable) != dead
        with connect(durable) as connection:
            row = connection.execute("SELECT count(*) FROM committed").fetchone()
        assert row == (1000,)
    finally:
        durable.stop()


@pytest.mark.attack("S-63")
def test_a_session_that_outlived_its_server_is_ended_before_a_new_one_starts(
    server: EmbeddedServer,
) -> None:
    # A loop without a wait never notices that the server died.
    busy = connect(server)
    busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
    session = busy.info.backend_pid
    with connect(server) as connection:
        wait_for(
            lambda: (
                connection.execute(
                    "SELECT state FROM pg_stat_activity WHERE pid = %s", (session,)
                ).fetchone()
                == ("active",)
            )
        )
    kill_server(server)
    assert is_running(session)
    server.start()
    assert server.is_ready()
    assert not is_running(session)
    busy.close()


@pytest.mark.attack("S-63")
def test_the_server_restarts_itself_after_a_session_crashes(server: EmbeddedServer) -> None:
    pid = pid_of(server)
    with connect(server) as victim:
        os.kill(victim.info.backend_pid, signal.SIGKILL)
        wait_for(lambda: not is_running(victim.info.backend_pid))
        with pytest.raises(psycopg.OperationalError):
            victim.execute("SELECT 1")
    server.start()
    assert pid_of(server) == pid


@pytest.mark.attack("S-63")
def test_a_pid_that_now_belongs_to_another_program_is_no_server(server: EmbeddedServer) -> None:
    recorded = (server.data / "postmaster.pid").read_text().splitlines()
    kill_server(server)
    other = subprocess.Popen(["/bin/sleep", "60"])
    try:
        lines = "\n".join([str(other.pid), *recorded[1:]])
        (server.data / "postmaster.pid").write_text(lines + "\n")
        server.start()
        assert other.poll() is None
        assert pid_of(server) != other.pid
    finally:
        other.kill()
        other.wait()


@pytest.mark.attack("S-63")
def test_a_zombie_is_no_server(server: EmbeddedServer) -> None:
    server.stop()
    zombie = subprocess.Popen(["/bin/true"])
    wait_for(lambda: not is_running(zombie.pid))
    os.kill(zombie.pid, 0)
    (server.data / "postmaster.pid").write_text(f"{zombie.pid}\n{server.seen_data}\n0\n5432\n.\n\n")
    server.start()
    assert server.is_ready()
    zombie.wait()


@pytest.mark.attack("S-64")
@pytest.mark.parametrize("rule", ["local all all trust", "local all all peer"])
def test_a_server_that_lets_in_without_a_password_is_refused(
    server: EmbeddedServer, rule: str
) -> None:
    rules = server.data / "pg_hba.conf"
    good = rules.read_text()
    rules.write_text(f"{rule}\n{good}")
    try:
        with pytest.raises(SetupError, match="line 1,"):
            server.start()
    finally:
        rules.write_text(good)
    server.start()


def test_lost_wrong_or_open_passwords_are_told_in_a_sentence(server: EmbeddedServer) -> None:
    secret = server.home / "database.json"
    good = secret.read_text()
    secret.chmod(0o644)
    with pytest.raises(SetupError, match="chmod 600"):
        server.start()
    secret.chmod(0o600)
    secret.write_text('{"embedded": {"postgres": "wrong"}}')
    with pytest.raises(SetupError, match="does not accept the password"):
        server.start()
    secret.write_text("{")
    with pytest.raises(SetupError, match="damaged"):
        server.start()
    secret.unlink()
    with pytest.raises(SetupError, match="missing"):
        server.start()
    secret.write_text(good)
    secret.chmod(0o600)
    server.start()


def test_no_value_of_a_failing_statement_reaches_the_server_log(server: EmbeddedServer) -> None:
    with connect(server) as connection:
        connection.execute("CREATE TABLE person (ssn text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('078-05-1120')")
        for failing in (
            "INSERT INTO person VALUES ('078-05-1120')",
            "SELECT '078-05-1120'::int",
            "SELECT * FROM person WHERE ssn = '078-05-1120' AND nonsense",
            "DO $$ BEGIN RAISE WARNING '078-05-1120'; RAISE EXCEPTION '078-05-1120'; END $$",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(failing)
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT %s::int", ("078-05-1120",))
    crashing = connect(server)
    crashing.pgconn.send_query(b"SELECT pg_sleep(60), '078-05-1120'")
    os.kill(crashing.info.backend_pid, signal.SIGKILL)
    wait_for(lambda: not is_running(crashing.info.backend_pid))
    crashing.close()
    server.start()
    server.stop()
    logs = list((server.data / "log").glob("*.log"))
    assert logs
    said = "".join(path.read_text() for path in logs)
    assert "was terminated by signal 9" in said
    assert "078-05-1120" not in said
