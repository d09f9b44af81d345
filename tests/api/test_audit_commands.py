"""``claimwright audit``: what it writes, the offline verifier checks alone."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from audit import verify
from audit.checkpoint import CheckpointSigner
from tenants.postgres import DatabaseUrls
from tests.api.command_line import CommandLine, command_line
from tests.core.intake.charge_rows import ROW, text_of


@pytest.fixture
def river(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    made = command_line(database, tmp_path / "home", monkeypatch, capsys)
    made.found()
    charges = tmp_path / "charges.csv"
    charges.write_text(text_of([ROW]))
    made("intake", "charges", charges, "--practice=river")
    return made


def offline(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The verifier as a practice runs it: its one file, isolated from our packages."""
    command = [sys.executable, "-I", verify.__file__, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.control("R17")
@pytest.mark.attack("S-51")
def test_an_exported_log_its_proofs_and_its_growth_check_out_without_us(
    river: CommandLine, tmp_path: Path
) -> None:
    key = river("audit", "key").out.strip()
    folder = tmp_path / "log"
    told = river("audit", "export", folder, "--practice=river", "--json").json[0]
    good = offline(folder, "--key", key, "--json")
    assert (good.returncode, json.loads(good.stdout)["entries"]) == (0, told["entries"])
    entries = [json.loads(one) for one in (folder / "entries.jsonl").read_text().splitlines()]
    chosen = entries[len(entries) // 2]

    proof = tmp_path / "event.tlog-proof"
    assert river("audit", "proof", "--practice=river", f"--event={chosen['id']}",
                 f"--out={proof}").status == 0  # fmt: skip
    shown = offline(proof, "--key", key)
    assert shown.returncode == 0
    assert f"The proof verifies: {chosen['kind']} at {chosen['at']}" in shown.stdout
    assert offline(proof).returncode == 2, "a proof carries no key"

    growth = tmp_path / "growth.json"
    kept = folder / "checkpoints.jsonl"
    assert river("audit", "consistency", "--practice=river", f"--from={kept}",
                 f"--out={growth}").status == 0  # fmt: skip
    assert offline(growth, "--key", key).returncode == 0
    found = json.loads(growth.read_text())
    newer = verify.open_note(found["new"], key, entries_origin(folder))
    assert newer is not None
    assert newer.size > told["entries"]


def entries_origin(folder: Path) -> str:
    return str(json.loads((folder / "log.json").read_text())["origin"])


@pytest.mark.attack("S-47")
@pytest.mark.control("R17")
def test_no_byte_of_a_proof_can_be_changed(river: CommandLine, tmp_path: Path) -> None:
    key = river("audit", "key").out.strip()
    folder = tmp_path / "log"
    river("audit", "export", folder, "--practice=river")
    entry = json.loads((folder / "entries.jsonl").read_text().splitlines()[1])
    proof = river("audit", "proof", "--practice=river", f"--event={entry['id']}").out
    assert verify.verify_entry(proof, key)[0].verified
    for place, sign in enumerate(proof):
        # The last signs of a base64 text hold bits that mean nothing, and a trailing line end.
        other = "B" if sign != "B" else "C"
        forged = proof[:place] + other + proof[place + 1 :]
        try:
            assert not verify.verify_entry(forged, key)[0].verified or same(proof, forged), place
        except verify.UnreadableError:
            continue


def same(one: str, other: str) -> bool:
    """Whether two proofs say the same bytes: base64 has several spellings of a last sign."""
    return _said(one) == _said(other)


def _said(proof: str) -> list[bytes]:
    words = [word for row in proof.split("\n") for word in row.split(" ")]
    return [base64.b64decode(word + "===") if "=" in word else word.encode() for word in words]


@pytest.mark.attack("S-51")
def test_a_checkpoint_of_another_history_has_no_proof(river: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    river("audit", "export", folder, "--practice=river")
    forged = tmp_path / "forged.note"
    forged.write_text(
        CheckpointSigner("elsewhere", b"e" * 32).sign(_tenant(folder), 2, b"x" * 32).note
    )
    refused = river("audit", "consistency", "--practice=river", f"--from={forged}")
    assert refused.status == 2
    assert "no valid signature" in refused.err


def _tenant(folder: Path) -> UUID:
    return UUID(entries_origin(folder).rpartition("/")[2])


@pytest.mark.control("R17")
def test_the_log_in_place_verifies_and_every_change_is_accounted_for(river: CommandLine) -> None:
    verified = river("audit", "verify", "--json")
    assert (verified.status, verified.json[0]["verified"]) == (0, True)
    reconciled = river("audit", "reconcile", "--json")
    assert (reconciled.status, reconciled.json[0]["accounted"]) == (0, True)


def test_an_event_that_is_not_there_has_no_proof(river: CommandLine) -> None:
    nobodys = "--event=11111111-2222-4333-8444-555555555555"
    refused = river("audit", "proof", "--practice=river", nobodys)
    assert refused.status == 2
    assert "no such event" in refused.err


@pytest.mark.control("R22", "R6")
def test_an_accounting_and_who_was_affected_are_commands_too(river: CommandLine) -> None:
    told = river(
        "audit", "disclosures", "--practice=river", f"--patient={ROW['patient_number']}", "--json"
    )
    assert told.status == 0
    assert told.json[0]["disclosures"] == []
    nobody = river("audit", "disclosures", "--practice=river", "--patient=nobody")
    assert (nobody.status, "no patient" in nobody.err) == (2, True)
    stranger = river(
        "audit", "affected", "--actor=x@example.org", "--from=2026-01-01", "--to=2026-02-01"
    )
    assert (stranger.status, "no account" in stranger.err) == (2, True)
