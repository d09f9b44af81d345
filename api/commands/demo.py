"""``claimwright demo``: the whole cycle on an empty database of its own."""

from __future__ import annotations

import argparse
import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from api import settings as settings_module
from api.commands.output import DONE, FAILED, json_line, line, problem, progress
from api.settings import DEFAULT_ORIGIN
from core.errors import ConflictError, InputError
from core.money import dollars


def add(commands: Any) -> None:
    """``claimwright demo``."""
    parser = commands.add_parser("demo", help="run the whole cycle for four invented practices")
    parser.add_argument("--headless", action="store_true", help="end when the cycle has run")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    parser.add_argument("--seed", type=int, default=1, help="other seed, other visits (default 1)")
    parser.add_argument("--keep-files", type=Path, metavar="DIR", help="copy exchanged files here")
    parser.add_argument("--port", type=int, default=8000, help="where the pages are served")
    parser.add_argument(
        "--code", metavar="EMAIL", help="print the code this person's app shows now, and end"
    )
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Run the cycle; then serve the pages unless ``--headless``."""
    from api.bootstrap import runtime
    from api.demo.story import run_demo

    if given.code is not None:
        return _print_code(given.code)
    base = settings_module.read()
    settings_module.make_home(base)
    own = msgspec.structs.replace(
        base,
        home=base.home / "demo",
        database_url=None,
        claims_per_transaction=20,
        usage="T",
        acknowledgement_requested=True,
    )
    with _alone(base.home):
        _begin(own.home, base.home)
        stopped = False
        try:
            with runtime(own) as running:
                report = run_demo(
                    running,
                    seed=given.seed,
                    day=date.today(),  # noqa: DTZ011 - the day on the calendar of whoever looks
                    keep_files=given.keep_files,
                    say=progress,
                )
                _print(report, as_json=given.json)
                if not given.headless:
                    _serve(running, given.port)
                stopped = True
        finally:
            _stop(own.home)
    return DONE if stopped else FAILED


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConflictError("another demonstration is running in this folder") from None
        yield


def _begin(home: Path, base: Path) -> None:
    """An empty folder for the demonstration, but for what is made once of tables that ship."""
    from tenants.diagnoses import shipped_folder
    from tenants.postgres import EmbeddedServer

    if home.exists():
        EmbeddedServer(home).destroy()
        shutil.rmtree(home)
    # Nothing of a practice lies there, and to make it anew for each demonstration takes seconds.
    kept = shipped_folder(base)
    kept.mkdir(mode=0o700, exist_ok=True)
    home.mkdir(mode=0o700)
    shipped_folder(home).symlink_to(kept.resolve())


def _stop(home: Path) -> None:
    from tenants.postgres import EmbeddedServer

    EmbeddedServer(home).stop()


def _print_code(email: str) -> int:
    """Stands in for a telephone: the demonstration's people have apps whose secret is known."""
    from api.demo.world import STAFF, app_code
    from tenants.uow import utc_now

    if email not in {one[0] for one in STAFF}:
        raise InputError(f"the demonstration has {', '.join(one[0] for one in STAFF)}")
    line(app_code(email, utc_now()))
    return DONE


def _serve(running: Any, port: int) -> None:
    from api.demo.world import PASSWORD, STAFF, app_code, app_secret
    from api.serve import serve
    from core.crypto.one_time_codes import secret_text

    line()
    line(f"The pages are at http://localhost:{port} (stop with Ctrl-C). Sign in as")
    for email, _, role, _ in STAFF:
        code = app_code(email, running.clock())
        line(f"  {email:28} {role.value:10} password: {PASSWORD:22} code now: {code}")
    line("A code is good for a minute and works once. The next one: in another window,")
    line(f"  claimwright demo --code {STAFF[0][0]}")
    line("or add the keys to an authenticator app:")
    for email, _, _, _ in STAFF:
        line(f"  {email:28} {secret_text(app_secret(email))}")
    serve(msgspec.structs.replace(running.settings, origin=DEFAULT_ORIGIN), port=port)


def _print(report: Any, *, as_json: bool) -> None:
    if as_json:
        json_line(report)
        return
    files = ", ".join(f"{count} {kind}" for kind, count in report.files.items())
    answers = ", ".join(f"{count} {kind}" for kind, count in report.acks.items() if count)
    rows = (
        ("practices", report.practices),
        ("visits handed in", f"{report.encounters} with {report.charges} charges"),
        ("claims", f"{report.claims}, {report.held} held for a biller"),
        ("files sent", files),
        ("answers", f"{answers}, {report.remits['files']} 835"),
        ("claim payments", report.remits["payments"]),
        ("posted", dollars(report.posted_cents)),
        ("paid by the simulator", dollars(report.simulator_paid_cents)),
        ("ledger difference", dollars(report.ledger.difference_cents)),
        ("denial items", report.denials),
        ("claims to a next payer", report.secondary_claims),
        ("patient statements", report.statements),
        ("audit events", f"{report.audit['events']}, {_verified(report)}"),
        ("seconds", report.seconds),
    )
    for name, value in rows:
        line(f"{name:24} {value}")
    if not report.audit["verified"]:
        problem("the audit log does not verify")


def _verified(report: Any) -> str:
    return "verified" if report.audit["verified"] else "NOT verified"
