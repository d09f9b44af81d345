"""``audit``: the log exported, verified and proven, and what can be asked of it."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

from api.commands.output import DONE, PROBLEMS, json_line, line, table
from core.errors import InputError


def add(commands: Any) -> None:
    """The commands of the audit log."""
    audit = commands.add_parser("audit", help="the audit log: export, verify, prove, ask")
    actions = audit.add_subparsers(required=True, metavar="ACTION")
    export = actions.add_parser("export", help="write a practice's log to a folder")
    export.add_argument("folder", type=Path, help="made if it is not there")
    export.set_defaults(run=run_export)
    verify = actions.add_parser("verify", help="recompute every log here, or an exported folder")
    verify.add_argument("folder", type=Path, nargs="?", help="an exported log; none: all, in place")
    verify.add_argument("--key", help="the public key you were given")
    verify.set_defaults(run=run_verify)
    proof = actions.add_parser("proof", help="prove that one event is in the signed log")
    proof.add_argument("--event", required=True, type=UUID, help="its id")
    proof.set_defaults(run=run_proof)
    growth = actions.add_parser("consistency", help="prove that the log continues a checkpoint")
    growth.add_argument("--from", dest="kept", required=True, type=Path, help="file: the one kept")
    growth.set_defaults(run=run_consistency)
    for parser in (export, proof, growth):
        parser.add_argument("--practice", required=True, help="short name")
    for parser in (proof, growth):
        parser.add_argument("--out", type=Path, help="file to write (default: standard output)")
    key = actions.add_parser("key", help="print the public key that checkpoints are signed with")
    key.set_defaults(run=run_key)
    reconcile = actions.add_parser("reconcile", help="find changes that have no event")
    reconcile.add_argument("--since", type=_day, help="day, in UTC (default: from the beginning)")
    reconcile.set_defaults(run=run_reconcile)
    affected = actions.add_parser("affected", help="whose records a person touched in a period")
    affected.add_argument("--actor", required=True, help="the person's e-mail address")
    affected.add_argument("--from", dest="since", required=True, type=_moment, help="UTC")
    affected.add_argument("--to", dest="until", required=True, type=_moment, help="UTC, exclusive")
    affected.set_defaults(run=run_affected)
    disclosures = actions.add_parser("disclosures", help="the accounting of a patient")
    disclosures.add_argument("--practice", required=True, help="short name")
    disclosures.add_argument("--patient", required=True, help="the patient's number")
    disclosures.add_argument("--requested", type=date.fromisoformat, help="day (default: today)")
    disclosures.set_defaults(run=run_disclosures)
    for parser in (export, verify, reconcile, affected, disclosures):
        parser.add_argument("--json", action="store_true", help="one JSON object")


def _moment(value: str) -> datetime:
    """A day or a moment, in UTC where it does not say otherwise."""
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _day(value: str) -> datetime:
    return datetime.combine(datetime.fromisoformat(value).date(), time(), tzinfo=UTC)


def run_export(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.practices import COMMAND
    from audit.bundle import export

    with runtime() as running:
        practice = running.practice(given.practice)
        running.sequence_audit()
        with running.unit_of_work(practice.tenant_id, COMMAND) as uow:
            verifier = running.keyring.signer().verifier
            count = export(uow.connection, practice.tenant_id, given.folder, verifier)
            uow.record("audit.exported", {"practice": [practice.tenant_id]}, events=count)
    if given.json:
        json_line({"practice": practice.slug, "entries": count, "folder": str(given.folder)})
    else:
        line(f"{count} entries are in the folder. Check them anywhere: python verify.py FOLDER")
    return DONE


def run_verify(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime

    if given.folder is not None:
        from audit import verify

        key = ["--key", given.key] if given.key else []
        return verify.main([str(given.folder), *key, *(["--json"] if given.json else [])])
    with runtime() as running:
        running.sequence_audit()
        found = running.verify_audit()
        running.note_verification(found)
    if given.json:
        json_line(found)
    else:
        for problem in found.problems:
            line(f"practice {problem.tenant_id}: {problem.sentence}")
        line(found.sentence)
    return DONE if found.verified else PROBLEMS


def run_proof(given: argparse.Namespace) -> int:
    from audit.bundle import entry_proof

    return _prove(given, lambda *place: entry_proof(place[0], place[1], given.event, place[2]))


def run_consistency(given: argparse.Namespace) -> int:
    from audit.bundle import growth_proof
    from audit.verify import read_notes

    try:
        kept = given.kept.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise InputError("the kept checkpoint cannot be read; name its file") from None
    # As exported, a checkpoint is a JSON string a line; the newest is the last.
    note = kept if not kept.startswith('"') else list(read_notes(given.kept))[-1]
    return _prove(given, lambda *place: growth_proof(place[0], place[1], note, place[2]))


def _prove(given: argparse.Namespace, make: Any) -> int:
    from api.bootstrap import runtime
    from tenants.session import tenant_transaction

    with runtime() as running:
        practice = running.practice(given.practice)
        running.sequence_audit()
        with tenant_transaction(running.engine, practice.tenant_id) as connection:
            proof = make(connection, practice.tenant_id, running.keyring.signer().verifier)
    if given.out is None:
        line(proof.rstrip("\n"))
    else:
        given.out.write_text(proof, encoding="utf-8")
        line("The proof is written. Check it anywhere: python verify.py PROOF --key KEY")
    return DONE


def run_key(_: argparse.Namespace) -> int:
    from api.bootstrap import runtime

    with runtime() as running:
        line(running.keyring.signer().verifier.key)
    return DONE


def run_reconcile(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime

    with runtime() as running:
        found = running.reconcile_audit(since=given.since)
    if given.json:
        json_line(found)
    else:
        for one in found.changes:
            line(f"{one.at:%Y-%m-%d %H:%M:%S}  {one.operation} of {one.rows} rows of {one.table}")
        line(found.sentence)
    return DONE if found.accounted else PROBLEMS


def run_affected(given: argparse.Namespace) -> int:
    from api.affected import affected_by
    from api.bootstrap import runtime

    if given.until <= given.since:
        raise InputError("--to is later than --from")
    with runtime() as running:
        found = affected_by(running, given.actor, since=given.since, until=given.until)
    if given.json:
        json_line({"actor": given.actor, "practices": found})
        return DONE
    for one in found:
        line(
            f"{one.practice}: {one.events} acts from {one.first_at:%Y-%m-%d %H:%M} to"
            f" {one.last_at:%Y-%m-%d %H:%M} UTC, {len(one.patients)} patients"
        )
        table(
            ("number", "last name", "first name"),
            ((p.number, p.last_name, p.first_name) for p in one.patients),
        )
    if not found:
        line("They touched nothing in this period.")
    return DONE


def run_disclosures(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from api.practices import COMMAND
    from core.disclosures import accounting

    with runtime() as running:
        practice = running.practice(given.practice)
        with running.unit_of_work(practice.tenant_id, COMMAND) as uow:
            patient_id = uow.patients.id_of(given.patient)
            if patient_id is None:
                raise InputError("no patient of this practice has this number")
            asked = given.requested or uow.today
            told = accounting(patient_id, asked, uow.disclosures.of_patient(patient_id))
            about = {"patient": [patient_id], "disclosure": [one.id for one in told.disclosures]}
            uow.record("disclosure.read", about, disclosures=len(told.disclosures))
    if given.json:
        json_line(told)
        return DONE
    line(f"Disclosures from {told.first_day} to {told.requested_on}; due by {told.due_on}.")
    table(
        ("day", "to", "address", "what", "purpose", "why"),
        (
            (one.disclosed_on, one.recipient, one.address, one.what, one.purpose.value, one.why)
            for one in told.disclosures
        ),
    )
    return DONE
