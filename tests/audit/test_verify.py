"""The offline verifier: a bundle, and one way of being wrong each."""

from __future__ import annotations

import ast
import base64
import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from audit import verify
from audit.bundle import export
from audit.checkpoint import CheckpointSigner
from audit.event import event_line
from audit.tree import Frontier, consistency_proof, inclusion_proof, leaf_hash, root
from core.errors import UnavailableError
from tests.audit.logdatabase import SIGNER, LogDatabase, claims_event

VERIFIER = Path(verify.__file__)
PRACTICE = UUID("018f0000-0000-7000-8000-000000000001")
SIZES = (4, 9, 10, 16)


def write_bundle(folder: Path, *, count: int = 16, signer: CheckpointSigner = SIGNER) -> Path:
    """A bundle of ``count`` entries, signed at ``SIZES``."""
    folder.mkdir(exist_ok=True)
    lines = [event_line(claims_event(PRACTICE, number)) for number in range(count)]
    leaves = [leaf_hash(line) for line in lines]
    notes = [
        signer.sign(PRACTICE, size, root(leaves[:size])).note for size in SIZES if size <= count
    ]
    (folder / "entries.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    (folder / "leaves.txt").write_text("".join(leaf.hex() + "\n" for leaf in leaves))
    (folder / "checkpoints.jsonl").write_text("".join(json.dumps(note) + "\n" for note in notes))
    log = {"origin": signer.verifier.origin(PRACTICE), "key": signer.verifier.key}
    (folder / "log.json").write_text(json.dumps(log))
    return folder


def edit(folder: Path, name: str, change: Callable[[list[bytes]], None]) -> None:
    """Change the lines of one file of a bundle."""
    lines = (folder / name).read_bytes().splitlines()
    change(lines)
    (folder / name).write_bytes(b"".join(line + b"\n" for line in lines))


def entries(change: Callable[[list[bytes]], None]) -> Callable[[Path], None]:
    return lambda folder: edit(folder, "entries.jsonl", change)


def both(change: Callable[[list[bytes]], None]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        edit(folder, "entries.jsonl", change)
        edit(folder, "leaves.txt", change)

    return apply


def rewrite(index: int) -> Callable[[Path], None]:
    """Replace an entry and give it the leaf hash that fits."""

    def apply(folder: Path) -> None:
        line = event_line(claims_event(PRACTICE, 99))

        def put(lines: list[bytes], value: bytes) -> None:
            lines[index] = value

        edit(folder, "entries.jsonl", lambda lines: put(lines, line))
        edit(folder, "leaves.txt", lambda lines: put(lines, leaf_hash(line).hex().encode()))

    return apply


def insert_twice(lines: list[bytes]) -> None:
    lines.insert(6, lines[5])


def swap(lines: list[bytes]) -> None:
    lines[10], lines[12] = lines[12], lines[10]


def flip(index: int, place: int) -> Callable[[list[bytes]], None]:
    def change(lines: list[bytes]) -> None:
        line = bytearray(lines[index])
        line[place] ^= 1
        lines[index] = bytes(line)

    return change


def foreign(folder: Path) -> None:
    """Entry 3 is another practice's, and everything was signed with it inside."""
    line = event_line(claims_event(uuid4()))
    lines = (folder / "entries.jsonl").read_bytes().splitlines()
    lines[3] = line
    leaves = [leaf_hash(entry) for entry in lines]
    (folder / "entries.jsonl").write_bytes(b"".join(entry + b"\n" for entry in lines))
    (folder / "leaves.txt").write_text("".join(leaf.hex() + "\n" for leaf in leaves))
    notes = [SIGNER.sign(PRACTICE, size, root(leaves[:size])).note for size in SIZES]
    (folder / "checkpoints.jsonl").write_text("".join(json.dumps(n) + "\n" for n in notes))


def drop_last_checkpoint(lines: list[bytes]) -> None:
    del lines[-1]


WRONG: dict[str, tuple[Callable[[Path], None], int, int]] = {
    "a bit of an entry": (entries(flip(7, 60)), 7, 7),
    "the first bit of the log": (entries(flip(0, 0)), 0, 0),
    "the last entry": (entries(flip(15, 200)), 15, 15),
    "an entry removed": (both(lambda lines: lines.pop(5) and None), 4, 8),
    "an entry added": (both(insert_twice), 4, 8),
    "two entries exchanged": (both(swap), 10, 15),
    "entries exchanged, leaves left": (entries(swap), 10, 10),
    "an entry rewritten with its leaf": (rewrite(12), 10, 15),
    "an entry rewritten between close checkpoints": (rewrite(9), 9, 9),
    "the tail": (both(lambda lines: lines.pop() and None), 15, 15),
    "an entry without a leaf": (
        lambda folder: edit(folder, "leaves.txt", lambda lines: lines.pop() and None),
        15,
        15,
    ),
    "a leaf without an entry": (entries(lambda lines: lines.pop() and None), 15, 15),
    "a leaf that is not hex": (
        lambda folder: edit(folder, "leaves.txt", lambda lines: lines.__setitem__(2, b"zz")),
        2,
        2,
    ),
    "an entry of another practice": (foreign, 3, 3),
    "entries no signature covers": (
        lambda folder: edit(folder, "checkpoints.jsonl", drop_last_checkpoint),
        10,
        15,
    ),
    "a checkpoint's size": (
        lambda folder: edit(
            folder,
            "checkpoints.jsonl",
            lambda lines: lines.__setitem__(1, lines[1].replace(b"\\n9\\n", b"\\n8\\n")),
        ),
        -1,
        -1,
    ),
    "a checkpoint that is no JSON": (
        lambda folder: edit(folder, "checkpoints.jsonl", lambda lines: lines.append(b"{")),
        -1,
        -1,
    ),
}


def test_a_bundle_verifies(tmp_path: Path) -> None:
    report = verify.verify_bundle(write_bundle(tmp_path), key=SIGNER.verifier.key)
    assert report == verify.Report(16, 4, ())


@pytest.mark.attack("S-47")
@pytest.mark.control("R17")
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_bundle_is_refused_and_the_entry_named(tmp_path: Path, case: str) -> None:
    change, first, last = WRONG[case]
    write_bundle(tmp_path)
    change(tmp_path)
    report = verify.verify_bundle(tmp_path)
    assert (first, last) in [(problem.first, problem.last) for problem in report.problems]


@pytest.mark.attack("S-47")
@pytest.mark.parametrize("index", range(16))
def test_each_altered_entry_is_named_exactly(tmp_path: Path, index: int) -> None:
    write_bundle(tmp_path)
    entries(flip(index, 40))(tmp_path)
    report = verify.verify_bundle(tmp_path)
    assert [(problem.first, problem.last) for problem in report.problems] == [(index, index)]


@pytest.mark.attack("S-49")
def test_a_bundle_signed_by_another_key_is_refused(tmp_path: Path) -> None:
    other = CheckpointSigner("claimwright/test", b"o" * 32)
    write_bundle(tmp_path, signer=other)
    assert verify.verify_bundle(tmp_path).verified, "with the key it brings, it agrees with itself"
    assert not verify.verify_bundle(tmp_path, key=SIGNER.verifier.key).verified


@pytest.mark.attack("S-51")
@pytest.mark.control("R17")
def test_a_rewritten_and_signed_log_shows_against_what_was_kept(tmp_path: Path) -> None:
    kept = write_bundle(tmp_path / "kept")
    forged = write_bundle(tmp_path / "forged")
    first_lines = (kept / "entries.jsonl").read_bytes() != (forged / "entries.jsonl").read_bytes()
    assert first_lines, "the ids differ, so these are two histories"
    assert verify.verify_bundle(forged).verified
    report = verify.verify_bundle(forged, earlier=kept)
    assert (report.problems[0].first, report.problems[0].last) == (0, 0)
    report = verify.verify_bundle(forged, checkpoints=kept / "checkpoints.jsonl")
    assert (report.problems[0].first, report.problems[0].last) == (0, 3)


@pytest.mark.attack("S-48")
@pytest.mark.control("R18")
def test_a_log_cut_short_and_signed_shows_against_what_was_kept(tmp_path: Path) -> None:
    kept = write_bundle(tmp_path / "kept")
    cut = tmp_path / "cut"
    cut.mkdir()
    for name, lines in (("entries.jsonl", 9), ("leaves.txt", 9), ("checkpoints.jsonl", 2)):
        content = (kept / name).read_bytes().splitlines(keepends=True)
        (cut / name).write_bytes(b"".join(content[:lines]))
    (cut / "log.json").write_bytes((kept / "log.json").read_bytes())
    assert verify.verify_bundle(cut).verified
    assert not verify.verify_bundle(cut, earlier=kept).verified
    assert not verify.verify_bundle(cut, checkpoints=kept / "checkpoints.jsonl").verified


def test_a_longer_log_agrees_with_the_one_kept_before(tmp_path: Path) -> None:
    longer = write_bundle(tmp_path / "longer")
    kept = tmp_path / "kept"
    kept.mkdir()
    for name, lines in (("entries.jsonl", 10), ("leaves.txt", 10), ("checkpoints.jsonl", 3)):
        content = (longer / name).read_bytes().splitlines(keepends=True)
        (kept / name).write_bytes(b"".join(content[:lines]))
    report = verify.verify_bundle(
        longer, earlier=kept, checkpoints=kept / "checkpoints.jsonl", key=SIGNER.verifier.key
    )
    assert report.verified


@pytest.mark.parametrize("name", ["log.json", "entries.jsonl", "leaves.txt", "checkpoints.jsonl"])
def test_a_missing_file_is_said(tmp_path: Path, name: str) -> None:
    (write_bundle(tmp_path) / name).unlink()
    with pytest.raises(verify.UnreadableError, match=name):
        verify.verify_bundle(tmp_path)


def test_the_verifier_stands_alone() -> None:
    names = set()
    for node in ast.walk(ast.parse(VERIFIER.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    assert names <= sys.stdlib_module_names | {"cryptography"}


def test_the_verifier_runs_as_a_program_without_our_packages(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "log")
    copy = tmp_path / "verify.py"
    copy.write_bytes(VERIFIER.read_bytes())

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(copy), *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    good = run(str(folder), "--key", SIGNER.verifier.key)
    assert (good.returncode, good.stdout) == (0, "The log verifies: 16 entries, 4 checkpoints.\n")
    entries(flip(7, 60))(folder)
    bad = run(str(folder))
    assert bad.returncode == 1
    assert bad.stdout.startswith("entry 7: altered")
    assert run(str(tmp_path / "nowhere")).returncode == 2


def test_the_verifier_agrees_with_the_tree_at_every_size() -> None:
    leaves = [sha256(bytes((number,))).digest() for number in range(70)]
    edge = verify.Edge()
    for size, leaf in enumerate(leaves, start=1):
        edge.add(leaf)
        assert edge.root() == root(leaves[:size])
    for old in range(71):
        frontier = Frontier().extended(leaves[:old])
        edge = verify.Edge(frontier.size, frontier.hashes)
        for leaf in leaves[old:]:
            edge.add(leaf)
        assert edge.root() == root(leaves)
        before, after = verify.Signed(old, frontier.root()), verify.Signed(70, edge.root())
        proof = consistency_proof(frontier, leaves[old:])
        assert verify.consistent(before, after, proof)
        if 0 < old < 70:
            assert not verify.consistent(before._replace(root=leaves[0]), after, proof) or old == 1
            assert not verify.consistent(before, after._replace(root=leaves[0]), proof)
            assert not verify.consistent(before, after, proof[:-1])
            assert not verify.consistent(before, after, (*proof, leaves[0]))


def test_the_verifier_takes_every_inclusion_proof_and_no_forged_one() -> None:
    leaves = [sha256(bytes((number,))).digest() for number in range(40)]
    for size in range(1, 41):
        signed = verify.Signed(size, root(leaves[:size]))
        for index in range(size):
            proof = inclusion_proof(leaves[:size], index)
            assert verify.included(leaves[index], index, signed, proof)
            assert not verify.included(leaves[index], index + 1, signed, proof)
            assert not verify.included(leaves[index - 1], index, signed, proof) or size == 1
            assert not verify.included(leaves[index], index, signed, (*proof, leaves[0]))
            assert not verify.included(leaves[index], index, signed, proof[:-1]) or not proof


@pytest.mark.attack("S-51")
@pytest.mark.control("R17")
def test_two_histories_told_to_two_customers_have_no_proof_between_them() -> None:
    """The same log forked after entry 6: each branch is rightly signed, and neither continues."""
    common = [sha256(bytes((number,))).digest() for number in range(6)]
    told = [common + [sha256(bytes((branch, n))).digest() for n in range(9)] for branch in (1, 2)]
    first, second = told
    key = SIGNER.verifier.key
    for old_size, new_size in ((8, 15), (7, 9), (15, 15)):
        old = SIGNER.sign(PRACTICE, old_size, root(first[:old_size])).note
        new = SIGNER.sign(PRACTICE, new_size, root(second[:new_size])).note
        for basis in (first, second):
            steps = consistency_proof(
                Frontier().extended(basis[:old_size]), second[old_size:new_size]
            )
            texts = [base64.b64encode(step).decode() for step in steps]
            proof = json.dumps({"old": old, "new": new, "proof": texts}).encode()
            assert not verify.verify_growth(proof, key).verified
    honest = SIGNER.sign(PRACTICE, 6, root(common)).note
    for history in told:
        new = SIGNER.sign(PRACTICE, 15, root(history)).note
        steps = consistency_proof(Frontier().extended(common), history[6:])
        texts = [base64.b64encode(step).decode() for step in steps]
        proof = json.dumps({"old": honest, "new": new, "proof": texts}).encode()
        assert verify.verify_growth(proof, key).verified


def test_a_stored_edge_that_does_not_fit_is_refused() -> None:
    with pytest.raises(verify.UnreadableError):
        verify.Edge(3, (b"x" * 32,))


def test_an_exported_log_verifies_offline(
    database: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    events = database.record(practice, 30)
    database.sequence(tmp_path / "checkpoints", batch_events=20)
    database.record(practice, 5, start=30)
    folder = tmp_path / "bundle"
    with database.tenant(practice) as connection:
        assert export(connection, practice, folder, SIGNER.verifier) == 30
    report = verify.verify_bundle(
        folder,
        key=SIGNER.verifier.key,
        checkpoints=tmp_path / "checkpoints" / f"{practice}.checkpoints",
    )
    assert report == verify.Report(30, 2, ())
    lines = (folder / "entries.jsonl").read_bytes().splitlines()
    assert lines == [event_line(event) for event in events]


def test_a_folder_that_cannot_be_written_is_said(
    database: LogDatabase, practice: UUID, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with database.tenant(practice) as connection, pytest.raises(UnavailableError, match="folder"):
        export(connection, practice, tmp_path / "file" / "below", SIGNER.verifier)
