"""Everything of a practice, or of one patient, written out in open forms and checked.

Rows are NDJSON with what was sealed opened, files are files, the ledger is CSV. What was written is
read again before it is called done: the ledger's totals must be those of the database in the same
snapshot. The event is committed before the folder has its name, so nothing leaves unrecorded.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from api.bootstrap import Runtime
from api.documents import csv_file
from api.lifecycle.export_words import README, REDISCLOSURE_NOTICE
from audit import bundle, verify
from audit.event import Actor
from audit.store import timeline
from core.confidentiality import FieldClass
from core.errors import ConflictError, IntegrityError, NotFoundError, UnavailableError
from core.ports import Practice
from tenants.sealed import BILLING_CLASSES
from tenants.sealer import Sealer
from tenants.session import tenant_transaction
from tenants.store import practice_rows as rows
from tenants.store.keys import Connection

_LEDGER = "ledger.csv"
_TOTALS = "ledger-totals.csv"
_LEDGER_COLUMNS = (
    "entry", "kind", "key", "effective_on", "place", "account", "amount_cents", "claim_number",
    "line_no", "patient", "payer", "group_code", "carc",
)  # fmt: skip


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that was written: its rows by table, files, and the digest of its contents list."""

    folder: Path
    rows: dict[str, int]
    files: int
    bytes_count: int
    sha256: str


class _Writer:
    """Writes one export into a folder nobody else can enter."""

    def __init__(self, folder: Path, connection: Connection, sealer: Sealer, part2: bool) -> None:
        self.folder = folder
        self.counts: dict[str, int] = {}
        self._connection = connection
        self._sealer = sealer
        self._part2 = part2

    def table(self, table: rows.Table, patient_id: UUID | None) -> None:
        """One NDJSON file; a file column becomes files of their own."""
        columns = [column for column in table.columns if self._is_given(column)]
        count = 0
        with self.open(f"{table.name}.ndjson") as file:
            for row in rows.rows_of(self._connection, table, patient_id=patient_id):
                line = {column.name: self._value(table.name, column, row) for column in columns}
                file.write(msgspec.json.encode(line) + b"\n")
                count += 1
        if count or patient_id is None:
            self.counts[table.name] = count
        else:
            (self.folder / f"{table.name}.ndjson").unlink()

    def _is_given(self, column: rows.Column) -> bool:
        return self._part2 or column.field_class is not FieldClass.SUBSTANCE_USE

    def _value(self, table: str, column: rows.Column, row: dict[str, Any]) -> object:
        value = row[column.name]
        if not column.is_sealed or value is None:
            return value
        opened = self._sealer.open(*rows.sealed_place(table, column.name, row), bytes(value))
        if (table, column.name) in rows.TEXTS:
            return opened.decode()
        if (table, column.name) not in rows.FILES:
            return msgspec.msgpack.decode(opened)
        name = f"files/{table}/{row['id']}"
        with self.open(name) as file:
            file.write(opened)
        return name

    def open(self, name: str) -> Any:
        """A new file of mode 0600."""
        path = self.folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def text(self, name: str, content: str) -> None:
        """A small file of text."""
        with self.open(name) as file:
            file.write(content.encode())


def _is_given(table: rows.Table, with_part2: bool) -> bool:
    """A table that is all about substance use is left out whole, with its days and ids."""
    classes = {column.field_class for column in table.columns if column.is_sealed}
    return with_part2 or classes != {FieldClass.SUBSTANCE_USE}


def export_practice(
    running: Runtime, slug: str, target: Path, *, with_part2: bool, actor: Actor
) -> Exported:
    """The practice ``slug`` in a new folder below ``target``."""
    practice = running.practice(slug)
    running.sequence_audit()

    def write(writer: _Writer, connection: Connection) -> None:
        for table in rows.tables(connection):
            if _is_given(table, with_part2):
                writer.table(table, None)
        _write_ledger(writer, connection)
        verifier = running.keyring.signer().verifier
        bundle.export(connection, practice.tenant_id, writer.folder / "audit", verifier)
        writer.text("audit/verify.py", Path(verify.__file__).read_text(encoding="utf-8"))

    about = {"practice": [practice.tenant_id]}
    return _export(running, practice, target, write, "practice.exported", about, with_part2, actor)


def export_patient(
    running: Runtime, slug: str, number: str, target: Path, *, with_part2: bool, actor: Actor
) -> Exported:
    """The designated record set of the patient with this number (45 CFR 164.501, 164.524), and the
    accounting of what was done with it."""
    practice = running.practice(slug)
    with running.unit_of_work(practice.tenant_id, actor) as uow:
        patient_id = uow.patients.id_of(number)
    if patient_id is None:
        raise NotFoundError("this practice has no patient of that number")

    def write(writer: _Writer, connection: Connection) -> None:
        for table in rows.tables(connection):
            if _is_given(table, with_part2):
                writer.table(table, patient_id)
        with writer.open("accounting.ndjson") as file:
            for entry in timeline(connection, patient_id, limit=100_000):
                event = entry.event
                line = {
                    "at": event.at,
                    "what": event.kind,
                    "by": event.actor.kind,
                    "purpose": event.purpose,
                    "event": event.id,
                }
                file.write(msgspec.json.encode(line) + b"\n")

    about = {"patient": [patient_id]}
    return _export(running, practice, target, write, "patient.exported", about, with_part2, actor)


def _export(
    running: Runtime,
    practice: Practice,
    target: Path,
    write: Callable[[_Writer, Connection], None],
    kind: str,
    about: dict[str, list[UUID]],
    with_part2: bool,
    actor: Actor,
) -> Exported:
    stamp = f"{running.clock():%Y%m%dT%H%M%SZ}"
    folder = target / f"{practice.slug}-{kind.partition('.')[0]}-{stamp}"
    if folder.exists():
        raise ConflictError("an export of this very second is there already; run it again")
    work = target / f".export-{os.urandom(6).hex()}"
    try:
        work.mkdir(mode=0o700, parents=True)
        with tenant_transaction(running.engine, practice.tenant_id) as connection:
            rows.begin_unchanging(connection)
            classes = BILLING_CLASSES - (set() if with_part2 else {FieldClass.SUBSTANCE_USE})
            sealer = running.keys.for_tenant(connection, practice.tenant_id, classes)
            writer = _Writer(work, connection, sealer, with_part2)
            write(writer, connection)
        writer.text("README.txt", README)
        if with_part2:
            writer.text("NOTICE-42-CFR-PART-2.txt", REDISCLOSURE_NOTICE)
        done = _listed(running, writer, folder)
        with running.unit_of_work(practice.tenant_id, actor) as uow:
            uow.record(
                kind,
                about,
                digests={"contents": bytes.fromhex(done.sha256)},
                tables=len(done.rows),
                rows=sum(done.rows.values()),
                files=done.files,
                size_bytes=done.bytes_count,
            )
        work.rename(folder)
    except OSError as problem:
        raise UnavailableError(
            f"the export cannot be written there ({problem.strerror}); choose another folder"
        ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return done


def _write_ledger(writer: _Writer, connection: Connection) -> None:
    """The ledger and its totals, then the totals again from what lies on the disk."""
    stated = rows.totals(connection)
    with writer.open(_LEDGER) as file:
        file.write(_csv_line(_LEDGER_COLUMNS))
        for row in rows.postings(connection):
            file.write(_csv_line(tuple(row)))
    with writer.open(_TOTALS) as file:
        file.write(_csv_line(("account", "amount_cents")))
        for account, cents in stated.items():
            file.write(_csv_line((account, cents)))
    for name in (_LEDGER, _TOTALS):
        if totals_in(writer.folder / name) != stated:
            raise IntegrityError("the exported ledger is not the one of the database; nothing left")


def totals_in(path: Path) -> dict[str, int]:
    """The balance of every account in an exported ledger, in cents."""
    found: dict[str, int] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            account = row["account"]
            found[account] = found.get(account, 0) + int(row["amount_cents"])
    return dict(sorted(found.items()))


def _csv_line(cells: tuple[object, ...]) -> bytes:
    return csv_file.line([one if isinstance(one, int | None) else str(one) for one in cells])


def _listed(running: Runtime, writer: _Writer, folder: Path) -> Exported:
    """Write the list of contents, signed, with the digest of every file."""
    files = sorted(path for path in writer.folder.rglob("*") if path.is_file())
    contents = {path.relative_to(writer.folder).as_posix(): _digest(path) for path in files}
    note = running.keyring.signer().sign_note(
        "export contents",
        msgspec.json.format(
            msgspec.json.encode({"rows": writer.counts, "sha256": contents}), indent=1
        ).decode(),
    )
    writer.text("CONTENTS.txt", note)
    for path in writer.folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return Exported(
        folder=folder,
        rows=writer.counts,
        files=len(files) + 1,
        bytes_count=sum(path.stat().st_size for path in files),
        sha256=sha256(note.encode()).hexdigest(),
    )


def _digest(path: Path) -> str:
    digest = sha256()
    for block in _blocks(path):
        digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block
