"""``practice export``, ``practice hold``, ``practice offboard`` and ``patient export``."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from api.commands.output import DONE, json_line, line, table
from core.errors import InputError

if TYPE_CHECKING:
    from api.bootstrap import Runtime
    from api.lifecycle.export import Exported
    from tenants.staff import Staff


def add_to_practice(practice: Any) -> None:
    """The actions of ``claimwright practice`` by which one leaves."""
    export = practice.add_parser("export", help="write out everything of a practice, opened")
    _export_arguments(export)
    export.set_defaults(run=run_practice_export)
    hold = practice.add_parser("hold", help="legal holds of a practice").add_subparsers(
        required=True, metavar="ACTION"
    )
    place = _action(hold, "place", "nothing is destroyed until the hold is lifted", run_place)
    place.add_argument("--because", required=True, help="what for; kept sealed")
    lift = _action(hold, "lift", "lift a hold", run_lift)
    lift.add_argument("--hold", required=True, help="its id, from: practice hold list")
    _action(hold, "list", "holds of a practice, with their reasons", run_hold_list)
    offboard = practice.add_parser("offboard", help="end the work for a practice").add_subparsers(
        required=True, metavar="STAGE"
    )
    _action(offboard, "begin", "no new work is taken in or filed from now on", run_begin)
    status = offboard.add_parser("status", help="where it stands, and what comes next")
    status.add_argument("slug", help="short name")
    status.add_argument("--json", action="store_true", help="one JSON object")
    status.set_defaults(run=run_status)
    request = _action(offboard, "request", "ask that its keys be destroyed", run_request)
    request.add_argument(
        "--shred-now", action="store_true", help="before the records' time is over"
    )
    request.add_argument("--without-export", action="store_true", help="nobody wants the records")
    request.add_argument("--because", default="", help="why; stands on the certificate")
    _action(offboard, "withdraw", "take the request back", run_withdraw)
    _action(offboard, "approve", "a second administrator agrees: keys are destroyed", run_approve)


def add(commands: Any) -> None:
    """``claimwright patient export``."""
    patient = commands.add_parser("patient", help="one patient's records").add_subparsers(
        required=True, metavar="ACTION"
    )
    export = patient.add_parser("export", help="write out a patient's designated record set")
    _export_arguments(export, practice_option=True)
    export.add_argument("--number", required=True, help="the practice's number of the patient")
    export.set_defaults(run=run_patient_export)


def _export_arguments(parser: Any, *, practice_option: bool = False) -> None:
    if practice_option:
        parser.add_argument("--practice", dest="slug", required=True, help="short name")
    else:
        parser.add_argument("slug", help="short name")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="a folder")
    parser.add_argument(
        "--with-part2",
        action="store_true",
        help="with records under 42 CFR Part 2, and the notice that goes with them",
    )
    _person_argument(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object")


def _action(parsers: Any, name: str, help_text: str, run: Any) -> Any:
    parser = parsers.add_parser(name, help=help_text)
    parser.add_argument("slug", help="short name")
    _person_argument(parser)
    parser.set_defaults(run=run)
    return parser


def _person_argument(parser: Any) -> None:
    parser.add_argument(
        "--as",
        dest="email",
        required=True,
        metavar="EMAIL",
        help="the administrator who does it; password and code are asked, or piped in as two lines",
    )


def _person(running: Runtime, email: str) -> Staff:
    from api.lifecycle.persons import proven_administrator

    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        code = getpass.getpass("Code of your authenticator app, or a recovery code: ")
    else:
        password, code = (sys.stdin.readline().rstrip("\n") for _ in range(2))
    return proven_administrator(running, email, password, code)


def run_practice_export(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.lifecycle.export import export_practice

    with runtime() as running:
        actor = running.person(_person(running, given.email).id)
        done = export_practice(
            running, given.slug, given.to.absolute(), with_part2=given.with_part2, actor=actor
        )
    return _said(done, as_json=given.json)


def run_patient_export(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.lifecycle.export import export_patient

    with runtime() as running:
        actor = running.person(_person(running, given.email).id)
        done = export_patient(
            running,
            given.slug,
            given.number,
            given.to.absolute(),
            with_part2=given.with_part2,
            actor=actor,
        )
    return _said(done, as_json=given.json)


def _said(done: Exported, *, as_json: bool) -> int:
    if as_json:
        json_line(
            {
                "folder": str(done.folder),
                "rows": done.rows,
                "files": done.files,
                "size_bytes": done.bytes_count,
                "contents_sha256": done.sha256,
            }
        )
    else:
        line(f"{done.folder}: {sum(done.rows.values()):,} rows, {done.files} files, checked.")
        line("It holds health information in the clear. README.txt says what is in it.")
    return DONE


def run_begin(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.lifecycle.offboard import begin

    with runtime() as running:
        practice = begin(running, given.slug, _person(running, given.email))
    line(f"{practice.slug} is leaving. What payers still answer is posted.")
    return DONE


def run_status(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.lifecycle.offboard import standing, today_of

    with runtime() as running:
        found = standing(running, given.slug)
        today = today_of(running, found.practice)
    if given.json:
        json_line(found)
    else:
        line(f"{given.slug}: {found.next_step(today)}.")
    return DONE


def run_request(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.lifecycle.offboard import request_destruction

    with runtime() as running:
        request_destruction(
            running,
            given.slug,
            _person(running, given.email),
            shred_now=given.shred_now,
            without_export=given.without_export,
            because=given.because,
        )
    line(f"Asked. Another administrator: claimwright practice offboard approve {given.slug}")
    return DONE


def run_withdraw(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.lifecycle.offboard import withdraw

    with runtime() as running:
        withdraw(running, given.slug, _person(running, given.email))
    line("Taken back.")
    return DONE


def run_approve(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.lifecycle.offboard import approve_destruction

    with runtime() as running:
        done = approve_destruction(running, given.slug, _person(running, given.email))
    line(f"{done.keys} keys of {done.practice.slug} are destroyed. Certificate: {done.certificate}")
    line("For every folder of backups: claimwright backup forget-keys DIR")
    return DONE


def run_place(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.lifecycle.offboard import place_hold

    with runtime() as running:
        hold_id = place_hold(running, given.slug, _person(running, given.email), given.because)
    line(f"Hold {hold_id} is in force.")
    return DONE


def run_lift(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.lifecycle.offboard import lift_hold

    try:
        hold_id = UUID(given.hold)
    except ValueError:
        raise InputError("--hold is an id, from: claimwright practice hold list") from None
    with runtime() as running:
        lift_hold(running, given.slug, _person(running, given.email), hold_id)
    line("Lifted.")
    return DONE


def run_hold_list(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.lifecycle.offboard import list_holds

    with runtime() as running:
        _person(running, given.email)
        found = list_holds(running, given.slug)
    table(
        ("hold", "placed", "lifted", "reason"),
        (
            (
                hold.id,
                f"{hold.placed_at:%Y-%m-%d}",
                f"{hold.lifted_at:%Y-%m-%d}" if hold.lifted_at else "in force",
                reason,
            )
            for hold, reason in found
        ),
    )
    return DONE
