"""The loop of the workshop: judge, serve, wait until somebody saves."""

from __future__ import annotations

import select
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import msgspec

from api import settings as settings_module
from api.commands.output import json_line, line, problem, progress
from api.demo.world import PASSWORD, app_code
from api.workshop.practices import STAFF
from api.workshop.processes import Workshop
from api.workshop.told import Order, Payers, RoundTold, words
from api.workshop.watch import Look, look
from core.claims.parties import Value
from core.errors import ConflictError
from plugins.project import read_project
from tenants.postgres import EmbeddedServer
from tenants.uow import utc_now

_LOOK_SECONDS = 0.3
_MARK = "workshop"


class Wish(Value, frozen=True, kw_only=True):
    """What was asked for. ``home`` None: a folder that goes at the end."""

    path: Path
    home: Path | None = None
    port: int = 8000
    day: date
    seed: int = 1
    payers: Payers = "mix"
    once: bool = False
    as_json: bool = False


def run(wish: Wish) -> RoundTold:
    """Open the workshop, and go on until Ctrl-C (or q); the last round."""
    project = read_project(wish.path)
    with _ended_alike(), _home(wish.home) as home:
        workshop = Workshop(project, _settings(home, wish.port))
        order = Order(project=str(project.folder), day=wish.day, seed=wish.seed, payers=wish.payers)
        try:
            progress("Opening three practices; the first round takes some seconds")
            # Before the round: what is saved while it is played is not to be missed.
            seen = look(project)
            told = workshop.play(order)
            _tell(told, wish)
            if not wish.once:
                told = _until_stopped(workshop, order, wish, told, seen)
            return told
        finally:
            workshop.stop_serving()


def _until_stopped(
    workshop: Workshop, order: Order, wish: Wish, told: RoundTold, seen: Look
) -> RoundTold:
    if not told.fault:
        workshop.serve(wish.port)
    _say_how(wish)
    with suppress(KeyboardInterrupt):
        while (key := _waited()) != "q":
            now = look(workshop.project)
            if key == "c":
                _say_codes()
            elif now != seen or key in ("f", "j"):
                seen = now
                told = workshop.play(msgspec.structs.replace(order, file=key == "f"))
                _tell(told, wish)
                # With a plugin that cannot be loaded there are no pages: those before stay.
                if not told.fault:
                    workshop.serve(wish.port)
            elif not workshop.is_serving():
                problem("the pages are not served: is the port taken? Try another with --port")
    return told


def _waited() -> str:
    """The first letter of a line that was typed; empty after a moment without one."""
    if not sys.stdin.isatty():
        time.sleep(_LOOK_SECONDS)
        return ""
    ready, _, _ = select.select([sys.stdin], [], [], _LOOK_SECONDS)
    return (sys.stdin.readline().strip().lower()[:1] or "j") if ready else ""


def _tell(told: RoundTold, wish: Wish) -> None:
    if wish.as_json:
        json_line(told)
        return
    for text in words(told, origin=f"http://localhost:{wish.port}"):
        line(text)
    if told.payers:
        decided = ", ".join(f"{count} {name}" for name, count in sorted(told.payers.items()))
        line(f"  payers so far: {decided}")
    sys.stdout.flush()


def _say_how(wish: Wish) -> None:
    if wish.as_json:
        return
    line()
    line(f"The workbench is at http://localhost:{wish.port}. Sign in as")
    _say_codes()
    line("Save a file of the plugin, and its claims are judged anew. Or type, and press Enter:")
    line("  j judge again   f send what is ready, payers answer   c codes to sign in   q end")
    sys.stdout.flush()


def _say_codes() -> None:
    for email, _, role, _ in STAFF:
        code = app_code(email, utc_now())
        line(f"  {email:20} {role.value:8} password: {PASSWORD}   code now: {code}")


def _settings(home: Path, port: int) -> settings_module.Settings:
    return msgspec.structs.replace(
        settings_module.read({}),
        home=home,
        usage="T",
        acknowledgement_requested=True,
        claims_per_transaction=20,
        origin=f"http://localhost:{port}",
    )


@contextmanager
def _ended_alike() -> Iterator[None]:
    """Ended from outside it puts away as after Ctrl-C: servers, and the folder that goes."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _home(named: Path | None) -> Iterator[Path]:
    """A folder with its database server: one that goes, or a named one that stays."""
    if named is None:
        home = Path(tempfile.mkdtemp(prefix="claimwright-workshop-"))
        try:
            yield home
        finally:
            EmbeddedServer(home).destroy()
            shutil.rmtree(home, ignore_errors=True)
        return
    home = named.resolve()
    if home.is_dir() and any(home.iterdir()) and not (home / _MARK).is_file():
        # An installation with real patients is no place to try a plugin.
        raise ConflictError(
            "a workshop has a home of its own: a new folder, or that of an earlier one"
        )
    home.mkdir(parents=True, exist_ok=True)
    (home / _MARK).touch()
    try:
        yield home
    finally:
        EmbeddedServer(home).stop()
