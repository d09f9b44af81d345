"""Verify an exported audit log, or a proof from one, with nothing but Python and ``cryptography``.

    python verify.py FOLDER [--key KEY] [--earlier FOLDER] [--checkpoints FILE] [--json]
    python verify.py PROOF --key KEY [--json]

This file stands alone on purpose: it imports nothing of the system that wrote the log, and it
computes every hash by code of its own. A practice can keep it, read it and run it anywhere.

The folder holds ``entries.jsonl`` (one event a line, exactly the bytes that were hashed),
``leaves.txt`` (their RFC 6962 leaf hashes), ``checkpoints.jsonl`` (signed C2SP checkpoints, each a
JSON string) and ``log.json`` (the log's origin and public key). Give ``--key`` from an earlier day,
a contract or a letter: a key taken from the folder only shows that the folder agrees with itself.
``--earlier`` and ``--checkpoints`` compare with what was kept before, which is what shows a log
that was rewritten or cut short and signed again.

A proof is a file too: that one entry is in a signed log (C2SP ``tlog-proof``, the entry as its
extra data), or that a log with one checkpoint grew out of the log with another (JSON with ``old``,
``new`` and ``proof``). Then ``--key`` is needed, for a proof carries none.

Exit status: 0 it verifies, 1 it does not, 2 it cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_ENTRY_PROOF = "c2sp.org/tlog-proof@v1"


class UnreadableError(ValueError):
    """A file of the log is not there or not in its form."""


class Problem(NamedTuple):
    """What is wrong with entries ``first`` to ``last``, from 0; -1 when it is not about entries."""

    first: int
    last: int
    sentence: str


class Report(NamedTuple):
    """What was looked at, and every problem found; none means the log verifies."""

    entries: int
    checkpoints: int
    problems: tuple[Problem, ...]

    @property
    def verified(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


class Signed(NamedTuple):
    """A checkpoint whose signature holds: the first ``size`` entries have this root."""

    size: int
    root: bytes


def leaf_of(line: bytes) -> bytes:
    """The leaf hash of an entry."""
    return hashlib.sha256(b"\x00" + line).digest()


class Edge:
    """The right edge of a growing tree, as (height, hash) from the tallest subtree down."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        heights = [height for height in range(size.bit_length(), -1, -1) if size >> height & 1]
        if len(heights) != len(hashes):
            raise UnreadableError("the stored edge does not fit the size of the tree")
        self.size = size
        self._peaks = list(zip(heights, hashes, strict=True))

    def add(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        height = 0
        while self._peaks and self._peaks[-1][0] == height:
            leaf = hashlib.sha256(b"\x01" + self._peaks.pop()[1] + leaf).digest()
            height += 1
        self._peaks.append((height, leaf))
        self.size += 1

    def root(self) -> bytes:
        """The root over everything added so far."""
        peaks = [peak for _, peak in self._peaks]
        if not peaks:
            return hashlib.sha256(b"").digest()
        value = peaks.pop()
        while peaks:
            value = hashlib.sha256(b"\x01" + peaks.pop() + value).digest()
        return value


def consistent(old: Signed, new: Signed, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the new tree begins with the old one (RFC 9162, 2.1.4.2)."""
    if old.size == 0 or old.size == new.size:
        return not proof and (old.size == 0 or old.root == new.root)
    if old.size > new.size or not proof:
        return False
    path = list(proof)
    if old.size & (old.size - 1) == 0:
        path.insert(0, old.root)
    left, right = old.size - 1, new.size - 1
    while left % 2:
        left, right = left // 2, right // 2
    from_old = from_new = path[0]
    for step in path[1:]:
        if right == 0:
            return False
        if left % 2 or left == right:
            from_old = hashlib.sha256(b"\x01" + step + from_old).digest()
            from_new = hashlib.sha256(b"\x01" + step + from_new).digest()
            while left % 2 == 0 and left:
                left, right = left // 2, right // 2
        else:
            from_new = hashlib.sha256(b"\x01" + from_new + step).digest()
        left, right = left // 2, right // 2
    return right == 0 and from_old == old.root and from_new == new.root


def included(leaf: bytes, index: int, signed: Signed, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` leads from entry ``index`` to the signed root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < signed.size:
        return False
    place, last, value = index, signed.size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            value = hashlib.sha256(b"\x01" + step + value).digest()
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            value = hashlib.sha256(b"\x01" + value + step).digest()
        place, last = place // 2, last // 2
    return last == 0 and value == signed.root


def open_note(note: str, key: str, origin: str) -> Signed | None:
    """The checkpoint in a signed note, or None when signature, key, origin or form is wrong."""
    try:
        name, key_id, encoded = key.split("+", 2)
        public = base64.b64decode(encoded, validate=True)
        text, signatures = note.split("\n\n", 1)
        text += "\n"
        written_origin, size, root, end = text.split("\n")
        top = base64.b64decode(root, validate=True)
        formal = end == "" and size == str(abs(int(size))) and len(top) == 32
        genuine = formal and written_origin == origin
        for line in signatures.splitlines():
            dash, signer, blob = line.split(" ")
            raw = base64.b64decode(blob, validate=True)
            if dash == "\u2014" and signer == name and raw[:4].hex() == key_id and genuine:
                Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], text.encode())
                return Signed(int(size), top)
    except (ValueError, InvalidSignature):
        return None
    return None


def check(
    entries: Iterable[tuple[bytes | None, bytes | None]],
    signed: Iterable[Signed],
    tenant: str,
) -> Report:
    """Check pairs of (entry line, stored leaf hash) against signed sizes and roots.

    The root is computed over the stored leaf hashes and each entry is compared with its own, so an
    altered entry is named exactly. When the leaf hashes themselves were changed, the entries
    between the last checkpoint that still fits and the first that does not are named.
    """
    expected: dict[int, set[bytes]] = {}
    for size, root in signed:
        expected.setdefault(size, set()).add(root)
    problems: list[Problem] = []
    edge = Edge()
    fits = 0
    misfit = missing = False
    for index, (line, leaf) in enumerate(entries):
        if complaint := _entry_complaint(line, leaf, tenant):
            problems.append(Problem(index, index, f"entry {index}: {complaint}"))
        missing = missing or leaf is None
        edge.add(leaf if leaf is not None else leaf_of(line or b""))
        # Two roots signed for one size are two histories: at most one of them can fit.
        roots = expected.get(edge.size)
        if not roots:
            continue
        if roots == {edge.root()}:
            fits = edge.size
        elif not misfit:
            misfit = True
            # An entry that is gone is named already, and alone explains the root.
            if not missing:
                problems.append(_altered(fits, edge.size))
    covered = max(expected, default=0)
    if edge.size < covered:
        sentence = f"cut short: {edge.size} entries, {covered} were signed for"
        problems.append(Problem(edge.size, covered - 1, sentence))
    if edge.size > covered:
        sentence = f"entries from {covered} on are covered by no signature"
        problems.append(Problem(covered, edge.size - 1, sentence))
    return Report(edge.size, len(expected), tuple(problems))


def verify_bundle(
    folder: Path,
    *,
    key: str | None = None,
    earlier: Path | None = None,
    checkpoints: Path | None = None,
) -> Report:
    """Verify an exported log; the arguments are those of the command line above."""
    log = _log(folder)
    key = key or log["key"]
    origin = log["origin"]
    signed: list[Signed] = []
    problems: list[Problem] = []
    kept = [checkpoints] if checkpoints else []
    for path in (folder / "checkpoints.jsonl", *kept):
        for number, note in enumerate(read_notes(path), start=1):
            found = open_note(note, key, origin)
            if found is None:
                problems.append(
                    Problem(
                        -1,
                        -1,
                        f"{path.name}, checkpoint {number}: not signed by the key for this log",
                    )
                )
            else:
                signed.append(found)
    pairs = zip_longest(_lines(folder / "entries.jsonl"), map(_hex, _lines(folder / "leaves.txt")))
    report = check(pairs, signed, origin.rpartition("/")[2])
    if earlier is not None:
        problems += _compare(earlier, folder)
    return report._replace(problems=(*problems, *report.problems))


def verify_entry(proof: str, key: str) -> tuple[Report, dict[str, Any]]:
    """Whether the proof shows its entry in the log of the entry's practice; and the entry."""
    entry: dict[str, Any] = {}
    try:
        head, note = proof.split("\n\n", 1)
        form, extra, place, *hashes = head.split("\n")
        line = base64.b64decode(extra.removeprefix("extra "), validate=True)
        index = int(place.removeprefix("index "))
        steps = [base64.b64decode(one, validate=True) for one in hashes]
        entry = json.loads(line)
        origin = f"{key.partition('+')[0]}/audit/{entry['tenant']}"
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError("the proof is not in its form") from error
    if form != _ENTRY_PROOF or any(len(step) != 32 for step in steps):
        raise UnreadableError("the proof is not in its form")
    signed = open_note(note, key, origin)
    if signed is None:
        problem = Problem(-1, -1, "the checkpoint is not signed by the key for this log")
        return Report(0, 0, (problem,)), entry
    if not included(leaf_of(line), index, signed, steps):
        problem = Problem(index, index, f"entry {index} is not in the log that was signed")
        return Report(signed.size, 1, (problem,)), entry
    return Report(signed.size, 1, ()), entry


def verify_growth(proof: bytes, key: str) -> Report:
    """Whether the proof shows that the log of ``new`` begins with the log of ``old``."""
    try:
        given = json.loads(proof)
        steps = [base64.b64decode(one, validate=True) for one in given["proof"]]
        notes = [str(given["old"]), str(given["new"])]
        origin = notes[1].partition("\n")[0]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError("the proof is not in its form") from error
    signed = [open_note(note, key, origin) for note in notes]
    old, new = signed
    if old is None or new is None:
        name = "older" if old is None else "newer"
        sentence = f"the {name} checkpoint is not signed by the key for this log"
        return Report(0, 0, (Problem(-1, -1, sentence),))
    if not consistent(old, new, steps):
        problem = Problem(
            -1, -1, f"the log of {new.size} entries does not continue the one of {old.size}"
        )
        return Report(new.size, 2, (problem,))
    return Report(new.size, 2, ())


def read_notes(path: Path) -> Iterator[str]:
    """The signed notes in a checkpoint file, one JSON string a line."""
    for line in _lines(path):
        try:
            note = json.loads(line)
        except ValueError:
            note = ""
        yield note if isinstance(note, str) else ""


def _entry_complaint(line: bytes | None, leaf: bytes | None, tenant: str) -> str:
    if line is None:
        return "missing or unreadable"
    if leaf is None:
        return "its leaf hash is missing"
    if leaf_of(line) != leaf:
        return "altered; it is not what was hashed"
    try:
        if json.loads(line)["tenant"] == tenant:
            return ""
    except (ValueError, KeyError, TypeError):
        return "not an event"
    return "belongs to another log"


def _altered(fits: int, size: int) -> Problem:
    if size - fits == 1:
        return Problem(fits, fits, f"entry {fits} or its leaf hash is not what was signed")
    return Problem(
        fits, size - 1, f"one or more of entries {fits} to {size - 1} are not what was signed"
    )


def _compare(earlier: Path, folder: Path) -> list[Problem]:
    """The first entry that differs from a bundle kept before, if one does."""
    pairs = zip_longest(_lines(earlier / "leaves.txt"), _lines(folder / "leaves.txt"))
    for index, (before, after) in enumerate(pairs):
        if before is None:
            return []
        if before != after:
            return [Problem(index, index, f"entry {index} differs from the log exported earlier")]
    return []


def _log(folder: Path) -> dict[str, str]:
    try:
        log = json.loads((folder / "log.json").read_bytes())
        return {"key": str(log["key"]), "origin": str(log["origin"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableError("log.json is not there or not readable") from error


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            for line in file:
                yield line.rstrip(b"\n")
    except OSError as error:
        raise UnreadableError(f"{path.name} is not there or not readable") from error


def _hex(line: bytes) -> bytes:
    try:
        return bytes.fromhex(line.decode())
    except ValueError:
        return b""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; a line for each problem and one sentence at the end, or one JSON object."""
    parser = argparse.ArgumentParser(description="Verify an exported audit log or a proof from it.")
    parser.add_argument("what", type=Path, help="the folder of a log, or a proof")
    parser.add_argument("--key", help="the public key you were given, name+id+base64")
    parser.add_argument("--earlier", type=Path, help="a folder exported before")
    parser.add_argument("--checkpoints", type=Path, help="checkpoints you kept")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    chosen = parser.parse_args(arguments)
    try:
        report, sentence = _judge(chosen)
    except UnreadableError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if chosen.json:
        problems = [problem._asdict() for problem in report.problems]
        told = {"verified": report.verified, **report._asdict(), "problems": problems}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        for problem in report.problems:
            sys.stdout.write(f"{problem.sentence}\n")
        sys.stdout.write(sentence + "\n")
    return 0 if report.verified else 1


def _judge(chosen: argparse.Namespace) -> tuple[Report, str]:
    if chosen.what.is_file():
        return _judge_proof(chosen)
    report = verify_bundle(
        chosen.what, key=chosen.key, earlier=chosen.earlier, checkpoints=chosen.checkpoints
    )
    trust = "" if chosen.key else " The key came with the folder: compare it with one you trust."
    counts = f"{report.entries} entries, {report.checkpoints} checkpoints"
    return report, f"The log {_verdict(report)}: {counts}.{trust}"


def _judge_proof(chosen: argparse.Namespace) -> tuple[Report, str]:
    content = chosen.what.read_bytes()
    if not chosen.key:
        raise UnreadableError("a proof carries no key; give --key")
    if content.startswith(b"{"):
        report = verify_growth(content, chosen.key)
        return report, f"The proof {_verdict(report)}: the log only grew."
    report, entry = verify_entry(content.decode(errors="replace"), chosen.key)
    said = (
        f"{entry.get('kind')} at {entry.get('at')} by {' '.join(map(str, entry.get('actor', ())))}"
    )
    return report, f"The proof {_verdict(report)}: {said}, in a log of {report.entries} entries."


def _verdict(report: Report) -> str:
    return "verifies" if report.verified else "DOES NOT VERIFY"


if __name__ == "__main__":
    sys.exit(main())
