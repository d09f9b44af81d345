"""``claimwright x12 ...``: what it prints, how it ends, and that it never holds a whole file."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.x12.acknowledgements import read_999, read_ta1
from core.x12.check import check
from core.x12.claim_status import read_277ca
from tests.api.command_line import CommandLine
from tests.core.x12.x12_samples import MUTANTS, made, needs_shared

REPOSITORY = Path(__file__).parents[2]
CANARY = "QUILLFEATHERSTONE"
ERROR_FIELDS = [
    "snip", "severity", "segment", "segment_id", "loop", "element", "component", "code", "message",
]  # fmt: skip


@pytest.fixture
def claimwright(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys, tmp_path)


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def give(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """``data`` on standard input."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


@needs_shared
def test_check_prints_one_object_a_file_with_all_nine_fields_of_an_error(
    claimwright: CommandLine, tmp_path: Path
) -> None:
    good = put(tmp_path, "good.x12", made("837P", 2))
    bad = put(tmp_path, "bad.x12", made("837P", 2).replace(b"*UN*", b"*QQ*", 1))
    ran = claimwright("x12", "check", good, bad)
    assert ran.status == 1
    first, second = ran.json
    assert first["file"] == str(good)
    assert first["transactions"][0]["status"] == "accepted"
    [error] = second["transactions"][0]["errors"]
    assert list(error) == ERROR_FIELDS
    assert claimwright("x12", "check", good).status == 0


@needs_shared
def test_what_cannot_be_opened_ends_with_two_and_the_others_are_checked(
    claimwright: CommandLine, tmp_path: Path
) -> None:
    good = put(tmp_path, "good.x12", made("837P", 1))
    closed = put(tmp_path, "closed.x12", b"ISA")
    closed.chmod(0)
    refused = [tmp_path, tmp_path / "missing.x12"]
    if os.geteuid():
        refused.append(closed)
    ran = claimwright("x12", "check", *refused, good)
    assert ran.status == 2
    assert [one["file"] for one in ran.json] == [str(good)]
    assert ran.err.count("cannot be opened") == len(refused)


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00" * 500, CANARY.encode() * 99])
def test_a_file_that_is_not_x12_has_an_envelope_error_and_ends_with_one(
    claimwright: CommandLine, tmp_path: Path, data: bytes
) -> None:
    ran = claimwright("x12", "check", put(tmp_path, "some.txt", data))
    assert ran.status == 1
    [told] = ran.json
    [error] = told["errors"]
    assert (told["interchanges"], told["transactions"]) == (0, [])
    assert (list(error), error["code"]) == (ERROR_FIELDS, "not-x12")
    assert CANARY not in ran.out + ran.err


@needs_shared
def test_text_says_file_segment_place_and_sentence_and_sums_up(
    claimwright: CommandLine, tmp_path: Path
) -> None:
    path = put(tmp_path, "bad.x12", made("837P", 2).replace(b"*UN*", b"*QQ*", 1))
    ran = claimwright("x12", "check", "--text", path)
    error, summary = ran.out.splitlines()
    assert error == (
        "bad.x12:34: SV1 element 3 in loop 2400: unit is none of MJ, UN [SNIP 2, code-value]"
    )
    assert summary.startswith("bad.x12: transaction 0001 (837P): rejected, 2 claims, 1 error")
    assert ran.status == 1


@needs_shared
@pytest.mark.parametrize("action", ["check", "show", "json"])
def test_a_file_may_come_from_standard_input(
    claimwright: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    data = made("835", 2)
    named = claimwright("x12", action, put(tmp_path, "named.x12", data))
    give(monkeypatch, data)
    ran = claimwright("x12", action, "-")
    assert ran.status == 0
    assert ran.out.replace('"file":"-"', "") == named.out.replace(
        f'"file":"{tmp_path}/named.x12"', ""
    )


@needs_shared
@pytest.mark.parametrize("action", ["show", "json"])
def test_a_damaged_file_is_shown_up_to_the_fault(
    claimwright: CommandLine, tmp_path: Path, action: str
) -> None:
    data = made("837P", 2)
    whole = claimwright("x12", action, put(tmp_path, "whole.x12", data)).out.splitlines()
    cut = data[: data.index(b"CLM*") + 5]
    ran = claimwright("x12", action, put(tmp_path, "cut.x12", cut))
    assert ran.status == 1
    assert ran.out.splitlines() == whole[: len(ran.out.splitlines())]
    assert ran.out.count("\n") > 20
    assert "cut.x12: segment 24: the file breaks off" in ran.err


@needs_shared
def test_a_reader_that_stops_early_is_no_trouble(tmp_path: Path) -> None:
    path = put(tmp_path, "long.x12", made("837P", 2000))
    command = f"{sys.executable} -m api.cli x12 show {path} | head -n 3"
    ran = subprocess.run(
        ["/bin/sh", "-c", command], cwd=REPOSITORY, capture_output=True, check=False
    )
    assert ran.stdout.count(b"\n") == 3
    assert ran.stderr == b""


@needs_shared
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    script = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'api.cli', 'x12', *sys.argv[1:]],"
        " stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )

    def peak_kilobytes(action: str, claims: int) -> int:
        path = put(tmp_path, f"{claims}.x12", made("837P", claims))
        ran = subprocess.run(
            [sys.executable, "-c", script, action, str(path)],
            cwd=REPOSITORY, capture_output=True, check=True,
        )  # fmt: skip
        return int(ran.stdout)

    for action in ("check", "ack"):
        small, large = peak_kilobytes(action, 200), peak_kilobytes(action, 5000)
        assert large < small + 6_000, action
        assert large < 80_000, action


def test_starting_the_x12_commands_loads_no_database() -> None:
    script = (
        "import sys; from api import cli; cli.parser();"
        "assert not {'sqlalchemy', 'psycopg', 'cryptography'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, check=True)


@needs_shared
def test_ack_writes_the_answers_asked_for_into_files_with_plain_names(
    claimwright: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "answers"
    for name in ("a b;c.x12", "a-b-c.x12"):
        data = made("837P", 3).replace(b"*UN*", b"*QQ*", 1)
        ran = claimwright(
            "x12", "ack", "--ta1", "--999", "--277ca", "--out", folder, put(tmp_path, name, data)
        )
        assert ran.status == 0
    names = ["a-b-c.277CA.x12", "a-b-c.999.x12", "a-b-c.TA1.x12"]
    assert sorted(path.name for path in folder.iterdir()) == names
    [answer] = read_999((folder / names[1]).read_bytes())
    assert answer.group.status == "R"
    assert (answer.sender_id, answer.receiver_id) == ("RECEIVER01", "SUBMITTER01")
    [ta1] = read_ta1((folder / names[2]).read_bytes())
    assert (ta1.code, ta1.note) == ("A", "000")
    [report] = read_277ca((folder / names[0]).read_bytes())
    assert len(report.claims) == 3


@needs_shared
def test_two_files_of_one_name_get_answers_of_their_own(
    claimwright: CommandLine, tmp_path: Path
) -> None:
    paths = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        paths.append(put(tmp_path / folder, "same.x12", made("837P", 1)))
    out = tmp_path / "out"
    assert claimwright("x12", "ack", "--999", "--out", out, *paths).status == 0
    assert sorted(path.name for path in out.iterdir()) == ["same-2.999.x12", "same.999.x12"]


@needs_shared
def test_ack_answers_each_interchange_to_its_own_sender(
    claimwright: CommandLine, tmp_path: Path
) -> None:
    other = made("835", 1).replace(b"PAYER01  ", b"PAYER02  ")
    path = put(tmp_path, "both.x12", made("837P", 1) + other)
    ran = claimwright("x12", "ack", path)
    answers = [read_999(line.encode()) for line in ran.out.split("\n") if "GS*" in line]
    assert [one.receiver_id for found in answers for one in found] == ["SUBMITTER01", "PAYER02"]


@needs_shared
def test_the_277ca_can_answer_standard_input(
    claimwright: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, made("837D", 2))
    ran = claimwright("x12", "ack", "--277ca", "-")
    assert ran.status == 0
    [report] = read_277ca(ran.out.encode())
    assert [claim.accepted for claim in report.claims] == [True, True]


@needs_shared
def test_ack_says_what_it_cannot_answer(claimwright: CommandLine, tmp_path: Path) -> None:
    for name, data, words in (
        ("text.x12", b"hello", "no interchange to answer"),
        ("pay.x12", made("835", 1), "nothing in it"),
        ("ack.x12", made("999", 1), "nothing in it"),
    ):
        ran = claimwright("x12", "ack", "--277ca", put(tmp_path, name, data))
        assert (ran.status, ran.out) == (1, "")
        assert words in ran.err
    assert claimwright("x12", "ack", tmp_path / "missing.x12").status == 2


@needs_shared
@pytest.mark.parametrize("marks", ["*~:^", "|'>!", "*\n:^"])
def test_every_answer_written_is_itself_clean(
    claimwright: CommandLine, tmp_path: Path, marks: str
) -> None:
    path = put(tmp_path, "in.x12", made("837I", 3, "--delims", marks))
    out = tmp_path / "out"
    ran = claimwright("x12", "ack", "--ta1", "--999", "--277ca", "--out", out, path)
    assert ran.status == 0
    written = [path.read_bytes() for path in out.iterdir()]
    assert len(written) == 3
    assert not any(check(data).has_errors for data in written)


@needs_shared
def test_explain_says_each_answer_in_sentences(claimwright: CommandLine, tmp_path: Path) -> None:
    path = put(tmp_path, "in.x12", (MUTANTS / "837P__22-bad-qualifier.x12").read_bytes())
    out = tmp_path / "out"
    claimwright("x12", "ack", "--ta1", "--999", "--277ca", "--out", out, path)
    files = sorted(out.iterdir())
    ran = claimwright("x12", "explain", *files)
    assert ran.status == 0
    assert "Transaction 0001, segment 8 (NM1 in loop 2010), element 8" in ran.out
    assert "Claim C00000001 over $498.87 was turned away" in ran.out
    assert "Correct the NPI" in ran.out
    assert "Interchange 000000001 was accepted." in ran.out
    told = claimwright("x12", "explain", "--json", *files).json
    assert [one["kind"] for one in told] == ["277CA", "999", "TA1"]
    assert all(one["sentences"] and one["file"] for one in told)
    for name in (b"SMITH", b"PATEL", b"TINA"):
        assert name in path.read_bytes() or name == b"SMITH"
        assert name.decode() not in ran.out


@needs_shared
def test_explain_of_something_else_ends_with_one(claimwright: CommandLine, tmp_path: Path) -> None:
    for data in (made("837P", 1), b"hello", made("999", 1)[:-30]):
        ran = claimwright("x12", "explain", put(tmp_path, "some.x12", data))
        assert ran.status == 1
        assert ran.err.startswith("claimwright: some.x12: ")


@needs_shared
def test_claims_are_printed_one_a_line_and_a_file_that_breaks_off_ends_with_one(
    claimwright: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = made("837P", 3)
    ran = claimwright("x12", "json", "--by", "claim", put(tmp_path, "claims.x12", data))
    assert ran.status == 0
    assert [one["segment"] for one in ran.json] == sorted(one["segment"] for one in ran.json)
    assert len(ran.json) == 3
    give(monkeypatch, data)
    assert claimwright("x12", "json", "--by", "claim", "-").out == ran.out
    broken = claimwright("x12", "json", "--by", "claim", put(tmp_path, "b.x12", data[:-90]))
    assert broken.status == 1
    assert broken.err.startswith("claimwright: b.x12: ")


@needs_shared
def test_diff_ends_with_zero_one_or_two(claimwright: CommandLine, tmp_path: Path) -> None:
    data = made("837P", 3)
    a = put(tmp_path, "a.x12", data)
    same = put(tmp_path, "same.x12", made("837P", 3, "--delims", "|'>!", "--crlf"))
    other = put(tmp_path, "other.x12", data.replace(b"*UN*1*", b"*UN*5*", 1))
    ran = claimwright("x12", "diff", a, same)
    assert (ran.status, ran.out) == (0, "")
    ran = claimwright("x12", "diff", a, other)
    assert ran.status == 1
    [text] = ran.out.splitlines()
    assert "SV1 service" in text
    assert "units (4): 1 -> 5" in text
    [told] = claimwright("x12", "diff", "--json", a, other).json
    assert told["elements"] == [
        {"element": 4, "component": 0, "name": "units", "old": "1", "new": "5"}
    ]
    assert told["a"] == told["b"] > 0
    for wrong in (tmp_path / "missing.x12", tmp_path, put(tmp_path, "cut.x12", data[:-40])):
        ran = claimwright("x12", "diff", a, wrong)
        assert ran.status == 2
        assert ran.err


@needs_shared
def test_diff_passes_over_the_envelope_when_asked(claimwright: CommandLine, tmp_path: Path) -> None:
    data = made("837P", 2)
    again = data.replace(b"*000000001*0*", b"*000000077*0*").replace(
        b"*1*000000001~", b"*1*000000077~"
    )
    again = again.replace(b"*B0000001*", b"*B0000009*")
    a, b = put(tmp_path, "a.x12", data), put(tmp_path, "b.x12", again)
    ran = claimwright("x12", "diff", a, b)
    assert ran.status == 1
    assert {text.split()[0] for text in ran.out.splitlines()} == {"ISA", "BHT", "IEA"}
    assert claimwright("x12", "diff", "--ignore-envelope", a, b).status == 0


def test_json_lines_are_json(claimwright: CommandLine, tmp_path: Path) -> None:
    isa = "ISA*00*          *00*          *ZZ*S              *ZZ*R              *261121*1200*^"
    data = (isa + "*00501*000000001*0*P*:~IEA*0*000000001~").encode()
    ran = claimwright("x12", "json", put(tmp_path, "a.x12", data))
    assert [json.loads(text)["id"] for text in ran.out.splitlines()] == ["ISA", "IEA"]


@needs_shared
@pytest.mark.parametrize("terminal", [True, False])
def test_a_long_file_shows_how_far_it_is_on_a_terminal_only(
    claimwright: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    path = put(tmp_path, "long.x12", made("837P", 1500))
    monkeypatch.setattr("api.commands.files._SHOW_EVERY_BYTES", 1 << 19)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    ran = claimwright("x12", "check", path)
    assert len(ran.json) == 1
    assert ("long.x12: 0 MB read" in ran.err) == terminal
    assert ran.err.endswith("\x1b[K") == terminal


def test_the_version_is_told(claimwright: CommandLine) -> None:
    ran = claimwright("--version")
    assert (ran.status, ran.out.strip()) == (0, metadata.version("claimwright"))
