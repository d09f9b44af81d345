"""A step of one practice while it is built: its folder, its journal, and what waits for the 835."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from api.simulator import folders
from api.simulator.answers import Post
from api.simulator.history import History
from api.simulator.records import Account, Decided, Record, Recouped, Sent, decode, encode


class Step:
    """The step being built: its folder, its journal, and what waits for the 835."""

    def __init__(self, folder: Path, history: History, post: Post) -> None:
        self.folder = folder
        self.history = history
        self.post = post
        self.journal = (folder / folders.JOURNAL).open("w+b")
        self.by_account: dict[str, list[int]] = {}
        self.recouped: dict[str, list[Recouped]] = {}
        self.accounts = dict(history.accounts)
        self.replaced: set[str] = set()
        self.sent: list[str] = []
        self.claims = 0

    def note(self, record: Record) -> int:
        """Writes ``record`` down and gives its place in the journal."""
        place = self.journal.tell()
        self.journal.write(encode(record) + b"\n")
        return place

    def decided(self, record: Decided) -> None:
        """Writes a decision down; its payments wait for the 835 of their account."""
        place = self.note(record)
        self.claims += 1
        if record.replaces:
            self.replaced.add(record.replaces)
        if record.payments:
            self.by_account.setdefault(record.account, []).append(place)

    def account(self, account: Account) -> None:
        """Writes an account down where it is new or has changed."""
        if self.accounts.get(account.key) != account:
            self.accounts[account.key] = account
            self.note(account)

    def recoup(self, record: Recouped) -> None:
        """Writes down what the 835 of an account takes back."""
        self.note(record)
        self.recouped.setdefault(record.account, []).append(record)

    def send(self, kind: str, data: bytes) -> None:
        """Puts a file with the answers of this step."""
        digest = sha256(data).hexdigest()
        name = f"{self.history.steps + 1:06d}-{len(self.sent) + 1:04d}-{kind}-{digest[:10]}.x12"
        folders.write(self.folder / folders.OUTGOING / name, data)
        self.note(Sent(name=name, kind=kind, digest=digest))
        self.sent.append(name)

    def read_back(self, account: str) -> list[Decided]:
        """The decisions of this step that pay or take back money of ``account``."""
        found = []
        for place in self.by_account.get(account, ()):
            self.journal.seek(place)
            record = decode(self.journal.readline())
            assert isinstance(record, Decided), "a place points at a decision"
            found.append(record)
        self.journal.seek(0, 2)
        return found

    def __enter__(self) -> Step:
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()

    def save(self) -> None:
        """Sees the journal to the disk."""
        self.journal.flush()
        folders.sync_file(self.journal.fileno())
