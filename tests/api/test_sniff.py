"""What a file is, by its bytes; and the program that looks at it."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.scan import scan
from api.settings import read
from api.sniff import FileKind, sniff
from core.errors import InputError, SetupError, UnavailableError
from tests.core.intake.charge_rows import ROW, text_of


def test_the_two_kinds_are_told_with_marks_and_blanks_before_them() -> None:
    for before in (b"", b"\xef\xbb\xbf", b"\r\n ", b"\xef\xbb\xbf\r\n"):
        assert sniff(before + b"ISA*00*") is FileKind.X12
        assert sniff(before + text_of([ROW]).encode()) is FileKind.CHARGES


@given(st.binary(max_size=300))
def test_any_bytes_are_one_kind_or_refused_in_a_sentence(data: bytes) -> None:
    with suppress(InputError):
        assert sniff(data) is FileKind.X12 or b"\x00" not in data


def program(folder: Path, script: str) -> str:
    path = folder / "scan"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return str(path)


def test_a_scan_that_does_not_end_is_ended_with_all_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "later"
    command = (program(tmp_path, f"(sleep 0.4; touch {mark}) & sleep 30"),)
    began = time.monotonic()
    with pytest.raises(UnavailableError):
        scan(command, b"x" * 1_000_000, seconds=0.1)
    assert time.monotonic() - began < 5
    time.sleep(0.5)
    assert not mark.exists()


def test_a_scan_may_stop_reading_and_gets_its_arguments(tmp_path: Path) -> None:
    command = (program(tmp_path, 'exec 0<&-; [ "$1" = "--deep" ]'), "--deep")
    scan(command, b"x" * 5_000_000)
    with pytest.raises(InputError):
        scan(command[:1], b"x" * 5_000_000)
    scan((), b"nobody looks")


@pytest.mark.parametrize(
    "words", ["clamdscan -", "./scan", "/no/such/program", "/etc/passwd", "'/bin/cat", "/usr"]
)
def test_a_scan_command_that_cannot_run_stops_the_start(words: str) -> None:
    with pytest.raises(SetupError):
        read({"HOME": "/nonexistent", "CLAIMWRIGHT_SCAN_COMMAND": words})


def test_a_scan_command_is_a_program_and_its_arguments() -> None:
    given_words = {"HOME": "/nonexistent", "CLAIMWRIGHT_SCAN_COMMAND": "/bin/cat -n 'a b'"}
    assert read(given_words).scan_command == ("/bin/cat", "-n", "a b")
