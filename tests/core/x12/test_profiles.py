"""SNIP 7: what a partner demands and lets pass, and profiles that cannot be read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from api.cli import main
from api.x12_options import load_profile, shipped_profiles
from core.errors import InputError
from core.x12.check import CheckOptions, Status, X12Error, check
from core.x12.profiles import Profile, read_profile
from core.x12.syntax import Delimiters
from tests.core.x12.situation_cases import file_of

HEAD = 'name = "a"\ndated = 2026-11-28\nsource = "b"\n'
PAGE = Path(__file__).parents[3] / "docs" / "x12-profiles.md"


def status_of(arguments: list[str]) -> object:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def found(data: bytes, profile: Profile) -> list[X12Error]:
    report = check(data, CheckOptions(profile=profile))
    return [*report.errors, *(e for t in report.transactions for e in t.errors)]


def codes(data: bytes, text: str) -> list[tuple[int, str, str, int]]:
    return [
        (e.snip, e.code, e.segment_id, e.element) for e in found(data, read_profile(HEAD + text))
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", []),
        ('usage = "T"', []),
        ('usage = "P"', [(7, "partner-usage", "ISA", 15)]),
        ('line_breaks = "none"', []),
        ('line_breaks = "crlf"', [(7, "partner-line-breaks", "ISA", 0)]),
        ('delimiters.component = ":"', []),
        ('delimiters.component = ">"', [(7, "partner-delimiter", "ISA", 16)]),
        ('transactions = ["837P"]', []),
        ('transactions = ["837I"]', [(7, "partner-transaction", "ST", 1)]),
        ('versions = ["005010X222A1"]', []),
        ('versions = ["005010X222A2"]', [(7, "partner-version", "ST", 3)]),
        ("claims_per_transaction = 1", []),
        ("transactions_per_group = 1", []),
        ("nine_digit_zip = true", []),
    ],
)
def test_a_demand_on_the_file_is_told_where_it_is_not_met(
    text: str, told: list[tuple[int, str, str, int]]
) -> None:
    assert codes(file_of("837P"), text) == told


def test_too_many_claims_and_transactions_are_told_once() -> None:
    one = file_of("837P").decode()
    claim = one[one.index("CLM*") : one.index("SE*2")]
    claims = one.replace("SE*2", claim + claim + "SE*2", 1)
    told = codes(claims.encode(), "claims_per_transaction = 2")
    assert (7, "partner-claims", "ST", 0) in told
    body = one[one.index("ST*") : one.index("GE*")]
    three = one.replace(
        "GE*1", body.replace("0001", "0002") + body.replace("0001", "0003") + "GE*3"
    )
    assert codes(three.encode(), "transactions_per_group = 1") == [
        (7, "partner-transactions", "ST", 0)
    ]


def test_five_digits_are_an_error_only_for_a_partner_who_wants_nine() -> None:
    short = file_of("837P", (("787010615", "78701"),))
    assert [(e.snip, e.severity) for e in found(short, read_profile(HEAD))] == [(4, "warning")]
    strict = found(short, read_profile(HEAD + "nine_digit_zip = true"))
    assert [(e.snip, e.code, e.severity) for e in strict] == [(7, "nine-digit-zip", "error")]


def test_a_row_of_the_profile_is_judged_like_a_situation() -> None:
    text = (
        '[[require]]\ncode = "who"\nloop = "2300"\nat = "CLM05-1"\nwhen = "CLM05-1=11"\n'
        'need = "2310C"\nmessage = "say where"\n'
    )
    assert codes(file_of("837P"), text) == [(7, "who", "CLM", 5)]
    elsewhere = file_of("837P", (("11:B:1", "12:B:1"),))
    assert codes(elsewhere, text) == []
    assert codes(file_of("837D"), text.replace("loop =", 'transactions = ["837P"]\nloop =')) == []


@pytest.mark.parametrize(
    ("relaxation", "left"),
    [
        ('code = "claim-number-missing"', ["warning"]),
        ('code = "claim-number-missing"\nseverity = "none"', []),
        ('code = "claim-number-missing"\nsegment = "CLM"\nelement = 5\nseverity = "none"', []),
        ('code = "claim-number-missing"\nsegment = "REF"\nseverity = "none"', ["error"]),
        ('code = "claim-number-missing"\nelement = 2', ["error"]),
        ('code = "state-missing"', ["error"]),
    ],
)
def test_a_relaxation_lets_pass_what_it_names_and_nothing_else(
    relaxation: str, left: list[str]
) -> None:
    data = file_of("837P", (("11:B:1", "11:B:7"),))
    profile = read_profile(f"{HEAD}[[relax]]\n{relaxation}\n")
    assert [e.severity for e in found(data, profile)] == left
    (transaction,) = check(data, CheckOptions(profile=profile)).transactions
    assert (transaction.status is Status.ACCEPTED) == ("error" not in left)


def test_what_is_not_checked_says_whether_there_was_a_profile() -> None:
    open_point = "SNIP 7: payer rules (no profile given)"
    data = file_of("835")
    assert open_point in check(data).transactions[0].not_checked
    options = CheckOptions(profile=read_profile(HEAD))
    assert open_point not in check(data, options).transactions[0].not_checked


def test_a_profile_gives_the_separators_to_write_with() -> None:
    profile = read_profile(HEAD + 'line_breaks = "crlf"\ndelimiters.component = ">"')
    assert profile.delimiters == Delimiters(component=">", line_break="\r\n")
    assert read_profile(HEAD).delimiters == Delimiters()


ROW = '[[require]]\ncode = "c"\nloop = "{loop}"\nat = "{at}"\nneed = "{need}"\nmessage = "m"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "not written as TOML: look at end"),
        ("", "missing required field `name`"),
        (HEAD + "claims = 1", "unknown field `claims`"),
        (HEAD + 'usage = "X"', "usage"),
        (HEAD + 'delimiters.element = "AB"', "delimiter"),
        (HEAD + 'delimiters.element = ":"', "same character"),
        (HEAD + ROW.format(loop="2300", at="CLM05", need="REF F8"), "require, entry 1 .c.: "),
        (HEAD + ROW.format(loop="99", at="CLM05", need="REF"), "no guide has a loop 99"),
        (HEAD + 'transactions = ["834"]\n' + ROW.format(loop="2300", at="CLM", need="REF"), "834"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_profile(text)


def test_the_shipped_profiles_can_be_read_under_their_own_names() -> None:
    assert len(shipped_profiles()) >= 4
    for name in shipped_profiles():
        assert load_profile(name).name == name


def test_medicare_has_no_patient_level() -> None:
    from tests.core.x12.situation_cases import PATIENT

    edits = (("HL*2*1*22*0", "HL*2*1*22*1"), ("SBR*P*18", "SBR*P*"), ("CLM*", f"{PATIENT}CLM*"))
    filed = ("GRP1******CI", "GRP1******MB")
    profile = load_profile("medicare-837p")
    assert [e.code for e in found(file_of("837P", (filed,)), profile)] == []
    told = [e.code for e in found(file_of("837P", (filed, *edits)), profile)]
    assert told == ["medicare-no-patient-level"]


def test_the_example_of_the_page_can_be_read() -> None:
    block = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    profile = read_profile(block[1])
    told = [(e.snip, e.code) for e in found(file_of("837P"), profile)]
    assert told == [(7, "partner-usage")]


def test_the_command_takes_a_name_or_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims, own, bad = tmp_path / "a.x12", tmp_path / "own.toml", tmp_path / "bad.toml"
    claims.write_bytes(file_of("837P"))
    own.write_text(HEAD + 'usage = "P"\n', encoding="utf-8")
    bad.write_text("name = \n", encoding="utf-8")
    assert status_of(["x12", "check", "--profile", "lenient-reading", str(claims)]) == 0
    capsys.readouterr()
    assert status_of(["x12", "check", "--profile", str(own), str(claims)]) == 1
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "partner-usage"
    assert status_of(["x12", "check", "--profile", str(bad), str(claims)]) == 2
    assert "bad.toml" in capsys.readouterr().err
    assert status_of(["x12", "check", "--profile", "nobody", str(claims)]) == 2
