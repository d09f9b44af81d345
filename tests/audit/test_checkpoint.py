"""Signed checkpoints, in the form other people's tools read."""

from __future__ import annotations

import base64
from collections.abc import Callable
from uuid import UUID

import pytest

from audit.checkpoint import CheckpointSigner, CheckpointVerifier
from audit.verify import Signed, open_note
from core.errors import AuditLogError

PRACTICE = UUID("018f0000-0000-7000-8000-000000000001")
ROOT = bytes(range(32))
SIGNER = CheckpointSigner("claimwright/abc", bytes(32))
CHECKPOINT = SIGNER.sign(PRACTICE, 7, ROOT)


def test_a_checkpoint_is_a_signed_note_of_three_lines() -> None:
    lines = CHECKPOINT.note.split("\n")
    assert lines[:4] == [
        f"claimwright/abc/audit/{PRACTICE}",
        "7",
        base64.b64encode(ROOT).decode(),
        "",
    ]
    assert lines[4].startswith("\u2014 claimwright/abc ")
    assert lines[5:] == [""]
    assert len(base64.b64decode(lines[4].split(" ")[2])) == 4 + 64


def test_a_checkpoint_opens_with_its_key() -> None:
    verifier = CheckpointVerifier(SIGNER.verifier.key)
    assert verifier.open(CHECKPOINT.note, PRACTICE) == CHECKPOINT
    found = open_note(CHECKPOINT.note, verifier.key, verifier.origin(PRACTICE))
    assert found == Signed(7, ROOT)


def test_the_key_id_is_the_one_the_form_prescribes() -> None:
    """The public key of a well-known log, with the id that it is published with."""
    CheckpointVerifier("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")


def test_a_second_signature_by_somebody_else_does_no_harm() -> None:
    witness = CheckpointSigner("witness.example", b"w" * 32).sign(PRACTICE, 7, ROOT)
    note = CHECKPOINT.note + witness.note.split("\n")[4] + "\n"
    assert SIGNER.verifier.open(note, PRACTICE).root == ROOT


def _resigned(text: str) -> str:
    """A note over any text, rightly signed: the form alone is wrong."""
    key = SIGNER._key
    raw = SIGNER._key_id + key.sign(text.encode())
    return f"{text}\n\u2014 {SIGNER.verifier.name} {base64.b64encode(raw).decode()}\n"


ORIGIN = SIGNER.verifier.origin(PRACTICE)
ROOT_TEXT = base64.b64encode(ROOT).decode()

WRONG: dict[str, Callable[[str], str]] = {
    "nothing": lambda note: "",
    "no signature": lambda note: note.split("\n\n")[0] + "\n\n",
    "another size": lambda note: note.replace("\n7\n", "\n6\n"),
    "another root": lambda note: note.replace(ROOT_TEXT, base64.b64encode(bytes(32)).decode()),
    "another name": lambda note: note.replace("\u2014 claimwright/abc", "\u2014 claimwright/abd"),
    "a cut signature": lambda note: note[:-3] + "\n",
    "signature that is no base64": lambda note: note[:-3] + "**\n",
    "another dash": lambda note: note.replace("\u2014", "-"),
    "an added line": lambda note: _resigned(f"{ORIGIN}\n7\n{ROOT_TEXT}\nmore\n"),
    "a size with a zero in front": lambda note: _resigned(f"{ORIGIN}\n07\n{ROOT_TEXT}\n"),
    "a negative size": lambda note: _resigned(f"{ORIGIN}\n-7\n{ROOT_TEXT}\n"),
    "a short root": lambda note: _resigned(f"{ORIGIN}\n7\nAAAA\n"),
    "a root that is no base64": lambda note: _resigned(f"{ORIGIN}\n7\n*\n"),
    "another origin": lambda note: _resigned(f"{ORIGIN}x\n7\n{ROOT_TEXT}\n"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_note_does_not_open(case: str) -> None:
    with pytest.raises(AuditLogError):
        SIGNER.verifier.open(WRONG[case](CHECKPOINT.note), PRACTICE)


@pytest.mark.parametrize("case", WRONG)
def test_the_offline_verifier_agrees(case: str) -> None:
    assert open_note(WRONG[case](CHECKPOINT.note), SIGNER.verifier.key, ORIGIN) is None


def test_a_checkpoint_of_another_practice_does_not_open() -> None:
    with pytest.raises(AuditLogError):
        SIGNER.verifier.open(CHECKPOINT.note, UUID(int=1))


def test_a_checkpoint_of_another_key_with_the_same_name_does_not_open() -> None:
    other = CheckpointSigner("claimwright/abc", b"\x01" * 32)
    with pytest.raises(AuditLogError):
        other.verifier.open(CHECKPOINT.note, PRACTICE)


@pytest.mark.parametrize(
    "key",
    ["", "name", "name+00000000+AQ==", SIGNER.verifier.key + "A", "x" + SIGNER.verifier.key],
)
def test_a_damaged_public_key_is_refused(key: str) -> None:
    with pytest.raises(AuditLogError):
        CheckpointVerifier(key)


@pytest.mark.parametrize("name", ["", "two words", "plus+sign", "line\nbreak", "-dash"])
def test_a_name_that_would_break_the_form_is_refused(name: str) -> None:
    with pytest.raises(AuditLogError):
        CheckpointSigner(name, bytes(32))
