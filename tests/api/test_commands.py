"""The commands: what they print, how they end, and one sentence when something is not there."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from core.claims.claim import Claim
from core.claims.parties import Name
from core.x12.acknowledgements import read_999
from tenants.keyring import LocalKeyring
from tenants.postgres import DatabaseUrls
from tests.api.command_line import PRACTICE, CommandLine, command_line
from tests.core.intake.charge_rows import ROW, SECOND, text_of
from tests.core.usecases.office import TODAY, check, era, file_of, made, paid

AS_OF = f"--as-of={TODAY}"
CANARY = "QUILLFEATHERSTONE"


@pytest.fixture
def claimwright(
    database: DatabaseUrls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    return command_line(database, tmp_path / "home", monkeypatch, capsys)


@pytest.fixture
def river(claimwright: CommandLine) -> CommandLine:
    claimwright.found()
    return claimwright


def put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def own_claims(count: int) -> list[Claim]:
    """Claims of the billing provider the practice was founded with."""
    claims = made(count)
    return [replace(claim, billing=replace(claim.billing, npi="1234567893")) for claim in claims]


def test_practices_are_founded_and_listed(claimwright: CommandLine) -> None:
    claimwright.found("river")
    ran = claimwright("practice", "create", "brook", "--json", *PRACTICE)
    [made_practice] = ran.json
    assert (ran.status, made_practice["slug"], made_practice["number"]) == (0, "brook", 2)
    listed = claimwright("practice", "list", "--json").json[0]["practices"]
    assert [one["slug"] for one in listed] == ["river", "brook"]
    assert "river" in claimwright("practice", "list").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("river",), "already"),
        (("River",), "small letters"),
        (("9lives",), "small letters"),
        (("a b",), "small letters"),
        (("new", "--plugin=astrology"), "astrology"),
        (("new", "--submitter-id=WAY-TOO-LONG-FOR-AN-ISA06"), "submitter id"),
        (("new", "--submitter-id=CW000001"), "another practice"),
        (("new", "--billing-npi=1234567890"), "NPI"),
        (("new", "--billing-npi=1234567893", "--billing-tax-id=12"), "nine digits"),
    ],
)
def test_a_practice_that_cannot_be_is_refused_in_a_sentence(
    river: CommandLine, arguments: tuple[str, ...], words: str
) -> None:
    ran = river("practice", "create", *arguments)
    assert ran.status == 2
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert len(river("practice", "list", "--json").json[0]["practices"]) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("claims", "submit", "--practice=nowhere"),
        ("claims", "receive", "--practice=nowhere"),
        ("intake", "837", "FILE", "--practice=nowhere"),
        ("intake", "charges", "FILE", "--practice=nowhere"),
        ("era", "post", "FILE", "--practice=nowhere"),
        ("statements", "issue", "--practice=nowhere"),
        ("provider", "confirm", "--practice=nowhere"),
    ],
)
def test_a_practice_nobody_founded_is_said(
    river: CommandLine, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    path = put(tmp_path, "some.x12", "ISA")
    ran = river(*(str(path) if one == "FILE" else one for one in arguments))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "claimwright: there is no practice nowhere; see: claimwright practice list\n"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("charge",),
        ("claims",),
        ("claims", "submit"),
        ("claims", "submit", "--practice=river", "--as-of=2026-02-30"),
        ("intake", "837", "--practice=river"),
        ("x12", "check"),
    ],
)
def test_wrong_use_ends_with_two(claimwright: CommandLine, arguments: tuple[str, ...]) -> None:
    ran = claimwright(*arguments)
    assert ran.status == 2
    assert ran.out == ""
    assert "claimwright" in ran.err


def test_a_charge_file_goes_in_with_its_refusals_and_only_once(
    river: CommandLine, tmp_path: Path
) -> None:
    bad = {**ROW, "visit_id": "V9", "birth_date": "1981-02-30", "last_name": CANARY}
    path = put(tmp_path, "charges.csv", text_of([ROW, SECOND, bad]))
    ran = river("intake", "charges", path, "--practice=river", "--json")
    [told] = ran.json
    assert ran.status == 1
    assert (told["records"], told["taken"], told["refused"], told["difference"]) == (3, 2, 1, 0)
    [refusal] = told["refusals"]
    assert (refusal["position"], "birth_date" in refusal["reason"]) == (4, True)
    again = river("intake", "charges", path, "--practice=river")
    assert (again.status, "taken before" in again.out) == (0, True)
    plain = put(tmp_path, "more.csv", text_of([{**ROW, "visit_id": "V3"}, bad]))
    shown = river("intake", "charges", plain, "--practice=river")
    assert "2 rows in = 1 taken (1 charges) + 0 repeated + 1 refused; difference 0" in shown.out
    assert "line 3: column birth_date" in shown.out
    assert CANARY not in ran.out + ran.err + shown.out + shown.err


def test_a_sign_that_ends_a_line_elsewhere_ends_no_row_here(
    river: CommandLine, tmp_path: Path
) -> None:
    rows = [{**ROW, "last_name": "O\u2028Hara"}, {**ROW, "visit_id": "V2"}]
    path = put(tmp_path, "charges.csv", text_of(rows))
    [told] = river("intake", "charges", path, "--practice=river", "--json").json
    assert (told["records"], told["taken"], told["refused"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "missing"),
        (b"Quillfeatherstone,Odette\n", "no column"),
        (text_of([ROW]).encode() + b'"V2,P1\n', "quotes"),
        (text_of([ROW]).encode() + b"V\xff2,P1\n", "line 3"),
        (text_of([ROW]).encode("utf-16"), "UTF-8"),
    ],
)
def test_a_charge_file_that_is_none_is_refused_whole(
    river: CommandLine, tmp_path: Path, data: bytes, words: str
) -> None:
    ran = river("intake", "charges", put(tmp_path, "c.csv", data), "--practice=river", "--json")
    assert ran.status == 1
    assert words in ran.json[0]["refused_whole"]
    assert "uillfeather" not in ran.out
    assert ran.err == ""


def test_files_that_cannot_be_opened_are_named_and_the_others_go_in(
    river: CommandLine, tmp_path: Path
) -> None:
    good = put(tmp_path, "good.x12", file_of(made(2)))
    missing = tmp_path / "missing.x12"
    ran = river("intake", "837", missing, good, tmp_path, "--practice=river", "--json")
    assert ran.status == 1
    first, second, third = ran.json
    assert "cannot be opened" in first["refused_whole"]
    assert second["taken"] == 2
    assert "cannot be opened" in third["refused_whole"]
    ran = river("era", "post", missing, "--practice=river")
    assert (ran.status, ran.out) == (2, "")
    assert "missing.x12: cannot be opened" in ran.err
    assert str(tmp_path) not in ran.err


def test_a_damaged_837_is_refused_whole_with_its_segment(
    river: CommandLine, tmp_path: Path
) -> None:
    person = replace(made(1)[0].patient, name=Name(last=CANARY, first="ODETTE"))
    claims = [
        replace(claim, patient=person, subscriber=replace(claim.subscriber, person=person))
        for claim in made(3)
    ]
    data = file_of(claims)
    for name, broken in (
        ("cut.x12", data[: len(data) * 2 // 3]),
        ("text.x12", CANARY.encode() * 10),
        ("empty.x12", b""),
    ):
        ran = river("intake", "837", put(tmp_path, name, broken), "--practice=river", "--json")
        assert ran.status == 1
        [told] = ran.json
        assert "segment" in told["refused_whole"] or "file" in told["refused_whole"]
        assert CANARY not in ran.out + ran.err


def test_the_whole_cycle_by_hand(
    river: CommandLine, tmp_path: Path, database: DatabaseUrls
) -> None:
    path = put(tmp_path, "claims.x12", file_of(own_claims(8)))
    taken = river("intake", "837", path, "--practice=river")
    assert taken.status == 0
    assert "8 claims in = 8 taken" in taken.out
    assert "2 payer(s) met for the first time" in taken.out
    [submitted] = river("claims", "submit", "--practice=river", AS_OF, "--json").json
    assert (submitted["claims"], submitted["ready"], submitted["held"]) == (8, 8, 0)
    [file] = submitted["files"]
    assert (file["form"], file["claims"]) == ("837P", 8)
    assert "0 visits" in river("claims", "submit", "--practice=river", AS_OF).out

    exchange = river.home / "exchange"
    [answered] = river("simulator", "run", exchange, "--seed=3", "--json").json
    assert answered["practices"][0]["taken"] == 1
    received = river("claims", "receive", "--practice=river", AS_OF, "--json")
    assert {one["status"] for one in received.json} == {"applied"}
    assert {kind for one in received.json for kind in one["kinds"]} >= {"999", "835"}
    truth = river("simulator", "truth", exchange).json[0]
    posted = sum(
        check.get("paid_cents", 0) for one in received.json for check in one.get("checks", ())
    )
    assert posted == sum(one["cents"] for one in truth["practices"][0]["checks"]) > 0
    assert river("claims", "receive", "--practice=river", AS_OF).out == ""
    assert river("claims", "next-payer", "--practice=river", AS_OF, "--json").status == 0
    [issued] = river("statements", "issue", "--practice=river", AS_OF, "--json").json
    assert issued.get("statements", 0) >= 0
    for _ in range(4):  # a correction is due in a later run
        said = river("simulator", "run", exchange).out
    assert "Nothing new" in said


def test_an_835_twice_says_so_and_one_that_does_not_balance_is_held(
    river: CommandLine, tmp_path: Path
) -> None:
    path = put(tmp_path, "claims.x12", file_of(own_claims(2)))
    river("intake", "837", path, "--practice=river")
    river("claims", "submit", "--practice=river", AS_OF)
    stranger: Any = SimpleNamespace(claim=made(1)[0])
    payment = paid(stranger)
    good = put(tmp_path, "good.835", era(check(payment)))
    ran = river("era", "post", good, "--practice=river")
    assert ran.status == 0
    assert "posted, 1 claims" in ran.out
    assert "1 not matched" in ran.out
    again = river("era", "post", good, good, "--practice=river")
    assert again.status == 0
    assert again.out.count("this file is here already; nothing was done") == 2
    other = put(tmp_path, "other.835", era(check(payment, control="0009"), control=4))
    assert "nothing was posted" in river("era", "post", other, "--practice=river").out
    unbalanced = put(
        tmp_path,
        "bad.835",
        era(check(payment, trace="T9")).replace(b"BPR*I*", b"BPR*I*1"),
    )
    held = river("era", "post", unbalanced, "--practice=river", "--json")
    assert held.status == 1
    [told] = held.json
    assert (told["status"], told["checks"][0]["status"]) == ("held", "held")
    assert told["sentence"].startswith("segment ")
    damaged = put(tmp_path, "cut.835", era(check(payment, trace="T10"))[:-60])
    cut = river("era", "post", damaged, "--practice=river")
    assert cut.status == 1
    assert "quarantined: segment" in cut.out or "quarantined: the file" in cut.out
    wrong = river("era", "post", path, "--practice=river")
    assert (wrong.status, "837P" in wrong.out) == (1, True)
    assert "" == ran.err == again.err == held.err == cut.err == wrong.err


def test_unconfirmed_providers_are_listed_and_confirmed(river: CommandLine, tmp_path: Path) -> None:
    path = put(tmp_path, "claims.x12", file_of(made(1)))
    river("intake", "837", path, "--practice=river")
    npi = made(1)[0].billing.npi
    assert npi in river("provider", "confirm", "--practice=river").out
    refused = river("provider", "confirm", "1245319599", "--practice=river")
    assert (refused.status, "no billing provider" in refused.err) == (2, True)
    held = river("claims", "submit", "--practice=river", AS_OF)
    assert (held.status, "1 held" in held.out) == (1, True)
    assert river("provider", "confirm", npi, "--practice=river").status == 0
    assert npi not in river("provider", "confirm", "--practice=river").out


def test_payers_and_staff_are_entered(river: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert river("payer", "create", "88001", "--name=Some Plan", "--practice=river").status == 0
    monkeypatch.setattr(sys, "stdin", StringIO("walk the quiet river\n"))
    ran = river("staff", "create", "alex@example.org", "--name=Alex", "--practice=river")
    assert ran.status == 0
    monkeypatch.setattr(sys, "stdin", StringIO("short\n"))
    ran = river("staff", "create", "b@example.org", "--name=B", "--practice=river")
    assert ran.status == 2
    assert ran.err.count("\n") == 1
    ran = river("staff", "create", "c@example.org", "--name=C", "--role=king")
    assert (ran.status, "--role is one of" in ran.err) == (2, True)


def x12_files(folder: Path) -> dict[str, Path]:
    good = file_of(made(2))
    return {
        "good": put(folder, "good.x12", good),
        "bad": put(folder, "bad.x12", good.replace(b"CLM*", b"CLM**", 1)),
        "cut": put(folder, "cut.x12", good[:500]),
        "text": put(folder, "text.txt", CANARY + " is not X12"),
        "empty": put(folder, "empty.x12", b""),
        "missing": folder / "missing.x12",
    }


@pytest.mark.parametrize(
    ("action", "statuses"),
    [
        ("check", {"good": 0, "bad": 1, "cut": 1, "text": 1, "empty": 1, "missing": 2}),
        ("show", {"good": 0, "bad": 0, "cut": 1, "text": 1, "empty": 1, "missing": 2}),
        ("json", {"good": 0, "bad": 0, "cut": 1, "text": 1, "empty": 1, "missing": 2}),
        ("ack", {"good": 0, "bad": 0, "text": 1, "empty": 1, "missing": 2}),
    ],
)
def test_any_file_can_be_looked_at_without_a_database(
    claimwright: CommandLine, tmp_path: Path, action: str, statuses: dict[str, int]
) -> None:
    files = x12_files(tmp_path)
    for name, status in statuses.items():
        ran = claimwright("x12", action, files[name])
        assert ran.status == status, name
        assert CANARY not in ran.out + ran.err
        if action in ("check", "json") and name != "missing":
            assert all(isinstance(one, dict) for one in ran.json)
        if status == 2 or (status == 1 and action != "check"):
            assert ran.err.startswith(f"claimwright: {files[name].name}: ")
    both = claimwright("x12", action, files["missing"], files["good"])
    assert both.status == 2
    assert both.out
    assert not claimwright.home.exists()


def test_the_answer_to_a_file_answers_it(claimwright: CommandLine, tmp_path: Path) -> None:
    files = x12_files(tmp_path)
    for name, verdict in (("good", "A"), ("bad", "R")):
        out = claimwright("x12", "ack", files[name]).out
        [answer] = read_999(out.encode())
        assert answer.group.status == verdict


def sentence_of(*arguments: str | Path, **environment: str) -> str:
    """A real process that cannot do its work: the one line it says."""
    ran = subprocess.run(
        [sys.executable, "-m", "api.cli", *map(str, arguments)],
        env={**os.environ, "HOME": "/nonexistent", **environment},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 2, ran.stderr
    assert ran.stdout == ""
    assert ran.stderr.count("\n") == 1, ran.stderr
    assert "Traceback" not in ran.stderr
    return ran.stderr


def test_a_database_that_does_not_answer_is_said_in_one_sentence(tmp_path: Path) -> None:
    told = sentence_of(
        "practice",
        "list",
        CLAIMWRIGHT_HOME=str(tmp_path / "home"),
        DATABASE_URL="postgresql://someone:secret@127.0.0.1:1/claims",
    )
    assert "database" in told
    assert "secret" not in told


def test_a_home_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    file = put(tmp_path, "a-file", "")
    told = sentence_of("practice", "list", CLAIMWRIGHT_HOME=str(file / "home"))
    assert "CLAIMWRIGHT_HOME" in told


def test_a_setting_that_cannot_be_used_is_said_in_one_sentence(tmp_path: Path) -> None:
    told = sentence_of(
        "practice", "list", CLAIMWRIGHT_HOME=str(tmp_path / "home"), CLAIMWRIGHT_USAGE="X"
    )
    assert "CLAIMWRIGHT_USAGE" in told


def test_the_wrong_keyring_and_none_are_said_and_nothing_is_done(
    river: CommandLine, tmp_path: Path
) -> None:
    path = put(tmp_path, "claims.x12", file_of(made(1)))
    keyring = river.home / "keyring.json"
    own = keyring.read_bytes()
    LocalKeyring.open(tmp_path / "elsewhere", database_has_keys=False)
    for content, words in (
        ((tmp_path / "elsewhere" / "keyring.json").read_bytes(), "not the one"),
        (own[:-40], "damaged"),
        (b"", "damaged"),
        (None, "not there"),
    ):
        keyring.unlink(missing_ok=True)
        if content is not None:
            keyring.touch(mode=0o600)
            keyring.write_bytes(content)
        ran = river("intake", "837", path, "--practice=river")
        assert (ran.status, ran.out) == (2, "")
        assert words in ran.err
        assert ran.err.count("\n") == 1
    keyring.touch(mode=0o600)
    keyring.write_bytes(own)
    assert river("intake", "837", path, "--practice=river").status == 0


@contextmanager
def full_disk(free_bytes: int) -> Iterator[None]:
    """No file of this process grows beyond ``free_bytes``: what a full disk does to it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (free_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.attack("S-56")
def test_a_full_disk_is_said_and_the_file_leaves_when_there_is_room(
    river: CommandLine, tmp_path: Path
) -> None:
    path = put(tmp_path, "claims.x12", file_of(own_claims(3)))
    river("intake", "837", path, "--practice=river")
    with full_disk(100):
        ran = river("claims", "submit", "--practice=river", AS_OF)
    assert (ran.status, ran.out) == (2, "")
    assert "could not be written" in ran.err
    assert ran.err.count("\n") == 1
    assert not river.outbound()
    assert not list((river.home / "exchange").rglob("*.part"))
    assert river("claims", "submit", "--practice=river", AS_OF).status == 0
    assert len(river.outbound()) == 1


def test_a_json_answer_is_one_object_a_line_(river: CommandLine) -> None:
    for arguments in (
        ("practice", "list"),
        ("claims", "submit", "--practice=river"),
        ("claims", "next-payer", "--practice=river"),
        ("statements", "issue", "--practice=river"),
    ):
        ran = river(*arguments, "--json")
        assert ran.status == 0
        assert len(ran.json) == 1
