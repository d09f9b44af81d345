"""What a practice's earlier steps decided, folded from the journals.

Held in memory: a few short fields a claim. Payments stay on disk and are read when a reversal
needs one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from api.simulator import folders
from api.simulator.records import (
    Account,
    Began,
    Brief,
    Check,
    Decided,
    DecidedBriefly,
    Due,
    Record,
    Recouped,
    Sent,
    Taken,
    decode,
    decode_briefly,
)
from api.simulator.script import REJECTED, Outcome

Key = tuple[str, str, str]
Place = tuple[Path, int]
# After these the claim may still come as a new one, or stands as it did.
_LEAVES_NOTHING = frozenset({Outcome.DUPLICATE, Outcome.NOTICE, Outcome.PREDETERMINATION})


class Standing:
    """How often a claim came and what stands now. ``digest`` is empty while none was accepted."""

    __slots__ = ("denied", "digest", "rejections")

    def __init__(self) -> None:
        self.rejections = 0
        self.digest = ""
        self.denied = False


class History:
    """The state of one practice. ``paid`` and ``due`` go by payer claim number."""

    def __init__(self, directory: Path, practice: str) -> None:
        self.taken: set[str] = set()
        self.claims: dict[Key, Standing] = {}
        self.paid: dict[str, Place] = {}
        self.payers: dict[str, str] = {}
        self.due: dict[str, tuple[Due, Place]] = {}
        self.accounts: dict[str, Account] = {}
        self.carried: dict[str, Check] = {}
        self.steps = 0
        self.checks = 0
        self.files = 0
        self.run = 0
        for step in folders.steps(directory, practice):
            self.steps += 1
            for place, record in _read(step / folders.JOURNAL):
                self._fold(place, record)

    def stands(self, payer_claim_number: str, payer_id: str) -> bool:
        """Whether ``payer_id`` decided this claim and nothing took the decision's place yet."""
        return self.payers.get(payer_claim_number) == payer_id and bool(payer_id)

    def _fold(self, place: Place, record: Brief) -> None:
        match record:
            case DecidedBriefly():
                self._fold_claim(place, record)
            case Began():
                self.run = record.run
            case Taken():
                self.taken.add(record.digest)
            case Account():
                self.accounts[record.key] = record
            case Recouped():
                self.due.pop(record.payer_claim_number, None)
            case Check():
                self.checks += 1
                self.carried[record.account] = record
            case Sent():
                self.files += 1

    def _fold_claim(self, place: Place, record: DecidedBriefly) -> None:
        key = record.claim_number, record.payer_id, record.sequence
        standing = self.claims.setdefault(key, Standing())
        if record.outcome in REJECTED:
            standing.rejections += 1
            return
        if record.replaces:
            self.paid.pop(record.replaces, None)
            self.payers.pop(record.replaces, None)
            self.due.pop(record.replaces, None)
        if record.outcome in _LEAVES_NOTHING:
            return
        standing.digest = "" if record.outcome is Outcome.VOID else record.digest
        standing.denied = record.outcome is Outcome.DENY
        if record.outcome is not Outcome.VOID:
            self.paid[record.payer_claim_number] = place
            self.payers[record.payer_claim_number] = record.payer_id
        if record.due:
            self.due[record.payer_claim_number] = record.due, place


def decided_at(place: Place) -> Decided:
    """The whole record at ``place``."""
    path, offset = place
    with path.open("rb") as file:
        file.seek(offset)
        record = decode(file.readline())
    assert isinstance(record, Decided), "a place points at a decision"
    return record


def records(directory: Path, practice: str) -> Iterator[Record]:
    """Every record of ``practice``, oldest first."""
    for step in folders.steps(directory, practice):
        with (step / folders.JOURNAL).open("rb") as file:
            for line in file:
                yield decode(line)


def _read(journal: Path) -> Iterator[tuple[Place, Brief]]:
    offset = 0
    with journal.open("rb") as file:
        for line in file:
            yield (journal, offset), decode_briefly(line)
            offset += len(line)
